/** Magnetic headings and lever arms are brought to true north and to the camera, with what they may be wrong by. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Camera, Detection, Pose } from '../../src/domain/detection.ts'
import { fault } from '../../src/fault/fault.ts'
import type { Declination } from '../../src/geo/declination.ts'
import { DEG, toEcef, toGeodetic } from '../../src/geo/ellipsoid.ts'
import { nedAxes, nedToEcef } from '../../src/geo/frames.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { project } from '../../src/geo/project.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, centrePixel, detection, faultIn, known, nth, placeIn, TINY } from './cases.ts'
import { bearing, lineIn } from './scene.ts'

/** Declination 10 degrees east with an error of 0.5, in the year 2024 only. */
const model: Declination = (_lat, _lon, _height, timeMs) =>
  new Date(timeMs).getUTCFullYear() === 2024 ? { deg: 10, sigmaDeg: 0.5 } : fault('declination-unknown')
const in2024 = { timeMs: Date.UTC(2024, 6, 24) }
const locate = createLocator({
  cameras: () => undefined,
  undulation: egm96,
  declination: model,
  floors: { ...SIGMA_FLOORS, resolutionM: 0 },
})
const at = (d: Detection) => {
  const place = placeIn(locate(d))
  return { ...place, haeM: 0 }
}
const quarter = { yawDeg: 90, pitchDeg: -45, rollDeg: 5 }
const magnetic = (yawDeg: number) => ({ attitude: { ...quarter, yawDeg }, yawRef: 'magnetic' as const })

describe('a magnetic heading', () => {
  it('is true after the stated declination, which is believed as it stands', () => {
    const turned = at(centrePixel({ ...magnetic(78), declinationDeg: 12 }))
    const straight = at(centrePixel({ attitude: quarter }))
    expect(apartM(turned, straight)).toBeLessThan(1e-6)
    expect(turned.ce90M).toBeCloseTo(known(straight.ce90M), 9)
  })

  it('takes its declination from the model, with the error of that', () => {
    const turned = at(centrePixel(magnetic(80), in2024))
    const wider = at(centrePixel({ attitude: quarter, sigma: { ...CAMERA.pose.sigma, yawDeg: Math.hypot(1, 0.5) } }))
    expect(apartM(turned, wider)).toBeLessThan(1e-6)
    expect(turned.ce90M).toBeCloseTo(known(wider.ce90M), 9)
  })

  it('of an airframe turns the gimbal with it', () => {
    const airframe = { yawDeg: 40, pitchDeg: 3, rollDeg: -2 }
    const pose = { attitude: { yawDeg: 50, pitchDeg: -45, rollDeg: 0 } }
    const turned = at(centrePixel({ ...pose, airframe: { ...airframe, yawDeg: 30 }, yawRef: 'magnetic' }, in2024))
    const sigma = { ...CAMERA.pose.sigma, airframe: { yawDeg: Math.hypot(1, 0.5) } }
    const straight = at(centrePixel({ ...pose, airframe, sigma }))
    expect(apartM(turned, straight)).toBeLessThan(1e-6)
    expect(turned.ce90M).toBeCloseTo(known(straight.ce90M), 9)
  })

  it('may be that of a quaternion', () => {
    const s = Math.sin((80 / 2) * DEG)
    const c = Math.cos((80 / 2) * DEG)
    const down = Math.sin((-45 / 2) * DEG)
    const up = Math.cos((-45 / 2) * DEG)
    const quaternion = [c * up, -s * down, c * down, s * up] as const
    const turned = at(centrePixel({ attitude: undefined, quaternion, yawRef: 'magnetic' }, in2024))
    const straight = at(centrePixel({ attitude: { yawDeg: 90, pitchDeg: -45, rollDeg: 0 } }))
    expect(apartM(turned, straight)).toBeLessThan(1e-6)
  })

  it('of a bearing is true after the declination, and past north begins again at 0', () => {
    const toward = (azimuthDeg: number, more = {}) =>
      detection(bearing({ azimuthDeg, sigma: { azimuthDeg: 1 }, ...more }), { ...in2024, class: 'smoke' })
    const line = lineIn(toward(355, { azimuthRef: 'magnetic' }), locate)
    expect(line.azimuthDeg).toBeCloseTo(5, 9)
    expect(line.sigmaAzimuthDeg).toBeCloseTo(Math.hypot(1, 0.5), 9)
    const stated = lineIn(toward(20, { azimuthRef: 'magnetic', declinationDeg: -30 }), locate)
    expect(stated.azimuthDeg).toBeCloseTo(350, 9)
    expect(stated.sigmaAzimuthDeg).toBeCloseTo(1, 9)
  })

  it('without a declination is refused by name', () => {
    const bare = createLocator({ cameras: () => undefined, undulation: egm96 })
    expect(faultIn(bare(centrePixel(magnetic(80))))).toMatchObject({ code: 'declination-unknown' })
    expect(faultIn(bare(detection(bearing({ azimuthRef: 'magnetic' }))))).toMatchObject({ code: 'declination-unknown' })
    expect(faultIn(locate(centrePixel(magnetic(80))))).toMatchObject({ code: 'declination-unknown' })
  })
})

