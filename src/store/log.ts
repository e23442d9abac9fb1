/**
 * The event log: sequence to record, contiguous from 1, read from memory at the head and from the file below it.
 *
 * Each record carries the bytes of all before it, so the bytes between two sequences cost two look-ups at any depth.
 */
import { FaultError, fault } from '../fault/fault.ts'
import type { JournalEntry } from '../port/journal.ts'
import { storeFault } from './breakage.ts'
import type { Table } from './environment.ts'
import { readEvent } from './event-codec.ts'
import { EVENT_FIELD } from './event-fields.ts'
import { FrameError, FrameReader } from './frame.ts'
import type { StoreState } from './state-codec.ts'
import { type LogEntry, Tail } from './tail.ts'

/** The fields of a record that can be read without decoding it. */
export interface EventHeader {
  readonly seq: number
  readonly offset: number
  readonly journalledMs: number
  readonly staleMs: number
}

export class EventLog {
  /** Last sequence on disk; nothing above it is visible. */
  head: number
  /** Bytes of all visible records since the store was made. */
  endOffset: number
  private readonly table: Table<number>
  private readonly state: StoreState
  private readonly tail: Tail
  private readonly reader = new FrameReader()

  constructor(table: Table<number>, state: StoreState, tailBytes: number) {
    this.table = table
    this.state = state
    this.tail = new Tail(tailBytes)
    this.head = state.head
    this.endOffset = state.headOffset
  }

  /** Makes entries visible once they are flushed. */
  publish(entries: readonly LogEntry[]): void {
    const last = entries.at(-1)
    if (last === undefined) return
    this.tail.push(entries)
    this.head = last.seq
    this.endOffset = last.offset + last.bytes
  }

  /**
   * Entries from a sequence upwards; sequences below the oldest kept are passed over, and so are those that a salvage
   * counted as lost. At least one when there is any.
   * @throws FaultError `store-damaged` naming the sequence of a record that cannot be read, or of one that is not there.
   */
  read(fromSeq: number, maxItems: number, maxBytes: number): JournalEntry[] {
    const entries: JournalEntry[] = []
    let bytes = 0
    let seq = Math.max(fromSeq, this.state.tail)
    while (seq <= this.head && entries.length < maxItems && (bytes < maxBytes || entries.length === 0)) {
      const entry = this.tail.get(seq) ?? this.decode(seq)
      if (entry === undefined) {
        seq = this.passHole(seq)
        continue
      }
      entries.push(entry)
      bytes += entry.bytes
      seq++
    }
    return entries
  }

  /** The fixed fields of a visible event, or of the next one kept when that one is gone. */
  headerFrom(seq: number): EventHeader | undefined {
    const from = Math.max(seq, this.state.tail)
    if (from > this.head) return undefined
    const recent = this.tail.get(from)
    if (recent !== undefined) {
      const { offset, journalledMs } = recent
      return { seq: from, offset, journalledMs, staleMs: recent.event.staleMs }
    }
    const value = this.table.getBinaryFast(from)
    if (value === undefined) {
      const next = this.nextAbove(from)
      return next === undefined ? undefined : this.headerFrom(next)
    }
    this.reader.peek(value)
    return {
      seq: from,
      offset: this.reader.f64At(EVENT_FIELD.offset),
      journalledMs: this.reader.f64At(EVENT_FIELD.journalledMs),
      staleMs: this.reader.f64At(EVENT_FIELD.staleMs),
    }
  }

  /** Bytes of all records below a sequence. */
  offsetOf(seq: number): number {
    return this.headerFrom(seq)?.offset ?? this.endOffset
  }

  private decode(seq: number): LogEntry | undefined {
    try {
      const value = this.table.getBinaryFast(seq)
      if (value === undefined) return undefined
      const entry = readEvent(this.reader, value)
      if (entry.seq !== seq) throw new FrameError(`it says it is event ${entry.seq}`)
      return entry
    } catch (thrown) {
      throw new FaultError(storeFault(thrown, 'store-damaged', `Event ${seq} cannot be read`))
    }
  }

  /** The sequence behind a hole. Only a salvage leaves one and says so; any other is damage, not the end of something. */
  private passHole(first: number): number {
    const next = this.nextAbove(first) ?? this.head + 1
    const { lost } = this.state
    let seq = first
    for (let i = 0; i + 1 < lost.length && seq < next; i += 2) {
      if ((lost[i] ?? 0) <= seq && seq <= (lost[i + 1] ?? 0)) seq = (lost[i + 1] ?? 0) + 1
    }
    if (seq >= next) return next
    throw new FaultError(fault('store-damaged', `Event ${seq} is not in the store, though it was never deleted.`))
  }

  /** The next sequence kept. */
  private nextAbove(seq: number): number | undefined {
    try {
      for (const key of this.table.getKeys({ start: seq + 1, end: this.head + 1, limit: 1 })) return key
      return undefined
    } catch (thrown) {
      throw new FaultError(storeFault(thrown, 'store-damaged', `What follows event ${seq} cannot be read`))
    }
  }
}
