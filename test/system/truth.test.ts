/** Real measurements through the running system: where they come out, that each is accounted for, and that every event is valid. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm'
import { describe, expect, test } from 'vitest'
import { checkEvent } from '../../src/cot/check.ts'
import { positionDetection } from '../support/detections.ts'
import type { Stored } from '../support/oracle.ts'
import { eventually } from './eventually.ts'
import { Site } from './site.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const SHARED = path.resolve(ROOT, '../shared')
const SHOTS = path.join(SHARED, 'geo/cases/openathena-thunderstorm.json')
const FIRES = path.join(SHARED, 'data/firms-modis-2025-06.csv')
const SCHEMAS = path.join(SHARED, 'cot/mitre-xsd')
for (const needed of [SHOTS, FIRES, SCHEMAS]) if (!existsSync(needed)) console.log(`skipped: ${needed} is not here`)

const run = promisify(execFile)

/** What both the published schemas and our own judge say against these events; at most a few of each. */
function complaints(stored: readonly Stored[]): string[] {
  const ours = stored.flatMap(({ data }) => checkEvent(data))
  return [...(existsSync(SCHEMAS) ? bySchema(stored) : []), ...ours].slice(0, 10)
}

function bySchema(stored: readonly Stored[]): string[] {
  const schema = (part: string): XsdValidator => {
    const name = readdirSync(SCHEMAS).find((file) => file.includes(part)) ?? part
    return XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(path.join(SCHEMAS, name))))
  }
  const base = schema('Base-Event')
  const details = ['Track', 'Remarks', 'Contact'].map((part) => [part.toLowerCase(), schema(`CoT ${part}`)] as const)
  const refuses = (data: Uint8Array): string | undefined => {
    const document = XmlDocument.fromBuffer(data)
    try {
      base.validate(document)
      for (const [name, validator] of details) {
        const element = document.get(`/event/detail/${name}`)
        if (element instanceof XmlElement) validator.validate(element)
      }
      return undefined
    } catch (thrown) {
      return `${String(thrown)}: ${Buffer.from(data).toString()}`
    } finally {
      document.dispose()
    }
  }
  const found = stored.flatMap(({ data }) => refuses(data) ?? [])
  for (const validator of [base, ...details.map(([, validator]) => validator)]) validator.dispose()
  return found
}

interface ShotFile {
  readonly camera: Readonly<Record<'fx' | 'fy' | 'cx' | 'cy' | 'width' | 'height', number>> & {
    readonly dist: number[]
  }
  readonly images: readonly (readonly number[])[]
  readonly shots: readonly (readonly number[])[]
}

/** A shot as a detection in the public schema: what a producer would send. */
function shotDetection({ camera, images }: ShotFile, shot: readonly number[], n: number): string {
  const { dist, fx, fy, cx, cy, width, height } = camera
  const [image = 0, u, v, surfaceHae] = shot
  const [lat, lon, hae, yawDeg, pitchDeg, rollDeg] = images[image] as readonly number[]
  return JSON.stringify({
    id: `shot-${n}`,
    time: '2024-07-24T16:00:00.000Z',
    class: 'person',
    confidence: 0.9,
    pixel: { u, v },
    camera: {
      pose: { lat, lon, height: { value: hae, datum: 'hae' }, yawDeg, pitchDeg, rollDeg },
      intrinsics: { fx, fy, cx, cy, width, height, distortion: { model: 'brown-conrady', coefficients: dist } },
    },
    surface: { height: { value: surfaceHae, datum: 'hae' }, sigmaM: 3 },
  })
}

/** Metres between two places a few metres apart. */
function apartM(lat: number, lon: number, otherLat: number, otherLon: number): number {
  const metresPerDegree = 111_320
  return metresPerDegree * Math.hypot(lat - otherLat, (lon - otherLon) * Math.cos((lat * Math.PI) / 180))
}

describe.skipIf(!existsSync(SHOTS))('441 real drone shots', () => {
  test('come out on their CoT subjects within a centimetre of where they should be', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const file = JSON.parse(readFileSync(SHOTS, 'utf8')) as ShotFile
    const service = await site.service()
    await oracle.publish(
      'skydio-x2',
      file.shots.map((shot, n) => shotDetection(file, shot, n)),
    )
    await eventually(
      () => oracle.count('COT'),
      (n) => n === 441,
      'all are on their subjects',
    )
    const stored = await oracle.all('COT')
    const errors = stored.map(({ id, data }) => {
      const [, , , , , , , expectedLat = 0, expectedLon = 0] = file.shots[Number(id.slice('shot-'.length))] as number[]
      const [, lat = '', lon = ''] = /<point lat="([^"]*)" lon="([^"]*)"/.exec(Buffer.from(data).toString()) ?? []
      return apartM(Number(lat), Number(lon), expectedLat, expectedLon)
    })
    expect(new Set(stored.map(({ id }) => id)).size).toBe(441)
    expect(Math.max(...errors)).toBeLessThan(0.01)
    expect(complaints(stored)).toEqual([])
    expect(await oracle.count('DEADLETTERS')).toBe(0)
    expect(await service.stop()).toBe(0)
  }, 60_000)
})

