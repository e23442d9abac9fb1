/** Times are written exactly as TAK reads them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EARLIEST_MS, isStampable, LATEST_MS, stampMs, stampOf } from '../../src/cot/timestamp.ts'

const instant = fc.oneof(
  fc.integer({ min: EARLIEST_MS, max: LATEST_MS }),
  // Around midnight, where the remembered dates change.
  fc
    .tuple(fc.integer({ min: -20_000, max: 20_000 }), fc.integer({ min: -2, max: 2 }))
    .map(([d, ms]) => d * 86_400_000 + ms),
)

describe('a time', () => {
  it('is written exactly as YYYY-MM-DDTHH:mm:ss.SSSZ in the years 1 to 9999', () => {
    fc.assert(
      fc.property(instant, (ms) => {
        expect(stampOf(ms)).toBe(new Date(ms).toISOString())
      }),
      { numRuns: 1000 },
    )
    expect(stampOf(EARLIEST_MS)).toBe('0001-01-01T00:00:00.000Z')
    expect(stampOf(LATEST_MS)).toBe('9999-12-31T23:59:59.999Z')
  })

  it('is cut to whole milliseconds', () => {
    expect(stampOf(1.9)).toBe('1970-01-01T00:00:00.001Z')
    expect(stampOf(-0.5)).toBe('1969-12-31T23:59:59.999Z')
  })

  it.each([Number.NaN, Infinity, EARLIEST_MS - 1, LATEST_MS + 1])('is never made of %d', (ms) => {
    expect(isStampable(ms)).toBe(false)
    expect(() => stampOf(ms)).toThrow(RangeError)
  })

  it('comes back from what was written', () => {
    fc.assert(
      fc.property(instant, (ms) => {
        expect(stampMs(stampOf(ms))).toBe(ms)
      }),
    )
  })

  it.each([
    ['2024-07-24T16:00:00Z', 0],
    ['2024-07-24T16:00:00.5Z', 500],
    ['2024-07-24T16:00:00.123456Z', 123],
    ['2024-07-24T18:30:00+02:30', 0],
    ['2024-07-24T09:00:00.000-07:00', 0],
  ])('of another sender is read: %s', (text, extra) => {
    expect(stampMs(text)).toBe(Date.parse('2024-07-24T16:00:00.000Z') + extra)
  })

  it.each([
    '',
    '2024-07-24',
    '2024-07-24T16:00:00',
    '2024-02-30T16:00:00Z',
    '2024-07-24T25:00:00Z',
    '2024-07-24T16:00:00+15:00',
    '2024-07-24T16:00:00.Z',
    ' 2024-07-24T16:00:00Z',
  ])('that is none is refused: %j', (text) => {
    expect(stampMs(text)).toBeUndefined()
  })
})
