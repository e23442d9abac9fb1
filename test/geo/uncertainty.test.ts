/** The stated error is the error that two million draws show. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../../src/domain/detection.ts'
import { addMotion, newCauses, SOURCE_INDEX } from '../../src/geo/causes.ts'
import { circleRadiusM } from '../../src/geo/circular-error.ts'
import { budgetOf, covarianceOf, ellipseOf, newErrorSum, sumOnSurface, turnSum } from '../../src/geo/covariance.ts'
import { DEG, toEcef } from '../../src/geo/ellipsoid.ts'
import { ecefToNed, nedAxes, nedOfDirection, nedToEcef } from '../../src/geo/frames.ts'
import { hitLevel, newLevelHit } from '../../src/geo/level.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, centrePixel, detection, fixture, known, nth, placeIn } from './cases.ts'
import { normal } from './draws.ts'

type Sources = 'north' | 'east' | 'up' | 'yaw' | 'pitch' | 'roll' | 'u' | 'v' | 'focalRel' | 'surface' | 'time'

interface DrawCase {
  readonly id: string
  readonly camera: Record<'fx' | 'fy' | 'cx' | 'cy' | 'u' | 'v', number>
  readonly pose: {
    readonly position: [number, number, number]
    readonly gimbal: [number, number, number]
    readonly velocityNed?: [number, number, number]
    readonly rates?: [number, number, number]
  }
  readonly surfaceHae: number
  readonly sigma: Partial<Record<Sources, number>>
  readonly expect: {
    readonly lat: number
    readonly lon: number
    readonly rangeNominal: number
    readonly covEnu: [number[], number[], number[]]
    readonly sigmaMajor: number
    readonly sigmaMinor: number
    readonly majorAzimuthDeg: number
    readonly ce50: number
    readonly ce90: number
    readonly le90: number
  }
}

const cases = fixture<{ cases: DrawCase[] }>('uncertainty-mc.json').cases
// The cases know no floor under an error that is zero.
const locate = createLocator({
  cameras: () => undefined,
  undulation: egm96,
  floors: { ...SIGMA_FLOORS, resolutionM: 0 },
})

function expectClose(found: number | undefined, truth: number, relative: number, absolute: number): void {
  expect(Math.abs((found ?? Number.NaN) - truth)).toBeLessThanOrEqual(relative * Math.abs(truth) + absolute)
}

describe('the Monte Carlo cases', () => {
  for (const c of cases.filter((c) => c.pose.rates === undefined)) {
    it(`hold within 1 %: ${c.id}`, () => {
      const [lat, lon, hae] = c.pose.position
      const [yawDeg, pitchDeg, rollDeg] = c.pose.gimbal
      const s = c.sigma
      expect(s.north).toBe(s.east)
      expect(s.u).toBe(s.v)
      const camera: Camera = {
        pose: {
          lat,
          lon,
          height: { value: hae, datum: 'hae' },
          attitude: { yawDeg, pitchDeg, rollDeg },
          sigma: {
            positionM: s.north ?? 0,
            heightM: s.up ?? 0,
            yawDeg: s.yaw ?? 0,
            pitchDeg: s.pitch ?? 0,
            rollDeg: s.roll ?? 0,
          },
        },
        intrinsics: { ...c.camera, width: 1920, height: 1440, sigmaFocalRel: s.focalRel ?? 0 },
      }
      const place = placeIn(
        locate(
          detection(
            { kind: 'pixel', u: c.camera.u, v: c.camera.v, sigmaPx: s.u ?? 0, units: 'px', camera },
            { surface: { height: { value: c.surfaceHae, datum: 'hae' }, sigmaM: s.surface ?? 0 } },
          ),
        ),
      )
      const e = c.expect
      // The draws were made on the enlarged ellipsoid, up to a millimetre off the level surface.
      expect(apartM({ ...place, haeM: c.surfaceHae }, { ...e, haeM: c.surfaceHae })).toBeLessThan(1e-3)
      expectClose(place.rangeM, e.rangeNominal, 0, 2e-3)
      expectClose(place.ce90M, e.ce90, 0.01, 0.002)
      expectClose(place.ce50M, e.ce50, 0.015, 0.002)
      expectClose(place.le90M, e.le90, 0.01, 0.002)
      expectClose(place.ellipse?.semiMajorM, e.sigmaMajor, 0.02, 0.002)
      // The draws of a single source have a curved cloud, whose width first order does not know.
      expectClose(place.ellipse?.semiMinorM, e.sigmaMinor, 0.02, c.id.startsWith('yaw-only') ? 0.24 : 0.002)
      if (e.sigmaMajor > 1.05 * e.sigmaMinor) {
        const turned = ((place.ellipse?.azimuthDeg ?? Number.NaN) - e.majorAzimuthDeg + 270) % 180
        expect(Math.abs(turned - 90)).toBeLessThan(1)
      }
      const cov = place.covariance
      const scale = e.sigmaMajor ** 2 * 0.02 + 0.02
      expectClose(cov?.ee, nth(e.covEnu[0], 0), 0.02, scale)
      expectClose(cov?.en, nth(e.covEnu[0], 1), 0.02, scale)
      expectClose(cov?.nn, nth(e.covEnu[1], 1), 0.02, scale)
      expectClose(cov?.eu, nth(e.covEnu[0], 2), 0.02, scale)
      expectClose(cov?.nu, nth(e.covEnu[1], 2), 0.02, scale)
      expectClose(cov?.uu, nth(e.covEnu[2], 2), 0.01, 0.02)
    })
  }

  it('add what time does to place and attitude before squaring it', () => {
    const c = known(cases.find((each) => each.pose.rates !== undefined))
    const [lat, lon, hae] = c.pose.position
    const [yawDeg, pitchDeg] = c.pose.gimbal
    const origin = new Float64Array(3)
    const ned = new Float64Array(9)
    const d = new Float64Array(3)
    const ray = new Float64Array(3)
    const up = new Float64Array(3)
    toEcef(lat * DEG, lon * DEG, hae, origin)
    nedAxes(lat * DEG, lon * DEG, ned)
    nedOfDirection(yawDeg * DEG, pitchDeg * DEG, d)
    nedToEcef(ned, nth(d, 0), nth(d, 1), nth(d, 2), ray)
    const hit = newLevelHit()
    expect(
      hitLevel(
        nth(origin, 0),
        nth(origin, 1),
        nth(origin, 2),
        nth(ray, 0),
        nth(ray, 1),
        nth(ray, 2),
        c.surfaceHae,
        hit,
      ),
    ).toBe('hit')
    ecefToNed(ned, hit.upX, hit.upY, hit.upZ, up)
    const causes = newCauses()
    const seconds = known(c.sigma.time)
    const moved = known(c.pose.velocityNed).map((v) => v * seconds)
    addMotion(causes, SOURCE_INDEX.time, moved, [0, 0, known(c.pose.rates)[0] * DEG * seconds])
    const sum = newErrorSum()
    sumOnSurface(causes, d, up, hit.t, sum)
    // The target is near enough for its axes to be the camera's: north, east, down to east, north, up.
    turnSum(sum, Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, -1))
    const cov = covarianceOf(sum)
    const ellipse = ellipseOf(cov.ee, cov.en, cov.nn)
    expectClose(ellipse.semiMajorM, c.expect.sigmaMajor, 0.005, 0)
    expectClose(ellipse.azimuthDeg, c.expect.majorAzimuthDeg, 0, 0.3)
    expectClose(circleRadiusM('ce90', ellipse.semiMajorM, ellipse.semiMinorM), c.expect.ce90, 0.01, 0)
    expect(budgetOf(sum)).toEqual({ time: 1 })
  })
})

describe('towards the horizon', () => {
  /** Draws through the locator itself: CE90 of where the same pixel would have come down. */
  function drawnCe90(depressionDeg: number, heightM: number, sigmaPitchDeg: number): { stated: number; drawn: number } {
    const sigma = { positionM: 2, heightM: 1, yawDeg: 0.3, pitchDeg: sigmaPitchDeg, rollDeg: 0.1 }
    const far = createLocator({
      cameras: () => undefined,
      undulation: egm96,
      maxRangeM: 1e6,
      minDepressionDeg: 0,
      refraction: { k: 0, fromM: 0 },
    })
    const pose = (yaw: number, pitch: number, up: number) => ({
      height: { value: heightM + up, datum: 'hae' } as const,
      attitude: { yawDeg: 20 + yaw, pitchDeg: -depressionDeg + pitch, rollDeg: 0 },
      sigma,
    })
    const nominal = placeIn(far(centrePixel(pose(0, 0, 0))))
    const random = normal(7)
    const errors: number[] = []
    const exact = { ...sigma, pitchDeg: 0, yawDeg: 0, rollDeg: 0 }
    for (let i = 0; i < 20000; i++) {
      const shifted = { ...pose(0.3 * random(), sigmaPitchDeg * random(), random()), sigma: exact }
      // The surface (1 m) and the two metres of position are added as the shift they are.
      const e = 2 * random()
      const n = 2 * random()
      const answer = far(centrePixel(shifted, { surface: { height: { value: random(), datum: 'hae' }, sigmaM: 0 } }))
      if (!answer.ok) {
        errors.push(Number.POSITIVE_INFINITY)
        continue
      }
      const place = placeIn(answer)
      const north = (place.lat - nominal.lat) * 111040 + n
      const east = (place.lon - nominal.lon) * 111320 * Math.cos(nominal.lat * DEG) + e
      errors.push(Math.hypot(north, east))
    }
    errors.sort((a, b) => a - b)
    return { stated: nominal.ce90M ?? Number.NaN, drawn: errors[18000] ?? Number.NaN }
  }

  for (const [depression, height, pitch] of [
    [8, 120, 0.5],
    [3, 120, 0.5],
    [2, 120, 0.4],
    [1, 120, 0.15],
    [6, 60, 1.5],
  ] as const) {
    it(`CE90 holds within 4 %: ${depression} deg down from ${height} m, pitch within ${pitch} deg`, () => {
      const { stated, drawn } = drawnCe90(depression, height, pitch)
      expect(Math.abs(stated / drawn - 1)).toBeLessThan(0.04)
    })
  }
})

