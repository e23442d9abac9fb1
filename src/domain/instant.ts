/** RFC 3339 times to milliseconds since the Unix epoch, exactly: nothing is rolled over, guessed or filled in. */

const ZERO = 0x30
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The number in two (or four) digits at `at`, or NaN. */
function digits(text: string, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar; years start in March, so the leap day comes last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The earliest and latest times whose UTC year has four digits, so that they can be written again. */
const FIRST_MS = daysSinceEpoch(0, 1, 1) * DAY_MS
const LAST_MS = daysSinceEpoch(10_000, 1, 1) * DAY_MS - 1

/**
 * Milliseconds since the Unix epoch of an RFC 3339 time with `Z` or an offset, or NaN when it is not one.
 * Digits beyond milliseconds are cut off. Refused: no zone, impossible dates, 24:00, leap seconds, a UTC year outside 0 to 9999.
 */
export function parseInstant(text: string): number {
  const end = text.length
  if (end < 20) return Number.NaN
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  const between = text.charCodeAt(10)
  const punctuated =
    text[4] === '-' &&
    text[7] === '-' &&
    text[13] === ':' &&
    text[16] === ':' &&
    (between === 0x54 || between === 0x74 || between === 0x20) // T, t, or the space that RFC 3339 allows for reading
  if (!punctuated || !(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN

  let at = 19
  let ms = 0
  if (text[at] === '.') {
    const first = ++at
    for (let digit = digits(text, at, 1); digit >= 0; digit = digits(text, at, 1)) {
      if (at - first < 3) ms = ms * 10 + digit
      at++
    }
    if (at === first) return Number.NaN
    for (let places = at - first; places < 3; places++) ms *= 10
  }

  const offset = offsetMinutes(text, at)
  const timeMs =
    daysSinceEpoch(year, month, day) * DAY_MS + (hour * 60 + minute - offset) * MINUTE_MS + second * 1_000 + ms
  return timeMs >= FIRST_MS && timeMs <= LAST_MS ? timeMs : Number.NaN
}

/** Minutes east of Greenwich said by the zone that must fill the text from `at` to its end, or NaN. */
function offsetMinutes(text: string, at: number): number {
  const sign = text[at]
  if (sign === 'Z' || sign === 'z') return at + 1 === text.length ? 0 : Number.NaN
  if ((sign !== '+' && sign !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return Number.NaN
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  if (!(hours <= 23 && minutes <= 59)) return Number.NaN
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes)
}
