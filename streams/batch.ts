/** What travels through the pipeline together: some deliveries and the detections found in them. */
import type { CotEvent } from '../src/cot/event.ts'
import type { Detection } from '../src/domain/detection.ts'
import type { Located } from '../src/domain/location.ts'
import type { ElementReading } from '../src/domain/message.ts'
import type { Fault } from '../src/fault/fault.ts'
import type { Stage } from '../src/fault/table.ts'
import type { Admitted } from './intake.ts'

/** A fault with the stage it happened in. */
export interface StageFault {
  readonly stage: Stage
  readonly fault: Fault
}

type GoodReading = Extract<ElementReading, { ok: true }>

/** One detection, or the place in a message where there should have been one. Stages fill it in, front to back. */
export interface Item {
  readonly admitted: Admitted
  /** Position in the message. */
  readonly index: number
  readonly reading: ElementReading | undefined
  located: Located | undefined
  event: CotEvent | undefined
  dead: StageFault | undefined
}

export interface Batch {
  /** Counts up from 0: the order of arrival. */
  readonly seq: number
  readonly admitted: readonly Admitted[]
  items: Item[]
  /** Milliseconds spent in each stage, waiting included. */
  readonly spans: Partial<Record<Stage, number>>
  /** Set when a stage failed as a whole: nothing in the batch was journalled, and all of it is handed back. */
  abandoned: Fault | undefined
}

export function newBatch(seq: number, admitted: readonly Admitted[]): Batch {
  return { seq, admitted, items: [], spans: {}, abandoned: undefined }
}

/** An item that is still on its way, with its good reading. */
export interface LiveItem extends Item {
  readonly reading: GoodReading
}

/** The items that nothing has stopped. */
export function live(batch: Batch): LiveItem[] {
  return batch.items.filter((item): item is LiveItem => item.dead === undefined && item.reading?.ok === true)
}

/** The detection of an item, when it could be read. */
export function detectionOf(item: Item): Detection | undefined {
  return item.reading?.ok === true ? item.reading.detection : undefined
}
