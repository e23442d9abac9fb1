/** Every field of a detection is checked and its fault names it. */
import { describe, expect, it } from 'vitest'
import type { BearingFix, BoxFix, PixelFix, PositionFix } from '../../src/domain/detection.ts'
import {
  accepted,
  byBearing,
  byBox,
  byPixel,
  byPosition,
  CONTRACT_EXAMPLE,
  context,
  everyWay,
  having,
  pose,
  refused,
  SOURCE,
  type Wire,
} from './samples.ts'

const detection = (value: Wire | string) => accepted(value).detection
const refusal = (base: Wire, path: string, to: unknown) => {
  const { code, field, reason } = refused(having(base, path, to))
  return { code, field, reason }
}

describe('the example of the contract', () => {
  it('is accepted word for word, in SI units and with nothing lost', () => {
    expect(detection(CONTRACT_EXAMPLE)).toEqual({
      id: 't24-0001',
      source: SOURCE,
      timeMs: Date.UTC(2024, 6, 24, 16),
      class: 'person',
      confidence: 0.93,
      trackId: 'gcp-17',
      fix: {
        kind: 'pixel',
        u: 1203.5,
        v: 822,
        units: 'px',
        camera: {
          pose: {
            lat: 31.603122,
            lon: -110.433649,
            height: { value: 1466.057, datum: 'hae' },
            attitude: { yawDeg: 105.77134, pitchDeg: -66.834902, rollDeg: -0.332203 },
            sigma: { positionM: 2.95, heightM: 3.06, yawDeg: 1.39, pitchDeg: 0.83, rollDeg: 0.83 },
          },
          intrinsics: {
            fx: 4826.146998,
            fy: 4566.95203,
            cx: 2028,
            cy: 1520,
            width: 4056,
            height: 3040,
            distortion: {
              model: 'brown-conrady',
              coefficients: [-0.077582, 0.197062, 0.001172, 0.000239, -0.06815],
            },
          },
        },
      },
      surface: { height: { value: 1369.2, datum: 'hae' }, sigmaM: 3 },
      attributes: { anything: 'the producer wants to keep' },
    })
  })

  it.each(everyWay)('a detection by %s is accepted with its required fields alone', (kind, wire) => {
    expect(detection(wire).fix.kind).toBe(kind)
  })
})

