/**
 * Times as every TAK client reads them: exactly `YYYY-MM-DDTHH:mm:ss.SSSZ`.
 *
 * ATAK reads fixed character positions and ignores offsets, so no other form is ever written, valid or not.
 */

const DAY_MS = 86_400_000

/** First and last instant that fit the form: years 0001 to 9999. */
export const EARLIEST_MS = -62_135_596_800_000
export const LATEST_MS = 253_402_300_799_999

const PAIRS: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const TRIPLES: readonly string[] = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'))

/** Observation and stale time may lie on either side of midnight; two remembered days serve both. */
let newerDay = Number.NaN
let newerText = ''
let olderDay = Number.NaN
let olderText = ''

function dateText(day: number): string {
  if (day === newerDay) return newerText
  if (day === olderDay) return olderText
  olderDay = newerDay
  olderText = newerText
  newerDay = day
  newerText = new Date(day * DAY_MS).toISOString().slice(0, 11)
  return newerText
}

/** True when the instant (milliseconds since the Unix epoch) can be written. */
export function isStampable(ms: number): boolean {
  return ms >= EARLIEST_MS && ms <= LATEST_MS
}

/** The instant as CoT writes it, cut to whole milliseconds; throws a RangeError outside years 0001 to 9999. */
export function stampOf(ms: number): string {
  if (!isStampable(ms)) throw new RangeError(`no CoT time for ${ms}`)
  const whole = Math.floor(ms)
  const day = Math.floor(whole / DAY_MS)
  const rest = whole - day * DAY_MS
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  return `${dateText(day)}${PAIRS[hours]}:${PAIRS[minutes - hours * 60]}:${PAIRS[seconds - minutes * 60]}.${TRIPLES[rest - seconds * 1000]}Z`
}

const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/

/**
 * Reads a schema dateTime with a zone, as other senders write it; digits past the millisecond are cut.
 * Returns undefined for anything else, impossible dates included.
 */
export function stampMs(text: string): number | undefined {
  const match = DATE_TIME.exec(text)
  if (match === null) return undefined
  const [, second = '', fraction = '', zone = ''] = match
  const naive = Date.parse(`${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`)
  // Date.parse takes 30 February and moves it on; only a date that comes back unchanged exists.
  if (Number.isNaN(naive) || new Date(naive).toISOString().slice(0, 19) !== second) return undefined
  if (zone === 'Z') return naive
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  if (offset > 14 * 60 || Number(zone.slice(4, 6)) > 59) return undefined
  return zone.startsWith('-') ? naive + offset * 60_000 : naive - offset * 60_000
}
