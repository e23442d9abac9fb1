/**
 * Gives dead letters another chance: those of the pipeline go back to their input subject, those of a sink go to that sink.
 *
 * Invariant: a letter is removed only after the broker has stored its message again, or the sink has taken its event.
 */
import { rebuild } from '../src/domain/message.ts'
import { type Fault, fault, faultFrom } from '../src/fault/fault.ts'
import type { StoredDeadLetter } from '../src/port/deadletter.ts'
import type { Journal, LetterFilter } from '../src/port/journal.ts'

export interface ReplayOptions {
  readonly journal: Journal
  /** Publishes to the input stream; resolves when the broker has stored it. */
  readonly publish: (subject: string, data: Uint8Array) => Promise<void>
  /** Offers a journalled event to one sink again; resolves when the sink has taken it. */
  readonly offer: (sink: string, journalSeq: number) => Promise<void>
}

export interface ReplayRequest {
  /** These letters; without it, those that match the filter. */
  readonly seqs?: readonly number[]
  readonly filter?: LetterFilter
  /** Most letters in one go. */
  readonly limit: number
}

export interface ReplayReport {
  readonly replayed: readonly number[]
  readonly failed: readonly { readonly seq: number; readonly fault: Fault }[]
}

/** Replays up to `limit` letters, oldest first; one that cannot be replayed stays and does not stop the others. */
export async function replayLetters(request: ReplayRequest, options: ReplayOptions): Promise<ReplayReport> {
  const { journal } = options
  const replayed: number[] = []
  const failed: { seq: number; fault: Fault }[] = []
  for (const letter of chosen(request, journal, failed)) {
    try {
      await replayOne(letter, options)
      replayed.push(letter.seq)
    } catch (thrown) {
      failed.push({ seq: letter.seq, fault: faultFrom(thrown) })
    }
  }
  await journal.letters.remove(replayed)
  return { replayed, failed }
}

function chosen(
  { seqs, filter, limit }: ReplayRequest,
  { letters }: Journal,
  failed: { seq: number; fault: Fault }[],
): StoredDeadLetter[] {
  if (seqs === undefined) return letters.list(filter ?? {}, limit)
  return seqs.slice(0, limit).flatMap((seq) => {
    const letter = letters.get(seq)
    if (letter === undefined) failed.push({ seq, fault: fault('bad-field', `there is no dead letter ${seq}`) })
    return letter ?? []
  })
}

async function replayOne(letter: StoredDeadLetter, { publish, offer }: ReplayOptions): Promise<void> {
  if (letter.sink !== undefined && letter.journalSeq !== undefined) await offer(letter.sink, letter.journalSeq)
  else await publish(letter.subject, rebuild(letter.original, letter.envelope))
}
