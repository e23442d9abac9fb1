/**
 * What came before: the idempotency keys of events and the origins of dead letters, remembered for a window of time.
 *
 * Keys go into the bucket of the time they arrived in; a whole bucket is forgotten when it lies outside the window, so
 * nothing is ever looked for to be deleted. A value holds the full keys and content hashes of everything under its
 * 8-byte hash, so a collision is seen for what it is and both keys are kept. Keys of transactions under way are held in
 * memory until those are flushed; only the one writer looks here, so nothing slips between the two.
 */
import { FaultError, fault } from '../fault/fault.ts'
import type { Log } from '../port/log.ts'
import type { Table, Write } from './environment.ts'
import { FrameError, FrameReader, type FrameWriter, HEADER, KIND } from './frame.ts'
import type { GroupKey } from './keys.ts'
import { appendSeen, HASH_BYTES, readSeen, type SeenKey, type StoreState } from './state-codec.ts'

/** What a key stands for: an event, the letters of one message element, a conflict that was recorded. */
export const SEEN = { event: 1, origin: 2, conflict: 3 } as const
export type SeenKind = (typeof SEEN)[keyof typeof SEEN]

const BUCKETS = 4

/** Makes two 32-bit halves of a hash over the first `size` bytes. */
export type KeyHash = (bytes: Uint8Array, size: number, seedA: number, seedB: number) => { high: number; low: number }

/** A key of a transaction under way. */
export interface PendingKey {
  readonly slot: number
  readonly key: Buffer
  readonly contentHash: Uint8Array
  readonly ref: number
  readonly bucket: number
  readonly high: number
  readonly low: number
}

/** What a key was found to stand for, and whether its content is the same. */
export interface SeenHit {
  readonly ref: number
  readonly same: boolean
}

const NONE: readonly SeenKey[] = []

const hitOf = (one: SeenKey, contentHash: Uint8Array): SeenHit => ({
  ref: one.ref,
  same: sameHash(one.contentHash, contentHash),
})

