/** A camera that is carried is located by the telemetry of what carries it, at the time of each detection. */
import { describe, expect, it } from 'vitest'
import type { Camera, Detection, Pose, PoseSigma } from '../../src/domain/detection.ts'
import type { CarriedCamera } from '../../src/domain/registration.ts'
import { CameraRegistry } from '../../src/geo/camera-registry.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { PoseTracks } from '../../src/geo/pose-tracks.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, detection, faultIn, fixture, known, nth, placeIn, TINY } from './cases.ts'

const T0 = Date.UTC(2024, 6, 24, 16)
const { intrinsics } = CAMERA
const frame = { width: intrinsics.width, height: intrinsics.height }
const base: Pose = { ...CAMERA.pose, sigma: TINY }

function site(cameras: Record<string, CarriedCamera | Camera>, maxSensors?: number) {
  const tracks = new PoseTracks({ undulation: egm96, ...(maxSensors === undefined ? undefined : { maxSensors }) })
  const registry = new CameraRegistry(tracks, new Map(Object.entries(cameras)))
  const locate = createLocator({
    cameras: registry.at,
    undulation: egm96,
    floors: { ...SIGMA_FLOORS, resolutionM: 0 },
  })
  const hear = (ms: number, pose: Pose, sensor = 'uav-1') => tracks.hear({ sensor, timeMs: T0 + ms, pose }, T0 + ms)
  const see = (ms: number, more: Partial<Detection> = {}, id = 'cam') =>
    locate(
      detection(
        { kind: 'pixel', u: 1100, v: 500, sigmaPx: 0, units: 'px', camera: { id }, image: frame },
        { timeMs: T0 + ms, ...more },
      ),
    )
  return { tracks, registry, hear, see }
}

/** The same pixel with the pose written into the detection. */
function inline(pose: Pose) {
  const locate = createLocator({ cameras: () => undefined, undulation: egm96 })
  const camera = { pose, intrinsics }
  return placeIn(locate(detection({ kind: 'pixel', u: 1100, v: 500, sigmaPx: 0, units: 'px', camera })))
}

const at0 = (place: { lat: number; lon: number }) => ({ ...place, haeM: 0 })

