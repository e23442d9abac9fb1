/** Log lines about single detections, within the log's budget: one at the journal, one at each sink, under one trace id. */
import type { JournalEntry, Outcome } from '../src/port/journal.ts'
import type { IngestStatus } from '../src/port/observer.ts'
import type { BudgetedLines } from '../src/watch/line-budget.ts'
import { type Batch, detectionOf, type Item } from './batch.ts'

/** The line of an item that left the pipeline, with its share of the stage times. */
export function writeItemLine(lines: BudgetedLines, item: Item, status: IngestStatus, batch: Batch): void {
  if (!lines.admit()) return
  const detection = detectionOf(item)
  const each = (ms: number | undefined): number => (ms ?? 0) / batch.items.length
  lines.write({
    trace: item.admitted.delivery.trace,
    source: item.admitted.delivery.source,
    id: detection?.id,
    outcome: item.dead?.fault.code ?? status,
    class: detection?.class,
    uid: item.event?.uid,
    flag: item.located?.kind === 'place' ? item.located.flag : undefined,
    validation_ms: each(batch.spans.validate),
    geolocation_ms: each(batch.spans.geolocate),
    cot_generation_ms: each(batch.spans.cot),
  })
}

/** The line of an event that a sink was done with; times are from the broker storing the detection. */
export function writePushLine(
  lines: BudgetedLines,
  sink: string,
  entry: JournalEntry,
  outcome: Outcome,
  nowMs: number,
): void {
  if (!lines.admit()) return
  const { trace, source, id, event, seq, publishedMs } = entry
  lines.write({ trace, source, id, sink, outcome, uid: event.uid, seq, latency_ms: nowMs - publishedMs })
}
