/**
 * Latencies in fixed memory: counts in logarithmic buckets, so that percentiles of any amount of values cost 8 KiB.
 *
 * Invariants: values are kept in whole microseconds up to 2^32 - 1 (71 minutes; longer ones count as that); up to 64 µs
 * they are exact, above that every power of two is cut into 32, so a percentile is off by at most 1/64 (1.6 %).
 * `count`, `min`, `max` and `mean` are exact to the microsecond. Merging and recording in any order give the same.
 */

/** Values below this have a bucket each; above, each octave has {@link SLICES} of them. */
const EXACT = 64
const EXACT_BITS = 6
const SLICES = 32
const SLICE_BITS = 5
const BUCKETS = EXACT + (32 - EXACT_BITS) * SLICES
const LARGEST_US = 2 ** 32 - 1

function bucketOf(us: number): number {
  if (us < EXACT) return us
  const octave = 31 - Math.clz32(us)
  return EXACT + (octave - EXACT_BITS) * SLICES + ((us >>> (octave - SLICE_BITS)) & (SLICES - 1))
}

/** Middle of a bucket, microseconds. */
function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket
  const octave = EXACT_BITS + Math.floor((bucket - EXACT) / SLICES)
  const width = 2 ** (octave - SLICE_BITS)
  return 2 ** octave + ((bucket - EXACT) % SLICES) * width + (width - 1) / 2
}

export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS)
  #count = 0
  #sumUs = 0
  #minUs = Number.POSITIVE_INFINITY
  #maxUs = 0

  /** Counts a latency in milliseconds, `times` over. Negative and NaN count as 0: a clock that went back is no latency. */
  record(ms: number, times = 1): void {
    const us = ms > 0 ? Math.min(Math.round(ms * 1000), LARGEST_US) : 0
    const bucket = bucketOf(us)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times
    this.#count += times
    this.#sumUs += us * times
    if (us < this.#minUs) this.#minUs = us
    if (us > this.#maxUs) this.#maxUs = us
  }

  /** Counts everything the other one holds. */
  add(other: LatencyHistogram): void {
    const theirs = other.#counts
    for (let i = 0; i < BUCKETS; i++) this.#counts[i] = (this.#counts[i] ?? 0) + (theirs[i] ?? 0)
    this.#count += other.#count
    this.#sumUs += other.#sumUs
    this.#minUs = Math.min(this.#minUs, other.#minUs)
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs)
  }

  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sumUs = 0
    this.#minUs = Number.POSITIVE_INFINITY
    this.#maxUs = 0
  }

  get count(): number {
    return this.#count
  }

  /** Milliseconds; 0 when empty. */
  get minMs(): number {
    return this.#count === 0 ? 0 : this.#minUs / 1000
  }

  /** Milliseconds; 0 when empty. */
  get maxMs(): number {
    return this.#maxUs / 1000
  }

  /** Milliseconds; 0 when empty. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumUs / this.#count / 1000
  }

  /** The latency that this share (0 to 100) of all values does not exceed, milliseconds; 0 when empty. */
  percentileMs(percent: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil((Math.min(percent, 100) / 100) * this.#count))
    if (rank >= this.#count) return this.maxMs
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] ?? 0
      if (seen >= rank) return Math.min(Math.max(middleOf(i), this.#minUs), this.#maxUs) / 1000
    }
    return this.maxMs
  }

  /** Buckets that hold something, as upper limit in milliseconds and count; for plots. */
  buckets(): { readonly upToMs: number; readonly count: number }[] {
    const filled: { upToMs: number; count: number }[] = []
    this.#counts.forEach((count, i) => {
      if (count > 0) filled.push({ upToMs: (i + 1 < BUCKETS ? lowestOf(i + 1) : LARGEST_US + 1) / 1000, count })
    })
    return filled
  }
}

/** Lower limit of a bucket, microseconds. */
function lowestOf(bucket: number): number {
  if (bucket < EXACT) return bucket
  const octave = EXACT_BITS + Math.floor((bucket - EXACT) / SLICES)
  return 2 ** octave + ((bucket - EXACT) % SLICES) * 2 ** (octave - SLICE_BITS)
}
