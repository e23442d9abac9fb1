/** Given positions, datums, boxes, frames and flags mean what the contract says. */
import { describe, expect, it } from 'vitest'
import type { Detection, Fix, Height, Pose } from '../../src/domain/detection.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, centrePixel, detection, faultIn, known, placeIn, SEA } from './cases.ts'
import { box, level, locate, OPTIONS, pitched, pixel } from './scene.ts'

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
