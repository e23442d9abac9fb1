/** Every row of a FIRMS file becomes one detection that the product reads, with an error that the pixel justifies. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { detectionOf, pixelCe90M, rows } from '../../examples/firms/firms.ts'
import { seededRandom } from '../../examples/simulator/random.ts'
import { readMessage } from '../../src/domain/message.ts'

const HEADER =
  'latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,daynight'
const ROW = '31.3283,-93.92654,303.7,1.19,1.08,2025-06-01,306,Terra,MODIS,56,6.1NRT,291.62,7.09,N'
const FILE = path.resolve(import.meta.dirname, '../../../shared/data/firms-modis-2025-06.csv')

const detections = (csv: string) => [...rows(csv)].map(({ row }) => detectionOf(row, 'firms-modis'))

function read(detection: object) {
  const reading = readMessage(Buffer.from(JSON.stringify(detection)), {
    source: 'firms-modis',
    receivedMs: Date.UTC(2026, 0),
    maxAheadMs: 0,
  })
  if (reading.kind !== 'elements') throw new Error(reading.fault.reason)
  return reading.elements[0]
}

describe('a row', () => {
  it('becomes a fire at its place and minute, with its confidence in percent', () => {
    expect(detections(`${HEADER}\n${ROW}\n`)).toEqual([
      {
        id: 'Terra_2025-06-01_0306_31.3283_-93.92654',
        source: 'firms-modis',
        time: '2025-06-01T03:06:00.000Z',
        class: 'fire',
        confidence: 56,
        confidenceScale: 'percent',
        position: { lat: 31.3283, lon: -93.92654, accuracy: { horizontalM: 644, basis: 'ce90' } },
        attributes: {
          scanKm: 1.19,
          trackKm: 1.08,
          brightnessK: 303.7,
          satellite: 'Terra',
          instrument: 'MODIS',
          version: '6.1NRT',
          brightnessT31K: 291.62,
          radiativePowerMw: 7.09,
          dayNight: 'N',
        },
      },
    ])
  })

  it('gives the same id with and without the leading zero of its time, and in files with other line ends', () => {
    const [plain] = detections(`${HEADER}\n${ROW}`)
    const [padded] = detections(`\uFEFF${HEADER}\r\n${ROW.replace(',306,', ',0306,')}\r\n`)
    expect(padded).toEqual(plain)
  })

  it('of VIIRS keeps its word as a word: the confidence is unknown', () => {
    const [detection] = detections(`${HEADER}\n${ROW.replace(',56,', ',n,')}`)
    expect(detection).not.toHaveProperty('confidence')
    expect(detection?.attributes).toMatchObject({ confidenceWord: 'n' })
  })

  it.each([
    ['a missing value', ROW.replace('303.7,', ''), 'line 2: 13 values under 14 columns'],
    ['a latitude beyond the pole', ROW.replace('31.3283', '91'), 'column latitude is 91, not -90 to 90'],
    ['a day that does not exist', ROW.replace('06-01', '06-31'), 'acq_date 2025-06-31 with acq_time 306 is no time'],
    ['an empty longitude', ROW.replace('-93.92654', ''), 'column longitude is missing or empty'],
  ])('with %s is refused by name', (_, row, sentence) => {
    expect(() => detections(`${HEADER}\n${row}`)).toThrow(sentence)
  })
})

describe('the stated error', () => {
  it.each([
    [1_000, 1_000],
    [4_800, 2_000],
    [375, 600],
  ])('of a pixel of %d m by %d m holds nine of ten fires in it', (scan, track) => {
    const random = seededRandom(3)
    const radius = pixelCe90M(scan, track)
    const fires = 40_000
    let inside = 0
    for (let fire = 0; fire < fires; fire++) {
      const across = random.between(-scan / 2, scan / 2) + random.normal(50)
      const along = random.between(-track / 2, track / 2) + random.normal(50)
      if (Math.hypot(across, along) <= radius) inside++
    }
    // Adding the two errors in squares is exact only for bell curves; it costs half a percent on a square pixel.
    expect(inside / fires).toBeGreaterThan(0.89)
    expect(inside / fires).toBeLessThan(0.93)
  })
})

const present = existsSync(FILE)
if (!present) console.log(`skipped: ${FILE} is not there`)

describe.skipIf(!present)('a month of MODIS', () => {
  it('gives one readable detection for each of its 3,609 rows, no id twice', () => {
    const all = detections(readFileSync(FILE, 'utf8'))
    expect(all).toHaveLength(3_609)
    expect(new Set(all.map(({ id }) => id)).size).toBe(3_609)
    expect(all.filter((detection) => !read(detection)?.ok)).toEqual([])
  })
})
