/** Dead letters in the store: the authority on what could not go on, its copy on the broker being a copy. */
import { FaultError, fault } from '../fault/fault.ts'
import type { DeadLetter, StoredDeadLetter } from '../port/deadletter.ts'
import type { LetterFilter, Letters } from '../port/journal.ts'
import type { Table, Write } from './environment.ts'
import { FrameError, FrameReader, type FrameWriter } from './frame.ts'
import { readLetter, writeLetter } from './letter-codec.ts'
import type { StoreState } from './state-codec.ts'

/** Letters read in one go to be let go. */
const EXPIRE_BYTES = 16 * 2 ** 20

/** What the letters need of the writer. */
export interface LetterWriter {
  append(letter: DeadLetter): Promise<number>
  remove(seqs: readonly number[]): Promise<number>
  announce(listeners: Iterable<() => void>): void
  /** The state changed and is to be persisted soon. */
  touch(): void
}

/** Reading letters; all that is needed where nothing is written. */
export class LetterShelf {
  protected readonly table: Table<number>
  protected readonly state: StoreState
  private readonly reader = new FrameReader()

  constructor(table: Table<number>, state: StoreState) {
    this.table = table
    this.state = state
  }

  get head(): number {
    return this.state.letterHead
  }

  count(): number {
    return this.state.letterCount
  }

  /** In order of sequence; `store-damaged` when one cannot be read. */
  list(filter: LetterFilter, limit: number): StoredDeadLetter[] {
    const found: StoredDeadLetter[] = []
    if (limit < 1) return found
    const start = Math.max(filter.fromSeq ?? 0, this.state.letterTail)
    for (const { key, value } of this.table.getRange({ start, end: this.head + 1 })) {
      const letter = this.decode(key, value)
      if (filter.code !== undefined && letter.code !== filter.code) continue
      if (filter.source !== undefined && letter.source !== filter.source) continue
      if (filter.stage !== undefined && letter.stage !== filter.stage) continue
      found.push(letter)
      if (found.length >= limit) break
    }
    return found
  }

  get(seq: number): StoredDeadLetter | undefined {
    if (!Number.isSafeInteger(seq) || seq < 1) return undefined
    const value = this.table.getBinary(seq)
    return value === undefined || seq > this.head ? undefined : this.decode(seq, value)
  }

  private decode(seq: number, value: Buffer): StoredDeadLetter {
    try {
      return readLetter(this.reader, value)
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      throw new FaultError(fault('store-damaged', `Dead letter ${seq} cannot be read: ${thrown.message}.`))
    }
  }
}

export class StoreLetters extends LetterShelf implements Letters {
  private readonly writer: LetterWriter
  private readonly listeners = new Set<() => void>()
  private visibleHead: number

  constructor(table: Table<number>, state: StoreState, writer: LetterWriter) {
    super(table, state)
    this.writer = writer
    this.visibleHead = state.letterHead
  }

  override get head(): number {
    return this.visibleHead
  }

  get copied(): number {
    return this.state.copied
  }

  markCopied(seq: number): void {
    if (seq <= this.state.copied) return
    this.state.copied = Math.min(seq, this.visibleHead)
    this.writer.touch()
  }

  append(letter: DeadLetter): Promise<number> {
    return this.writer.append(letter)
  }

  remove(seqs: readonly number[]): Promise<number> {
    return this.writer.remove(seqs)
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Puts a letter into a transaction and returns its sequence. */
  stage(w: FrameWriter, letter: DeadLetter, origin: string | undefined, writes: Write[]): number {
    const seq = ++this.state.letterHead
    const value = writeLetter(w, seq, letter, origin)
    writes.push({ table: this.table, key: seq, value })
    this.state.letterCount++
    this.state.letterBytes += value.length
    return seq
  }

  /** Puts the removal of letters into a transaction and returns how many there were. */
  stageRemoval(seqs: Iterable<number>, writes: Write[]): number {
    let count = 0
    for (const seq of new Set(seqs)) {
      if (!Number.isSafeInteger(seq) || seq < 1 || seq > this.visibleHead) continue
      const value = this.table.getBinary(seq)
      if (value === undefined) continue
      writes.push({ table: this.table, key: seq, value: undefined })
      this.state.letterCount--
      this.state.letterBytes -= value.length
      count++
    }
    return count
  }

  /**
   * Lets the oldest letters go that were copied and lie outside the bounds, at most so many; returns how many.
   * What was not copied yet stays.
   */
  expire(olderThanMs: number, maxBytes: number, limit: number, writes: Write[]): number {
    const end = Math.min(this.state.copied, this.visibleHead) + 1
    const start = this.state.letterTail
    if (start >= end) return 0
    const reader = new FrameReader()
    const gone: number[] = []
    let bytes = 0
    for (const { key, value } of this.table.getRange({ start, end, limit })) {
      const surplus = this.state.letterBytes - bytes > maxBytes
      if ((readLetter(reader, value).timeMs >= olderThanMs && !surplus) || bytes > EXPIRE_BYTES) break
      bytes += value.length
      gone.push(key)
    }
    const last = gone.at(-1)
    if (last !== undefined) this.state.letterTail = last + 1
    return this.stageRemoval(gone, writes)
  }

  /** Letters up to this one are on disk. */
  publish(head: number): void {
    if (head <= this.visibleHead) return
    this.visibleHead = head
    this.writer.announce(this.listeners)
  }
}