describe('a carried camera', () => {
  it('sees what a camera with the pose of that moment in its message sees', () => {
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics } })
    hear(0, base)
    hear(100, { ...base, lon: base.lon + 1e-4, attitude: { yawDeg: 6, pitchDeg: -45, rollDeg: 2 } })
    const truth = inline(base)
    expect(apartM(at0(placeIn(see(0))), at0(truth))).toBeLessThan(1e-5)
    const half = inline({ ...base, lon: base.lon + 5e-5, attitude: { yawDeg: 3, pitchDeg: -45, rollDeg: 1 } })
    // Half way turned is not half of each angle, quite.
    expect(apartM(at0(placeIn(see(50))), at0(half))).toBeLessThan(0.15)
  })

  it('points as its mount does, on a bare body and on a gimbal', () => {
    const mount = { attitude: { yawDeg: 20, pitchDeg: -50, rollDeg: 3 } }
    const body = { yawDeg: 100, pitchDeg: 5, rollDeg: -8 }
    const bare = site({ cam: { sensor: 'uav-1', intrinsics, mount } })
    bare.hear(0, { ...base, attitude: body })
    const truth = inline({ ...base, attitude: mount.attitude, airframe: body })
    expect(apartM(at0(placeIn(bare.see(0))), at0(truth))).toBeLessThan(1e-5)

    const tilted = site({
      cam: { sensor: 'uav-1', intrinsics, mount: { attitude: { yawDeg: 5, pitchDeg: 0, rollDeg: 0 } } },
    })
    tilted.hear(0, { ...base, attitude: { yawDeg: 15, pitchDeg: 0, rollDeg: 0 }, airframe: body })
    const turned = inline({
      ...base,
      attitude: { yawDeg: 20, pitchDeg: 0, rollDeg: 0 },
      airframe: { ...body, pitchDeg: -50 },
    })
    tilted.hear(1, { ...base, attitude: { yawDeg: 15, pitchDeg: 0, rollDeg: 0 }, airframe: { ...body, pitchDeg: -50 } })
    expect(apartM(at0(placeIn(tilted.see(1))), at0(turned))).toBeLessThan(1e-5)
  })

  it('stands at the end of its lever arm', () => {
    const mount = { leverArm: { forwardM: 3, rightM: -1, downM: 0.5 } }
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics, mount } })
    hear(0, base)
    expect(apartM(at0(placeIn(see(0))), at0(inline({ ...base, ...mount })))).toBeLessThan(1e-5)
    expect(apartM(at0(placeIn(see(0))), at0(inline(base)))).toBeGreaterThan(0.5)
  })

  it('has the errors that its telemetry states, then those of its registration', () => {
    const sigma: PoseSigma = { positionM: 4, heightM: 5, yawDeg: 1, pitchDeg: 1, rollDeg: 1, timeMs: 0 }
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics, sigma } })
    hear(0, { ...base, sigma: undefined })
    const registered = placeIn(see(0))
    expect(registered.ce90M).toBeCloseTo(known(inline({ ...base, sigma }).ce90M), 4)
    hear(1000, { ...base, sigma: { ...sigma, positionM: 40 } })
    expect(known(placeIn(see(1000)).ce90M)).toBeGreaterThan(5 * known(registered.ce90M))
  })

  it('on a mount errs as its carrier does about the axes of that, and as the mount does about its own', () => {
    const mount = {
      attitude: { yawDeg: 80, pitchDeg: -40, rollDeg: 0 },
      sigma: { yawDeg: 0.1, pitchDeg: 0.2, rollDeg: 0.3 },
    }
    const body = { yawDeg: 10, pitchDeg: 0, rollDeg: 0 }
    const sigma = { positionM: 0, heightM: 0, yawDeg: 1, pitchDeg: 2, rollDeg: 4, timeMs: 0 }
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics, mount } })
    hear(0, { ...base, attitude: body, sigma })
    const said = { ...sigma, ...mount.sigma, airframe: { yawDeg: 1, pitchDeg: 2, rollDeg: 4 } }
    const truth = inline({ ...base, attitude: mount.attitude, airframe: body, sigma: said })
    expect(placeIn(see(0)).ce90M).toBeCloseTo(known(truth.ce90M), 4)
    expect(placeIn(see(0)).assumedError).toBe(false)
  })

  it('that nothing states an error for is assumed to have one, and is not GREEN', () => {
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics } })
    hear(0, { ...base, sigma: undefined })
    expect(placeIn(see(0))).toMatchObject({ assumedError: true, flag: 'YELLOW' })
  })

  it('is refused as stale by name where its telemetry does not reach', () => {
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics } })
    expect(faultIn(see(0))).toMatchObject({
      code: 'stale-pose',
      field: 'camera.id',
      reason: expect.stringContaining('no telemetry was heard'),
    })
    hear(0, base)
    hear(100, base)
    expect(see(350).ok).toBe(true)
    expect(faultIn(see(351))).toMatchObject({ code: 'stale-pose', reason: expect.stringContaining('16:00:00.351Z') })
    expect(faultIn(see(Number.NaN))).toMatchObject({ code: 'stale-pose' })
  })

  it('whose height is above ground takes the ground from the detection', () => {
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics } })
    hear(0, { ...base, height: { value: 60, datum: 'agl' } })
    const surface = { height: { value: 40, datum: 'hae' as const }, sigmaM: 0 }
    const place = placeIn(see(0, { surface }))
    expect(apartM({ ...place, haeM: 40 }, { ...inline(base), haeM: 0 })).toBeGreaterThan(30)
    expect(place.haeM).toBe(40)
    expect(place.rangeM).toBeCloseTo((known(inline(base).rangeM) * 60) / 100, 1)
  })
})

