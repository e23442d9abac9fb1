/** Bearings, with and without elevation and range, end where they should; refraction bends the long ones. */
import { describe, expect, it } from 'vitest'
import type { Fix } from '../../src/domain/detection.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { apartM, centrePixel, detection, faultIn, fixture, known, placeIn, shared } from './cases.ts'
import { bearing, level, locate, OPTIONS, pitched } from './scene.ts'

describe('bearings', () => {
  const sigma = { azimuthDeg: 1, elevationDeg: 0.5, rangeM: 2 }

  it('with range and elevation end at P + r d, with the error of each part', () => {
    const place = placeIn(locate(detection(bearing({ elevationDeg: 0, rangeM: 1000, sigma }), { surface: undefined })))
    expect(place).toMatchObject({ method: 'bearing-range', rangeM: 1000, depressionDeg: 0, assumedError: false })
    expect(place.lat).toBeCloseTo(10, 5)
    expect((place.lon - 20) * 109639).toBeCloseTo(1000, 0)
    // A thousand metres out along the tangent the ground has fallen 78 mm away.
    expect(place.haeM).toBeCloseTo(100.0784, 3)
    expect(place.covariance?.ee).toBeCloseTo(1 + 4, 3)
    expect(place.covariance?.nn).toBeCloseTo(1 + (1000 * (Math.PI / 180)) ** 2, 1)
    expect(place.covariance?.uu).toBeCloseTo(1 + (500 * (Math.PI / 180)) ** 2, 1)
  })

  it('with an elevation but no range are cast onto the surface', () => {
    const fix = bearing({ elevationDeg: -30, sigma })
    const place = placeIn(locate(detection(fix)))
    expect(place.method).toBe('ray-level')
    expect(place.rangeM).toBeCloseTo(200, 1)
  })

  it('with a range but no elevation lie along the ground', () => {
    const bare = placeIn(locate(detection(bearing({ rangeM: 5000, sigma }), { surface: undefined })))
    expect(bare).not.toHaveProperty('haeM')
    expect(bare).not.toHaveProperty('covariance')
    expect(bare.ce90M).toBeGreaterThan(100)
    const grounded = placeIn(locate(detection(bearing({ rangeM: 200, sigma }))))
    expect(grounded.haeM).toBe(0)
    // The same slant range, aimed at the surface, comes down at the same place.
    const aimed = placeIn(locate(detection(bearing({ elevationDeg: -30, rangeM: 200, sigma }))))
    expect(apartM({ ...grounded, haeM: 0 }, { ...aimed, haeM: 0 })).toBeLessThan(0.05)
    expect(faultIn(locate(detection(bearing({ rangeM: 99 })))).code).toBe('above-horizon')
  })

  it('without stated errors take the defaults and say so', () => {
    const place = placeIn(locate(detection(bearing({ elevationDeg: -1, rangeM: 1000 }))))
    expect(place).toMatchObject({ assumedError: true })
    expect(place.flag).not.toBe('GREEN')
  })
})

interface LosCase {
  readonly id: string
  readonly lat: number
  readonly lon: number
  readonly hae: number
  readonly az: number
  readonly el: number
  readonly range: number
  readonly expect: Record<'lat' | 'lon' | 'hae' | 'latSign' | 'lonSign', number | undefined>
  readonly tol: number
}
const hub = shared<{ losToTarget: LosCase[] }>('opensensorhub.json')

describe.skipIf(hub === undefined)('the published lines of sight with a range', () => {
  for (const c of hub?.losToTarget ?? []) {
    it(`hold: ${c.id}`, () => {
      const observer = { lat: c.lat, lon: c.lon, height: level(c.hae) }
      const fix = bearing({ azimuthDeg: c.az, elevationDeg: c.el, rangeM: c.range, observer })
      const place = placeIn(locate(detection(fix, { surface: undefined })))
      if (c.expect.lat !== undefined) expect(Math.abs(place.lat - c.expect.lat)).toBeLessThan(c.tol)
      if (c.expect.lon !== undefined) expect(Math.abs(place.lon - c.expect.lon)).toBeLessThan(c.tol)
      if (c.expect.hae !== undefined) expect(Math.abs(known(place.haeM) - c.expect.hae)).toBeLessThan(c.tol)
      if (c.expect.latSign !== undefined) expect(Math.sign(place.lat)).toBe(c.expect.latSign)
      if (c.expect.lonSign !== undefined) expect(Math.sign(place.lon)).toBe(c.expect.lonSign)
    })
  }
})

describe('refraction', () => {
  const straight = createLocator({ ...OPTIONS, refraction: { k: 0, fromM: 0 } })
  const steady = { positionM: 2, heightM: 0.5, yawDeg: 0.05, pitchDeg: 0.02, rollDeg: 0.05 }

  it('pulls places beyond 5 km nearer by its drop over the slope, and leaves nearer ones alone', () => {
    const far = centrePixel({ height: level(500), ...pitched(-2.9), sigma: steady })
    const bent = placeIn(locate(far))
    const unbent = placeIn(straight(far))
    const drop = (0.13 * known(bent.rangeM) ** 2) / (2 * 6371000)
    expect(known(unbent.rangeM) - known(bent.rangeM)).toBeCloseTo(drop / Math.sin((2.9 - 0.09) * (Math.PI / 180)), 0)
    expect(bent.haeM).toBe(0)
    expect(locate(centrePixel())).toEqual(straight(centrePixel()))
  })
})

interface RayCase {
  readonly id: string
  readonly in: Record<'lat' | 'lon' | 'hae' | 'azimuth' | 'elevation' | 'surfaceHae', number>
  readonly mustReject?: boolean
  readonly expect: {
    readonly hit?: boolean
    readonly lat?: string
    readonly lon?: string | null
    readonly slantRange?: string
  }
}

describe('the exact rays, given as bearings', () => {
  const exact = createLocator({ ...OPTIONS, maxRangeM: 1e7, minDepressionDeg: 0, refraction: { k: 0, fromM: 0 } })
  const tiny = { azimuthDeg: 1e-6, elevationDeg: 1e-6 }
  for (const c of fixture<{ cases: RayCase[] }>('ray-exact.json').cases.filter((c) => c.expect.hit !== undefined)) {
    const { lat, lon, hae, azimuth, elevation, surfaceHae } = c.in
    it(`hold end to end: ${c.id}`, () => {
      const observer = { lat, lon, height: level(hae), sigma: { positionM: 1e-6, heightM: 1e-6 } }
      const fix: Fix = { kind: 'bearing', azimuthDeg: azimuth, elevationDeg: elevation, sigma: tiny, observer }
      const answer = exact(detection(fix, { surface: { height: level(surfaceHae), sigmaM: 1e-6 } }))
      if (c.mustReject === true) expect(faultIn(answer).code).toBe('camera-below-surface')
      else if (c.expect.hit === false) expect(faultIn(answer).code).toBe('above-horizon')
      else {
        const truth = { lat: Number(c.expect.lat), lon: Number(c.expect.lon ?? 0), haeM: surfaceHae }
        expect(apartM({ ...placeIn(answer), haeM: surfaceHae }, truth)).toBeLessThan(hae > 1e5 ? 1e-3 : 1e-5)
      }
    })
  }
})
