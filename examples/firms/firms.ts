/**
 * Turns a NASA FIRMS active-fire CSV into detections, one JSON object a line on stdout.
 *
 *   npx node examples/firms/firms.ts fires.csv | npx sightline publish -
 *   npx node examples/firms/firms.ts --source firms-viirs - < fires.csv
 *
 * Reads the archive and near-real-time files of MODIS (`brightness`, `bright_t31`, confidence 0 to 100) and VIIRS
 * (`bright_ti4`, `bright_ti5`, confidence low, nominal, high). Every data row gives exactly one detection; a row that
 * cannot be one stops the program with its line number, so that no row is left out in silence.
 *
 * What becomes of a row
 * - `time`: `acq_date` and `acq_time` (HHMM, leading zeros may be missing), both UTC.
 * - `id`: satellite, date, time and coordinates as written, so that the same file gives the same ids again.
 * - `confidence`: MODIS percent. VIIRS words are no numbers: kept as an attribute, the confidence stays unknown.
 * - `accuracy`: see below. `attributes`: what else the row says, in SI units where the name carries one.
 *
 * Where in the pixel the fire is, nobody knows: FIRMS gives the centre of the pixel, and `scan` and `track` its size in
 * kilometres. So the error is that of a point spread evenly over a rectangle, and its 90 % circle is the one around the
 * centre that covers nine tenths of the rectangle: geometry, no assumption about a bell curve. The error of the
 * pixel's own place (50 m, one sigma per axis: Wolfe and others, 2002, on MODIS) is added in squares.
 * Of simulated fires, 89 to 92 % lie inside, by the shape of the pixel.
 * A rectangle of 1 km by 1 km gives 568 m, one of 4.8 km by 2 km at the edge of the swath 2,239 m.
 */
import { readFileSync } from 'node:fs'
import { exit, stderr, stdin, stdout } from 'node:process'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'

/** One sigma per axis of where the pixel itself lies, metres, and the radius in sigmas that holds 90 % of it. */
const GEOLOCATION_SIGMA_M = 50
const CE90_PER_SIGMA = Math.sqrt(2 * Math.log(10))

/** Columns that have a place of their own in a detection; every other one becomes an attribute. */
const NAMED = new Set(['latitude', 'longitude', 'scan', 'track', 'acq_date', 'acq_time', 'confidence'])

/** Attribute names that say the unit. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  brightness: 'brightnessK',
  bright_t31: 'brightnessT31K',
  bright_ti4: 'brightnessTi4K',
  bright_ti5: 'brightnessTi5K',
  frp: 'radiativePowerMw',
  daynight: 'dayNight',
}

export type Row = Readonly<Record<string, string>>

/** Data rows of a CSV without quotes (FIRMS has none), by column name, with their lines. Throws with the line number. */
export function* rows(csv: string): Generator<{ readonly line: number; readonly row: Row }, void, undefined> {
  const [header = '', ...lines] = csv.replace(/^\uFEFF/, '').split(/\r?\n/)
  const names = header.split(',').map((name) => name.trim())
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const values = line.split(',')
    if (values.length !== names.length) {
      throw new Error(`line ${index + 2}: ${values.length} values under ${names.length} columns`)
    }
    const row = Object.fromEntries(names.map((name, column) => [name, (values[column] ?? '').trim()]))
    yield { line: index + 2, row }
  }
}

/** The detection of one row. Throws an Error that names the column. */
export function detectionOf(row: Row, source: string): Readonly<Record<string, unknown>> {
  const [lat, lon] = [number(row, 'latitude', -90, 90), number(row, 'longitude', -180, 180)]
  const [scanKm, trackKm] = [number(row, 'scan', 0.1, 20), number(row, 'track', 0.1, 20)]
  const time = timeOf(text(row, 'acq_date'), text(row, 'acq_time'))
  const satellite = row.satellite ?? ''
  return {
    id: [
      satellite || 'satellite',
      text(row, 'acq_date'),
      clock(text(row, 'acq_time')),
      row.latitude,
      row.longitude,
    ].join('_'),
    source,
    time,
    class: 'fire',
    ...confidenceOf(row.confidence ?? ''),
    position: {
      lat,
      lon,
      accuracy: { horizontalM: Math.round(pixelCe90M(scanKm * 1_000, trackKm * 1_000)), basis: 'ce90' },
    },
    attributes: { scanKm, trackKm, ...attributesOf(row) },
  }
}

