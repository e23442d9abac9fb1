/**
 * How much may be inside the process at once, in detections and in bytes.
 *
 * Invariant: what is charged is released exactly once, so the counts return to zero when nothing is inside.
 */

/** What one message weighs. */
export interface Weight {
  readonly detections: number
  readonly bytes: number
}

export interface CreditLimits {
  readonly detections: number
  readonly bytes: number
}

export class Credits {
  readonly limits: CreditLimits
  #detections = 0
  #bytes = 0
  #peak = 0

  constructor(limits: CreditLimits) {
    this.limits = limits
  }

  get detections(): number {
    return this.#detections
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Most detections that were ever inside at once. */
  get peak(): number {
    return this.#peak
  }

  /** Room for this weight? A message heavier than the whole limit fits only into emptiness, so that it can pass at all. */
  fits(weight: Weight): boolean {
    if (this.#detections === 0) return true
    return (
      this.#detections + weight.detections <= this.limits.detections && this.#bytes + weight.bytes <= this.limits.bytes
    )
  }

  charge(weight: Weight): void {
    this.#detections += weight.detections
    this.#bytes += weight.bytes
    if (this.#detections > this.#peak) this.#peak = this.#detections
  }

  release(weight: Weight): void {
    this.#detections -= weight.detections
    this.#bytes -= weight.bytes
  }
}
