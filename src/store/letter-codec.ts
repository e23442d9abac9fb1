/** The record of a dead letter: its reason, its original bytes, and what a redelivery would be known by. */
import type { FaultCode, Stage } from '../fault/table.ts'
import type { DeadLetter, StoredDeadLetter } from '../port/deadletter.ts'
import { type FrameReader, type FrameWriter, KIND } from './frame.ts'

const TAG = {
  code: 1,
  reason: 2,
  field: 3,
  stage: 4,
  source: 5,
  detectionId: 6,
  trace: 7,
  subject: 8,
  original: 9,
  envelope: 10,
  sink: 11,
  origin: 12,
  journalSeq: 13,
} as const

export function writeLetter(w: FrameWriter, seq: number, letter: DeadLetter, origin: string | undefined): Buffer {
  w.begin(KIND.letter)
  w.f64(seq)
  w.f64(letter.timeMs)
  w.f64(letter.attempt)
  w.tagText(TAG.code, letter.code)
  w.tagText(TAG.reason, letter.reason)
  if (letter.field !== undefined) w.tagText(TAG.field, letter.field)
  w.tagText(TAG.stage, letter.stage)
  w.tagText(TAG.source, letter.source)
  if (letter.detectionId !== undefined) w.tagText(TAG.detectionId, letter.detectionId)
  w.tagText(TAG.trace, letter.trace)
  w.tagText(TAG.subject, letter.subject)
  if (letter.envelope !== undefined) w.tagBytes(TAG.envelope, letter.envelope)
  if (letter.sink !== undefined) w.tagText(TAG.sink, letter.sink)
  if (letter.journalSeq !== undefined) w.tagF64(TAG.journalSeq, letter.journalSeq)
  if (origin !== undefined) w.tagText(TAG.origin, origin)
  w.tagBytes(TAG.original, letter.original)
  return w.end()
}

/**
 * Reads a letter. The original and envelope are views into the value, which must therefore be the caller's own.
 * @throws FrameError when the value is not a whole letter record.
 */
export function readLetter(r: FrameReader, value: Uint8Array): StoredDeadLetter & { readonly origin?: string } {
  r.open(value, KIND.letter)
  const seq = r.f64()
  const timeMs = r.f64()
  const attempt = r.f64()
  let code = 'internal'
  let reason = ''
  let field: string | undefined
  let stage = 'intake'
  let source = ''
  let detectionId: string | undefined
  let trace = ''
  let subject = ''
  let original: Uint8Array = new Uint8Array(0)
  let envelope: Uint8Array | undefined
  let sink: string | undefined
  let origin: string | undefined
  let journalSeq: number | undefined
  for (let tag = r.next(); tag !== 0; tag = r.next()) {
    switch (tag) {
      case TAG.code:
        code = r.text()
        break
      case TAG.reason:
        reason = r.text()
        break
      case TAG.field:
        field = r.text()
        break
      case TAG.stage:
        stage = r.text()
        break
      case TAG.source:
        source = r.text()
        break
      case TAG.detectionId:
        detectionId = r.text()
        break
      case TAG.trace:
        trace = r.text()
        break
      case TAG.subject:
        subject = r.text()
        break
      case TAG.original:
        original = r.slice()
        break
      case TAG.envelope:
        envelope = r.slice()
        break
      case TAG.sink:
        sink = r.text()
        break
      case TAG.origin:
        origin = r.text()
        break
      case TAG.journalSeq:
        journalSeq = r.number()
        break
    }
  }
  return {
    seq,
    code: code as FaultCode,
    reason,
    field,
    stage: stage as Stage,
    source,
    detectionId,
    trace,
    attempt,
    timeMs,
    subject,
    original,
    envelope,
    sink,
    journalSeq,
    origin,
  }
}

/** `true` when no field is left over; otherwise the names of the fields this codec does not write. */
type Written<T, Names extends keyof T> = Exclude<keyof T, Names> extends never ? true : Exclude<keyof T, Names>

const everyFieldIsWritten: Written<
  DeadLetter,
  | 'code'
  | 'reason'
  | 'field'
  | 'stage'
  | 'source'
  | 'detectionId'
  | 'trace'
  | 'attempt'
  | 'timeMs'
  | 'subject'
  | 'original'
  | 'envelope'
  | 'sink'
  | 'journalSeq'
> = true
void everyFieldIsWritten
