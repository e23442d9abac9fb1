/** From a pixel to the ground through the whole chain: exact cases, published examples, and 441 real drone shots. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attitude, Camera, Intrinsics, Pose } from '../../src/domain/detection.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { project } from '../../src/geo/project.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, detection, fixture, known, nth, placeIn, shared, TINY } from './cases.ts'

/** Geometry alone: no refraction, no limit of range or depression. */
const exact = createLocator({
  cameras: () => undefined,
  undulation: egm96,
  maxRangeM: 1e7,
  minDepressionDeg: 0,
  refraction: { k: 0, fromM: 0 },
})

const angles = (a: readonly (number | string)[]): Attitude => ({
  yawDeg: Number(a[0]),
  pitchDeg: Number(a[1]),
  rollDeg: Number(a[2]),
})

interface PixelCase {
  readonly id: string
  readonly camera: Record<'fx' | 'fy' | 'cx' | 'cy', string> & {
    readonly width: number
    readonly height: number
    readonly model?: string
    readonly dist?: readonly string[]
  }
  readonly pose: {
    readonly position: [string, string, string]
    readonly gimbal: string[]
    readonly airframe?: string[]
  }
  readonly surfaceHae: number
  readonly pixel: [string, string]
  readonly expect: {
    readonly lat: string
    readonly lon: string
    readonly slantRange: string
    readonly elevationDeg: string
  }
}

function cameraOf(c: PixelCase): Camera {
  const { camera, pose } = c
  return {
    pose: {
      lat: Number(pose.position[0]),
      lon: Number(pose.position[1]),
      height: { value: Number(pose.position[2]), datum: 'hae' },
      attitude: angles(pose.gimbal),
      ...(pose.airframe === undefined ? {} : { airframe: angles(pose.airframe) }),
      sigma: TINY,
    },
    intrinsics: {
      fx: Number(camera.fx),
      fy: Number(camera.fy),
      cx: Number(camera.cx),
      cy: Number(camera.cy),
      width: camera.width,
      height: camera.height,
      sigmaFocalRel: 1e-9,
      ...(camera.dist === undefined
        ? {}
        : {
            distortion: {
              model: camera.model === 'fisheye' ? 'kannala-brandt' : 'brown-conrady',
              coefficients: camera.dist.map(Number),
            } as const,
          }),
    },
  }
}

describe('the exact pixels', () => {
  for (const c of fixture<{ cases: PixelCase[] }>('pixel-exact.json').cases) {
    const camera = cameraOf(c)
    const [u, v] = c.pixel.map(Number) as [number, number]
    const truth = { lat: Number(c.expect.lat), lon: Number(c.expect.lon), haeM: c.surfaceHae }

    it(`come down within 1e-5 m of the truth: ${c.id}`, () => {
      const surface = { height: { value: c.surfaceHae, datum: 'hae' }, sigmaM: 1e-6 } as const
      const place = placeIn(exact(detection({ kind: 'pixel', u, v, sigmaPx: 1e-6, units: 'px', camera }, { surface })))
      expect(apartM({ ...place, haeM: place.haeM ?? Number.NaN }, truth)).toBeLessThan(1e-5)
      expect(Math.abs((place.rangeM ?? Number.NaN) - Number(c.expect.slantRange))).toBeLessThan(1e-5)
      expect(place.depressionDeg).toBeCloseTo(-Number(c.expect.elevationDeg), 8)
    })

    it(`are where the place projects to: ${c.id}`, () => {
      const seen = project(camera, truth.lat, truth.lon, truth.haeM)
      expect(Math.hypot((seen?.u ?? Number.NaN) - u, (seen?.v ?? Number.NaN) - v)).toBeLessThan(1e-5)
    })
  }
})

