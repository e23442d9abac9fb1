/** Percentiles of latencies, from every single value: nothing is bucketed, so the tail is what it was. */

/** Milliseconds at the ranks that a latency is judged by. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/**
 * The value at a rank: the smallest one that at least that share of all values does not exceed (nearest rank).
 * @param sorted ascending, not empty
 * @param share 0 to 1
 */
export function atRank(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length))
  return sorted[Math.min(rank, sorted.length) - 1] as number
}

/** @throws RangeError when there are no values: a percentile of nothing is a mistake, not a zero */
export function percentiles(values: Iterable<number>): Percentiles {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) throw new RangeError('there are no values to take percentiles of')
  return {
    p50: atRank(sorted, 0.5),
    p90: atRank(sorted, 0.9),
    p95: atRank(sorted, 0.95),
    p99: atRank(sorted, 0.99),
    p999: atRank(sorted, 0.999),
    max: sorted[sorted.length - 1] as number,
  }
}
