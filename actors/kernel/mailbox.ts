/**
 * A bounded queue of work that keeps its order.
 *
 * System signals (start, suspend, resume, stop) never wait here: they act on the actor at once,
 * so a full mailbox can still be told to stop.
 */

export class Mailbox<Work> {
  readonly limit: number
  #work: (Work | undefined)[] = []
  #head = 0

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`mailbox limit must be a whole number of at least 1, not ${limit}`)
    }
    this.limit = limit
  }

  /** Work waiting now. */
  get depth(): number {
    return this.#work.length - this.#head
  }

  /** Takes work in, or answers false when there is no room. */
  offer(work: Work): boolean {
    if (this.depth >= this.limit) return false
    this.#work.push(work)
    return true
  }

  next(): Work | undefined {
    if (this.#head === this.#work.length) return undefined
    const work = this.#work[this.#head]
    this.#work[this.#head] = undefined
    this.#head += 1
    // The consumed front is cut off rarely, so that taking stays O(1) and memory stays bounded by the limit.
    if (this.#head >= this.limit || this.#head === this.#work.length) {
      this.#work = this.#work.slice(this.#head)
      this.#head = 0
    }
    return work
  }

  /** Empties the queue and hands back what was in it, oldest first. */
  clear(): Work[] {
    const rest = this.#work.slice(this.#head) as Work[]
    this.#work = []
    this.#head = 0
    return rest
  }
}