describe('locating is the inverse of projecting', () => {
  const lenses: Intrinsics['distortion'][] = [
    undefined,
    { model: 'brown-conrady', coefficients: [-0.077582, 0.197062, 0.001172, 0.000239, -0.06815] },
    { model: 'brown-conrady', coefficients: [0.3, 0.02, 0.0003, -0.0002, 0.01, 0.35, 0.05, 0.002] },
    { model: 'kannala-brandt', coefficients: [-0.02, 0.004, -0.0012, 0.0001] },
  ]
  const num = (min: number, max: number) => fc.double({ min, max, noNaN: true })

  it('to 1e-6 px over poses and lenses', () => {
    fc.assert(
      fc.property(
        num(-89.9, 89.9),
        num(-180, 180),
        num(30, 5000),
        fc.tuple(num(0, 360), num(-100, -35), num(-180, 180)),
        fc.option(fc.tuple(num(0, 360), num(-10, 10), num(-10, 10)), { nil: undefined }),
        fc.constantFrom(...lenses),
        num(0, 1),
        num(0, 1),
        (lat, lon, aboveM, gimbal, airframe, distortion, across, down) => {
          const pose: Pose = {
            lat,
            lon,
            height: { value: 100 + aboveM, datum: 'hae' },
            attitude: angles(gimbal),
            ...(airframe === undefined ? {} : { airframe: angles(airframe) }),
            sigma: TINY,
          }
          const intrinsics = { fx: 3000, fy: 2990, cx: 965, cy: 715, width: 1920, height: 1440, distortion }
          const camera: Camera = { pose, intrinsics }
          const fix = { kind: 'pixel', u: across * 1920, v: down * 1440, units: 'px', camera } as const
          const answer = exact(detection(fix, { surface: { height: { value: 100, datum: 'hae' }, sigmaM: 1e-6 } }))
          // A ray near the horizon is refused; this test is about those that are answered.
          fc.pre(answer.ok)
          const place = placeIn(answer)
          const seen = project(camera, place.lat, place.lon, place.haeM ?? Number.NaN)
          expect(Math.hypot((seen?.u ?? Number.NaN) - fix.u, (seen?.v ?? Number.NaN) - fix.v)).toBeLessThan(1e-6)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('and a place behind the camera, or seen from an unknown height, has no pixel', () => {
    const camera = cameraOf(fixture<{ cases: PixelCase[] }>('pixel-exact.json').cases[1] as PixelCase)
    expect(project(camera, 40.7, -74.006, 0)).toBeUndefined()
    const agl: Camera = { ...camera, pose: { ...camera.pose, height: { value: 100, datum: 'agl' } } }
    expect(project(agl, 40.7137, -74.006, 0)).toBeUndefined()
    const msl: Camera = { ...camera, pose: { ...camera.pose, height: { value: 100, datum: 'msl' } } }
    expect(project(msl, 40.7137, -74.006, 0)).toBeUndefined()
    expect(project(msl, 40.7137, -74.006, 0, egm96)).toBeDefined()
  })
})

interface ShotFile {
  readonly camera: Record<'fx' | 'fy' | 'cx' | 'cy' | 'width' | 'height', number> & { readonly dist: number[] }
  readonly gcps: [number, number, number, number][]
  readonly images: [number, number, number, number, number, number][]
  readonly shots: number[][]
}
const real = shared<ShotFile>('openathena-thunderstorm.json')

describe.skipIf(real === undefined)('441 real drone shots of surveyed points', () => {
  const service = createLocator({ cameras: () => undefined, undulation: egm96 })
  const sigmas = {
    'chosen beforehand': [{ positionM: 2.5, heightM: 3, yawDeg: 2, pitchDeg: 0.5, rollDeg: 0.5 }, 3],
    // The fitted vertical error is that of sensor and surface together.
    'fitted to the log': [{ positionM: 2.95, heightM: 3.06, yawDeg: 1.39, pitchDeg: 0.83, rollDeg: 0.83 }, 0],
  } as const
  for (const [name, [sigma, surfaceM]] of Object.entries(sigmas)) {
    it(`are where they should be, and as wrong as is said, with errors ${name}`, () => {
      const { camera, gcps, images, shots } = known(real)
      const errors: number[] = []
      let covered = 0
      for (const [image, u, v, surfaceHae, , , , lat, lon, , gcp] of shots as [
        number,
        number,
        number,
        number,
        ...number[],
      ][]) {
        const at = nth(images, image)
        const place = placeIn(
          service(
            detection(
              {
                kind: 'pixel',
                u,
                v,
                units: 'px',
                camera: {
                  pose: {
                    lat: at[0],
                    lon: at[1],
                    height: { value: at[2], datum: 'hae' },
                    attitude: angles(at.slice(3)),
                    sigma,
                  },
                  intrinsics: { ...camera, distortion: { model: 'brown-conrady', coefficients: camera.dist } },
                },
              },
              { surface: { height: { value: surfaceHae, datum: 'hae' }, sigmaM: surfaceM } },
            ),
          ),
        )
        expect(
          apartM({ ...place, haeM: surfaceHae }, { lat: known(lat), lon: known(lon), haeM: surfaceHae }),
        ).toBeLessThan(0.01)
        const truth = nth(gcps, known(gcp))
        const error = apartM({ ...place, haeM: truth[2] }, { lat: truth[0], lon: truth[1], haeM: truth[2] })
        errors.push(error)
        if (error <= (place.ce90M ?? 0)) covered++
        expect(place.assumedError).toBe(false)
      }
      errors.sort((a, b) => a - b)
      expect(errors.length).toBe(441)
      expect(errors[Math.ceil(0.9 * errors.length) - 1]).toBeLessThanOrEqual(9.1)
      expect(covered / errors.length).toBeGreaterThanOrEqual(0.85)
      expect(covered / errors.length).toBeLessThanOrEqual(0.95)
    })
  }
})

interface HubCase {
  readonly id: string
  readonly groundHae: number
  readonly position: [number, number, number]
  readonly airframeHeadingPitchRoll: number[]
  readonly cameraYawPitchRoll: number[]
  readonly focalPx: number
  readonly image: [number, number]
  readonly pixel: [number, number]
  readonly expect: { readonly lat: number; readonly lon: number }
  readonly tolDeg: number
}
const hub = shared<{ imageToGround: HubCase[] }>('opensensorhub.json')

describe.skipIf(hub === undefined)('the published image-to-ground examples', () => {
  for (const c of hub?.imageToGround ?? []) {
    it(`hold: ${c.id}`, () => {
      const [width, height] = c.image
      const camera: Camera = {
        pose: {
          lat: c.position[0],
          lon: c.position[1],
          height: { value: c.position[2], datum: 'hae' },
          attitude: angles(c.cameraYawPitchRoll),
          airframe: angles(c.airframeHeadingPitchRoll),
          sigma: TINY,
        },
        intrinsics: { fx: c.focalPx, fy: c.focalPx, cx: width / 2, cy: height / 2, width, height },
      }
      const surface = { height: { value: c.groundHae, datum: 'hae' } } as const
      const place = placeIn(
        exact(detection({ kind: 'pixel', u: c.pixel[0], v: c.pixel[1], units: 'px', camera }, { surface })),
      )
      expect(Math.abs(place.lat - c.expect.lat)).toBeLessThan(c.tolDeg)
      expect(Math.abs(place.lon - c.expect.lon)).toBeLessThan(c.tolDeg)
    })
  }
})

interface PlaneCase {
  readonly id: string
  readonly pixel?: [number, number]
  readonly X?: number
  readonly Y?: number
  readonly space?: [number, number, number]
  readonly pixelExpected?: [number, number] | null
}
const plane = shared<{ camera: { focalPx: number; image: [number, number]; elevation: number }; cases: PlaneCase[] }>(
  'cameratransform.json',
)

describe.skipIf(plane === undefined)('the published flat-plane examples, whose two decimals hide the curvature', () => {
  const { focalPx, image, elevation } = plane?.camera ?? { focalPx: 1, image: [1, 1] as const, elevation: 1 }
  const [width, height] = image
  const camera: Camera = {
    pose: {
      lat: 0,
      lon: 0,
      height: { value: elevation, datum: 'hae' },
      attitude: { yawDeg: 0, pitchDeg: -5, rollDeg: 0 },
      sigma: TINY,
    },
    intrinsics: { fx: focalPx, fy: focalPx, cx: width / 2, cy: height / 2, width, height },
  }
  const metresPerDegreeLat = 110574.2758
  const metresPerDegreeLon = 111319.4908
  for (const c of plane?.cases ?? []) {
    it(`hold: ${c.id}`, () => {
      if (c.pixel !== undefined && c.X !== undefined && c.Y !== undefined) {
        const surface = { height: { value: 0, datum: 'hae' } } as const
        const place = placeIn(
          exact(detection({ kind: 'pixel', u: c.pixel[0], v: c.pixel[1], units: 'px', camera }, { surface })),
        )
        expect(Math.abs(place.lon * metresPerDegreeLon - c.X)).toBeLessThan(0.011)
        expect(Math.abs(place.lat * metresPerDegreeLat - c.Y)).toBeLessThan(0.011)
      } else if (c.space !== undefined) {
        const [x, y, z] = c.space
        const seen = project(camera, y / metresPerDegreeLat, x / metresPerDegreeLon, z)
        if (c.pixelExpected === null || c.pixelExpected === undefined) expect(seen).toBeUndefined()
        else
          expect(
            Math.hypot((seen?.u ?? Number.NaN) - c.pixelExpected[0], (seen?.v ?? Number.NaN) - c.pixelExpected[1]),
          ).toBeLessThan(0.5)
      } else {
        // The published rays are not of unit length; their directions are those of the pixels above.
        expect(c).toHaveProperty('ray')
      }
    })
  }
})
