/** The small records: the store's own state, a sink's cursor, an outcome range, and the keys remembered under a hash. */
import type { Outcome } from '../port/journal.ts'
import { FrameError, type FrameReader, type FrameWriter, KIND } from './frame.ts'

/** A stretch of time in which keys arrived; dropped as a whole. */
export interface Bucket {
  id: number
  startMs: number
  bytes: number
}

/** What the store knows of itself; written in every transaction, so it always fits the records beside it. */
export interface StoreState {
  /** Counts transactions; each is valid only on top of the one before it. */
  commit: number
  /** Last event sequence given out, and the bytes of all records up to its end. */
  head: number
  headOffset: number
  /** Oldest sequence still kept (head + 1 when none), and the bytes of all records before it. */
  tail: number
  tailOffset: number
  letterHead: number
  /** No letter lies below. */
  letterTail: number
  letterCount: number
  letterBytes: number
  copied: number
  nextSinkId: number
  /** Secret of this store's hash, so that nobody can aim for collisions. */
  seedA: number
  seedB: number
  /** Oldest first; the last takes what arrives. */
  buckets: Bucket[]
  /** Buckets that are forgotten but not yet deleted. */
  dropping: number[]
  /** Pairs of first and last sequence that salvage could not recover. */
  lost: number[]
}

export const freshState = (seedA: number, seedB: number): StoreState => ({
  commit: 1,
  head: 0,
  headOffset: 0,
  tail: 1,
  tailOffset: 0,
  letterHead: 0,
  letterTail: 1,
  letterCount: 0,
  letterBytes: 0,
  copied: 0,
  nextSinkId: 1,
  seedA,
  seedB,
  buckets: [],
  dropping: [],
  lost: [],
})

const STATE = { numbers: 1, buckets: 2, dropping: 3, lost: 4 } as const

export function writeState(w: FrameWriter, s: StoreState): Buffer {
  w.begin(KIND.state)
  w.tagList(STATE.numbers, [
    s.commit,
    s.head,
    s.headOffset,
    s.tail,
    s.tailOffset,
    s.letterHead,
    s.letterTail,
    s.letterCount,
    s.letterBytes,
    s.copied,
    s.nextSinkId,
    s.seedA,
    s.seedB,
  ])
  const buckets: number[] = []
  for (const bucket of s.buckets) buckets.push(bucket.id, bucket.startMs, bucket.bytes)
  w.tagList(STATE.buckets, buckets)
  if (s.dropping.length > 0) w.tagList(STATE.dropping, s.dropping)
  if (s.lost.length > 0) w.tagList(STATE.lost, s.lost)
  return w.end()
}

/** @throws FrameError when the value is not a whole state record. */
export function readState(r: FrameReader, value: Uint8Array): StoreState {
  r.open(value, KIND.state)
  const state = freshState(0, 0)
  for (let tag = r.next(); tag !== 0; tag = r.next()) {
    if (tag === STATE.numbers) {
      const n = r.list()
      const at = (i: number) => n[i] ?? 0
      state.commit = at(0)
      state.head = at(1)
      state.headOffset = at(2)
      state.tail = at(3)
      state.tailOffset = at(4)
      state.letterHead = at(5)
      state.letterTail = at(6)
      state.letterCount = at(7)
      state.letterBytes = at(8)
      state.copied = at(9)
      state.nextSinkId = at(10)
      state.seedA = at(11)
      state.seedB = at(12)
    } else if (tag === STATE.buckets) {
      const n = r.list()
      for (let i = 0; i + 2 < n.length; i += 3) {
        state.buckets.push({ id: n[i] ?? 0, startMs: n[i + 1] ?? 0, bytes: n[i + 2] ?? 0 })
      }
    } else if (tag === STATE.dropping) state.dropping = r.list()
    else if (tag === STATE.lost) state.lost = r.list()
  }
  return state
}

/** A sink's cursor as stored. */
export interface SinkRecord {
  readonly id: number
  readonly name: string
  /** The transaction that wrote it: of two copies the newer one counts. */
  readonly commit: number
  readonly low: number
  /** Pairs of first and last settled sequence above `low`, in order. */
  readonly ranges: readonly number[]
  readonly droppedStale: number
  readonly droppedOldest: number
  /** Kept only to name the sink in outcomes. */
  readonly removed: boolean
}

const SINK = { name: 1, ranges: 2, removed: 3 } as const

export function writeSink(w: FrameWriter, s: SinkRecord): Buffer {
  w.begin(KIND.sink)
  w.f64(s.id)
  w.f64(s.commit)
  w.f64(s.low)
  w.f64(s.droppedStale)
  w.f64(s.droppedOldest)
  w.tagText(SINK.name, s.name)
  if (s.ranges.length > 0) w.tagList(SINK.ranges, s.ranges)
  if (s.removed) w.tagByte(SINK.removed, 1)
  return w.end()
}

/** @throws FrameError when the value is not a whole cursor record. */
export function readSink(r: FrameReader, value: Uint8Array): SinkRecord {
  r.open(value, KIND.sink)
  const id = r.f64()
  const commit = r.f64()
  const low = r.f64()
  const droppedStale = r.f64()
  const droppedOldest = r.f64()
  let name = ''
  let ranges: number[] = []
  let removed = false
  for (let tag = r.next(); tag !== 0; tag = r.next()) {
    if (tag === SINK.name) name = r.text()
    else if (tag === SINK.ranges) ranges = r.list()
    else if (tag === SINK.removed) removed = r.byte() === 1
  }
  return { id, name, commit, low, ranges, droppedStale, droppedOldest, removed }
}

/** In the order of their stored numbers: append only. */
const OUTCOMES: readonly Outcome[] = [
  'delivered',
  'confirmed',
  'written',
  'rejected',
  'filtered',
  'dropped-stale',
  'dropped-oldest',
]

/** A run of events that a sink was done with in the same way. */
export interface Run {
  from: number
  to: number
  outcome: Outcome
  /** When the last of them was settled. */
  timeMs: number
}

export function writeOutcome(w: FrameWriter, run: Run): Buffer {
  w.begin(KIND.outcome)
  w.f64(run.from)
  w.f64(run.to)
  w.f64(run.timeMs)
  w.u8(OUTCOMES.indexOf(run.outcome))
  return w.end()
}

/** @throws FrameError when the value is not a whole outcome record. */
export function readOutcome(r: FrameReader, value: Uint8Array): Run {
  r.open(value, KIND.outcome)
  const from = r.f64()
  const to = r.f64()
  const timeMs = r.f64()
  const outcome = OUTCOMES[r.u8()]
  if (outcome === undefined) throw new FrameError('its outcome is unknown')
  return { from, to, outcome, timeMs }
}

/** One remembered key. */
export interface SeenKey {
  /** Sequence of what the key stands for. */
  readonly ref: number
  readonly contentHash: Uint8Array
  readonly key: Uint8Array
}

/** Bytes that a content hash takes. */
export const HASH_BYTES = 16

/** Adds one key; a frame may hold several whose hashes collide. */
export function appendSeen(w: FrameWriter, ref: number, contentHash: Uint8Array, key: Uint8Array): void {
  w.f64(ref)
  w.raw(contentHash)
  w.sized(key)
}

/** Reads the keys under one hash; views, valid as long as the value is. */
export function readSeen(r: FrameReader, value: Uint8Array): SeenKey[] {
  r.open(value, KIND.seen)
  const keys: SeenKey[] = []
  while (r.more) keys.push({ ref: r.f64(), contentHash: r.raw(HASH_BYTES), key: r.sized() })
  return keys
}
