/** Detections and places for the tests of this room, plain and arbitrary, and the way to the shared material. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { createEventBuilder, type EventBuilderOptions, type EventInput } from '../../src/cot/build.ts'
import type { CotEvent } from '../../src/cot/event.ts'
import { createTypeTable } from '../../src/cot/types.ts'
import type { Detection } from '../../src/domain/detection.ts'
import type { BearingLine, Located, Place } from '../../src/domain/location.ts'

export const SHARED = fileURLToPath(new URL('../../../shared/cot/', import.meta.url))
export const HAS_SHARED = existsSync(SHARED)
if (!HAS_SHARED) console.warn(`skipping what needs ${SHARED}: it is not here`)

export const TIME_MS = Date.parse('2024-07-24T16:00:00.000Z')

export const detection: Detection = {
  id: 't24-0001',
  source: 'tower-3',
  timeMs: TIME_MS,
  class: 'smoke',
  confidence: 0.41,
  fix: { kind: 'pixel', u: 12, v: 34, units: 'px', camera: { id: 'tower-3' } },
}

export const place: Place = {
  kind: 'place',
  lat: 31.603122,
  lon: -110.433649,
  haeM: 1369.2,
  method: 'ray-level',
  flag: 'RED',
  covariance: { ee: 31_000, en: -2000.5, eu: 12.25, nn: 20_000, nu: -3.5, uu: 9 },
  ellipse: { semiMajorM: 178.9, semiMinorM: 138.6, azimuthDeg: 100.0 },
  ce90M: 380.4,
  ce50M: 200,
  le90M: 4.93,
  budget: { attitude: 0.75, surface: 0.25 },
  rangeM: 4321.5,
  depressionDeg: 3.2,
  assumedError: false,
}

export const bearing: BearingLine = {
  kind: 'bearing',
  lat: 31.603122,
  lon: -110.433649,
  haeM: 1466.057,
  azimuthDeg: 271.4,
  sigmaAzimuthDeg: 0.5,
  lengthM: 20_000,
  because: 'above-horizon',
}

/** Builds one event, and fails the test when there is none. */
export function built(input: Partial<EventInput> = {}, options: Partial<EventBuilderOptions> = {}): CotEvent {
  const build = createEventBuilder({ types: createTypeTable(), ...options })
  const answer = build({ detection, located: place, uid: 'sightline.tower-3.t.17', nowMs: TIME_MS, ...input })
  if (!answer.ok) throw new Error(`no event: ${answer.fault.reason}`)
  return answer.value
}

/** Text that tries to get out of its quotes, break lines, or be no text at all. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  fc.constantFrom(
    '"/><event version="2.0"',
    '</event>',
    '</remarks></detail></event><event>',
    ']]>',
    '<!DOCTYPE x [<!ENTITY a "b">]>',
    '&lol;',
    '&#0;',
    '\u0000\u0001\ud800',
    '\ud83d\ude00 smoke',
    'a\r\nb\tc',
    '\u202egnp.exe',
    '__proto__',
    'x'.repeat(5000),
    '😀'.repeat(300),
  ),
)

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

export const anyDetection: fc.Arbitrary<Detection> = fc.record({
  id: hostileText.map((text) => `d${text}`),
  source: fc.oneof(fc.constant('tower-3'), hostileText),
  timeMs: fc.integer({ min: 0, max: Date.parse('2999-12-31') }),
  class: fc.oneof(fc.constantFrom('person', 'car', 'fire hydrant', 'Smoke'), hostileText),
  confidence: maybe(finite(0, 1)),
  trackId: maybe(hostileText),
  session: maybe(hostileText),
  fix: fc.constant(detection.fix),
  velocity: maybe(fc.record({ speedMps: finite(0, 1e4), courseDeg: finite(-720, 720) })),
  attributes: maybe(fc.dictionary(hostileText, hostileText, { maxKeys: 3 })),
})

const anyError = fc.oneof(finite(1e-6, 1e7), fc.constantFrom(0, Number.NaN, Infinity, -1))

export const anyPlace: fc.Arbitrary<Place> = fc.record({
  kind: fc.constant('place' as const),
  lat: finite(-90, 90),
  lon: finite(-180, 180),
  haeM: maybe(finite(-500, 9e6)),
  method: fc.constantFrom('given', 'ray-level', 'ray-terrain', 'bearing-range', 'bearing-fix'),
  flag: fc.constantFrom('GREEN', 'YELLOW', 'RED', 'UNKNOWN'),
  covariance: maybe(
    fc.record({
      ee: finite(0, 1e10),
      en: finite(-1e9, 1e9),
      eu: finite(-1e9, 1e9),
      nn: finite(0, 1e10),
      nu: finite(-1e9, 1e9),
      uu: finite(0, 1e10),
    }),
  ),
  ellipse: maybe(fc.record({ semiMajorM: anyError, semiMinorM: anyError, azimuthDeg: finite(0, 180) })),
  ce90M: maybe(anyError),
  le90M: maybe(anyError),
  budget: maybe(fc.dictionary(fc.oneof(fc.constantFrom('yaw', 'pitch'), hostileText), finite(0, 1), { maxKeys: 4 })),
  rangeM: maybe(anyError),
  assumedError: fc.boolean(),
})

export const anyBearing: fc.Arbitrary<BearingLine> = fc.record({
  kind: fc.constant('bearing' as const),
  lat: finite(-90, 90),
  lon: finite(-180, 180),
  haeM: maybe(finite(-500, 9e4)),
  azimuthDeg: finite(-720, 720),
  elevationDeg: maybe(finite(-90, 90)),
  sigmaAzimuthDeg: finite(0, 90),
  lengthM: finite(1, 1e6),
  because: fc.constantFrom('above-horizon', 'grazing', 'surface-unknown'),
})

export const anyLocated: fc.Arbitrary<Located> = fc.oneof(anyPlace, anyBearing)

export const anyInput: fc.Arbitrary<EventInput> = fc.record({
  detection: anyDetection,
  located: anyLocated,
  uid: hostileText.map((text) => `u${text}`),
  nowMs: fc.constantFrom(TIME_MS, TIME_MS + 1e9),
})
