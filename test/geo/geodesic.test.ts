/** Geodesics agree with the published test set, and there and back is the same place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEG, wrapLonDeg } from '../../src/geo/ellipsoid.ts'
import { geodesicDirect, geodesicInverse } from '../../src/geo/geodesic.ts'
import { shared } from './cases.ts'

interface GeodesicCase {
  readonly id: string
  readonly lat1: number
  readonly lon1: number
  readonly azi1: number
  readonly lat2: number
  readonly lon2: number
  readonly azi2: number
  readonly s12: number
}

const published = shared<{ cases: GeodesicCase[] }>('geodesic.json')

describe.skipIf(published === undefined)('the published geodesics', () => {
  for (const c of published?.cases ?? []) {
    it(`lead where they should and are as long as they should be: ${c.id}`, () => {
      const end = geodesicDirect(c.lat1 * DEG, c.lon1 * DEG, c.azi1 * DEG, c.s12)
      expect(Math.abs(end.lat / DEG - c.lat2)).toBeLessThan(1e-12)
      expect(Math.abs(wrapLonDeg(end.lon / DEG - c.lon2))).toBeLessThan(1e-12)
      expect(Math.abs(wrapLonDeg(end.azimuth / DEG - c.azi2))).toBeLessThan(1e-11)
      const arc = geodesicInverse(c.lat1 * DEG, c.lon1 * DEG, c.lat2 * DEG, c.lon2 * DEG)
      expect(Math.abs((arc?.distanceM ?? Number.NaN) - c.s12)).toBeLessThan(2e-8)
      expect(Math.abs(wrapLonDeg((arc?.azimuth ?? Number.NaN) / DEG - c.azi1))).toBeLessThan(1e-11)
      expect(Math.abs(wrapLonDeg((arc?.endAzimuth ?? Number.NaN) / DEG - c.azi2))).toBeLessThan(1e-11)
    })
  }
})

describe('a geodesic', () => {
  it('followed and measured again has its length and direction', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -89, max: 89, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: 0, max: 360, noNaN: true }),
        fc.double({ min: 1, max: 1e7, noNaN: true }),
        (lat, lon, azimuth, distance) => {
          const end = geodesicDirect(lat * DEG, lon * DEG, azimuth * DEG, distance)
          const arc = geodesicInverse(lat * DEG, lon * DEG, end.lat, end.lon)
          expect(Math.abs((arc?.distanceM ?? Number.NaN) - distance)).toBeLessThan(1e-7)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('of no length is where it began', () => {
    expect(geodesicInverse(0.5, 1, 0.5, 1)).toEqual({ distanceM: 0, azimuth: 0, endAzimuth: 0 })
    expect(geodesicDirect(0.5, 1, 2, 0).lat).toBeCloseTo(0.5, 15)
  })

  it('between places opposite each other is not invented', () => {
    expect(geodesicInverse(0.001, 0, -0.001, Math.PI * 0.9999)).toBeUndefined()
  })
})