describe('every refusal names the field, what was expected and what was found', () => {
  it('in one sentence', () => {
    expect(refusal(byPixel, 'camera.pose.lat', '31.6')).toEqual({
      code: 'bad-field',
      field: 'camera.pose.lat',
      reason: 'camera.pose.lat: expected a number from -90 to 90, found "31.6"',
    })
  })

  it.each([
    ['camera.pose.lat', byPixel, 90.001, 'a number from -90 to 90, found 90.001'],
    ['camera.pose.lat', byPixel, '1e999', 'found a number too large for a double'],
    ['camera.pose.lon', byPixel, -180.5, 'a number from -180 to 180, found -180.5'],
    ['camera.pose.lon', byPixel, null, 'found null'],
    ['camera.pose.height', byPixel, undefined, 'expected an object, found nothing'],
    ['camera.pose.height', byPixel, 1466, 'expected an object, found 1466'],
    ['camera.pose.height.datum', byPixel, undefined, 'expected one of "hae", "msl", "agl", "takeoff", found nothing'],
    ['camera.pose.height.datum', byPixel, 'wgs84', 'expected one of "hae", "msl", "agl", "takeoff", found "wgs84"'],
    ['camera.pose.height.value', byPixel, undefined, 'found nothing'],
    ['camera.pose.rollDeg', byPixel, undefined, 'found nothing'],
    ['camera.pose.sigma.yawDeg', byPixel, -1, 'found -1'],
    ['camera.pose.airframe', byPixel, { yawDeg: 1 }, 'found nothing', 'camera.pose.airframe.pitchDeg'],
    ['camera.pose.quaternion', byPixel, [1, 0, 0, 0], 'found angles and quaternion', 'camera.pose'],
    ['camera.intrinsics.fx', byPixel, 0, 'expected a number above 0'],
    ['camera.intrinsics.fx', byPixel, undefined, 'beside fy, found nothing'],
    ['camera.intrinsics.width', byPixel, 1920.5, 'a whole number from 1 to 1000000, found 1920.5'],
    ['camera.intrinsics.sigmaFocalRel', byPixel, -0.1, 'found -0.1'],
    ['camera.intrinsics.hfovDeg', byPixel, 60, 'found fx or fy and a field of view', 'camera.intrinsics'],
    ['camera.intrinsics', byPixel, undefined, 'beside pose, found nothing'],
    ['camera.pose', byPixel, undefined, 'beside intrinsics, found nothing'],
    ['camera', byPixel, undefined, 'because there is a pixel, found nothing'],
    ['camera', byPixel, {}, 'expected pose and intrinsics, or the id of a registered camera'],
    ['pixel.v', byPixel, undefined, 'found nothing'],
    ['pixel.sigmaPx', byPixel, -1, 'found -1'],
    ['pixel.units', byPixel, 'percent', 'expected one of "px", "normalized", found "percent"'],
    ['image', byPixel, { width: 0, height: 4 }, 'a whole number from 1', 'image.width'],
    ['bbox.x2', byBox, 10, 'a number above x1 (10), found 10'],
    ['bbox.y2', byBox, 1, 'a number above y1 (20), found 1'],
    ['camera', byBox, undefined, 'because there is a bbox, found nothing'],
    ['observer', byBearing, undefined, 'because there is a bearing, found nothing'],
    ['observer.height', byBearing, undefined, 'found nothing'],
    ['bearing.azimuthDeg', byBearing, undefined, 'found nothing'],
    ['bearing.elevationDeg', byBearing, 91, 'a number from -90 to 90, found 91'],
    ['bearing.rangeM', byBearing, 0, 'a number above 0'],
    ['bearing.sigma.rangeM', byBearing, -1, 'found -1'],
    ['position.accuracy', byPosition, { horizontalM: 5 }, 'found nothing', 'position.accuracy.basis'],
    ['position.accuracy', byPosition, { horizontalM: 0, basis: 'ce90' }, 'above 0', 'position.accuracy.horizontalM'],
    ['position.height', byPosition, { value: 3 }, 'found nothing', 'position.height.datum'],
    ['surface', byPosition, { height: { value: 3 } }, 'found nothing', 'surface.height.datum'],
    ['surface.sigmaM', byPosition, -3, 'found nothing', 'surface.height'],
    ['velocity', byPosition, { speedMps: -1, courseDeg: 3 }, 'found -1', 'velocity.speedMps'],
    ['class', byPosition, undefined, 'found nothing'],
    ['class', byPosition, '', 'a string of 1 to 256 characters, none a control character, found ""'],
    ['class', byPosition, 7, 'found 7'],
    ['id', byPosition, 'a\r\nb', 'found "a\\r\\nb"'],
    ['id', byPosition, 7, 'found 7'],
    ['trackId', byPosition, 'x'.repeat(257), 'a string of 1 to 256 characters'],
    ['session', byPosition, '\u0085', 'found "\\u0085"'],
    ['session', byPosition, '\ud800', 'found "\\ud800"'],
    ['attributes', byPosition, [1], 'an object, found an array of 1'],
    ['confidence', byPosition, 93, 'found 93'],
    ['confidence', byPosition, -0.1, 'found -0.1'],
    ['confidence', byPosition, null, 'found null'],
    ['confidence', byPosition, '1e999', 'found a number too large for a double'],
    ['confidenceScale', byPosition, 'permille', 'expected "percent", found "permille"'],
    ['source', byPosition, 7, 'found 7'],
    ['time', byPosition, undefined, 'found nothing'],
  ] as const)('%s (%#)', (path, base, to, saying, field: string = path) => {
    const found = refusal(base, path, to)
    expect(found).toMatchObject({ code: 'bad-field', field })
    expect(found.reason).toContain(`${field}: expected `)
    expect(found.reason).toContain(saying)
  })

  it('down to the element of an array', () => {
    const bad = having(byPixel, 'camera.intrinsics.distortion', {
      model: 'brown-conrady',
      coefficients: [0, 0, '0', 0],
    })
    expect(refused(bad)).toMatchObject({ field: 'camera.intrinsics.distortion.coefficients[2]' })
  })

  it('in one printable line, whatever was found', () => {
    const { reason } = refused(having(byPosition, 'id', `a\n\u2028\u202e${'\u0000'.repeat(999)}`))
    expect(reason).toMatch(/^[ -~…]{1,600}$/)
  })
})