describe.skipIf(!existsSync(FIRES))('a month of satellite fire detections', () => {
  test('goes through the documented conversion and `sightline publish`, and every row is accounted for', async () => {
    await using site = await Site.open()
    const { oracle } = site
    await site.service()
    const folder = mkdtempSync(path.join(tmpdir(), 'sightline-fires-'))
    try {
      const env = { PATH: process.env.PATH, SIGHTLINE_DATA_DIR: folder }
      const options = { env, cwd: ROOT, maxBuffer: 64 * 2 ** 20 }
      const converted = await run(process.execPath, ['examples/firms/firms.ts', FIRES], options)
      const lines = path.join(folder, 'fires.jsonl')
      writeFileSync(lines, converted.stdout)
      const publish = ['bin/sightline.js', 'publish', '--nats', site.broker.url, '--json', lines]
      const published = await run(process.execPath, publish, options)
      const rows = readFileSync(FIRES, 'utf8').trimEnd().split(/\r?\n/).length - 1
      expect(rows).toBe(3_609)
      expect(JSON.parse(published.stdout)).toMatchObject({ acked: rows })

      await eventually(
        () => oracle.count('DETECTIONS'),
        (n) => n === 0,
        'everything was settled',
      )
      await eventually(
        () => oracle.count('COT'),
        (n) => n === rows,
        'all are on their subjects',
      )
      expect(await oracle.count('DEADLETTERS')).toBe(0)
      const stored = await oracle.all('COT')
      const ids = converted.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id)
      expect(stored.map(({ id }) => id).sort()).toEqual(ids.sort())
      expect(complaints(stored)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 60_000)
})

describe('every event that comes out', () => {
  test('is valid, whatever the detection said', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service({ SIGHTLINE_COT_CALLSIGN: '{class} {track} {id}' })
    const observer = { lat: 31.6, lon: -110.43, height: { value: 1_466, datum: 'hae' } }
    const hostile = '<&>"\' \u2028 größe 火 😀 ]]> </event>'
    const anything = `${hostile} \u0000\u0007\u001b[0m`
    const detections = [
      positionDetection('plain'),
      positionDetection('unknown-class', { class: 'flux capacitor' }),
      positionDetection('hostile', {
        class: hostile,
        trackId: hostile,
        attributes: { [anything]: anything },
      }),
      positionDetection('no-height', { position: { lat: -89.999999, lon: 179.999999 } }),
      positionDetection('moving', { velocity: { speedMps: 12.5, courseDeg: 359.9, climbMps: -1 } }),
      positionDetection('no-confidence', { confidence: undefined, trackId: undefined, session: undefined }),
      positionDetection('ranged', {
        position: undefined,
        observer,
        bearing: { azimuthDeg: 10, elevationDeg: -2, rangeM: 800 },
      }),
      positionDetection('line', { class: 'smoke', position: undefined, observer, bearing: { azimuthDeg: 271.4 } }),
      ...['car', 'boat', 'fire', 'drone', 'aircraft', 'animal', 'building'].map((name) =>
        positionDetection(name, { class: name }),
      ),
    ]
    await oracle.publish('cam', detections)
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    const passed = await eventually(
      async () => (await oracle.count('COT')) + (await oracle.count('DEADLETTERS')),
      (n) => n === detections.length,
      'everything came out somewhere',
    )
    const stored = await oracle.all('COT')
    const letters = await oracle.all('DEADLETTERS')
    expect(letters.map(({ id, headers }) => `${id}: ${headers['Sightline-Reason']}`)).toEqual([])
    expect(stored).toHaveLength(passed)
    expect(complaints(stored)).toEqual([])
    // The subject is the type, token by token.
    for (const { subject, data } of stored) {
      const [, type = ''] = /<event [^>]*\btype="([^"]*)"/.exec(Buffer.from(data).toString()) ?? []
      expect(subject).toBe(`cot.${type.replaceAll('-', '.')}`)
    }
    expect((await service.health()).status).toBe('UP')
  }, 60_000)
})
