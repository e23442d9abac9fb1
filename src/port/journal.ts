/** The durable queue between the pipeline and the sinks. */
import type { CotEvent } from '../cot/event.ts'
import type { FaultCode } from '../fault/table.ts'
import type { DeadLetter, StoredDeadLetter } from './deadletter.ts'

/** An event to append. `(source, id)` is the idempotency key; `contentHash` tells a duplicate from a conflict. */
export interface EventDraft {
  readonly kind: 'event'
  readonly source: string
  readonly id: string
  /** 16 bytes over the canonical detection. */
  readonly contentHash: Uint8Array
  /** Canonical JSON of the detection, UTF-8. */
  readonly detection: Uint8Array
  readonly event: CotEvent
  readonly trace: string
  readonly traceparent?: string
  readonly publishedMs: number
  readonly receivedMs: number
  /** Makes the dead letter that takes the event's place when the key was used before with other content. */
  conflict(): DeadLetter
}

/** A dead letter to append. `origin` makes a redelivered message's letters land once. */
export interface LetterDraft {
  readonly kind: 'dead'
  readonly letter: DeadLetter
  /** Names the element for ever: `<stream sequence>:<element index>`. */
  readonly origin: string
}

export type Draft = EventDraft | LetterDraft

export type AppendResult =
  | { readonly kind: 'appended'; readonly seq: number }
  | { readonly kind: 'duplicate' }
  /** Written as dead letter `id-conflict`. */
  | { readonly kind: 'conflict'; readonly letterSeq: number }
  | { readonly kind: 'dead'; readonly letterSeq: number }

/** A committed event as sinks read it. `encoded` caches one wire encoding per format for all sinks. */
export interface JournalEntry {
  readonly seq: number
  readonly source: string
  readonly id: string
  readonly event: CotEvent
  readonly trace: string
  readonly traceparent?: string
  readonly publishedMs: number
  readonly receivedMs: number
  /** When the transaction was made. */
  readonly journalledMs: number
  /** Bytes of the record in the store. */
  readonly bytes: number
  /** Canonical JSON of the detection. */
  readonly detection: Uint8Array
  encoded?: { xml?: Uint8Array }
}

/** How a sink was done with an event. */
export type Outcome =
  | 'delivered'
  | 'confirmed'
  | 'written'
  | 'rejected'
  | 'filtered'
  | 'dropped-stale'
  | 'dropped-oldest'

/** What happens when a sink's backlog reaches its bounds. */
export type WhenFull = 'block' | 'drop'

export interface CursorOptions {
  readonly name: string
  /** Where a sink that was never seen before starts. */
  readonly from: 'head' | 'start'
  readonly whenFull: WhenFull
  /** Bounds of the backlog for `drop`. */
  readonly maxPendingMs: number
  readonly maxPendingBytes: number
}

/** A sink's durable position: everything up to `low` is settled, and so are the ranges above it. */
export interface Cursor {
  readonly name: string
  readonly low: number
  /** How far the sink may read now: what is settled above `low` has to stay bounded. */
  readonly reach: number
  /** Upper bound of events not settled yet. O(1). */
  readonly pending: number
  /** Events dropped by policy since the process began. */
  readonly dropped: number
  /** Settled above low? */
  isSettled(seq: number): boolean
  /** Marks one event; persisted together with others shortly after, and always before {@link Journal.close}. */
  settle(seq: number, outcome: Outcome): void
  /** When the oldest unsettled event was journalled, milliseconds since the Unix epoch; undefined when nothing is pending. */
  oldestMs(): number | undefined
  /** Forgets the sink: it no longer holds back retention. */
  remove(): Promise<void>
}

export interface OutcomeRange {
  readonly sink: string
  readonly from: number
  readonly to: number
  readonly outcome: Outcome
  readonly timeMs: number
}

export interface StoreStats {
  readonly headSeq: number
  /** Oldest sequence still kept; head + 1 when empty. */
  readonly tailSeq: number
  readonly logBytes: number
  readonly deadLetters: number
  readonly fileBytes: number
  readonly freeDiskBytes: number
  readonly commits: number
  /** Time from asking to flushed of the last commits, milliseconds. */
  readonly commitMsP50: number
  readonly commitMsP99: number
  readonly readersInUse: number
}

/** Why appends wait, when they do. */
export type Blocked = { readonly code: FaultCode; readonly reason: string } | undefined

export interface Journal {
  /** Appends in order in one transaction; resolves once it is flushed to disk. Rejects only with a fatal fault. Waits while blocked. */
  append(drafts: readonly Draft[]): Promise<AppendResult[]>
  /** Sequence of the last committed event; 0 when none was ever. */
  readonly head: number
  /** Committed entries from `fromSeq` upwards, in order, at most so many and about so many bytes. Cheap at the head. */
  read(fromSeq: number, maxItems: number, maxBytes: number): JournalEntry[]
  /** Calls back after each commit; returns the way to stop that. */
  onCommit(listener: () => void): () => void
  cursor(options: CursorOptions): Cursor
  readonly blocked: Blocked
  readonly letters: Letters
  /** What each sink did with one event: the settled ranges that hold its sequence. */
  outcomes(seq: number): OutcomeRange[]
  stats(): StoreStats
  /** Writes cursors, waits for commits under way, closes the files. */
  close(): Promise<void>
}

export interface LetterFilter {
  readonly code?: FaultCode
  readonly source?: string
  readonly stage?: string
  /** Sequences below this are passed over. */
  readonly fromSeq?: number
}

/** Dead letters in the store. */
export interface Letters {
  readonly head: number
  list(filter: LetterFilter, limit: number): StoredDeadLetter[]
  get(seq: number): StoredDeadLetter | undefined
  count(): number
  append(letter: DeadLetter): Promise<number>
  remove(seqs: readonly number[]): Promise<number>
  /** Position up to which letters were copied to the broker. */
  readonly copied: number
  markCopied(seq: number): void
  onAppend(listener: () => void): () => void
}