describe('who, when and which version', () => {
  it('the source may be left out, or repeat the subject, and is always that of the subject', () => {
    expect(detection(byPosition).source).toBe(SOURCE)
    expect(detection({ ...byPosition, source: SOURCE }).source).toBe(SOURCE)
  })

  it('another source inside the message is a source-mismatch', () => {
    expect(refused({ ...byPosition, source: 'other' })).toMatchObject({ code: 'source-mismatch', field: 'source' })
  })

  it('schema is absent or 1', () => {
    expect(detection({ ...byPosition, schema: 1 }).attributes).toBeUndefined()
    for (const schema of [2, 0, '1', null, {}]) {
      expect(refused({ ...byPosition, schema })).toMatchObject({ code: 'bad-version', field: 'schema' })
    }
  })

  it('a time that cannot be read or has no zone is a bad-time', () => {
    for (const time of ['2024-07-24T16:00:00', '2016-12-31T23:59:60Z', 'noon', 1721836800, null]) {
      expect(refused({ ...byPosition, time })).toMatchObject({ code: 'bad-time', field: 'time' })
    }
  })

  it('a time may lie exactly as far ahead as allowed, and not a millisecond more', () => {
    const at = (aheadMs: number) => ({ ...byPosition, time: new Date(context.receivedMs + aheadMs).toISOString() })
    expect(detection(at(60_000)).timeMs).toBe(context.receivedMs + 60_000)
    const ahead = refused(at(60_001))
    expect(ahead).toMatchObject({ code: 'clock-ahead', field: 'time' })
    expect(ahead.reason).toContain('60001 ms ahead')
    expect(detection(at(-1e11)).timeMs).toBe(context.receivedMs - 1e11)
  })

  it('texts may hold anything but control characters, 256 characters long, emoji counted as one', () => {
    expect(detection({ ...byPosition, class: '🔥'.repeat(256), id: 'a/b.c d', trackId: 'é' }).class).toHaveLength(512)
    expect(refused({ ...byPosition, class: '🔥'.repeat(257) })).toMatchObject({ field: 'class' })
  })
})

describe('confidence', () => {
  it('absent is unknown, never 0', () => {
    expect(detection(byPosition).confidence).toBeUndefined()
  })

  it('is 0 to 1, or 0 to 100 with the percent scale', () => {
    expect(detection({ ...byPosition, confidence: 0 }).confidence).toBe(0)
    expect(detection({ ...byPosition, confidence: 1 }).confidence).toBe(1)
    const percent = { ...byPosition, confidenceScale: 'percent' }
    expect(detection({ ...percent, confidence: 93 }).confidence).toBe(0.93)
    expect(detection({ ...percent, confidence: 0.5 }).confidence).toBe(0.005)
    expect(refused({ ...percent, confidence: 100.1 })).toMatchObject({ code: 'bad-field', field: 'confidence' })
  })
})

describe('there is exactly one way to know where', () => {
  it('none is an ambiguous-place', () => {
    const { position: _, ...nowhere } = byPosition
    expect(refused(nowhere)).toMatchObject({ code: 'ambiguous-place', field: '$' })
  })

  it('any two are an ambiguous-place that names both', () => {
    for (const [one, a] of everyWay) {
      for (const [other, b] of everyWay) {
        if (one === other) continue
        const both = refused({ ...a, ...b })
        expect(both.code).toBe('ambiguous-place')
        expect(both.reason).toContain(one)
        expect(both.reason).toContain(other)
      }
    }
  })

  it('camera, image and observer are no places: beside a position they are let be', () => {
    const { fix } = detection({ ...byPixel, ...byBearing, ...byPosition, pixel: undefined, bearing: undefined })
    expect(fix).toEqual({ kind: 'position', lat: 31.6, lon: -110.4 })
  })
})

