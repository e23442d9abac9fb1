/** Durations and sizes as people write them: `30s`, `72h`, `4GiB`. */

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

const SIZE_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

const QUANTITY = /^(-?\d+(?:\.\d+)?)\s*([a-z]*)$/i

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = QUANTITY.exec(text.trim())
  if (!match) return undefined
  const [, digits = '', unit = ''] = match
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit.toLowerCase()) ? units[unit.toLowerCase()] : undefined
  if (factor === undefined) return undefined
  const value = Number(digits) * factor
  return Number.isFinite(value) ? Math.round(value) : undefined
}

/** Milliseconds in `250`, `250ms`, `30s`, `10min`, `10m`, `72h`, `14d`; undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION_MS)
}

/** Bytes in `1024`, `64KiB`, `1GB`, `4GiB`; undefined when the text is none of these. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZE_BYTES)
}

function format(value: number, units: readonly (readonly [string, number])[], smallest: string): string {
  if (value <= 0) return String(value)
  for (const [name, factor] of units) if (value % factor === 0) return `${value / factor}${name}`
  return `${value}${smallest}`
}

/** The shortest exact way to write so many milliseconds. */
export function formatDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  return ms === 0 ? '0' : format(ms, units, 'ms')
}

/** The shortest exact way to write so many bytes; binary units before decimal ones. */
export function formatSize(bytes: number): string {
  const units = [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['GB', 1e9],
    ['MB', 1e6],
    ['KiB', 2 ** 10],
  ] as const
  return format(bytes, units, 'B')
}
