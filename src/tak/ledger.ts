/**
 * The events of one stream that are in doubt, in the order they were written.
 *
 * Invariants: settled <= flushed <= written; written - settled <= capacity; each event is settled once, in order.
 * Positions are counts over the life of the stream, so that a mark set now means the same later.
 */
export class Ledger {
  readonly #seqs: Float64Array
  readonly #writtenAt: Float64Array
  #written = 0
  #flushed = 0
  #settled = 0

  constructor(capacity: number) {
    this.#seqs = new Float64Array(capacity)
    this.#writtenAt = new Float64Array(capacity)
  }

  get written(): number {
    return this.#written
  }

  get flushed(): number {
    return this.#flushed
  }

  get settled(): number {
    return this.#settled
  }

  get inDoubt(): number {
    return this.#written - this.#settled
  }

  get full(): boolean {
    return this.inDoubt >= this.#seqs.length
  }

  /** Takes an event. More than the capacity in doubt is a bug of the caller, and throws. */
  add(seq: number, atMs: number): void {
    if (this.full) throw new RangeError(`more than ${this.#seqs.length} events in doubt on one link`)
    const slot = this.#written % this.#seqs.length
    this.#seqs[slot] = seq
    this.#writtenAt[slot] = atMs
    this.#written++
  }

  /** The socket has taken everything up to this position. */
  markFlushed(position: number): void {
    if (position > this.#flushed) this.#flushed = position
  }

  /** When the oldest event in doubt was written; Infinity when there is none. */
  oldestAt(): number {
    return this.inDoubt === 0 ? Number.POSITIVE_INFINITY : (this.#writtenAt[this.#settled % this.#seqs.length] ?? 0)
  }

  /** Settles everything before the position; hands each sequence to `each`. */
  settleTo(position: number, each: (seq: number) => void): void {
    const end = Math.min(position, this.#written)
    while (this.#settled < end) {
      const seq = this.#seqs[this.#settled % this.#seqs.length] ?? 0
      this.#settled++
      each(seq)
    }
  }
}