describe('positions and heights', () => {
  it('latitude and longitude reach their ends, and 0, 0 is a place', () => {
    for (const [lat, lon] of [[90, 180] as const, [-90, -180] as const, [0, 0] as const]) {
      expect(detection(having(byPosition, 'position', { lat, lon })).fix).toMatchObject({ lat, lon })
    }
  })

  it('accuracy keeps its basis', () => {
    const accuracy = { horizontalM: 5, verticalM: 9, basis: '1sigma' }
    expect((detection(having(byPosition, 'position.accuracy', accuracy)).fix as PositionFix).accuracy).toEqual(accuracy)
  })

  it('every datum is carried, and takeoff needs the height of the take-off point', () => {
    for (const datum of ['hae', 'msl', 'agl']) {
      const height = { value: -3.5, datum }
      expect((detection(having(byPosition, 'position.height', height)).fix as PositionFix).height).toEqual(height)
    }
    const takeoff = { value: 50, datum: 'takeoff', takeoffHaeM: 1400 }
    expect((detection(having(byPosition, 'position.height', takeoff)).fix as PositionFix).height).toEqual(takeoff)
    for (const [path, base] of [
      ['position.height', byPosition],
      ['camera.pose.height', byPixel],
      ['observer.height', byBearing],
      ['surface.height', byPosition],
    ] as const) {
      const field = `${path}.takeoffHaeM`
      expect(refusal(base, path, { value: 50, datum: 'takeoff' })).toMatchObject({ code: 'bad-field', field })
    }
  })

  it('velocity keeps its course within 0 to 360', () => {
    const velocity = { speedMps: 3, courseDeg: -90, climbMps: -1 }
    expect(detection({ ...byPosition, velocity }).velocity).toEqual({ speedMps: 3, courseDeg: 270, climbMps: -1 })
  })
})

describe('pixels and boxes', () => {
  it('values that are all at most 1 without units look normalized', () => {
    for (const pixel of [
      { u: 1, v: 1 },
      { u: 0.3, v: 0.9 },
      { u: 0, v: 0 },
    ]) {
      expect(refusal(byPixel, 'pixel', pixel)).toMatchObject({ code: 'looks-normalized', field: 'pixel' })
    }
    const bbox = { x1: 0.1, y1: 0.2, x2: 0.3, y2: 1 }
    expect(refusal(byBox, 'bbox', bbox)).toMatchObject({ code: 'looks-normalized', field: 'bbox' })
    expect((detection(having(byBox, 'bbox.x1', 0.5)).fix as BoxFix).units).toBe('px')
    expect((detection(having(byPixel, 'pixel', { u: 0.5, v: 1.01 })).fix as PixelFix).units).toBe('px')
  })

  it('named units are believed', () => {
    const normalized = { u: 0.3, v: 0.9, units: 'normalized' }
    expect(detection(having(byPixel, 'pixel', normalized)).fix).toMatchObject(normalized)
    expect(detection(having(byPixel, 'pixel', { u: 0.3, v: 0.9, units: 'px' })).fix).toMatchObject({
      u: 0.3,
      units: 'px',
    })
  })

  it('a registered camera keeps its id and the size of the frame', () => {
    const wire = { ...byBox, image: { width: 640, height: 480 } }
    expect(detection(wire).fix).toEqual({
      kind: 'bbox',
      x1: 10,
      y1: 20,
      x2: 110,
      y2: 90,
      units: 'px',
      camera: { id: 'tower-3' },
      image: { width: 640, height: 480 },
    })
  })
})

