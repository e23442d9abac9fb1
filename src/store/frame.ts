/**
 * The frame that every value in the store has: magic, version, kind, length, body, CRC32C.
 *
 * A frame says what it is and whether it is whole without anything around it, so that verification names what is
 * damaged and salvage finds records by their bytes alone. Numbers are little-endian; sequences, offsets and times are
 * 64-bit floats (exact to 2^53). A body is fixed fields first, then tagged ones: one byte of tag number and wire type,
 * then the payload. A reader passes over tags it does not know, so later versions may add.
 */
import { crc32c } from '@node-rs/crc32'

export const FRAME_VERSION = 1

export const KIND = { event: 1, letter: 2, sink: 3, outcome: 4, seen: 5, state: 6 } as const
export type Kind = (typeof KIND)[keyof typeof KIND]

/** 'SJ', little-endian. */
export const MAGIC = 0x4a53
export const HEADER = 8
export const TRAILER = 4

const CHUNK = 256 * 1024
const WIRE = { f64: 0, short: 1, long: 2, byte: 3 } as const
/** Below this many characters a loop beats the call into the runtime's encoder. */
const SHORT_TEXT = 40

/** Why a frame cannot be read. Not a fault by itself: the caller knows which record it was. */
export class FrameError extends Error {}

/**
 * Makes frames one after another in large chunks of memory. A finished frame is a view into its chunk and is never
 * written again, so it may be handed to another thread and kept.
 */
export class FrameWriter {
  private bytes = Buffer.allocUnsafeSlow(CHUNK)
  private view = new DataView(this.bytes.buffer)
  private start = 0
  private at = 0

  /** Starts a frame; the one before it must be ended. */
  begin(kind: Kind): void {
    this.start = this.at
    this.room(HEADER)
    this.view.setUint16(this.at, MAGIC, true)
    this.bytes[this.at + 2] = FRAME_VERSION
    this.bytes[this.at + 3] = kind
    this.at += HEADER
  }

  /** Ends the frame and returns it. */
  end(): Buffer {
    this.room(TRAILER)
    this.view.setUint32(this.start + 4, this.at + TRAILER - this.start, true)
    const sum = crc32c(this.bytes.subarray(this.start, this.at))
    this.view.setUint32(this.at, sum, true)
    this.at += TRAILER
    const frame = this.bytes.subarray(this.start, this.at)
    this.start = this.at
    return frame
  }

  /** Forgets the frame begun last. */
  abandon(): void {
    this.at = this.start
  }

