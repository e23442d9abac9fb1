/** Random numbers for tests: normal ones for Monte Carlo draws, even ones for properties. */
import fc from 'fast-check'

/** Normal numbers from a seed (mulberry32 and Box-Muller), so that a test always draws the same. */
export function normal(seed: number): () => number {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** Numbers spread evenly over a span (`fc.double` is even over exponents, which is nearly always nearly nothing). */
export function even(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 1_000_000 }).map((i) => min + ((max - min) * i) / 1_000_000)
}
