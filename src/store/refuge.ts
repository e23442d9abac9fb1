/** The fresh store that a salvage fills: one transaction after another, its state written last. */
import { randomInt } from 'node:crypto'
import { FaultError, fault } from '../fault/fault.ts'
import { Environment, TABLE, type Table, type Write, writeInitialState } from './environment.ts'
import { readEvent } from './event-codec.ts'
import { FrameReader, FrameWriter, KIND } from './frame.ts'
import { inspectTable, type Problem, type SalvageProgress } from './inspection.ts'
import { type GroupKey, groupKey, sequenceKey } from './keys.ts'
import { RangeSet } from './ranges.ts'
import type { Rescue } from './rescue.ts'
import { type PendingKey, SEEN, SeenKeys } from './seen.ts'
import {
  appendSeen,
  freshState,
  readOutcome,
  readSeen,
  type SeenKey,
  type SinkRecord,
  type StoreState,
  writeSink,
  writeState,
} from './state-codec.ts'

const BATCH_WRITES = 4_096
const BATCH_BYTES = 16 * 2 ** 20
/** Events remembered anew in one transaction. */
const REMEMBERED = 1_000
const DAY_MS = 86_400_000
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

export class Refuge {
  events = 0
  letters = 0
  seenKeys = 0
  outcomeRanges = 0
  private readonly env: Environment
  private readonly rescue: Rescue
  private readonly state: StoreState
  private readonly seen: SeenKeys
  private readonly frames = new FrameWriter()
  private readonly reader = new FrameReader()
  private writes: Write[] = []
  private bytes = 0
  private keys: PendingKey[] = []
  private letterBytes = 0
  private lastLetter = 0

  constructor(dir: string, sizeBytes: number, rescue: Rescue) {
    this.rescue = rescue
    const { state } = rescue
    this.state = freshState(state?.seedA ?? randomInt(2 ** 32), state?.seedB ?? randomInt(2 ** 32))
    this.env = new Environment(dir, Math.max(16 * 2 ** 30, 8 * sizeBytes), false)
    writeInitialState(this.env, this.state)
    // What is remembered anew goes into a bucket of its own, above those that are copied.
    const copied = state?.buckets ?? []
    const id = Math.max(0, ...copied.map((bucket) => bucket.id), ...(state?.dropping ?? [])) + 1
    this.state.buckets = [...copied.map((bucket) => ({ ...bucket })), { id, startMs: Date.now(), bytes: 0 }]
    this.state.dropping = [...(state?.dropping ?? [])]
    this.seen = new SeenKeys(this.env.seen, this.state, { windowMs: DAY_MS, maxBytes: Number.MAX_VALUE, log: silent })
  }

  async fill(onProgress: (progress: SalvageProgress) => void): Promise<void> {
    await this.fillEvents(onProgress)
    await this.fillLetters(onProgress)
    for (const sink of this.rescue.sinks.values()) {
      const value = writeSink(this.frames, this.withoutLost(sink))
      this.add({ table: this.env.sinks, key: sink.id, value })
    }
    await this.fillSeen(onProgress)
    await this.copy<GroupKey>(TABLE.outcomes, this.env.outcomes, groupKey.readKey, onProgress, (value) => {
      readOutcome(this.reader, value)
      this.outcomeRanges++
      return value
    })
    this.completeState()
    await this.flush()
  }

  close(): Promise<void> {
    return this.env.close()
  }

  private async fillEvents(onProgress: (progress: SalvageProgress) => void): Promise<void> {
    const { rescue } = this
    let end = 0
    let first: number | undefined
    const keep = (offset: number, size: number): void => {
      first ??= offset
      end = Math.max(end, offset + size)
      this.events++
    }
    await this.copy<number>(TABLE.log, this.env.log, sequenceKey.readKey, onProgress, (value, seq) => {
      if (!rescue.isReadable(seq)) return undefined
      keep(readEvent(this.reader, value).offset, value.length)
      return value
    })
    for (const [seq, find] of rescue.carved) {
      const record = rescue.file.bytes(find.at, find.size)
      keep(find.offset, record.length)
      first = Math.min(first ?? find.offset, find.offset)
      this.add({ table: this.env.log, key: seq, value: record })
      await this.flushWhenFull()
    }
    this.state.head = rescue.head
    this.state.tail = rescue.tail
    this.state.headOffset = Math.max(end, rescue.state?.headOffset ?? 0)
    this.state.tailOffset = rescue.state?.tailOffset ?? first ?? end
  }

  private async fillLetters(onProgress: (progress: SalvageProgress) => void): Promise<void> {
    const keep = (seq: number, size: number): void => {
      this.letters++
      this.letterBytes += size
      this.lastLetter = Math.max(this.lastLetter, seq)
    }
    await this.copy<number>(TABLE.letters, this.env.letters, sequenceKey.readKey, onProgress, (value, seq) => {
      if (!this.rescue.isReadableLetter(seq)) return undefined
      keep(seq, value.length)
      return value
    })
    for (const [seq, { at, size }] of this.rescue.carvedLetters) {
      keep(seq, size)
      this.add({ table: this.env.letters, key: seq, value: this.rescue.file.bytes(at, size) })
      await this.flushWhenFull()
    }
  }

