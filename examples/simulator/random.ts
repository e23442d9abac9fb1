/** Random numbers that a seed decides, so that a scenario is the same on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform in [from, to). */
  between(from: number, to: number): number
  /** Normal with mean 0 and the given standard deviation. */
  normal(sigma: number): number
  /** One of the items, each equally likely. */
  pick<T>(items: readonly T[]): T
}

/**
 * A 32-bit counter scrambled by multiply and xor-shift (the "mulberry32" construction): short, and good enough for noise.
 * Normals come from the polar form of the sine and cosine method (Box and Muller, 1958), one kept for the next call.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  let kept: number | undefined

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const standard = (): number => {
    if (kept !== undefined) {
      const value = kept
      kept = undefined
      return value
    }
    // 1 - next() lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    kept = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }

  return {
    next,
    between: (from, to) => from + (to - from) * next(),
    normal: (sigma) => sigma * standard(),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
