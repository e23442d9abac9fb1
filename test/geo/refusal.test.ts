/** What cannot be located is refused by name, or goes out as a line of bearing with its reason; a place is never made up. */
import { describe, expect, it } from 'vitest'
import type { Detection } from '../../src/domain/detection.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { CAMERA, centrePixel, detection, faultIn, placeIn } from './cases.ts'
import { bearing, box, level, lineIn, locate, OPTIONS, pitched, pixel } from './scene.ts'

describe('a refusal has a name and says why', () => {
  const cases: [string, string, Detection, RegExp][] = [
    ['a camera nobody registered', 'camera-unknown', detection(pixel(1, 1, { camera: { id: 'x' } })), /camera x/],
    [
      'a registered camera without the frame size',
      'image-size-unknown',
      detection(pixel(960, 720, { camera: { id: 'tower' } })),
      /tower/,
    ],
    ['a pixel outside the image', 'pixel-outside-image', detection(pixel(1921, 5)), /1920 x 1440/],
    ['a pixel that is no number', 'pixel-outside-image', detection(pixel(Number.NaN, 5)), /NaN/],
    ['a box outside the image', 'pixel-outside-image', detection(box(-50, 10, -5, 40)), /1920 x 1440/],
    [
      'a lens folded over',
      'distortion-fold',
      detection(
        pixel(1, 1, {
          camera: {
            ...CAMERA,
            intrinsics: { ...CAMERA.intrinsics, distortion: { model: 'brown-conrady', coefficients: [-9] } },
          },
        }),
      ),
      /\(1\.0, 1\.0\)/,
    ],
    ['a ray over the horizon', 'above-horizon', centrePixel(pitched(5)), /elevation 5\.000 deg/],
    ['a ray that just misses the horizon', 'above-horizon', centrePixel(pitched(-0.3)), /-0\.32/],
    ['a grazing ray', 'grazing', centrePixel(pitched(-1.4)), /depression 1\.400 deg .* 2\.000 deg/],
    [
      'a ray shallower than three sigma',
      'grazing',
      centrePixel({ ...pitched(-5), sigma: { ...CAMERA.pose.sigma, pitchDeg: 2 } }),
      /6\.\d+ deg/,
    ],
    [
      'a camera under the surface',
      'camera-below-surface',
      centrePixel({ height: level(-3) }),
      /-3\.0 m hae .* 0\.0 m hae/,
    ],
    ['a camera on the surface', 'camera-below-surface', centrePixel({ height: level(0) }), /0\.0 m/],
    ['no surface', 'surface-unknown', centrePixel({}, { surface: undefined }), /surface/],
    ['a bearing with neither range nor elevation', 'surface-unknown', detection(bearing({})), /neither/],
    [
      'a bearing with an elevation and no surface',
      'surface-unknown',
      detection(bearing({ elevationDeg: -10 }), { surface: undefined }),
      /surface/,
    ],
    [
      'a camera above an unknown ground',
      'datum-unsupported',
      centrePixel({ height: level(9, 'agl') }, { surface: undefined }),
      /9 m agl/,
    ],
    ['a surface above ground', 'datum-unsupported', centrePixel({}, { surface: { height: level(0, 'agl') } }), /agl/],
    [
      'a take-off height without the take-off point',
      'datum-unsupported',
      centrePixel({ height: level(9, 'takeoff') }),
      /takeoffHaeM/,
    ],
    [
      'a place beyond the allowed range',
      'beyond-range',
      centrePixel({ height: level(30000) }),
      /42\d\d\d m .* 30000 m/,
    ],
    [
      'a range beyond the allowed one',
      'beyond-range',
      detection(bearing({ elevationDeg: 0, rangeM: 40000 })),
      /40000 m/,
    ],
    [
      'an error without bounds',
      'error-unbounded',
      centrePixel({ sigma: { ...CAMERA.pose.sigma, positionM: 1e200 } }),
      /90 %/,
    ],
    [
      'an error that is no number',
      'error-unbounded',
      centrePixel({ sigma: { ...CAMERA.pose.sigma, heightM: Number.NaN } }),
      /NaN/,
    ],
    [
      'a camera that was never told where it is',
      'bad-field',
      centrePixel({ lat: 0, lon: 0, attitude: { yawDeg: 0, pitchDeg: 0, rollDeg: 0 } }),
      /no pose/,
    ],
    ['a latitude beyond the pole', 'bad-field', centrePixel({ lat: 91 }), /91/],
    ['an attitude that is no number', 'bad-field', centrePixel(pitched(Number.NaN)), /attitude/],
    [
      'a quaternion of nothing',
      'bad-field',
      centrePixel({ attitude: undefined, quaternion: [0, 0, 0, 0] }),
      /rotation/,
    ],
    ['a pose without attitude', 'bad-field', centrePixel({ attitude: undefined }), /attitude/],
    ['a height that is no number', 'bad-field', centrePixel({ height: level(Number.NaN) }), /height/],
    ['a range of nothing', 'bad-field', detection(bearing({ rangeM: 0, elevationDeg: 0 })), /range 0/],
  ]
  for (const [what, code, d, reason] of cases) {
    it(`${code}: ${what}`, () => {
      const fault = faultIn(locate(d))
      expect(fault.code).toBe(code)
      expect(fault.reason).toMatch(reason)
    })
  }

  it('grazing rays are answered all the same when sigma points bound their error', () => {
    const steady = { positionM: 2, heightM: 0.5, yawDeg: 0.1, pitchDeg: 0.05, rollDeg: 0.05 }
    const place = placeIn(locate(centrePixel({ ...pitched(-1.5), sigma: steady })))
    expect(place.ce90M).toBeGreaterThan(100)
    expect(faultIn(locate(centrePixel({ ...pitched(-1.5), sigma: { ...steady, pitchDeg: 0.5 } }))).code).toBe('grazing')
  })
})

