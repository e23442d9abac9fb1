/**
 * Cuts a TCP stream of XML events into events.
 *
 * TAK's stream has no framing but the events themselves: each ends with the literal `</event>`. Invariants: the result
 * does not depend on how the stream was cut into chunks; bytes are never decoded here, so a character that straddles
 * two chunks is safe; memory is bounded, and a sender that never ends an event loses that event, not the connection.
 */

/** An event longer than this is thrown away; TAK Server's own limit. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024

const END = Buffer.from('</event>', 'latin1')
const FIRST_ROOM = 4096
/** A buffer above this is given back once it is empty enough: one giant must not hold its memory for ever. */
const SPARE_ROOM = 1024 * 1024

export class EventSplitter {
  readonly #maxBytes: number
  /** `#buffer[0..#length)` is what came since the last event and holds no end. */
  #buffer = Buffer.alloc(0)
  #length = 0
  /** True while an event that grew too long is being passed over. */
  #passing = false
  #discarded = 0

  constructor(maxBytes: number = MAX_EVENT_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that wait for the end of their event. */
  get pendingBytes(): number {
    return this.#length
  }

  /** Events thrown away because they were too long. */
  get discarded(): number {
    return this.#discarded
  }

  /**
   * Takes the next bytes of the stream and returns the events they complete, in order, each from its first byte that
   * is not white space to the `>` of `</event>`. The events are copies; the chunk may be reused.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const events: Uint8Array[] = []
    // An end may have begun in the bytes that are already here.
    let from = Math.max(0, this.#length - END.length + 1)
    this.#append(chunk)
    let start = 0
    for (;;) {
      const end = this.#buffer.subarray(0, this.#length).indexOf(END, from)
      if (end < 0) break
      from = end + END.length
      this.#finish(start, from, events)
      start = from
    }
    this.#keep(start)
    return events
  }

  #finish(start: number, end: number, events: Uint8Array[]): void {
    let first = start
    while (first < end && isSpace(this.#buffer[first] as number)) first++
    if (this.#passing) this.#passing = false
    else if (end - first > this.#maxBytes) this.#discarded++
    else events.push(Uint8Array.from(this.#buffer.subarray(first, end)))
  }

  /** Moves the unfinished rest to the front; of one that is too long only as much as could be part of an end. */
  #keep(start: number): void {
    let from = start
    while (from < this.#length && isSpace(this.#buffer[from] as number)) from++
    if (!this.#passing && this.#length - from > this.#maxBytes) {
      this.#passing = true
      this.#discarded++
    }
    if (this.#passing) from = Math.max(from, this.#length - END.length + 1)
    this.#buffer.copyWithin(0, from, this.#length)
    this.#length -= from
    if (this.#buffer.length > SPARE_ROOM && this.#length < FIRST_ROOM) {
      this.#buffer = Buffer.from(this.#buffer.subarray(0, this.#length))
    }
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_ROOM, this.#buffer.length * 2, needed))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    this.#buffer.set(chunk, this.#length)
    this.#length = needed
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0
}