const mix = (value: number): number => {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Two multiplicative hashes with seeds of their own, mixed into each other at the end. */
export const seededHash: KeyHash = (bytes, size, seedA, seedB) => {
  let a = seedA | 0
  let b = seedB | 0
  for (let i = 0; i < size; i++) {
    const byte = bytes[i] ?? 0
    a = Math.imul(a ^ byte, 0x01000193)
    b = Math.imul((b << 5) ^ (b >>> 27) ^ byte, 0x9e3779b1)
  }
  const high = mix(a ^ size)
  return { high, low: mix(b + high) }
}

export interface SeenOptions {
  readonly windowMs: number
  readonly maxBytes: number
  readonly log: Log
  readonly hash?: KeyHash
}

export class SeenKeys {
  private readonly table: Table<GroupKey>
  private readonly state: StoreState
  private readonly options: SeenOptions
  private readonly hash: KeyHash
  private readonly reader = new FrameReader()
  private readonly pending = new Map<number, PendingKey[]>()
  private scratch = Buffer.allocUnsafeSlow(1_024)
  // The key looked up last: `remember` is about that one.
  private size = 0
  private high = 0
  private low = 0
  private deletedThrough: GroupKey | undefined
  private warnedShort = false

  constructor(table: Table<GroupKey>, state: StoreState, options: SeenOptions) {
    this.table = table
    this.state = state
    this.options = options
    this.hash = options.hash ?? seededHash
  }

  /**
   * Looks a key up. `ref` of what it stands for, or undefined when it is new; `same` tells whether the content is too.
   */
  find(kind: SeenKind, first: string, second: string, contentHash: Uint8Array): SeenHit | undefined {
    this.spell(kind, first, second)
    // Newest first: a key may have been taken over by other content since.
    for (const one of this.pending.get(this.slot)?.toReversed() ?? []) {
      if (sameKey(one.key, this.scratch, this.size)) return hitOf(one, contentHash)
    }
    for (let i = this.state.buckets.length - 1; i >= 0; i--) {
      const bucket = this.state.buckets[i]
      if (bucket === undefined) continue
      for (const one of this.stored({ group: bucket.id, high: this.high, low: this.low })) {
        if (sameKey(one.key, this.scratch, this.size)) return hitOf(one, contentHash)
      }
    }
    return undefined
  }

  /** Remembers the key looked up last; the returned handle is given back with {@link settle} once it is on disk. */
  remember(w: FrameWriter, ref: number, contentHash: Uint8Array, writes: Write[]): PendingKey {
    const bucket = this.state.buckets.at(-1)
    if (bucket === undefined) throw new Error('No bucket to remember a key in.')
    const key: GroupKey = { group: bucket.id, high: this.high, low: this.low }
    const slot = this.slot
    w.begin(KIND.seen)
    appendSeen(w, ref, contentHash, this.scratch.subarray(0, this.size))
    this.keepOthers(w, key, slot)
    const value = w.end()
    writes.push({ table: this.table, key, value })
    // Keys, page fill and the tree above come to about half of the value again.
    bucket.bytes += value.length * 1.5
    // This key was written first: reference, content hash, length, key.
    const hashAt = HEADER + 8
    const keyAt = hashAt + HASH_BYTES + 4
    const pending: PendingKey = {
      slot,
      key: value.subarray(keyAt, keyAt + this.size),
      contentHash: value.subarray(hashAt, hashAt + HASH_BYTES),
      ref,
      bucket: bucket.id,
      high: this.high,
      low: this.low,
    }
    const waiting = this.pending.get(slot)
    if (waiting === undefined) this.pending.set(slot, [pending])
    else waiting.push(pending)
    return pending
  }

  /** Forgets keys in memory: they are on disk, or their transaction was given up. */
  settle(keys: readonly PendingKey[]): void {
    for (const key of keys) {
      const waiting = this.pending.get(key.slot)
      if (waiting === undefined) continue
      if (waiting.length === 1) this.pending.delete(key.slot)
      else waiting.splice(waiting.indexOf(key), 1)
    }
  }

  /** Starts a new bucket and gives up old ones as time and size ask for. */
  rotate(nowMs: number): void {
    const { buckets, dropping } = this.state
    const width = this.options.windowMs / (BUCKETS - 1)
    const current = buckets.at(-1)
    if (current !== undefined && nowMs < current.startMs - width) current.startMs = nowMs // The clock was set back.
    const full = current !== undefined && current.bytes > this.options.maxBytes / (BUCKETS - 1)
    if (current === undefined || full || nowMs - current.startMs >= width) {
      const id = Math.max(0, current?.id ?? 0, ...dropping) + 1
      buckets.push({ id, startMs: nowMs, bytes: 0 })
    }
    while (buckets.length > 1) {
      const oldest = buckets[0]
      const next = buckets[1]
      if (oldest === undefined || next === undefined) break
      const ended = Math.min(next.startMs, oldest.startMs + width)
      const expired = ended <= nowMs - this.options.windowMs
      if (!expired && buckets.length <= BUCKETS) break
      if (!expired && !this.warnedShort) {
        this.warnedShort = true
        const spanMs = nowMs - oldest.startMs
        this.options.log.warn({ spanMs }, 'More keys come in than the dedupe window can hold; it is shortened')
      }
      buckets.shift()
      dropping.push(oldest.id)
    }
  }

  /** Deletes a chunk of what was given up. */
  sweep(limit: number, writes: Write[]): void {
    const id = this.state.dropping[0]
    if (id === undefined) return
    const start = this.deletedThrough ?? { group: id, high: 0, low: 0 }
    let count = 0
    for (const key of this.table.getKeys({ start, end: { group: id + 1, high: 0, low: 0 }, limit: limit + 1 })) {
      const done = this.deletedThrough
      if (done !== undefined && key.high === done.high && key.low === done.low) continue
      writes.push({ table: this.table, key, value: undefined })
      this.deletedThrough = key
      count++
    }
    if (count === 0) {
      this.state.dropping.shift()
      this.deletedThrough = undefined
    }
  }

  /** What else lies under the same hash in the same bucket goes into the new value as well. */
  private keepOthers(w: FrameWriter, at: GroupKey, slot: number): void {
    const others = new Map<string, SeenKey>()
    const keep = (one: SeenKey): void => {
      if (!sameKey(one.key, this.scratch, this.size)) others.set(Buffer.from(one.key).toString('latin1'), one)
    }
    for (const one of this.stored(at))
      keep({ ref: one.ref, contentHash: one.contentHash.slice(), key: one.key.slice() })
    for (const one of this.pending.get(slot) ?? []) {
      if (one.bucket === at.group && one.high === at.high && one.low === at.low) keep(one)
    }
    for (const one of others.values()) appendSeen(w, one.ref, one.contentHash, one.key)
  }

  /** The keys under a hash, as views that the next look-up overwrites. */
  private stored(at: GroupKey): readonly SeenKey[] {
    const value = this.table.getBinaryFast(at)
    if (value === undefined) return NONE
    try {
      return readSeen(this.reader, value)
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      throw new FaultError(fault('store-damaged', `Remembered keys cannot be read: ${thrown.message}.`))
    }
  }

  /** Writes the key's bytes into the scratch buffer and hashes them. */
  private spell(kind: SeenKind, first: string, second: string): void {
    const most = 2 + 3 * (first.length + second.length)
    if (most > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(2 * most)
    const bytes = this.scratch
    bytes[0] = kind
    let at = 1 + writeText(bytes, first, 1)
    bytes[at++] = 0
    at += writeText(bytes, second, at)
    this.size = at
    const { high, low } = this.hash(bytes, at, this.state.seedA, this.state.seedB)
    this.high = high
    this.low = low
  }

  /** Rounds to a float above 2^53, which only makes lists of two. */
  private get slot(): number {
    return this.high * 4_294_967_296 + this.low
  }
}

function writeText(bytes: Buffer, text: string, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return bytes.write(text, at)
    bytes[at + i] = code
  }
  return text.length
}

function sameKey(stored: Uint8Array, bytes: Uint8Array, size: number): boolean {
  if (stored.length !== size) return false
  for (let i = 0; i < size; i++) if (stored[i] !== bytes[i]) return false
  return true
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < HASH_BYTES; i++) if (a[i] !== b[i]) return false
  return true
}
