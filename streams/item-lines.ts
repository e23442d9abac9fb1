/** One log line per detection, with its trace id and its share of the stage times, within the log's budget. */
import type { IngestStatus } from '../src/port/observer.ts'
import type { DetectionLines } from '../src/watch/line-budget.ts'
import { type Batch, detectionOf, type Item } from './batch.ts'

/** Writes the line of an item when the budget has room for one. */
export function writeLine(lines: DetectionLines, item: Item, status: IngestStatus, batch: Batch): void {
  if (!lines.admit()) return
  const detection = detectionOf(item)
  const each = (ms: number | undefined): number => (ms ?? 0) / batch.items.length
  lines.write({
    trace: item.admitted.delivery.trace,
    source: item.admitted.delivery.source,
    id: detection?.id ?? '',
    outcome: item.dead?.fault.code ?? status,
    class: detection?.class,
    uid: item.event?.uid,
    flag: item.located?.kind === 'place' ? item.located.flag : undefined,
    validationMs: each(batch.spans.validate),
    geolocationMs: each(batch.spans.geolocate),
    cotGenerationMs: each(batch.spans.cot),
  })
}
