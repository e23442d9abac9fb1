/** The locator survives every input the types allow. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Camera, Datum, Detection, Fix } from '../../src/domain/detection.ts'
import { FAULTS } from '../../src/fault/table.ts'
import { CAMERA } from './cases.ts'
import { locate } from './scene.ts'

describe('no input, however wild', () => {
  const wild = fc.oneof(
    fc.double(),
    fc.double({ min: -400, max: 400 }),
    fc.constantFrom(0, -0, 90, -90, 180, -180, 360, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -1),
  )
  const maybe = <T>(a: fc.Arbitrary<T>) => fc.option(a, { nil: undefined })
  const height = fc.record({
    value: wild,
    datum: fc.constantFrom<Datum>('hae', 'msl', 'agl', 'takeoff'),
    takeoffHaeM: maybe(wild),
  })
  const attitude = fc.record({ yawDeg: wild, pitchDeg: wild, rollDeg: wild })
  const poseSigma = fc.record({
    positionM: maybe(wild),
    heightM: maybe(wild),
    yawDeg: maybe(wild),
    pitchDeg: maybe(wild),
    rollDeg: maybe(wild),
    timeMs: maybe(wild),
    airframe: maybe(attitude),
  })
  const triple = fc.tuple(wild, wild, wild)
  const northRef = maybe(fc.constantFrom<'true' | 'magnetic'>('true', 'magnetic'))
  const pose = fc.record({
    lat: fc.oneof(wild, fc.double({ min: -90, max: 90 })),
    lon: fc.oneof(wild, fc.double({ min: -180, max: 180 })),
    height,
    attitude: maybe(attitude),
    quaternion: maybe(fc.tuple(wild, wild, wild, wild)),
    airframe: maybe(attitude),
    yawRef: northRef,
    declinationDeg: maybe(wild),
    leverArm: maybe(fc.record({ forwardM: wild, rightM: wild, downM: wild })),
    motion: maybe(fc.record({ velocityNed: triple, turnNed: triple, spreadM: wild, spreadDeg: wild })),
    velocity: maybe(fc.record({ speedMps: wild, courseDeg: wild, climbMps: maybe(wild) })),
    sigma: maybe(poseSigma),
  })
  const distortion = fc.record({
    model: fc.constantFrom<'brown-conrady' | 'kannala-brandt'>('brown-conrady', 'kannala-brandt'),
    coefficients: fc.array(fc.oneof(wild, fc.double({ min: -1, max: 1 })), { maxLength: 9 }),
  })
  const intrinsics = fc.record({
    fx: fc.oneof(wild, fc.constant(3000)),
    fy: fc.oneof(wild, fc.constant(3000)),
    cx: fc.oneof(wild, fc.constant(960)),
    cy: fc.oneof(wild, fc.constant(720)),
    width: fc.oneof(wild, fc.constant(1920)),
    height: fc.oneof(wild, fc.constant(1440)),
    skew: maybe(wild),
    distortion: maybe(distortion),
    sigmaFocalRel: maybe(wild),
  })
  const camera: fc.Arbitrary<Camera> = fc.oneof(
    fc.record({ pose, intrinsics }),
    fc.record({ pose, intrinsics: fc.constant(CAMERA.intrinsics) }),
    fc.record({ pose: fc.constant(CAMERA.pose), intrinsics }),
  )
  const units = fc.constantFrom<'px' | 'normalized'>('px', 'normalized')
  const image = maybe(fc.record({ width: wild, height: wild }))
  const px = fc.oneof(wild, fc.double({ min: 0, max: 2000 }))
  const accuracy = fc.record({
    horizontalM: wild,
    verticalM: maybe(wild),
    basis: fc.constantFrom<'ce90' | 'ce50' | '1sigma'>('ce90', 'ce50', '1sigma'),
  })
  const bearingSigma = fc.record({ azimuthDeg: maybe(wild), elevationDeg: maybe(wild), rangeM: maybe(wild) })
  const ref = fc.oneof(camera, camera, fc.record({ id: fc.constantFrom('tower', 'nobody') }))
  const fix: fc.Arbitrary<Fix> = fc.oneof(
    fc.record({ kind: fc.constant('pixel' as const), u: px, v: px, sigmaPx: maybe(wild), units, camera: ref, image }),
    fc.record({
      kind: fc.constant('bbox' as const),
      x1: px,
      y1: px,
      x2: px,
      y2: px,
      sigmaPx: maybe(wild),
      units,
      camera: ref,
      image,
    }),
    fc.record({
      kind: fc.constant('position' as const),
      lat: wild,
      lon: wild,
      height: maybe(height),
      accuracy: maybe(accuracy),
    }),
    fc.record({
      kind: fc.constant('bearing' as const),
      azimuthDeg: wild,
      elevationDeg: maybe(wild),
      rangeM: maybe(wild),
      azimuthRef: northRef,
      declinationDeg: maybe(wild),
      sigma: maybe(bearingSigma),
      observer: fc.record({ lat: wild, lon: wild, height, sigma: maybe(poseSigma) }),
    }),
  )
  const anything: fc.Arbitrary<Detection> = fc.record({
    id: fc.constant('w'),
    source: fc.constant('wild'),
    timeMs: wild,
    class: fc.oneof(fc.string(), fc.constantFrom('person', 'smoke', 'drone', '__proto__')),
    confidence: maybe(wild),
    target: maybe(fc.constant('t')),
    fix,
    surface: maybe(fc.record({ height, sigmaM: maybe(wild) })),
  })

  const allFinite = (value: unknown): boolean =>
    typeof value === 'number'
      ? Number.isFinite(value)
      : typeof value !== 'object' || value === null || Object.values(value).every(allFinite)

  it('throws, gives NaN, or makes a place without an error that is not flagged UNKNOWN', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(anything, (d) => {
        const answer = locate(d)
        if (!answer.ok) {
          seen.add(answer.fault.code)
          expect(answer.fault.code in FAULTS).toBe(true)
          expect(answer.fault.reason.length).toBeGreaterThan(10)
          return
        }
        seen.add(answer.value.kind)
        expect(allFinite(answer.value)).toBe(true)
        expect(Math.abs(answer.value.lat)).toBeLessThanOrEqual(90)
        expect(answer.value.lon).toBeGreaterThanOrEqual(-180)
        expect(answer.value.lon).toBeLessThan(180)
        if (answer.value.kind === 'place' && answer.value.flag !== 'UNKNOWN') {
          expect(answer.value.ce90M).toBeGreaterThan(0)
        }
      }),
      { numRuns: 5000 },
    )
    // The net is wide enough to catch something of everything.
    expect(seen.has('place') && seen.has('bearing') && seen.size > 6).toBe(true)
  })
})