describe('poses', () => {
  const poseIn = (wire: Wire) => {
    const fix = detection(wire).fix as PixelFix
    return 'pose' in fix.camera ? fix.camera.pose : undefined
  }
  const { yawDeg: _y, pitchDeg: _p, rollDeg: _r, ...bare } = pose
  const turned = (quaternion: unknown) => having(byPixel, 'camera.pose', { ...bare, quaternion })

  it('a quaternion stands for the three angles and is brought to unit length', () => {
    const read = poseIn(turned([2, 0, 0, -2]))
    expect(read?.attitude).toBeUndefined()
    expect(read?.quaternion).toEqual([Math.SQRT1_2, 0, 0, -Math.SQRT1_2].map((x) => expect.closeTo(x, 15)))
  })

  it('a quaternion without a length, of the wrong size or beyond a double is refused', () => {
    for (const q of [
      [0, 0, 0, 0],
      [1e-7, 0, 0, 0],
      [1, 0, 0],
      [1, 0, 0, 0, 0],
      [1, 0, 0, '1e999'],
      [1.7e308, 1.7e308, 0, 0],
    ]) {
      const found = refused(turned(q))
      expect(found.code).toBe('bad-field')
      expect(found.field).toContain('camera.pose.quaternion')
    }
  })

  it('an airframe makes the angles those of the gimbal', () => {
    const airframe = { yawDeg: 10, pitchDeg: 2, rollDeg: -3 }
    const read = poseIn(having(byPixel, 'camera.pose.airframe', airframe))
    expect(read).toMatchObject({ airframe, attitude: { yawDeg: 105.5, pitchDeg: -66, rollDeg: -0.5 } })
  })

  it('zero in every angle and both coordinates is a sensor that reports nothing', () => {
    const zero = { ...pose, lat: 0, lon: -0, yawDeg: 0, pitchDeg: -0, rollDeg: 0 }
    expect(refusal(byPixel, 'camera.pose', zero)).toMatchObject({ code: 'bad-field', field: 'camera.pose' })
    const still = having(having(turned([1, 0, 0, 0]), 'camera.pose.lat', 0), 'camera.pose.lon', 0)
    expect(refused(still)).toMatchObject({ code: 'bad-field', field: 'camera.pose' })
    expect(poseIn(having(byPixel, 'camera.pose', { ...zero, lat: 1e-9 }))?.lat).toBe(1e-9)
  })
})