describe('a lever arm', () => {
  const arm = { forwardM: 4, rightM: -2, downM: 1.5 }

  /** The place of the camera, worked out on its own: forward, right and down of the carrier, in the antenna's frame. */
  function cameraOf(pose: Pose, carrier: { yawDeg: number; pitchDeg: number; rollDeg: number }) {
    const { yawDeg: y, pitchDeg: p, rollDeg: r } = carrier
    const [sy, cy] = [Math.sin(y * DEG), Math.cos(y * DEG)]
    const [sp, cp] = [Math.sin(p * DEG), Math.cos(p * DEG)]
    const [sr, cr] = [Math.sin(r * DEG), Math.cos(r * DEG)]
    const n = arm.forwardM * cy * cp + arm.rightM * (cy * sp * sr - sy * cr) + arm.downM * (cy * sp * cr + sy * sr)
    const e = arm.forwardM * sy * cp + arm.rightM * (sy * sp * sr + cy * cr) + arm.downM * (sy * sp * cr - cy * sr)
    const d = -arm.forwardM * sp + arm.rightM * cp * sr + arm.downM * cp * cr
    const axes = new Float64Array(9)
    const antenna = new Float64Array(3)
    const way = new Float64Array(3)
    nedAxes(pose.lat * DEG, pose.lon * DEG, axes)
    toEcef(pose.lat * DEG, pose.lon * DEG, pose.height.value, antenna)
    nedToEcef(axes, n, e, d, way)
    const out = new Float64Array(3)
    toGeodetic(nth(antenna, 0) + nth(way, 0), nth(antenna, 1) + nth(way, 1), nth(antenna, 2) + nth(way, 2), out)
    return {
      lat: nth(out, 0) / DEG,
      lon: nth(out, 1) / DEG,
      height: { value: nth(out, 2), datum: 'hae' as const },
    }
  }

  it('lies along the camera body where there is no airframe', () => {
    const attitude = { yawDeg: 30, pitchDeg: -50, rollDeg: 10 }
    const held = at(centrePixel({ attitude, leverArm: arm, sigma: TINY }))
    const moved = at(centrePixel({ attitude, sigma: TINY, ...cameraOf(CAMERA.pose, attitude) }))
    // The frames of antenna and camera differ by a millionth, over a hundred metres.
    expect(apartM(held, moved)).toBeLessThan(1e-3)
    expect(apartM(held, at(centrePixel({ attitude, sigma: TINY })))).toBeGreaterThan(2)
  })

  it('lies along the airframe where there is one, whichever way the gimbal looks', () => {
    const airframe = { yawDeg: 100, pitchDeg: 6, rollDeg: -20 }
    const attitude = { yawDeg: 10, pitchDeg: -60, rollDeg: 0 }
    const held = at(centrePixel({ attitude, airframe, leverArm: arm, sigma: TINY }))
    const moved = at(centrePixel({ attitude, airframe, sigma: TINY, ...cameraOf(CAMERA.pose, airframe) }))
    expect(apartM(held, moved)).toBeLessThan(1e-3)
  })

  it('leaves the direction alone even across a pole', () => {
    const airframe = { yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
    const attitude = { yawDeg: 0, pitchDeg: -45, rollDeg: 0 }
    const leverArm = { forwardM: 30, rightM: 0, downM: 0 }
    const found = at(centrePixel({ lat: 89.99999, lon: 0, attitude, airframe, leverArm, sigma: TINY }))
    // 30 m on to the camera, 100 m on to the place, of which the first metre and a bit leads to the pole.
    expect(Math.abs(found.lon)).toBe(180)
    expect(apartM(found, { lat: 90, lon: 0, haeM: 0 })).toBeCloseTo(130 - 1.117, 2)
  })

  it('swings with an error of attitude, which moves camera and ray at once', () => {
    const airframe = { yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
    const attitude = { yawDeg: 0, pitchDeg: -90, rollDeg: 0 }
    const sigma = { ...TINY, airframe: { yawDeg: 1e-6, pitchDeg: 1e-6, rollDeg: 2 } }
    const surface = { height: { value: 0, datum: 'hae' as const }, sigmaM: 0 }
    const camera = (more: Partial<Pose>): Camera => ({
      pose: { ...CAMERA.pose, airframe, attitude, sigma, ...more },
      intrinsics: { ...CAMERA.intrinsics, sigmaFocalRel: 0 },
    })
    const wide = (more: Partial<Pose>) => {
      const fix = { kind: 'pixel', u: 960, v: 720, sigmaPx: 0, units: 'px', camera: camera(more) } as const
      return known(at(detection(fix, { surface })).ellipse).semiMajorM
    }
    expect(wide({})).toBeCloseTo(100 * 2 * DEG, 3)
    // 50 m further up the ray swings 150 m, and the camera 50 m the other way.
    expect(wide({ leverArm: { forwardM: 0, rightM: 0, downM: -50 } })).toBeCloseTo(100 * 2 * DEG, 3)
    expect(wide({ height: { value: 150, datum: 'hae' } })).toBeCloseTo(150 * 2 * DEG, 3)
  })

  it('swings about each axis as far as the geometry itself goes', () => {
    const airframe = { yawDeg: 70, pitchDeg: 8, rollDeg: -12 }
    const attitude = { yawDeg: 15, pitchDeg: -55, rollDeg: 4 }
    const leverArm = { forwardM: 30, rightM: -20, downM: -15 }
    const surface = { height: { value: 0, datum: 'hae' as const }, sigmaM: 0 }
    const none = { positionM: 0, heightM: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
    const look = (carrier: typeof airframe, sigma = {}) => {
      const pose = { ...CAMERA.pose, attitude, leverArm, airframe: carrier }
      const camera: Camera = {
        pose: { ...pose, sigma: { ...none, airframe: { ...none, ...sigma } } },
        intrinsics: { ...CAMERA.intrinsics, sigmaFocalRel: 0 },
      }
      return at(detection({ kind: 'pixel', u: 960, v: 720, sigmaPx: 0, units: 'px', camera }, { surface }))
    }
    const smallDeg = 0.001
    for (const angle of ['yawDeg', 'pitchDeg', 'rollDeg'] as const) {
      const moved = apartM(look(airframe), look({ ...airframe, [angle]: airframe[angle] + smallDeg }))
      const stated = known(look(airframe, { [angle]: smallDeg }).ellipse).semiMajorM
      expect(stated / moved).toBeCloseTo(1, 3)
    }
  })

  it('is undone by the inverse: the pixel of what a pixel showed is that pixel', () => {
    const angle = fc.double({ min: -180, max: 180, noNaN: true })
    const metres = fc.double({ min: -20, max: 20, noNaN: true })
    fc.assert(
      fc.property(
        fc.record({ yawDeg: angle, pitchDeg: fc.double({ min: -80, max: -30, noNaN: true }), rollDeg: angle }),
        fc.record({ forwardM: metres, rightM: metres, downM: metres }),
        fc.double({ min: -30, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 1920, noNaN: true }),
        fc.double({ min: 0, max: 1440, noNaN: true }),
        (attitude, leverArm, declinationDeg, u, v) => {
          const camera: Camera = {
            pose: { ...CAMERA.pose, attitude, leverArm, yawRef: 'magnetic', declinationDeg },
            intrinsics: { ...CAMERA.intrinsics, skew: 4 },
          }
          const answer = locate(detection({ kind: 'pixel', u, v, units: 'px', camera }))
          if (!answer.ok) return
          const { lat, lon, haeM } = placeIn(answer)
          const back = known(project(camera, lat, lon, known(haeM)))
          expect(Math.hypot(back.u - u, back.v - v)).toBeLessThan(1e-6)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('that is none is refused by name', () => {
    const leverArm = { forwardM: 1e6, rightM: 0, downM: 0 }
    expect(faultIn(locate(centrePixel({ leverArm })))).toMatchObject({
      code: 'bad-field',
      field: 'camera.pose.leverArm',
    })
  })
})
