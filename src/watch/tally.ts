/** Counts for one series of a Prometheus histogram: plain numbers while running, read only at scrape time. */

export class Tally {
  /** Upper bounds, inclusive, ascending; what is above the last one counts in the total only. */
  readonly bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length)
  }

  /** Counts a value `times` over. NaN counts as 0. */
  record(value: number, times = 1): void {
    const known = value > 0 ? value : 0
    this.#count += times
    this.#sum += known * times
    const { bounds } = this
    for (let i = 0; i < bounds.length; i++) {
      if (known <= (bounds[i] ?? 0)) {
        this.#counts[i] = (this.#counts[i] ?? 0) + times
        return
      }
    }
  }

  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  /** How many values lie at or below each bound. */
  cumulative(): number[] {
    let below = 0
    return Array.from(this.#counts, (count) => {
      below += count
      return below
    })
  }
}