describe('every covariance', () => {
  const service = createLocator({ cameras: () => undefined, undulation: egm96 })
  const num = (min: number, max: number) => fc.double({ min, max, noNaN: true })

  it('is positive semi-definite, agrees with its ellipse, and has a budget that sums to 1', () => {
    fc.assert(
      fc.property(
        fc.tuple(num(-89.9, 89.9), num(-180, 180), num(5, 3000)),
        fc.tuple(num(0, 360), num(-90, -3), num(-30, 30)),
        fc.record({
          positionM: num(0, 20),
          heightM: num(0, 20),
          yawDeg: num(0, 5),
          pitchDeg: num(0, 2),
          rollDeg: num(0, 2),
        }),
        num(0, 10),
        ([lat, lon, hae], [yawDeg, pitchDeg, rollDeg], sigma, surfaceM) => {
          const pose = {
            lat,
            lon,
            height: { value: hae, datum: 'hae' },
            attitude: { yawDeg, pitchDeg, rollDeg },
            sigma,
          } as const
          const answer = service(
            centrePixel(pose, { surface: { height: { value: 0, datum: 'hae' }, sigmaM: surfaceM } }),
          )
          fc.pre(answer.ok)
          const place = placeIn(answer)
          const { ee, en, eu, nn, nu, uu } = known(place.covariance)
          const slack = 1e-9 * (ee + nn + uu) ** 2
          expect(Math.min(ee, nn, uu)).toBeGreaterThan(0)
          expect(ee * nn - en * en).toBeGreaterThan(-slack)
          expect(ee * uu - eu * eu).toBeGreaterThan(-slack)
          expect(nn * uu - nu * nu).toBeGreaterThan(-slack)
          const det = ee * (nn * uu - nu * nu) - en * (en * uu - nu * eu) + eu * (en * nu - nn * eu)
          expect(det).toBeGreaterThan(-1e-9 * (ee + nn + uu) ** 3)
          const { semiMajorM, semiMinorM, azimuthDeg } = known(place.ellipse)
          expect(semiMajorM ** 2 + semiMinorM ** 2).toBeCloseTo(ee + nn, 6 - Math.ceil(Math.log10(ee + nn + 1)))
          expect(semiMajorM).toBeGreaterThanOrEqual(semiMinorM)
          expect(azimuthDeg).toBeGreaterThanOrEqual(0)
          expect(azimuthDeg).toBeLessThan(180)
          expect(place.ce90M).toBeGreaterThan(known(place.ce50M))
          const shares = Object.values(known(place.budget))
          expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('turns with the world: a place further east has the same answer further east', () => {
    fc.assert(
      fc.property(
        num(-80, 80),
        num(-180, 180),
        num(-180, 180),
        num(0, 360),
        num(-80, -10),
        (lat, lon, by, yawDeg, pitchDeg) => {
          const pose = (at: number) => ({ lat, lon: at, attitude: { yawDeg, pitchDeg, rollDeg: 3 } })
          const here = placeIn(service(centrePixel(pose(lon))))
          const there = placeIn(service(centrePixel(pose(lon + by))))
          const back = { lat: there.lat, lon: there.lon - by, haeM: 0 }
          expect(apartM({ lat: here.lat, lon: here.lon, haeM: 0 }, back)).toBeLessThan(1e-6)
          expect(known(there.covariance).ee).toBeCloseTo(known(here.covariance).ee, 6)
          expect(known(there.covariance).en).toBeCloseTo(known(here.covariance).en, 6)
          expect(there.ce90M).toBeCloseTo(known(here.ce90M), 6)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('counts stated angle errors about the airframe and about the gimbal', () => {
    const alone = placeIn(service(centrePixel()))
    const mounted = placeIn(service(centrePixel({ airframe: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 } })))
    expect(apartM({ ...alone, haeM: 0 }, { ...mounted, haeM: 0 })).toBeLessThan(1e-9)
    expect(alone.budget).not.toHaveProperty('airframe')
    const { yaw, pitch, airframe } = known(mounted.budget) as Record<string, number>
    // Roll about the level airframe's nose, at a 45 degree slant, is what the gimbal's own roll does not do.
    expect(airframe).toBeGreaterThan(known(yaw) + known(pitch))
  })

  it('knows that a height above the declared surface is wrong together with it', () => {
    const surface = { height: { value: 10, datum: 'hae' }, sigmaM: 8 } as const
    const sigma = { ...CAMERA.pose.sigma, heightM: 0.5 }
    const apart = placeIn(service(centrePixel({ height: { value: 110, datum: 'hae' }, sigma }, { surface })))
    const together = placeIn(service(centrePixel({ height: { value: 100, datum: 'agl' }, sigma }, { surface })))
    expect(together.ce90M).toBeLessThan(known(apart.ce90M) / 2)
    expect(known(together.covariance).uu).toBeCloseTo(known(apart.covariance).uu, 2)
  })
})