  private async fillSeen(onProgress: (progress: SalvageProgress) => void): Promise<void> {
    // Without the state the secret of the hash is gone, and with it the way to what is remembered.
    const { state } = this.rescue
    if (state !== undefined) await this.copySeen(onProgress)
    if (state === undefined || this.rescue.seenDamaged) await this.rememberEvents()
  }

  private copySeen(onProgress: (progress: SalvageProgress) => void): Promise<void> {
    return this.copy<GroupKey>(TABLE.seen, this.env.seen, groupKey.readKey, onProgress, (value) => {
      const keys = readSeen(this.reader, value)
      const kept = keys.filter((key) => !this.isLost(key))
      this.seenKeys += kept.length
      if (kept.length === keys.length) return value
      if (kept.length === 0) return undefined
      this.frames.begin(KIND.seen)
      for (const { ref, contentHash, key } of kept) appendSeen(this.frames, ref, contentHash, key)
      return this.frames.end()
    })
  }

  /** Events carry what is needed to remember them again. */
  private async rememberEvents(): Promise<void> {
    for (let from = 0, more = true; more; ) {
      more = false
      for (const { value } of this.env.log.getRange({ start: from, end: Number.MAX_SAFE_INTEGER, limit: REMEMBERED })) {
        const { source, id, contentHash, seq } = readEvent(this.reader, value)
        from = seq + 1
        more = true
        if (this.seen.find(SEEN.event, source, id, contentHash) !== undefined) continue
        this.keys.push(this.seen.remember(this.frames, seq, contentHash, this.writes))
        this.seenKeys++
      }
      await this.flush()
    }
  }

  private isLost(key: SeenKey): boolean {
    return key.key[0] === SEEN.event && this.rescue.lost.has(key.ref)
  }

  private withoutLost(sink: SinkRecord): SinkRecord {
    const settled = RangeSet.from(sink.ranges)
    for (const list = this.rescue.lost.toList(); list.length > 0; ) {
      const [first = 0, last = 0] = list.splice(0, 2)
      if (last > sink.low) settled.add(Math.max(first, sink.low + 1), last)
    }
    const low = settled.takeFrom(sink.low + 1) ?? sink.low
    return { ...sink, low, ranges: settled.toList() }
  }

  private completeState(): void {
    const { state } = this.rescue
    Object.assign(this.state, {
      letterHead: Math.max(this.lastLetter, state?.letterHead ?? 0),
      letterTail: 1,
      letterCount: this.letters,
      letterBytes: this.letterBytes,
      copied: state?.copied ?? 0,
      nextSinkId: Math.max(0, ...this.rescue.sinks.keys(), (state?.nextSinkId ?? 1) - 1) + 1,
      lost: RangeSet.from([...(state?.lost ?? []), ...this.rescue.lost.toList()]).toList(),
    } satisfies Partial<StoreState>)
  }

  /** Copies the values of a table that `pick` lets through. */
  private async copy<K extends number | GroupKey>(
    table: string,
    target: Table<K>,
    readKey: (source: Uint8Array, start: number, end: number) => K,
    onProgress: (progress: SalvageProgress) => void,
    pick: (value: Buffer, key: K) => Buffer | undefined,
  ): Promise<void> {
    const visit = (bytes: Buffer, value: Buffer): Promise<void> | undefined => {
      const key = readKey(bytes, 0, bytes.length)
      const kept = pick(value, key)
      if (kept === undefined) return undefined
      // The pair of table and key type is the caller's.
      this.add({ table: target, key, value: kept } as Write)
      return this.full ? this.flush() : undefined
    }
    await inspectTable(this.rescue.file, table, visit, this.note, ({ done, total }) =>
      onProgress({ step: `copying ${table}`, done, total }),
    )
    await this.flush()
  }

  /** Damage in tables read for the first time here; the others were complained about before. */
  private readonly note = (problem: Problem): void => {
    if (problem.table === TABLE.seen || problem.table === TABLE.outcomes) this.rescue.complain(problem)
  }

  private add(write: Write): void {
    this.writes.push(write)
    this.bytes += write.value?.length ?? 0
  }

  private get full(): boolean {
    return this.writes.length >= BATCH_WRITES || this.bytes >= BATCH_BYTES
  }

  private async flushWhenFull(): Promise<void> {
    if (this.full) await this.flush()
  }

  private async flush(): Promise<void> {
    const { writes, keys } = this
    this.writes = []
    this.keys = []
    this.bytes = 0
    this.state.commit++
    const ticket = this.env.commit(writes, writeState(this.frames, this.state), this.state.commit)
    if (!(await ticket.written)) throw new FaultError(fault('store-commit', 'The target store refused a transaction.'))
    await ticket.flushed
    this.seen.settle(keys)
  }
}