/** Radius of the 90 % circle of a fire somewhere in a pixel of the given sides, metres. */
export function pixelCe90M(scanM: number, trackM: number): number {
  return Math.hypot(radiusCovering(0.9, scanM / 2, trackM / 2), GEOLOCATION_SIGMA_M * CE90_PER_SIGMA)
}

/** Radius of the circle about a rectangle's centre that covers the given share of it; by halving, to a millimetre. */
function radiusCovering(share: number, halfWidth: number, halfHeight: number): number {
  const wanted = share * halfWidth * halfHeight
  let [low, high] = [0, Math.hypot(halfWidth, halfHeight)]
  while (high - low > 1e-3) {
    const middle = (low + high) / 2
    if (quarterCovered(middle, halfWidth, halfHeight) < wanted) low = middle
    else high = middle
  }
  return high
}

/** Area that a circle about the origin shares with the rectangle from the origin to (width, height). */
function quarterCovered(radius: number, width: number, height: number): number {
  // Up to `flat` the circle passes above the rectangle; from there to `end` its arc is the upper bound.
  const flat = Math.min(width, radius > height ? Math.sqrt(radius ** 2 - height ** 2) : 0)
  const end = Math.min(width, radius)
  const underArc = (x: number): number =>
    (x * Math.sqrt(Math.max(radius ** 2 - x ** 2, 0)) + radius ** 2 * Math.asin(Math.min(x / radius, 1))) / 2
  return flat * height + underArc(end) - underArc(flat)
}

/** HHMM with its zeros: FIRMS archives drop them, `306` and `0306` are the same minute. */
const clock = (acqTime: string): string => acqTime.padStart(4, '0')

function timeOf(acqDate: string, acqTime: string): string {
  const hhmm = clock(acqTime)
  const written = `${acqDate}T${hhmm.slice(0, 2)}:${hhmm.slice(2)}:00.000Z`
  const time = new Date(written)
  // A date such as 30 February is moved on by Date instead of being refused.
  if (!/^\d{4}$/.test(hhmm) || Number.isNaN(time.getTime()) || time.toISOString() !== written) {
    throw new Error(`acq_date ${acqDate} with acq_time ${acqTime} is no time`)
  }
  return written
}

function confidenceOf(written: string): Readonly<Record<string, unknown>> {
  const percent = Number(written)
  const isPercent = written !== '' && percent >= 0 && percent <= 100
  return isPercent ? { confidence: percent, confidenceScale: 'percent' } : {}
}

function attributesOf(row: Row): Readonly<Record<string, unknown>> {
  const kept = Object.entries(row).filter(([column, value]) => !NAMED.has(column) && value !== '')
  const attributes = kept.map(([column, value]) => [ATTRIBUTES[column] ?? column, numberOrText(value)])
  const word = row.confidence ?? ''
  if (word !== '' && !('confidence' in confidenceOf(word))) attributes.push(['confidenceWord', word])
  return Object.fromEntries(attributes)
}

const numberOrText = (value: string): number | string => (/^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value)

function text(row: Row, column: string): string {
  const value = row[column]
  if (value === undefined || value === '') throw new Error(`column ${column} is missing or empty`)
  return value
}

function number(row: Row, column: string, least: number, most: number): number {
  const value = Number(text(row, column))
  if (!(value >= least && value <= most)) throw new Error(`column ${column} is ${row[column]}, not ${least} to ${most}`)
  return value
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { source: { type: 'string', default: 'firms-modis' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  const [file] = positionals
  if (values.help || file === undefined) {
    stderr.write('Usage: npx node examples/firms/firms.ts [--source NAME] FILE.csv | -\n')
    exit(values.help ? 0 : 2)
  }
  const csv = readFileSync(file === '-' ? stdin.fd : file, 'utf8')
  for (const { line, row } of rows(csv)) {
    try {
      stdout.write(`${JSON.stringify(detectionOf(row, values.source))}\n`)
    } catch (error) {
      throw new Error(`line ${line}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  stdout.end()
  await finished(stdout)
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    stderr.write(`firms: ${error instanceof Error ? error.message : String(error)}\n`)
    exit(1)
  })
}
