/** Values of `Nats-Msg-Id`, by which a stream recognises what it already holds: 128 bits as 32 hexadecimal digits. */
import { createHash, hash } from 'node:crypto'
import type { DeadLetter } from '../port/deadletter.ts'

const DIGITS = 32

/** The same for the same detection, whenever and from wherever its event is published. */
export function detectionMessageId(source: string, id: string): string {
  // A source holds no space, so the two parts cannot be cut in another place.
  return hash('sha256', `${source} ${id}`, 'hex').slice(0, DIGITS)
}

/** The same for the same death, however often its letter is copied. */
export function letterMessageId(letter: DeadLetter): string {
  const { code, stage, source, detectionId = '', trace, attempt, timeMs, subject, sink = '' } = letter
  return createHash('sha256')
    .update(JSON.stringify([code, stage, source, detectionId, trace, attempt, timeMs, subject, sink]))
    .update(letter.original)
    .digest('hex')
    .slice(0, DIGITS)
}
