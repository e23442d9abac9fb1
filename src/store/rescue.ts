/** Finds out what a damaged store still holds: which events are readable, which can be carved out, which are lost. */
import { carve } from './carve.ts'
import { TABLE } from './environment.ts'
import { readEvent } from './event-codec.ts'
import { EVENT_FIELD } from './event-fields.ts'
import { FrameError, FrameReader, HEADER, KIND, type Kind } from './frame.ts'
import { inspectState, inspectTable, type Problem, type SalvageProgress } from './inspection.ts'
import { sequenceKey } from './keys.ts'
import { readLetter } from './letter-codec.ts'
import type { PageFile } from './page-file.ts'
import { RangeSet } from './ranges.ts'
import { readSink, readState, type SinkRecord, type StoreState } from './state-codec.ts'

/** Where an event starts and ends in the log's count of bytes. */
interface Span {
  readonly offset: number
  readonly end: number
}

/** Where a record lies in the file. */
export interface Find {
  readonly at: number
  readonly size: number
}

interface EventFind extends Find, Span {
  readonly journalledMs: number
}

/** No more problems are listed than a person reads. */
const LISTED = 1_000

export class Rescue {
  readonly file: PageFile
  readonly problems: Problem[] = []
  /** The store's own state, from its place or the newest copy found. */
  state: StoreState | undefined
  /** The state was where it belongs. */
  stateIntact = false
  /** Cursors by their number. */
  readonly sinks = new Map<number, SinkRecord>()
  /** Events and letters that the trees do not lead to. */
  readonly carved = new Map<number, EventFind>()
  readonly carvedLetters = new Map<number, Find>()
  /** Sequences between tail and head that are nowhere. */
  lost = new RangeSet()
  /** Keys may be missing from what is remembered. */
  seenDamaged = false
  tail = 1
  head = 0
  private readonly onProgress: (progress: SalvageProgress) => void
  private readonly reader = new FrameReader()
  private readonly readable = new RangeSet()
  private readonly readableLetters = new RangeSet()
  private readonly letterGaps = new RangeSet()
  /** Spans of the first and last event of each readable run: carved records must join them. */
  private readonly edges = new Map<number, Span>()

  constructor(file: PageFile, onProgress: (progress: SalvageProgress) => void) {
    this.file = file
    this.onProgress = onProgress
  }

  async survey(): Promise<void> {
    for (const { reason } of this.file.damages) this.complain({ table: 'tables', reason })
    this.state = await inspectState(this.file, this.complain)
    this.stateIntact = this.state !== undefined
    await this.surveyEvents()
    this.settleBounds()
    await this.surveyLetters()
    const sinksIntact = await this.inspect(TABLE.sinks, (_key, value) => {
      const sink = readSink(this.reader, value)
      this.sinks.set(sink.id, sink)
    })
    const complete = this.missing().count === 0 && this.letterGaps.count === 0
    if (!complete || !sinksIntact || !this.stateIntact) await this.search(!sinksIntact)
    this.settleBounds()
    this.lost = this.missing()
  }

  /** True when the tree leads to this event whole. */
  isReadable(seq: number): boolean {
    return seq >= this.tail && seq <= this.head && this.readable.has(seq)
  }

  isReadableLetter(seq: number): boolean {
    return this.readableLetters.has(seq)
  }

  readonly complain = (problem: Problem): void => {
    if (problem.table === TABLE.seen) this.seenDamaged = true
    if (this.problems.length < LISTED) this.problems.push(problem)
  }

  private async surveyEvents(): Promise<void> {
    let runStart = 0
    let previous = 0
    await this.inspect(TABLE.log, (key, value) => {
      const seq = sequenceKey.readKey(key, 0, 8)
      const event = readEvent(this.reader, value)
      if (event.seq !== seq) throw new FrameError(`it says it is event ${event.seq}`)
      this.readable.add(seq, seq)
      if (seq !== previous + 1) runStart = seq
      else if (previous !== runStart) this.edges.delete(previous)
      this.edges.set(seq, { offset: event.offset, end: event.offset + event.bytes })
      previous = seq
    })
  }

  private async surveyLetters(): Promise<void> {
    const already = this.problems.length
    await this.inspect(TABLE.letters, (key, value) => {
      readLetter(this.reader, value)
      const seq = sequenceKey.readKey(key, 0, 8)
      this.readableLetters.add(seq, seq)
    })
    const last = this.state?.letterHead ?? Number.MAX_SAFE_INTEGER
    for (const { from, to } of this.problems.slice(already)) this.letterGaps.add(from ?? 1, to ?? last)
  }

