/** Percentiles are right within their stated bound, in fixed memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from '../../src/watch/histogram.ts'

const latencies = fc.array(fc.double({ min: 0, max: 4e6, noNaN: true }), { minLength: 1, maxLength: 200 })

function exact(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0
}

describe('a latency histogram', () => {
  it('states percentiles within 1/64 of the true ones', () => {
    fc.assert(
      fc.property(latencies, fc.integer({ min: 0, max: 100 }), (values, percent) => {
        const histogram = new LatencyHistogram()
        for (const value of values) histogram.record(value)
        const truth = exact(values, percent)
        expect(Math.abs(histogram.percentileMs(percent) - truth)).toBeLessThanOrEqual(truth / 64 + 0.001)
      }),
    )
  })

  it('is exact in count, least, greatest and mean', () => {
    const histogram = new LatencyHistogram()
    for (const ms of [3, 1, 2]) histogram.record(ms)
    histogram.record(4, 2)
    expect([histogram.count, histogram.minMs, histogram.maxMs, histogram.meanMs]).toEqual([5, 1, 4, 2.8])
    expect(histogram.percentileMs(100)).toBe(4)
  })

  it('comes out the same however it was split and merged', () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        const [left, right, whole] = [new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()]
        for (const value of a) left.record(value)
        for (const value of b) right.record(value)
        for (const value of [...b, ...a]) whole.record(value)
        left.add(right)
        expect(left.buckets()).toEqual(whole.buckets())
        expect([left.count, left.minMs, left.maxMs]).toEqual([whole.count, whole.minMs, whole.maxMs])
      }),
    )
  })

  it('takes anything for a latency without breaking', () => {
    const histogram = new LatencyHistogram()
    for (const odd of [Number.NaN, -5, Number.POSITIVE_INFINITY, 1e300, 0]) histogram.record(odd)
    expect(histogram.count).toBe(5)
    expect(histogram.minMs).toBe(0)
    expect(histogram.maxMs).toBeCloseTo(4_294_967.295)
  })

  it('is empty at first and after a reset', () => {
    const histogram = new LatencyHistogram()
    histogram.record(5)
    histogram.reset()
    expect([histogram.count, histogram.minMs, histogram.maxMs, histogram.meanMs, histogram.percentileMs(99)]).toEqual([
      0, 0, 0, 0, 0,
    ])
    expect(histogram.buckets()).toEqual([])
  })

  it('holds every value in a bucket whose upper limit is beyond it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4e6, noNaN: true }), (ms) => {
        const histogram = new LatencyHistogram()
        histogram.record(ms)
        const [bucket] = histogram.buckets()
        expect(bucket?.upToMs).toBeGreaterThan(Math.round(ms * 1000) / 1000 - 1e-9)
        expect(bucket?.count).toBe(1)
      }),
    )
  })
})
