/** Percentiles and spreads say what the values were. */
import { describe, expect, it } from 'vitest'
import { atRank, percentiles } from '../../bench/measure/percentile.ts'
import { spreadOf } from '../../bench/measure/spread.ts'

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

describe('percentiles', () => {
  it('are values that came, at their nearest rank, in whatever order they came', () => {
    const shuffled = oneTo(1_000).sort((a, b) => ((a * 7_919) % 1_000) - ((b * 7_919) % 1_000))
    expect(percentiles(shuffled)).toEqual({ p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1_000 })
  })

  it('of one value are that value', () => {
    expect(percentiles([7])).toEqual({ p50: 7, p90: 7, p95: 7, p99: 7, p999: 7, max: 7 })
  })

  it('show a single stall in the tail and nowhere else', () => {
    const { p50, p99, p999, max } = percentiles([...Array.from({ length: 1_999 }, () => 1), 500])
    expect([p50, p99, p999, max]).toEqual([1, 1, 1, 500])
  })

  it('of nothing are refused', () => {
    expect(() => percentiles([])).toThrow(RangeError)
  })

  it('never reach beyond the ends', () => {
    expect([atRank([1, 2, 3], 0), atRank([1, 2, 3], 1)]).toEqual([1, 3])
  })
})

describe('a spread', () => {
  it('is the middle round, and half the distance of the outermost as a share of it', () => {
    expect(spreadOf([110, 90, 100])).toEqual({ median: 100, least: 90, most: 110, relative: 0.1 })
    expect(spreadOf([1, 3])).toEqual({ median: 2, least: 1, most: 3, relative: 0.5 })
  })

  it('of one round is none', () => {
    expect(spreadOf([5]).relative).toBe(0)
  })

  it('is not moved in its middle by one round that went wrong', () => {
    expect(spreadOf([100, 101, 5]).median).toBe(100)
  })

  it('of no rounds is refused', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})
