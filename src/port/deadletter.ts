/** What could not go on, with the original bytes and the reason. The store's copy is the authority. */
import type { FaultCode, Stage } from '../fault/table.ts'

export interface DeadLetter {
  readonly code: FaultCode
  readonly reason: string
  /** JSON path of the offending field, where there is one. */
  readonly field?: string
  readonly stage: Stage
  readonly source: string
  readonly detectionId?: string
  readonly trace: string
  /** Delivery count when it died. */
  readonly attempt: number
  /** When it died, milliseconds since the Unix epoch. */
  readonly timeMs: number
  /** The subject it came on. */
  readonly subject: string
  /** The exact bytes of the message or of the bad element. */
  readonly original: Uint8Array
  /** For an element of a frame: the frame's other fields as JSON, so that a replay can inherit them again. */
  readonly envelope?: Uint8Array
  /** For stage `push`: the sink that would not take it. */
  readonly sink?: string
  /** For stage `push`: the event in the journal, so that a replay can offer it to that sink again. */
  readonly journalSeq?: number
}

export interface StoredDeadLetter extends DeadLetter {
  readonly seq: number
}
