/** Several rounds of one number, as the middle one and how far the others lie from it. */

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  /** Half of the range, as a share of the median: 0.05 says that the rounds lie within about 5 % of it. */
  readonly relative: number
}

/** @throws RangeError for no rounds at all */
export function spreadOf(rounds: readonly number[]): Spread {
  if (rounds.length === 0) throw new RangeError('there are no rounds')
  const sorted = [...rounds].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] as number
  const half = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2
  const [least, most] = [at(0), at(sorted.length - 1)]
  return { median, least, most, relative: median === 0 ? 0 : (most - least) / 2 / Math.abs(median) }
}
