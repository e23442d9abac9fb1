/**
 * What the service answers on `sightline.*`: its health, its state, and its dead letters.
 *
 * Every question exists twice: `sightline.<name>` is answered by each instance on the broker, and
 * `sightline.<name>.<instance>` by one, which is what the command line uses for the service of its own data directory.
 */
import { FaultError, fault } from '../src/fault/fault.ts'
import { FAULTS, type FaultCode } from '../src/fault/table.ts'
import type { StoredDeadLetter } from '../src/port/deadletter.ts'
import type { SystemView } from '../src/port/gauge.ts'
import type { Journal, LetterFilter } from '../src/port/journal.ts'
import type { ReplayReport, ReplayRequest } from './replay.ts'

/** Most letters in one answer, and in one replay or purge. */
export const LETTERS_LIMIT = 1_000
/** Bodies beyond this are cut when a letter is shown; the whole is in the store and on `deadletters.<stage>`. */
const SHOWN_BYTES = 256 * 1024

/** Answers one question; throws a FaultError for a bad one. */
export type Answerer = (question: unknown) => unknown

export interface RequestOptions {
  readonly view: () => SystemView
  readonly journal: Journal
  readonly replay: (request: ReplayRequest) => Promise<ReplayReport>
}

/** A dead letter in a list: everything but the bytes. */
export interface LetterRow {
  readonly seq: number
  readonly time: string
  readonly stage: string
  readonly code: string
  readonly reason: string
  readonly field?: string
  readonly source: string
  readonly id?: string
  readonly attempt: number
  readonly sink?: string
  readonly bytes: number
}

/** A dead letter on its own: with its bytes, as text where they are text. */
export interface LetterPage extends LetterRow {
  readonly trace: string
  readonly subject: string
  readonly original: string
  readonly encoding: 'utf8' | 'base64'
  readonly cut: boolean
  readonly envelope?: string
}

/** The questions by name. */
export function answerers({ view, journal, replay }: RequestOptions): Readonly<Record<string, Answerer>> {
  const { letters } = journal
  return {
    health: () => {
      const { state, reasons, version, uptimeSeconds } = view()
      return { state, reasons, version, uptimeSeconds }
    },
    status: () => view(),
    'deadletters-list': (question) => {
      const { filter, limit } = readQuestion(question)
      return { total: letters.count(), letters: letters.list(filter, limit).map(rowOf) }
    },
    'deadletters-show': (question) => {
      const { seqs } = readQuestion(question)
      const letter = letters.get(seqs?.[0] ?? 0)
      if (letter === undefined) throw new FaultError(fault('not-found', `There is no dead letter ${seqs?.[0] ?? ''}.`))
      return pageOf(letter)
    },
    'deadletters-replay': (question) => replay(readQuestion(question)),
    'deadletters-purge': async (question) => {
      const { seqs, filter, limit } = readQuestion(question)
      const { code, source, stage } = filter
      if (seqs === undefined && [code, source, stage].every((each) => each === undefined)) {
        throw new FaultError(
          fault('bad-field', 'purge: expected seqs, or a filter by code, source or stage', { field: 'filter' }),
        )
      }
      return { purged: await letters.remove(seqs ?? letters.list(filter, limit).map((letter) => letter.seq)) }
    },
  }
}

export function rowOf(letter: StoredDeadLetter): LetterRow {
  const { seq, stage, code, reason, field, source, detectionId, attempt, sink, original } = letter
  const time = new Date(letter.timeMs).toISOString()
  return { seq, time, stage, code, reason, field, source, id: detectionId, attempt, sink, bytes: original.length }
}

export function pageOf(letter: StoredDeadLetter): LetterPage {
  const bytes = Buffer.from(letter.original).subarray(0, SHOWN_BYTES)
  const encoding = isText(letter.original) ? 'utf8' : 'base64'
  return {
    ...rowOf(letter),
    trace: letter.trace,
    subject: letter.subject,
    original: bytes.toString(encoding),
    encoding,
    cut: letter.original.length > SHOWN_BYTES,
    envelope: letter.envelope && Buffer.from(letter.envelope).toString('utf8'),
  }
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** Reads a question about dead letters; what is wrong in it is refused by name. */
function readQuestion(question: unknown): ReplayRequest & { readonly filter: LetterFilter } {
  const { seqs, filter = {}, limit = 100 } = (question ?? {}) as Partial<Record<'seqs' | 'filter' | 'limit', unknown>>
  if (!Number.isSafeInteger(limit) || (limit as number) < 1 || (limit as number) > LETTERS_LIMIT) {
    throw new FaultError(
      fault('bad-field', `limit: expected a whole number from 1 to ${LETTERS_LIMIT}`, { field: 'limit' }),
    )
  }
  if (seqs !== undefined && !(Array.isArray(seqs) && seqs.every((seq) => Number.isSafeInteger(seq)))) {
    throw new FaultError(fault('bad-field', 'seqs: expected an array of dead letter numbers', { field: 'seqs' }))
  }
  return { seqs: seqs as number[] | undefined, filter: readFilter(filter), limit: limit as number }
}

function readFilter(filter: unknown): LetterFilter {
  if (typeof filter !== 'object' || filter === null) {
    throw new FaultError(fault('bad-field', 'filter: expected an object', { field: 'filter' }))
  }
  const { code, source, stage, fromSeq } = filter as Partial<Record<keyof LetterFilter, unknown>>
  if (code !== undefined && !(typeof code === 'string' && code in FAULTS)) {
    throw new FaultError(
      fault('bad-field', `filter.code: there is no fault code "${String(code)}"`, { field: 'filter.code' }),
    )
  }
  return {
    code: code as FaultCode | undefined,
    source: typeof source === 'string' ? source : undefined,
    stage: typeof stage === 'string' ? stage : undefined,
    fromSeq: Number.isSafeInteger(fromSeq) ? (fromSeq as number) : undefined,
  }
}