describe('intrinsics', () => {
  const size = { width: 1920, height: 1080 }
  const intrinsicsIn = (given: Wire) => {
    const fix = detection(having(byPixel, 'camera.intrinsics', given)).fix as PixelFix
    if (!('intrinsics' in fix.camera)) throw new Error('no intrinsics')
    return fix.camera.intrinsics
  }
  const fieldRefused = (given: Wire) => refusal(byPixel, 'camera.intrinsics', given).field

  it('the principal point is the middle of the image unless given', () => {
    expect(intrinsicsIn({ ...size, fx: 900, fy: 901 })).toMatchObject({ cx: 960, cy: 540 })
    expect(intrinsicsIn({ ...size, fx: 900, fy: 901, cx: 950, cy: 0 })).toMatchObject({ cx: 950, cy: 0 })
  })

  it('fields of view give fx = W/2 / tan(HFOV/2) and fy likewise', () => {
    const { fx, fy } = intrinsicsIn({ ...size, hfovDeg: 90, vfovDeg: 60 })
    expect(fx).toBeCloseTo(960, 9)
    expect(fy).toBeCloseTo(540 * Math.sqrt(3), 9)
  })

  it('one field of view alone means square pixels', () => {
    expect(intrinsicsIn({ ...size, hfovDeg: 90 }).fy).toBeCloseTo(960, 9)
    expect(intrinsicsIn({ ...size, vfovDeg: 90 }).fx).toBeCloseTo(540, 9)
  })

  it('a fisheye takes its field of view through its own polynomial, beyond 180 degrees too', () => {
    const distortion = { model: 'kannala-brandt', coefficients: [0.1, 0, 0, 0] }
    const { fx } = intrinsicsIn({ ...size, hfovDeg: 200, distortion })
    const half = (100 * Math.PI) / 180
    expect(fx * (half + 0.1 * half ** 3)).toBeCloseTo(960, 9)
    expect(fieldRefused({ ...size, hfovDeg: 180 })).toBe('camera.intrinsics.hfovDeg')
    expect(fieldRefused({ ...size, hfovDeg: 90, vfovDeg: 180 })).toBe('camera.intrinsics.vfovDeg')
  })

  it('millimetres are scaled by pixels per sensor side', () => {
    const mm = { focalMm: 4.5, sensorWidthMm: 6.4, sensorHeightMm: 4.8 }
    const { fx, fy } = intrinsicsIn({ ...size, ...mm })
    expect(fx).toBeCloseTo((4.5 * 1920) / 6.4, 9)
    expect(fy).toBeCloseTo((4.5 * 1080) / 4.8, 9)
    expect(fieldRefused({ ...size, focalMm: 4.5, sensorWidthMm: 6.4 })).toBe('camera.intrinsics.sensorHeightMm')
    expect(fieldRefused({ ...size, focalMm: 4.5, sensorHeightMm: 6.4 })).toBe('camera.intrinsics.sensorWidthMm')
    expect(fieldRefused({ ...size, sensorWidthMm: 4.5, sensorHeightMm: 6.4 })).toBe('camera.intrinsics.focalMm')
  })

  it('no focal length, two ways at once and an impossible lens are refused', () => {
    expect(fieldRefused(size)).toBe('camera.intrinsics')
    expect(fieldRefused({ ...size, hfovDeg: 60, focalMm: 4 })).toBe('camera.intrinsics')
    const folded = { model: 'kannala-brandt', coefficients: [-9, 0, 0, 0] }
    expect(fieldRefused({ ...size, hfovDeg: 170, distortion: folded })).toBe('camera.intrinsics')
    expect(fieldRefused({ ...size, hfovDeg: 1e-300 })).toBe('camera.intrinsics')
  })

  it('brown-conrady takes 4, 5 or 8 coefficients and kannala-brandt 4', () => {
    const lens = (model: string, count: number) => ({
      ...size,
      fx: 900,
      fy: 900,
      distortion: { model, coefficients: Array.from({ length: count }, () => 0.01) },
    })
    for (const count of [4, 5, 8]) expect(intrinsicsIn(lens('brown-conrady', count)).distortion).toBeDefined()
    expect(intrinsicsIn(lens('kannala-brandt', 4)).distortion).toBeDefined()
    const field = 'camera.intrinsics.distortion.coefficients'
    for (const count of [0, 3, 6, 7, 9]) expect(fieldRefused(lens('brown-conrady', count))).toBe(field)
    for (const count of [0, 3, 5, 8]) expect(fieldRefused(lens('kannala-brandt', count))).toBe(field)
    expect(fieldRefused(lens('fisheye', 4))).toBe('camera.intrinsics.distortion.model')
  })
})

describe('bearings', () => {
  it('keep range, elevation, errors and observer, with azimuth within 0 to 360', () => {
    const sigma = { azimuthDeg: 1, elevationDeg: 0.5, rangeM: 3 }
    const wire = having(having(byBearing, 'bearing.sigma', sigma), 'bearing.azimuthDeg', -1)
    const withPlace = having(wire, 'observer.sigma', { positionM: 4 })
    expect(detection(withPlace).fix).toEqual({
      kind: 'bearing',
      azimuthDeg: 359,
      elevationDeg: -2,
      rangeM: 900,
      sigma,
      observer: { lat: 31.6, lon: -110.4, height: { value: 12, datum: 'agl' }, sigma: { positionM: 4 } },
    })
    const at = (azimuthDeg: number) =>
      (detection(having(byBearing, 'bearing.azimuthDeg', azimuthDeg)).fix as BearingFix).azimuthDeg
    expect([at(360), at(-360), at(0), at(359.999)]).toEqual([0, 0, 0, 359.999])
    expect(at(-1e-20)).toBe(0)
  })
})
