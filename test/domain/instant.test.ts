/** Times are read exactly or refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/domain/instant.ts'

const FIRST = Date.parse('0000-01-01T00:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')

describe('a time is read exactly', () => {
  it('every instant of years 0 to 9999 comes back from its ISO form', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), (ms) => {
        expect(parseInstant(new Date(ms).toISOString())).toBe(ms)
      }),
    )
    expect(parseInstant('0000-01-01T00:00:00Z')).toBe(FIRST)
    expect(parseInstant('9999-12-31T23:59:59.999Z')).toBe(LAST)
  })

  it('an offset says how far local time is ahead of UTC', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -1439, max: 1439 }), (ms, offset) => {
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1)
        const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0')
        const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
        expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toBe(ms)
      }),
    )
    expect(parseInstant('2024-07-24T18:00:00+02:00')).toBe(Date.UTC(2024, 6, 24, 16))
    expect(parseInstant('2024-07-24T16:00:00-00:00')).toBe(Date.UTC(2024, 6, 24, 16))
  })

  it('digits beyond milliseconds are cut off, also before 1970, and missing ones are zeros', () => {
    const second = Date.UTC(2024, 6, 24, 16)
    expect(parseInstant('2024-07-24T16:00:00.1Z')).toBe(second + 100)
    expect(parseInstant('2024-07-24T16:00:00.12Z')).toBe(second + 120)
    expect(parseInstant('2024-07-24T16:00:00.0019999999999999999999Z')).toBe(second + 1)
    expect(parseInstant('1969-12-31T23:59:59.9999Z')).toBe(-1)
  })

  it('lower case letters and a space between date and time are read, as RFC 3339 allows', () => {
    expect(parseInstant('2024-07-24t16:00:00z')).toBe(Date.UTC(2024, 6, 24, 16))
    expect(parseInstant('2024-07-24 16:00:00+00:00')).toBe(Date.UTC(2024, 6, 24, 16))
  })

  it('leap days exist in leap years only', () => {
    for (const year of [2024, 2000, 1600]) expect(parseInstant(`${year}-02-29T00:00:00Z`)).toBe(Date.UTC(year, 1, 29))
    for (const year of ['2023', '1900', '2100']) expect(parseInstant(`${year}-02-29T00:00:00Z`)).toBeNaN()
  })
})

describe('what is not a time with a zone is refused', () => {
  it.each([
    ['no zone', '2024-07-24T16:00:00'],
    ['no zone after a fraction', '2024-07-24T16:00:00.000'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['24:00', '2024-07-24T24:00:00Z'],
    ['minute 60', '2024-07-24T16:60:00Z'],
    ['month 13', '2024-13-24T16:00:00Z'],
    ['month 0', '2024-00-24T16:00:00Z'],
    ['day 0', '2024-07-00T16:00:00Z'],
    ['31 April', '2024-04-31T16:00:00Z'],
    ['an offset of 24 hours', '2024-07-24T16:00:00+24:00'],
    ['an offset of 60 minutes', '2024-07-24T16:00:00+01:60'],
    ['an offset without a colon', '2024-07-24T16:00:00+0100'],
    ['a fraction without digits', '2024-07-24T16:00:00.Z'],
    ['a decimal comma', '2024-07-24T16:00:00,5Z'],
    ['no seconds', '2024-07-24T16:00Z'],
    ['a date only', '2024-07-24'],
    ['seconds since 1970', '1721836800'],
    ['text after the zone', '2024-07-24T16:00:00Z '],
    ['text before the date', ' 2024-07-24T16:00:00Z'],
    ['a six-digit year', '+002024-07-24T16:00:00Z'],
    ['a UTC year below 0', '0000-01-01T00:00:00+00:01'],
    ['a UTC year above 9999', '9999-12-31T23:59:59-00:01'],
    ['other digits', '２024-07-24T16:00:00Z'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(parseInstant(text)).toBeNaN()
  })

  it('any other text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(parseInstant(text)).toBeNaN()
      }),
    )
  })

  it('a time with one character changed is refused, or is the time that it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23 }), fc.string({ minLength: 1, maxLength: 1 }), (at, char) => {
        const whole = '2024-07-24T16:00:00.000Z'
        const changed = whole.slice(0, at) + char + whole.slice(at + 1)
        const read = parseInstant(changed)
        if (!Number.isNaN(read)) expect(read).toBe(Date.parse(changed.replace(' ', 'T').toUpperCase()))
      }),
      { numRuns: 1_000 },
    )
  })
})
