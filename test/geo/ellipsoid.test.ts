/** Geodetic, Earth-centred and local frames agree with the published values and with each other. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  A,
  B,
  DEG,
  meridianRadius,
  parallelRadius,
  primeVerticalRadius,
  toEcef,
  toGeodetic,
  wrapAzimuthDeg,
  wrapLonDeg,
} from '../../src/geo/ellipsoid.ts'
import { directionOfNed, directionTo, ecefToNed, nedAxes, pointAt } from '../../src/geo/frames.ts'
import { geodesicDirect, geodesicInverse } from '../../src/geo/geodesic.ts'
import { known, nth, shared } from './cases.ts'

interface FrameCase {
  readonly kind: string
  readonly tol?: number | string
  readonly [name: string]: number | string | undefined
}

const frames = shared<{ cases: FrameCase[] }>('geodetic-frames.json')
const misb = shared<{ dayFlight: Record<string, number> & { measuredHere: Record<string, number> } }>('misb.json')

describe.skipIf(frames === undefined)('the published frame conversions hold to their own tolerance', () => {
  const v = new Float64Array(3)
  const axes = new Float64Array(9)
  for (const [i, c] of (frames?.cases ?? []).entries()) {
    const n = (name: string): number => c[name] as number
    const tol = typeof c.tol === 'number' ? c.tol : 1e-6
    it(`${c.kind} ${i}`, () => {
      switch (c.kind) {
        case 'geodetic2ecef':
          toEcef(n('lat') * DEG, n('lon') * DEG, n('hae'), v)
          expect(Math.hypot(nth(v, 0) - n('x'), nth(v, 1) - n('y'), nth(v, 2) - n('z'))).toBeLessThanOrEqual(2 * tol)
          break
        case 'ecef2geodetic':
          toGeodetic(n('x'), n('y'), n('z'), v)
          expect(nth(v, 0) / DEG).toBeCloseTo(n('lat'), 11)
          expect(nth(v, 1) / DEG).toBeCloseTo(n('lon'), 11)
          expect(Math.abs(nth(v, 2) - n('hae'))).toBeLessThanOrEqual(tol)
          break
        case 'aer2geodetic':
        case 'aer2ecef': {
          const direction = { azimuth: n('az') * DEG, elevation: n('el') * DEG, rangeM: n('range') }
          pointAt(n('lat0') * DEG, n('lon0') * DEG, n('hae0'), direction, v)
          if (c.kind === 'aer2ecef') {
            expect(Math.hypot(nth(v, 0) - n('x'), nth(v, 1) - n('y'), nth(v, 2) - n('z'))).toBeLessThan(2 * tol)
          } else {
            toGeodetic(nth(v, 0), nth(v, 1), nth(v, 2), v)
            expect(Math.abs(nth(v, 0) / DEG - n('lat'))).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(n('lat'))))
            expect(Math.abs(nth(v, 1) / DEG - n('lon'))).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(n('lon'))))
            expect(Math.abs(nth(v, 2) - n('hae'))).toBeLessThanOrEqual(1e-6 * n('hae'))
          }
          break
        }
        case 'aer2enu': {
          // A direction in a local frame is the same on every place of the globe.
          pointAt(0.3, 0.4, 5, { azimuth: n('az') * DEG, elevation: n('el') * DEG, rangeM: n('range') }, v)
          const back = directionTo(0.3, 0.4, 5, nth(v, 0), nth(v, 1), nth(v, 2))
          const flat = back.rangeM * Math.cos(back.elevation)
          expect(Math.abs(flat * Math.sin(back.azimuth) - n('e'))).toBeLessThanOrEqual(tol)
          expect(Math.abs(flat * Math.cos(back.azimuth) - n('n'))).toBeLessThanOrEqual(tol)
          expect(Math.abs(back.rangeM * Math.sin(back.elevation) - n('u'))).toBeLessThanOrEqual(tol)
          break
        }
        case 'ecef2enuv':
        case 'ecef2enu': {
          nedAxes(n('lat0') * DEG, n('lon0') * DEG, axes)
          if (c.kind === 'ecef2enu') {
            toEcef(n('lat0') * DEG, n('lon0') * DEG, n('hae0'), v)
            ecefToNed(axes, n('x') - nth(v, 0), n('y') - nth(v, 1), n('z') - nth(v, 2), v)
          } else ecefToNed(axes, n('vx'), n('vy'), n('vz'), v)
          expect(Math.abs(nth(v, 1) - n('e'))).toBeLessThanOrEqual(tol)
          expect(Math.abs(nth(v, 0) - n('n'))).toBeLessThanOrEqual(tol)
          expect(Math.abs(-nth(v, 2) - n('u'))).toBeLessThanOrEqual(tol)
          break
        }
        case 'ecef2aer': {
          const d = directionTo(n('lat0') * DEG, n('lon0') * DEG, n('hae0'), n('x'), n('y'), n('z'))
          expect(d.rangeM).toBeCloseTo(n('range'), 6)
          expect(d.azimuth / DEG).toBeCloseTo(n('az'), 6)
          expect(d.elevation / DEG).toBeCloseTo(n('el'), 6)
          break
        }
        case 'meridianRadius':
          expect(meridianRadius(n('lat') * DEG)).toBeCloseTo(n('value'), 2)
          break
        case 'primeVertical':
          expect(primeVerticalRadius(n('lat') * DEG)).toBeCloseTo(n('value'), 3)
          break
        case 'parallelRadius':
          expect(parallelRadius(n('lat') * DEG)).toBeCloseTo(n('value'), 6)
          break
        case 'direct': {
          const end = geodesicDirect(n('lat1') * DEG, n('lon1') * DEG, n('az') * DEG, n('range'))
          expect(end.lat / DEG).toBeCloseTo(n('lat2'), 7)
          expect(end.lon / DEG).toBeCloseTo(n('lon2'), 7)
          break
        }
        case 'inverse': {
          const arc = geodesicInverse(n('lat1') * DEG, n('lon1') * DEG, n('lat2') * DEG, n('lon2') * DEG)
          expect(arc?.distanceM).toBeCloseTo(n('range'), 1)
          expect(wrapAzimuthDeg((arc?.azimuth ?? Number.NaN) / DEG)).toBeCloseTo(n('az'), 6)
          break
        }
        default:
          throw new Error(`no test for ${c.kind}`)
      }
    })
  }
})

describe.skipIf(misb === undefined)('a recorded flight', () => {
  it('is seen in the direction measured for it', () => {
    const f = known(misb).dayFlight
    const v = new Float64Array(3)
    toEcef(known(f.frameCenterLat) * DEG, known(f.frameCenterLon) * DEG, known(f.frameCenterElev), v)
    const d = directionTo(
      known(f.sensorLat) * DEG,
      known(f.sensorLon) * DEG,
      known(f.sensorTrueAltMsl),
      nth(v, 0),
      nth(v, 1),
      nth(v, 2),
    )
    expect(d.azimuth / DEG).toBeCloseTo(known(f.measuredHere.trueAzimuthSensorToFrameCentre), 6)
    expect(d.elevation / DEG).toBeCloseTo(known(f.measuredHere.elevation), 6)
    expect(d.rangeM).toBeCloseTo(known(f.measuredHere.slant), 2)
  })
})

describe('geodetic and Earth-centred coordinates', () => {
  it('round-trip within nanometres from 10 km under the surface to the geostationary orbit, poles included', () => {
    const latitude = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.9999999))
    fc.assert(
      fc.property(
        latitude,
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -1e4, max: 3.6e7, noNaN: true }),
        (lat, lon, hae) => {
          const p = new Float64Array(3)
          const q = new Float64Array(3)
          toEcef(lat * DEG, lon * DEG, hae, p)
          toGeodetic(nth(p, 0), nth(p, 1), nth(p, 2), q)
          expect(Math.abs(nth(q, 2) - hae)).toBeLessThan(5e-8)
          toEcef(nth(q, 0), nth(q, 1), nth(q, 2), q)
          expect(Math.hypot(nth(p, 0) - nth(q, 0), nth(p, 1) - nth(q, 1), nth(p, 2) - nth(q, 2))).toBeLessThan(1e-7)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('have the poles exactly on the axis', () => {
    const v = new Float64Array(3)
    toGeodetic(0, 0, -B - 5, v)
    expect([...v]).toEqual([-Math.PI / 2, 0, 5])
    toGeodetic(A + 7, 0, 0, v)
    expect([...v]).toEqual([0, 0, 7])
  })

  it('answer NaN with NaN', () => {
    const v = new Float64Array(3)
    for (const bad of [
      [Number.NaN, 0, 0],
      [0, Number.NaN, 0],
      [0, 0, Number.NaN],
    ] as const) {
      toEcef(bad[0], bad[1], bad[2], v)
      expect([...v].some(Number.isNaN)).toBe(true)
      toGeodetic(bad[0], bad[1], bad[2], v)
      expect(v[2]).toBeNaN()
    }
  })
})

describe('angles in degrees', () => {
  it('wrap longitude to [-180, 180) and azimuth to [0, 360)', () => {
    expect([180, -180, 181, -181, 540, 359.5, 0].map(wrapLonDeg)).toEqual([-180, -180, -179, 179, -180, -0.5, 0])
    expect([0, 360, -90, 725, -1e-300].map(wrapAzimuthDeg)).toEqual([0, 0, 270, 5, 0])
  })

  it('give straight up and straight down no azimuth', () => {
    expect(directionOfNed(0, 1e-12, -3).azimuth).toBe(0)
    expect(directionOfNed(0, -1e-12, 3).azimuth).toBe(0)
  })
})
