/**
 * The sinks' durable positions: `low` and a bounded set of settled ranges above it, persisted together with outcomes.
 *
 * A cursor never says settled for what was not settled; after a crash it may say less than it did, and then the sink
 * gets those events again. A new cursor is written with the next transaction, before or with any event it must see.
 */
import { FaultError, fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { Cursor, CursorOptions, Outcome, OutcomeRange } from '../port/journal.ts'
import type { Environment, Write } from './environment.ts'
import { FrameError, FrameReader, type FrameWriter } from './frame.ts'
import type { EventLog } from './log.ts'
import { SinkOutcomes } from './outcomes.ts'
import { RangeSet } from './ranges.ts'
import { readSink, type SinkRecord, type StoreState, writeSink } from './state-codec.ts'

/** How far above `low` a sink may have events settled: it must not read further ahead than this. */
export const SETTLED_WINDOW = 10_000

/** What a cursor needs of the store around it. */
interface Surroundings {
  readonly log: EventLog
  readonly state: StoreState
  readonly clock: Clock
  /** A cursor moved. */
  moved(cursor: SinkCursor): void
  /** Writes everything dirty now; resolves when flushed. */
  flush(): Promise<void>
}

export class SinkCursor implements Cursor {
  readonly id: number
  readonly name: string
  readonly outcomes: SinkOutcomes
  low: number
  dropped = 0
  /** Since the cursor was made. */
  droppedStale: number
  droppedOldest: number
  removed: boolean
  /** Set once a sink of this process uses it; only then it holds the log. */
  options: CursorOptions | undefined
  dirty = false
  /** It has a record on disk, or will have one with the transaction being made. */
  written: boolean
  private readonly settled: RangeSet
  private readonly around: Surroundings
  private oldest: { readonly low: number; readonly timeMs: number } | undefined

  constructor(record: SinkRecord, outcomes: SinkOutcomes, around: Surroundings) {
    this.id = record.id
    this.name = record.name
    this.low = record.low
    this.droppedStale = record.droppedStale
    this.droppedOldest = record.droppedOldest
    this.removed = record.removed
    this.written = record.commit > 0
    this.settled = RangeSet.from(record.ranges)
    this.outcomes = outcomes
    this.around = around
  }

  get reach(): number {
    return this.low + SETTLED_WINDOW
  }

  get pending(): number {
    return Math.max(0, this.around.log.head - this.low - this.settled.count)
  }

  isSettled(seq: number): boolean {
    return seq <= this.low || this.settled.has(seq)
  }

  settle(seq: number, outcome: Outcome): void {
    if (seq === this.low + 1 && seq <= this.around.log.head && !this.removed) {
      this.low = this.settled.takeFrom(seq + 1) ?? seq
      this.outcomes.note(seq, seq, outcome, this.around.clock.now())
      this.around.moved(this)
      return
    }
    if (!this.isSettled(seq)) this.settleRange(seq, seq, outcome)
  }

  /** Settles every event of a range that is not settled yet; returns how many those were. */
  settleRange(from: number, to: number, outcome: Outcome): number {
    if (this.removed) return 0
    if (to > this.around.log.head) {
      throw new FaultError(fault('internal', `Sink ${this.name} settled event ${to}, which was never committed.`))
    }
    const now = this.around.clock.now()
    let count = 0
    let first = Math.max(from, this.low + 1)
    while (first <= to) {
      if (this.settled.has(first)) {
        first++
        continue
      }
      let last = first
      while (last < to && !this.settled.has(last + 1)) last++
      this.outcomes.note(first, last, outcome, now)
      count += last - first + 1
      first = last + 1
    }
    if (count === 0) return 0
    this.settled.add(Math.max(from, this.low + 1), to)
    this.low = this.settled.takeFrom(this.low + 1) ?? this.low
    this.around.moved(this)
    if (this.settled.size > SETTLED_WINDOW) {
      throw new FaultError(fault('internal', `Sink ${this.name} settles too far ahead of event ${this.low + 1}.`))
    }
    return count
  }

  /** Settles what the sink's bounds leave no room for; returns how many events those were. */
  drop(from: number, to: number, stale: boolean): number {
    const count = this.settleRange(from, to, stale ? 'dropped-stale' : 'dropped-oldest')
    if (stale) this.droppedStale += count
    else this.droppedOldest += count
    this.dropped += count
    return count
  }

  oldestMs(): number | undefined {
    if (this.pending === 0) return undefined
    if (this.oldest?.low !== this.low) {
      const header = this.around.log.headerFrom(this.low + 1)
      if (header === undefined) return undefined
      this.oldest = { low: this.low, timeMs: header.journalledMs }
    }
    return this.oldest?.timeMs
  }

  async remove(): Promise<void> {
    if (this.removed) return
    this.removed = true
    this.options = undefined
    this.around.moved(this)
    await this.around.flush()
  }

  /** What lies below the oldest event kept is gone: it is passed over. */
  skipBelow(tail: number): void {
    if (this.low >= tail - 1) return
    this.settled.dropThrough(tail - 1)
    this.low = this.settled.takeFrom(tail) ?? tail - 1
    this.around.moved(this)
  }

  toRecord(commit: number): SinkRecord {
    const { id, name, low, droppedStale, droppedOldest, removed } = this
    return { id, name, commit, low, ranges: this.settled.toList(), droppedStale, droppedOldest, removed }
  }
}

/** All cursors of a store, those of sinks that are not configured any more included. */
export class Cursors {
  readonly all: SinkCursor[] = []
  private readonly env: Environment
  private readonly around: Surroundings
  private readonly writing: SinkCursor[][] = []

  constructor(env: Environment, around: Surroundings) {
    this.env = env
    this.around = around
    for (const record of storedSinks(env)) this.admit(record)
  }

  /** The cursor of a sink; the same one when it is asked for again. */
  open(options: CursorOptions): SinkCursor {
    const { state, log } = this.around
    let cursor = this.all.find((one) => one.name === options.name && !one.removed)
    if (cursor === undefined) {
      const low = options.from === 'start' ? state.tail - 1 : log.head
      const id = state.nextSinkId++
      const { name } = options
      cursor = this.admit({ id, name, commit: 0, low, ranges: [], droppedStale: 0, droppedOldest: 0, removed: false })
      this.around.moved(cursor)
    }
    cursor.options = options
    cursor.skipBelow(state.tail)
    return cursor
  }

  /** Writes every cursor that moved, with its outcomes. */
  flush(w: FrameWriter, commit: number, writes: Write[]): void {
    const moved = this.all.filter((cursor) => cursor.dirty)
    for (const cursor of moved) {
      cursor.dirty = false
      cursor.written = true
      cursor.outcomes.flush(w, writes)
      writes.push({ table: this.env.sinks, key: cursor.id, value: writeSink(w, cursor.toRecord(commit)) })
    }
    this.writing.push(moved)
  }

  /** The oldest flush is on disk. */
  flushed(): void {
    for (const cursor of this.writing.shift() ?? []) cursor.outcomes.flushed()
  }

  outcomesOf(seq: number): OutcomeRange[] {
    const ranges: OutcomeRange[] = []
    for (const cursor of this.all) {
      const range = cursor.outcomes.of(seq)
      if (range !== undefined) ranges.push(range)
    }
    return ranges
  }

  /** Deletes outcomes below the tail, and removed sinks that nothing names any more. */
  prune(tail: number, limit: number, writes: Write[]): void {
    for (let i = this.all.length - 1; i >= 0; i--) {
      const cursor = this.all[i]
      if (cursor === undefined) continue
      const left = cursor.outcomes.prune(tail, limit, writes)
      if (left || !cursor.removed || cursor.dirty) continue
      writes.push({ table: this.env.sinks, key: cursor.id, value: undefined })
      this.all.splice(i, 1)
    }
  }

  private admit(record: SinkRecord): SinkCursor {
    const outcomes = new SinkOutcomes(record.id, record.name, this.env.outcomes)
    const cursor = new SinkCursor(record, outcomes, this.around)
    this.all.push(cursor)
    return cursor
  }
}

/** @throws FaultError `store-damaged` when a position cannot be read. */
export function storedSinks(env: Environment): SinkRecord[] {
  const reader = new FrameReader()
  const sinks: SinkRecord[] = []
  for (const { key, value } of env.sinks.getRange({ start: 0, end: Number.MAX_SAFE_INTEGER })) {
    try {
      sinks.push(readSink(reader, value))
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      throw new FaultError(fault('store-damaged', `The position of sink ${key} cannot be read: ${thrown.message}.`))
    }
  }
  return sinks
}