  f64(value: number): void {
    this.room(8)
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  u8(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** Bytes with their length (32 bits) before them. */
  sized(value: Uint8Array): void {
    this.room(4 + value.length)
    this.view.setUint32(this.at, value.length, true)
    this.bytes.set(value, this.at + 4)
    this.at += 4 + value.length
  }

  raw(value: Uint8Array): void {
    this.room(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  tagF64(tag: number, value: number): void {
    this.room(9)
    this.bytes[this.at] = (tag << 2) | WIRE.f64
    this.view.setFloat64(this.at + 1, value, true)
    this.at += 9
  }

  tagByte(tag: number, value: number): void {
    this.room(2)
    this.bytes[this.at] = (tag << 2) | WIRE.byte
    this.bytes[this.at + 1] = value
    this.at += 2
  }

  /** Opens a tag whose payload is exactly so many bytes (at most 255), to be written next. */
  tagSized(tag: number, size: number): void {
    this.room(2 + size)
    this.bytes[this.at] = (tag << 2) | WIRE.short
    this.bytes[this.at + 1] = size
    this.at += 2
  }

  tagBytes(tag: number, value: Uint8Array): void {
    this.room(5 + value.length)
    this.bytes[this.at] = (tag << 2) | WIRE.long
    this.view.setUint32(this.at + 1, value.length, true)
    this.bytes.set(value, this.at + 5)
    this.at += 5 + value.length
  }

  tagText(tag: number, value: string): void {
    const most = value.length * 3
    this.room(5 + most)
    if (most > 255) {
      const size = this.bytes.write(value, this.at + 5)
      this.bytes[this.at] = (tag << 2) | WIRE.long
      this.view.setUint32(this.at + 1, size, true)
      this.at += 5 + size
      return
    }
    const size = this.text(value, this.at + 2)
    this.bytes[this.at] = (tag << 2) | WIRE.short
    this.bytes[this.at + 1] = size
    this.at += 2 + size
  }

  /** A list of numbers as one tag. */
  tagList(tag: number, values: readonly number[]): void {
    this.room(5 + 8 * values.length)
    this.bytes[this.at] = (tag << 2) | WIRE.long
    this.view.setUint32(this.at + 1, 8 * values.length, true)
    this.at += 5
    for (const value of values) this.f64(value)
  }

  /** A list of named numbers as one tag. */
  tagNumbers(tag: number, values: Readonly<Record<string, number>>): void {
    this.room(5)
    this.bytes[this.at] = (tag << 2) | WIRE.long
    // Kept as a distance: writing may move the frame into another chunk.
    const opened = this.at - this.start
    this.at += 5
    for (const name in values) {
      const value = values[name]
      if (value === undefined) continue
      this.room(13 + name.length * 3)
      const size = this.text(name, this.at + 4)
      this.view.setUint32(this.at, size, true)
      this.at += 4 + size
      this.f64(value)
    }
    const at = this.start + opened
    this.view.setUint32(at + 1, this.at - at - 5, true)
  }

  private text(value: string, at: number): number {
    const length = value.length
    if (length > SHORT_TEXT) return this.bytes.write(value, at)
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return this.bytes.write(value, at)
      this.bytes[at + i] = code
    }
    return length
  }

  /** Makes sure that so many more bytes fit behind what was written; a frame is never split over chunks. */
  private room(size: number): void {
    if (this.at + size <= this.bytes.length) return
    const begun = this.at - this.start
    const next = Buffer.allocUnsafeSlow(Math.max(CHUNK, 2 * (begun + size)))
    next.set(this.bytes.subarray(this.start, this.at))
    this.bytes = next
    this.view = new DataView(next.buffer)
    this.start = 0
    this.at = begun
  }
}

/** Reads one frame at a time; what it returns are copies or numbers, never views, unless said so. */
export class FrameReader {
  /** Payload of the tag that `next` stopped at. */
  size = 0
  private bytes: Buffer = Buffer.alloc(0)
  private view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  /** Where the frame starts in the view. */
  private origin = 0
  private at = 0
  private end = 0
  private payload = 0

  /**
   * Starts on a value as LMDB gave it (which may be a reused buffer: read it before the next look-up).
   * @throws FrameError when it is not a whole frame of this kind.
   */
  open(value: Uint8Array, kind: Kind): void {
    this.peek(value)
    const bytes = this.bytes
    const length = value.length
    if (length < HEADER + TRAILER || this.view.getUint16(this.origin, true) !== MAGIC) {
      throw new FrameError('it is not a record')
    }
    if (bytes[2] !== FRAME_VERSION) throw new FrameError(`its version is ${bytes[2]}`)
    if (bytes[3] !== kind) throw new FrameError(`its kind is ${bytes[3]} instead of ${kind}`)
    if (this.view.getUint32(this.origin + 4, true) !== length) throw new FrameError('its length is wrong')
    const sum = crc32c(bytes.subarray(0, length - TRAILER))
    if (sum !== this.view.getUint32(this.origin + length - TRAILER, true)) throw new FrameError('its checksum is wrong')
    this.at = HEADER
    this.end = length - TRAILER
  }

  /** Looks at a value without checking it, for {@link f64At}. */
  peek(value: Uint8Array): void {
    // Look-ups reuse one buffer, so the view onto it is kept as long as it is the same.
    if (this.view.buffer !== value.buffer) this.view = new DataView(value.buffer)
    this.origin = value.byteOffset
    this.bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length)
  }

  /** The number so many bytes into the frame. */
  f64At(at: number): number {
    return this.view.getFloat64(this.origin + at, true)
  }

  f64(): number {
    this.need(8)
    const value = this.view.getFloat64(this.origin + this.at, true)
    this.at += 8
    return value
  }

  u8(): number {
    this.need(1)
    return this.bytes[this.at++] ?? 0
  }

  /** Moves to the next tag and returns its number; 0 at the end. */
  next(): number {
    if (this.at >= this.end) return 0
    const head = this.bytes[this.at] ?? 0
    const wire = head & 3
    if (wire === WIRE.short) {
      this.size = this.bytes[this.at + 1] ?? 0
      this.payload = this.at + 2
    } else if (wire === WIRE.f64) {
      this.size = 8
      this.payload = this.at + 1
    } else if (wire === WIRE.byte) {
      this.size = 1
      this.payload = this.at + 1
    } else {
      this.need(5)
      this.size = this.view.getUint32(this.origin + this.at + 1, true)
      this.payload = this.at + 5
    }
    this.at = this.payload + this.size
    if (this.at > this.end) throw new FrameError('a field runs over its end')
    return head >> 2
  }

  /** The payload as text. */
  text(): string {
    return this.bytes.toString('utf8', this.payload, this.payload + this.size)
  }

  /** The nth number of the payload. */
  number(index = 0): number {
    return this.view.getFloat64(this.origin + this.payload + 8 * index, true)
  }

  /** All numbers of the payload. */
  list(): number[] {
    const values: number[] = []
    for (let i = 0; i < this.size / 8; i++) values.push(this.number(i))
    return values
  }

  byte(): number {
    return this.bytes[this.payload] ?? 0
  }

  /** A copy of the payload. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafe(this.size)
    copy.set(this.bytes.subarray(this.payload, this.payload + this.size))
    return copy
  }

  /** A view of the payload, valid as long as the value is. */
  slice(): Buffer {
    return this.bytes.subarray(this.payload, this.payload + this.size)
  }

  numbers(): Record<string, number> {
    const values: [name: string, value: number][] = []
    const end = this.payload + this.size
    let at = this.payload
    while (at < end) {
      const size = this.view.getUint32(this.origin + at, true)
      const name = this.bytes.toString('utf8', at + 4, at + 4 + size)
      values.push([name, this.view.getFloat64(this.origin + at + 4 + size, true)])
      at += 12 + size
    }
    // Made from entries, so that even `__proto__` is a name like any other.
    return Object.fromEntries(values)
  }

  /** Fixed bytes with their length before them, as a view. */
  sized(): Buffer {
    this.need(4)
    const size = this.view.getUint32(this.origin + this.at, true)
    this.at += 4
    return this.raw(size)
  }

  /** So many bytes, as a view. */
  raw(size: number): Buffer {
    this.need(size)
    this.at += size
    return this.bytes.subarray(this.at - size, this.at)
  }

  get more(): boolean {
    return this.at < this.end
  }

  private need(size: number): void {
    if (this.at + size > this.end) throw new FrameError('it ends early')
  }
}