describe('the time of a moving sensor', () => {
  it('moves and turns the camera at once: the case of a fast aircraft', () => {
    interface Case {
      readonly id: string
      readonly pose: { readonly position: [number, number, number]; readonly gimbal: [number, number, number] }
      readonly expect: {
        readonly covEnu: number[][]
        readonly ce90: number
        readonly lat: number
        readonly lon: number
      }
    }
    const { cases } = fixture<{ cases: Case[] }>('uncertainty-mc.json')
    const c = known(cases.find(({ id }) => id === 'time-only-fast-aircraft'))
    const [lat, lon, hae] = c.pose.position
    const none = { positionM: 0, heightM: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics: { ...intrinsics, sigmaFocalRel: 0 } } })
    // 60 m/s east and 5 degrees a second, told twenty times a second.
    const eastDeg = 60 / (6_378_137 / Math.sqrt(1 - 0.00669438 * Math.sin((lat * Math.PI) / 180) ** 2) + hae)
    for (let ms = -200; ms <= 200; ms += 50) {
      const turn = (5 * ms) / 1000
      hear(ms, {
        lat,
        lon: lon + ((eastDeg / Math.cos((lat * Math.PI) / 180)) * 180) / Math.PI / (1000 / ms),
        height: { value: hae, datum: 'hae' },
        attitude: { yawDeg: c.pose.gimbal[0] + turn, pitchDeg: c.pose.gimbal[1], rollDeg: 0 },
        sigma: { ...none, timeMs: 200 },
      })
    }
    const fix = { kind: 'pixel', u: 960, v: 720, sigmaPx: 0, units: 'px', camera: { id: 'cam' }, image: frame } as const
    const place = placeIn(see(0, { fix, surface: { height: { value: 550, datum: 'hae' }, sigmaM: 0 } }))
    expect(apartM({ ...place, haeM: 550 }, { ...c.expect, haeM: 550 })).toBeLessThan(0.01)
    expect(Math.abs(known(place.ce90M) / c.expect.ce90 - 1)).toBeLessThan(0.01)
    const [ee, en, nn] = [
      nth(nth(c.expect.covEnu, 0), 0),
      nth(nth(c.expect.covEnu, 0), 1),
      nth(nth(c.expect.covEnu, 1), 1),
    ]
    const found = known(place.covariance)
    expect(Math.abs(found.nn / nn - 1)).toBeLessThan(0.02)
    expect(Math.abs(found.en / en - 1)).toBeLessThan(0.02)
    expect(Math.abs(found.ee / ee - 1)).toBeLessThan(0.02)
    expect(place.budget?.time).toBeGreaterThan(0.999)
  })

  it('costs more the further the pose was looked up from one that was sent', () => {
    const { hear, see } = site({ cam: { sensor: 'uav-1', intrinsics } })
    hear(0, base)
    hear(1000, base)
    const radii = [0, 100, 300, 500].map((ms) => known(placeIn(see(ms)).ce90M))
    expect(radii).toEqual(radii.toSorted((a, b) => a - b))
    expect(nth(radii, 3)).toBeGreaterThan(nth(radii, 0) + 1)
  })
})

describe('the registry', () => {
  it('asks the settings before the bucket, whose camera steps forward once they are silent', () => {
    const tracks = new PoseTracks({ undulation: egm96 })
    const fromFile = new CameraRegistry(tracks, new Map([['tower', CAMERA]]))
    const other = { ...CAMERA, intrinsics: { ...intrinsics, fx: 1 } }
    expect(fromFile.put('tower', other)).toBe(false)
    expect(fromFile.at('tower', T0)).toBe(CAMERA)
    expect(fromFile.size).toBe(1)
    const silent = new CameraRegistry(tracks)
    expect(silent.put('tower', other)).toBe(true)
    expect(silent.at('tower', T0)).toBe(other)
    silent.remove('tower')
    expect(silent.at('tower', T0)).toBeUndefined()
  })

  it('of an unknown camera says nothing, which the locator refuses by name', () => {
    const { see } = site({})
    expect(faultIn(see(0))).toMatchObject({ code: 'camera-unknown' })
  })
})

describe('the sensors that are heard', () => {
  it('are bounded in number: the one silent for longest is forgotten', () => {
    const { tracks, hear } = site({}, 3)
    for (const [i, sensor] of ['a', 'b', 'c', 'a', 'd'].entries()) hear(i, base, sensor)
    expect(tracks.size).toBe(3)
    expect(['a', 'b', 'c', 'd'].filter((sensor) => tracks.of(sensor) !== undefined)).toEqual(['a', 'c', 'd'])
  })

  it('are brought to the ellipsoid and to true north, or refused by name', () => {
    const { tracks, hear } = site({})
    expect(hear(0, { ...base, yawRef: 'magnetic' })).toMatchObject({ code: 'declination-unknown' })
    expect(hear(0, { ...base, height: { value: 1, datum: 'takeoff' } })).toMatchObject({ code: 'datum-unsupported' })
    expect(tracks.size).toBe(0)
    expect(hear(0, { ...base, yawRef: 'magnetic', declinationDeg: 3, height: { value: 5, datum: 'msl' } })).toBe('kept')
    expect(hear(0, base)).toBe('duplicate')
  })
})