describe('a direction without a place', () => {
  it('goes out as a line of bearing for fire and smoke, with the reason', () => {
    for (const name of ['fire', 'smoke', 'Wildfire']) {
      const line = lineIn(centrePixel({ ...pitched(1), height: level(100) }, { class: name }))
      expect(line).toMatchObject({ lat: 40.7128, lon: -74.006, haeM: 100, because: 'above-horizon', lengthM: 30000 })
      expect(Math.min(line.azimuthDeg, 360 - line.azimuthDeg)).toBeCloseTo(0, 9)
      expect(line.elevationDeg).toBeCloseTo(1, 9)
      // One degree of yaw, and next to nothing from roll and the centre pixel.
      expect(line.sigmaAzimuthDeg).toBeCloseTo(1, 2)
    }
  })

  it('stays a refusal for other classes, unless the policy says otherwise', () => {
    expect(faultIn(locate(centrePixel(pitched(1)))).code).toBe('above-horizon')
    const all = createLocator({ ...OPTIONS, onUnlocatable: () => 'bearing' })
    expect(lineIn(centrePixel(pitched(1)), all).because).toBe('above-horizon')
    const none = createLocator({ ...OPTIONS, onUnlocatable: () => 'deadletter' })
    expect(faultIn(none(centrePixel(pitched(1), { class: 'smoke' }))).code).toBe('above-horizon')
  })

  it('is a line whatever kept the place away, and without a height when that is not known', () => {
    const smoke = { class: 'smoke' }
    expect(lineIn(centrePixel(pitched(-1.4), smoke)).because).toBe('grazing')
    expect(lineIn(centrePixel({}, { ...smoke, surface: undefined })).because).toBe('surface-unknown')
    expect(lineIn(centrePixel({ height: level(-5) }, smoke)).because).toBe('camera-below-surface')
    expect(lineIn(centrePixel({ height: level(30000) }, smoke)).because).toBe('beyond-range')
    const unknown = lineIn(centrePixel({ height: level(9, 'agl') }, { ...smoke, surface: undefined }))
    expect(unknown.because).toBe('datum-unsupported')
    expect(unknown).not.toHaveProperty('haeM')
  })

  it('is a line for a bearing with neither range nor elevation', () => {
    const line = lineIn(detection(bearing({ azimuthDeg: 271, sigma: { azimuthDeg: 3 } }), { class: 'smoke' }))
    expect(line).toMatchObject({ lat: 10, lon: 20, haeM: 100, because: 'surface-unknown' })
    expect(line.azimuthDeg).toBeCloseTo(271, 9)
    expect(line.sigmaAzimuthDeg).toBeCloseTo(3, 9)
    expect(line).not.toHaveProperty('elevationDeg')
  })

  it('errs by the yaw alone however steep it looks, and has no azimuth straight down', () => {
    const sigma = { positionM: 1, heightM: 1, yawDeg: 2, pitchDeg: 0, rollDeg: 0 }
    const line = (pitchDeg: number) =>
      lineIn(centrePixel({ ...pitched(pitchDeg), sigma }, { class: 'smoke', surface: undefined })).sigmaAzimuthDeg
    expect(line(-60)).toBeCloseTo(2, 2)
    expect(line(0)).toBeCloseTo(2, 2)
    expect(line(-90)).toBe(180)
  })

  it('is never made of a wrong camera, image or lens', () => {
    const smoke = { class: 'smoke' }
    expect(faultIn(locate(detection(pixel(1, 1, { camera: { id: 'x' } }), smoke))).code).toBe('camera-unknown')
    expect(faultIn(locate(detection(pixel(-1, 1), smoke))).code).toBe('pixel-outside-image')
  })
})
