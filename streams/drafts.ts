/** What a finished batch becomes in the journal: an event or a dead letter for every item. */
import { type Fault, fault } from '../src/fault/fault.ts'
import type { Stage } from '../src/fault/table.ts'
import type { DeadLetter } from '../src/port/deadletter.ts'
import type { Draft } from '../src/port/journal.ts'
import { detectionOf, type Item } from './batch.ts'

/** The draft of one item. Every item has one: nothing leaves the pipeline unaccounted for. */
export function draftOf(item: Item, nowMs: number): Draft {
  const { delivery } = item.admitted
  const { reading, event, dead } = item
  if (dead === undefined && event !== undefined && reading?.ok === true) {
    return {
      kind: 'event',
      source: reading.detection.source,
      id: reading.detection.id,
      contentHash: reading.contentHash,
      detection: reading.canonical,
      event,
      trace: delivery.trace,
      traceparent: delivery.traceparent,
      publishedMs: delivery.publishedMs,
      receivedMs: delivery.receivedMs,
      conflict: () => letterOf(item, 'journal', fault('id-conflict', conflictReason(item)), nowMs),
    }
  }
  const stopped = dead ?? {
    stage: 'cot' as const,
    fault: fault('internal', 'the item left the stages without an event'),
  }
  return {
    kind: 'dead',
    letter: letterOf(item, stopped.stage, stopped.fault, nowMs),
    origin: `${delivery.streamSeq}:${item.index}`,
  }
}

function conflictReason(item: Item): string {
  const detection = detectionOf(item)
  return `id: "${detection?.id}" of source "${detection?.source}" came before with other content`
}

function letterOf(item: Item, stage: Stage, f: Fault, nowMs: number): DeadLetter {
  const { delivery } = item.admitted
  const { reading } = item
  return {
    code: f.code,
    reason: f.reason,
    field: f.field,
    stage,
    source: delivery.source,
    detectionId: detectionOf(item)?.id ?? (reading?.ok === false ? reading.id : undefined),
    trace: delivery.trace,
    attempt: delivery.attempt,
    timeMs: nowMs,
    subject: delivery.subject,
    original: reading?.original() ?? delivery.data,
    envelope: reading?.envelope(),
  }
}
