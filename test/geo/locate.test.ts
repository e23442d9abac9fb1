/** What the locator promises besides geometry: named refusals, lines of bearing, datums, flags, and never a made-up place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BearingFix, Camera, Datum, Detection, Fix, Height, Pose } from '../../src/domain/detection.ts'
import type { BearingLine } from '../../src/domain/location.ts'
import { FAULTS } from '../../src/fault/table.ts'
import { egm96 } from '../../src/geo/geoid-file.ts'
import { createLocator, type LocatorOptions } from '../../src/geo/locate.ts'
import { apartM, CAMERA, centrePixel, detection, faultIn, fixture, known, placeIn, SEA, shared } from './cases.ts'

const OPTIONS: LocatorOptions = {
  cameras: (id) => (id === 'tower' ? CAMERA : undefined),
  undulation: egm96,
}
const locate = createLocator(OPTIONS)

const level = (value: number, datum: Datum = 'hae'): Height => ({ value, datum })
const pitched = (pitchDeg: number): Partial<Pose> => ({ attitude: { yawDeg: 0, pitchDeg, rollDeg: 0 } })
const pixel = (u: number, v: number, more: object = {}): Fix => ({
  kind: 'pixel',
  u,
  v,
  units: 'px',
  camera: CAMERA,
  ...more,
})
const box = (x1: number, y1: number, x2: number, y2: number, more: object = {}): Fix => ({
  kind: 'bbox',
  x1,
  y1,
  x2,
  y2,
  units: 'px',
  camera: CAMERA,
  ...more,
})
const OBSERVER = { lat: 10, lon: 20, height: level(100), sigma: { positionM: 1, heightM: 1 } }
const bearing = (more: Partial<BearingFix>): BearingFix => ({
  kind: 'bearing',
  azimuthDeg: 90,
  observer: OBSERVER,
  ...more,
})
const lineIn = (d: Detection, where = locate): BearingLine => {
  const answer = where(d)
  expect(answer).toMatchObject({ ok: true, value: { kind: 'bearing' } })
  return (answer as { value: BearingLine }).value
}

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

  it('is never made of a wrong camera, image or lens', () => {
    const smoke = { class: 'smoke' }
    expect(faultIn(locate(detection(pixel(1, 1, { camera: { id: 'x' } }), smoke))).code).toBe('camera-unknown')
    expect(faultIn(locate(detection(pixel(-1, 1), smoke))).code).toBe('pixel-outside-image')
  })
})

describe('a given position', () => {
  const at = (more: object): Detection =>
    detection({ kind: 'position', lat: 31.6, lon: -110.43, ...more }, { surface: undefined })

  it('without accuracy has an unknown error, and no number stands for it', () => {
    for (const accuracy of [undefined, { horizontalM: 0, basis: 'ce90' }, { horizontalM: Number.NaN, basis: 'ce90' }]) {
      expect(placeIn(locate(at({ accuracy })))).toEqual({
        kind: 'place',
        lat: 31.6,
        lon: -110.43,
        method: 'given',
        flag: 'UNKNOWN',
        assumedError: false,
      })
    }
  })

  it('keeps the accuracy it came with, read by its basis', () => {
    const error = (basis: string) => placeIn(locate(at({ accuracy: { horizontalM: 10, verticalM: 6, basis } })))
    const ce90 = error('ce90')
    expect(ce90.ce90M).toBeCloseTo(10, 12)
    expect(ce90.le90M).toBeCloseTo(6, 12)
    expect(error('ce50').ce50M).toBeCloseTo(10, 12)
    expect(error('ce50').covariance?.uu).toBeCloseTo((6 / 0.67448975) ** 2, 6)
    expect(error('1sigma').ellipse).toEqual({ semiMajorM: 10, semiMinorM: 10, azimuthDeg: 0 })
    expect(error('1sigma').covariance).toEqual({ ee: 100, en: 0, eu: 0, nn: 100, nu: 0, uu: 36 })
    expect(error('1sigma').ce90M).toBeCloseTo(21.4597, 3)
  })

  it('without a vertical accuracy states no vertical error', () => {
    const place = placeIn(locate(at({ accuracy: { horizontalM: 10, basis: 'ce90' } })))
    expect(place.ce90M).toBeCloseTo(10, 12)
    expect(place).not.toHaveProperty('le90M')
    expect(place).not.toHaveProperty('covariance')
  })

  it('has its height brought to the ellipsoid from any datum', () => {
    const hae = (height: Height, surface = SEA) => placeIn(locate({ ...at({ height }), surface })).haeM
    expect(hae(level(1469.1))).toBe(1469.1)
    expect(hae(level(1500, 'msl'))).toBeCloseTo(1500 - 28.62, 1)
    expect(hae({ ...level(50, 'takeoff'), takeoffHaeM: 1400 })).toBe(1450)
    expect(hae(level(50, 'agl'), { height: level(1400), sigmaM: 1 })).toBe(1450)
    expect(hae(level(50, 'agl'), { height: level(1400, 'msl'), sigmaM: 1 })).toBeCloseTo(1450 - 28.62, 1)
    expect(faultIn(locate(at({ height: level(50, 'agl') }))).code).toBe('datum-unsupported')
  })

  it('wraps its longitude and refuses a latitude that is none', () => {
    expect(placeIn(locate(at({ lon: 190 }))).lon).toBe(-170)
    expect(faultIn(locate(at({ lat: 90.1 }))).code).toBe('bad-field')
    expect(faultIn(locate(at({ lon: Number.POSITIVE_INFINITY }))).code).toBe('bad-field')
  })
})

describe('surfaces and camera heights', () => {
  it('are found in every datum at the place where they hold', () => {
    const n = egm96(40.7128, -74.006)
    const hae = placeIn(locate(centrePixel()))
    const msl = placeIn(locate(centrePixel({ height: level(100 - n, 'msl') })))
    expect(apartM({ ...hae, haeM: 0 }, { ...msl, haeM: 0 })).toBeLessThan(1e-6)
    const takeoff = placeIn(locate(centrePixel({ height: { ...level(60, 'takeoff'), takeoffHaeM: 40 } })))
    expect(apartM({ ...hae, haeM: 0 }, { ...takeoff, haeM: 0 })).toBeLessThan(1e-6)
    const agl = placeIn(locate(centrePixel({ height: level(100, 'agl') })))
    expect(apartM({ ...hae, haeM: 0 }, { ...agl, haeM: 0 })).toBeLessThan(1e-6)
  })

  it('of mean sea level use the geoid under the target, not under the camera', () => {
    const place = placeIn(
      locate(centrePixel({ height: level(9000), ...pitched(-30) }, { surface: { height: level(0, 'msl') } })),
    )
    expect(place.haeM).toBeCloseTo(egm96(place.lat, place.lon), 3)
    expect(Math.abs(egm96(place.lat, place.lon) - egm96(40.7128, -74.006))).toBeGreaterThan(0.02)
  })
})

describe('boxes and frames', () => {
  it('stand on the middle of the lower edge, and airborne things on their own middle', () => {
    const place = (fix: Fix, name = 'person') => placeIn(locate(detection(fix, { class: name })))
    const same = (a: { lat: number; lon: number }, b: { lat: number; lon: number }) =>
      expect(apartM({ ...a, haeM: 0 }, { ...b, haeM: 0 })).toBeLessThan(1e-9)
    same(place(box(900, 700, 1000, 800)), place(pixel(950, 800)))
    same(place(box(1000, 800, 900, 700)), place(pixel(950, 800)))
    same(place(box(900, 700, 1000, 800), 'smoke'), place(pixel(950, 800)))
    same(place(box(900, 700, 1000, 800), 'Fire Hydrant'), place(pixel(950, 800)))
    for (const name of ['drone', 'UAV', 'Helicopter', 'bird']) {
      same(place(box(900, 700, 1000, 800), name), place(pixel(950, 750)))
    }
  })

  it('err by their size, by their confidence, and most when the image cuts them off', () => {
    const pixelShare = (fix: Fix, confidence?: number) => {
      const place = placeIn(locate(detection(fix, { confidence })))
      return (place.budget?.pixel ?? 0) * (known(place.covariance).ee + known(place.covariance).nn)
    }
    const small = pixelShare(box(950, 790, 970, 800), 0.9)
    const large = pixelShare(box(860, 600, 1060, 800), 0.9)
    expect(large).toBeGreaterThan(4 * small)
    expect(pixelShare(box(860, 600, 1060, 800), 0.1)).toBeGreaterThan(2 * large)
    expect(pixelShare(box(860, 1240, 1060, 1445), 0.9)).toBeGreaterThan(3 * large)
    expect(pixelShare(box(860, 600, 1060, 800, { sigmaPx: 1 }), 0.9)).toBeLessThan(small)
  })

  it('of another size than the calibration scale the intrinsics', () => {
    const full = placeIn(locate(detection(pixel(1203.5, 822, { sigmaPx: 2 }))))
    const image = { width: 960, height: 480 }
    const half = placeIn(locate(detection(pixel(1203.5 / 2, 822 / 3, { camera: { id: 'tower' }, image, sigmaPx: 1 }))))
    expect(apartM({ ...full, haeM: 0 }, { ...half, haeM: 0 })).toBeLessThan(1e-6)
    const normalized = placeIn(locate(detection(pixel(1203.5 / 1920, 822 / 1440, { units: 'normalized', sigmaPx: 2 }))))
    expect(normalized).toEqual({ ...full, lat: expect.closeTo(full.lat, 12), lon: expect.closeTo(full.lon, 12) })
    const fractions = box(900 / 1920, 700 / 1440, 1000 / 1920, 800 / 1440, { units: 'normalized' })
    expect(placeIn(locate(detection(fractions))).lat).toBeCloseTo(
      placeIn(locate(detection(box(900, 700, 1000, 800)))).lat,
      12,
    )
  })
})

describe('the flag', () => {
  const flag = (sigmaM: number, name: string, pose: Partial<Pose> = {}) =>
    placeIn(locate(centrePixel({ sigma: { ...CAMERA.pose.sigma, positionM: sigmaM }, ...pose }, { class: name }))).flag

  it('follows CE90 against the thresholds of the class', () => {
    expect(flag(2, 'person')).toBe('GREEN')
    expect(flag(20, 'person')).toBe('YELLOW')
    expect(flag(60, 'person')).toBe('RED')
    expect(flag(20, 'fire')).toBe('GREEN')
    expect(flag(60, 'Fire')).toBe('YELLOW')
    expect(flag(2, 'constructor')).toBe('GREEN')
  })

  it('is at most YELLOW when any error of the pose was assumed', () => {
    const stated = known(CAMERA.pose.sigma)
    for (const name of ['positionM', 'heightM', 'yawDeg', 'pitchDeg', 'rollDeg'] as const) {
      const place = placeIn(locate(centrePixel({ sigma: { ...stated, [name]: undefined } })))
      expect(place).toMatchObject({ flag: 'YELLOW', assumedError: true })
    }
    expect(placeIn(locate(centrePixel({ sigma: undefined })))).toMatchObject({ flag: 'YELLOW', assumedError: true })
    expect(placeIn(locate(centrePixel()))).toMatchObject({ flag: 'GREEN', assumedError: false })
    const moving = { velocity: { speedMps: 15, courseDeg: 90 } }
    expect(placeIn(locate(centrePixel(moving)))).toMatchObject({ flag: 'YELLOW', assumedError: true })
    const timed = { ...moving, sigma: { ...stated, timeMs: 20 } }
    expect(placeIn(locate(centrePixel(timed)))).toMatchObject({ flag: 'GREEN', assumedError: false })
  })

  it('is at most YELLOW when an assumed surface error is most of the error', () => {
    const vague = { surface: { height: level(0) } }
    const sharp = { positionM: 0.02, heightM: 0.02, yawDeg: 0.01, pitchDeg: 0.01, rollDeg: 0.01 }
    expect(placeIn(locate(centrePixel({ sigma: sharp }, vague))).flag).toBe('YELLOW')
  })

  it('never stands on an error of zero', () => {
    const zero = { positionM: 0, heightM: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
    const place = placeIn(locate(centrePixel({ sigma: zero }, { surface: { height: level(0), sigmaM: 0 } })))
    expect(place.ce90M).toBeGreaterThan(0)
    expect(place.le90M).toBeGreaterThan(0)
  })

  it('has bias floors under assumed errors, and under stated ones when that is asked for', () => {
    const strict = createLocator({
      ...OPTIONS,
      floors: { pixelPx: 1, boresightDeg: 0.2, floorStated: true, resolutionM: 0.01 },
    })
    const d = centrePixel({ sigma: { positionM: 0.02, heightM: 0.02, yawDeg: 0.01, pitchDeg: 0.01, rollDeg: 0.01 } })
    expect(placeIn(strict(d)).budget?.yaw).toBeGreaterThan(5 * (placeIn(locate(d)).budget?.yaw ?? 0))
  })
})

describe('bearings', () => {
  const sigma = { azimuthDeg: 1, elevationDeg: 0.5, rangeM: 2 }

  it('with range and elevation end at P + r d, with the error of each part', () => {
    const place = placeIn(locate(detection(bearing({ elevationDeg: 0, rangeM: 1000, sigma }), { surface: undefined })))
    expect(place).toMatchObject({ method: 'bearing-range', rangeM: 1000, depressionDeg: -0, assumedError: false })
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
  })
  const pose = fc.record({
    lat: fc.oneof(wild, fc.double({ min: -90, max: 90 })),
    lon: fc.oneof(wild, fc.double({ min: -180, max: 180 })),
    height,
    attitude: maybe(attitude),
    quaternion: maybe(fc.tuple(wild, wild, wild, wild)),
    airframe: maybe(attitude),
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