  /** From the state where it can be trusted, else from what was found. */
  private settleBounds(): void {
    const list = this.readable.toList()
    this.head = this.state?.head ?? 0
    if (!this.stateIntact) {
      // An older copy of the state knows nothing of what came after it.
      this.head = Math.max(this.head, list.at(-1) ?? 0)
      if (this.state === undefined) for (const seq of this.carved.keys()) this.head = Math.max(this.head, seq)
      while (this.carved.has(this.head + 1)) this.head++
      for (const seq of this.carved.keys()) if (seq > this.head) this.carved.delete(seq)
    }
    let first = list[0] ?? this.head + 1
    for (const seq of this.carved.keys()) first = Math.min(first, seq)
    this.tail = this.state?.tail ?? first
  }

  /** What neither the trees nor the carving gave, and no earlier salvage gave up. */
  private missing(): RangeSet {
    const have = RangeSet.from([...this.readable.toList(), ...(this.state?.lost ?? [])])
    for (const seq of this.carved.keys()) have.add(seq, seq)
    const missing = new RangeSet()
    let next = this.tail
    const list = have.toList()
    for (let i = 0; i + 1 < list.length && next <= this.head; i += 2) {
      const first = list[i] ?? 0
      if (first > next) missing.add(next, Math.min(first - 1, this.head))
      next = Math.max(next, (list[i + 1] ?? 0) + 1)
    }
    if (next <= this.head) missing.add(next, this.head)
    return missing
  }

  /** Goes through the whole file for records that the trees do not lead to. */
  private async search(wantSinks: boolean): Promise<void> {
    const wanted = this.missing()
    const any = !this.stateIntact
    const visit = (kind: Kind, record: Buffer, at: number): void => {
      const seq = record.readDoubleLE(HEADER)
      if (kind === KIND.event && (wanted.has(seq) || (any && !this.readable.has(seq)))) this.offer(seq, record, at)
      if (kind === KIND.letter && (any || this.letterGaps.has(seq)) && !this.readableLetters.has(seq)) {
        this.carvedLetters.set(seq, { at, size: record.length })
      }
      if (kind === KIND.sink && wantSinks) this.offerSink(record)
      if (kind === KIND.state && any) {
        const state = readState(this.reader, record)
        if (this.state === undefined || state.commit > this.state.commit) this.state = state
      }
    }
    await carve(this.file, visit, (done, total) => this.onProgress({ step: 'searching the file', done, total }))
  }

  /** Of several records of one sequence, one that joins its neighbours counts; else the one written last. */
  private offer(seq: number, record: Buffer, at: number): void {
    const offset = record.readDoubleLE(EVENT_FIELD.offset)
    const journalledMs = record.readDoubleLE(EVENT_FIELD.journalledMs)
    const find: EventFind = { at, size: record.length, offset, end: offset + record.length, journalledMs }
    const held = this.carved.get(seq)
    if (held === undefined) this.carved.set(seq, find)
    else {
      const better = this.joins(seq, find) - this.joins(seq, held)
      if (better > 0 || (better === 0 && journalledMs > held.journalledMs)) this.carved.set(seq, find)
    }
  }

  private joins(seq: number, find: EventFind): number {
    const before = this.edges.get(seq - 1) ?? this.carved.get(seq - 1)
    const after = this.edges.get(seq + 1) ?? this.carved.get(seq + 1)
    return Number(before?.end === find.offset) + Number(after?.offset === find.end)
  }

  private offerSink(record: Buffer): void {
    const sink = readSink(this.reader, record)
    const held = this.sinks.get(sink.id)
    if (held === undefined || sink.commit > held.commit) this.sinks.set(sink.id, sink)
  }

  /** Returns whether all of the table could be read. */
  private async inspect(table: string, visit: (key: Buffer, value: Buffer) => void): Promise<boolean> {
    let intact = true
    const complain = (problem: Problem): void => {
      intact = false
      this.complain(problem)
    }
    await inspectTable(this.file, table, visit, complain, ({ done, total }) =>
      this.onProgress({ step: `reading ${table}`, done, total }),
    )
    return intact
  }
}
