/** Keys of the store's tables: big-endian integers, so that ranges come in order. */

/** Writes keys into, and reads them out of, the bytes LMDB compares. */
export interface KeyEncoder<K> {
  writeKey(key: K, target: Uint8Array, position: number): number
  readKey(source: Uint8Array, start: number, end: number): K
}

/** Two parts: a group (bucket, sink) and, within it, a 64-bit number as two halves. */
export interface GroupKey {
  readonly group: number
  readonly high: number
  readonly low: number
}

const TWO_32 = 4_294_967_296

function writeU32(value: number, target: Uint8Array, at: number): void {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

function readU32(source: Uint8Array, at: number): number {
  return (
    (((source[at] ?? 0) << 24) |
      ((source[at + 1] ?? 0) << 16) |
      ((source[at + 2] ?? 0) << 8) |
      (source[at + 3] ?? 0)) >>>
    0
  )
}

/** A sequence: 8 bytes. */
export const sequenceKey: KeyEncoder<number> = {
  writeKey(key, target, at) {
    writeU32(Math.floor(key / TWO_32), target, at)
    writeU32(key >>> 0, target, at + 4)
    return at + 8
  },
  readKey: (source, at) => readU32(source, at) * TWO_32 + readU32(source, at + 4),
}

/** A {@link GroupKey}: 12 bytes. */
export const groupKey: KeyEncoder<GroupKey> = {
  writeKey(key, target, at) {
    writeU32(key.group, target, at)
    writeU32(key.high, target, at + 4)
    writeU32(key.low, target, at + 8)
    return at + 12
  },
  readKey: (source, at) => ({
    group: readU32(source, at),
    high: readU32(source, at + 4),
    low: readU32(source, at + 8),
  }),
}

/** The key of a sequence within a group. */
export function sequenceIn(group: number, seq: number): GroupKey {
  return { group, high: Math.floor(seq / TWO_32), low: seq >>> 0 }
}

/** The sequence that {@link sequenceIn} put into a key. */
export const sequenceOf = (key: GroupKey): number => key.high * TWO_32 + key.low
