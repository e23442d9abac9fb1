/** A sensor is where its telemetry says it was, at any time between two poses and a little beyond them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Pose } from '../../src/domain/detection.ts'
import { newOrientation, orient, rotationOfQuaternion } from '../../src/geo/attitude.ts'
import { DEG } from '../../src/geo/ellipsoid.ts'
import { nedAxes, nedToEcef } from '../../src/geo/frames.ts'
import { newTrackedPose, POSE_TRACK_DEFAULTS, PoseTrack, type TrackedPose } from '../../src/geo/pose-track.ts'
import { apartM, nth } from './cases.ts'

const T0 = Date.UTC(2024, 6, 24, 16)
const here = { lat: 54.7, lon: -110.2, height: { value: 3000, datum: 'hae' } } as const
const facing = (yawDeg: number, pitchDeg = 0, rollDeg = 0) => ({ attitude: { yawDeg, pitchDeg, rollDeg } })
const poseAt = (more: Partial<Pose> = {}): Pose => ({ ...here, ...facing(0), ...more })

const add = (track: PoseTrack, ms: number, pose: Pose, receivedMs = T0 + ms) =>
  track.add(T0 + ms, pose, pose.height.value, pose.height.datum === 'agl', receivedMs)

const trackOf = (poses: readonly (readonly [ms: number, pose: Pose])[], options = {}): PoseTrack => {
  const track = new PoseTrack({ ...POSE_TRACK_DEFAULTS, ...options })
  for (const [ms, pose] of poses) add(track, ms, pose)
  return track
}

function look(track: PoseTrack, ms: number): TrackedPose | undefined {
  const found = newTrackedPose()
  return track.at(T0 + ms, found) ? found : undefined
}

function seen(track: PoseTrack, ms: number): TrackedPose {
  const found = look(track, ms)
  if (found === undefined) throw new Error(`no pose at ${ms} ms`)
  return found
}

const placeOf = (p: TrackedPose) => ({ lat: p.latDeg, lon: p.lonDeg, haeM: p.heightM })
const placeIn = (p: Pose) => ({ lat: p.lat, lon: p.lon, haeM: p.height.value })

/** Directions of the body's three axes on Earth: what does not jump where angles do. */
function bodyOnEarth(latDeg: number, lonDeg: number, body: Float64Array): number[] {
  const axes = new Float64Array(9)
  const out = new Float64Array(3)
  nedAxes(latDeg * DEG, lonDeg * DEG, axes)
  return [0, 1, 2].flatMap((i) => {
    nedToEcef(axes, nth(body, i), nth(body, 3 + i), nth(body, 6 + i), out)
    return [...out]
  })
}

function foundOnEarth(p: TrackedPose): number[] {
  const m = new Float64Array(9)
  rotationOfQuaternion(nth(p.body, 0), nth(p.body, 1), nth(p.body, 2), nth(p.body, 3), m)
  return bodyOnEarth(p.latDeg, p.lonDeg, m)
}

function sentOnEarth(pose: Pose): number[] {
  const o = newOrientation()
  orient(pose, o)
  return bodyOnEarth(pose.lat, pose.lon, o.body)
}

const farthest = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - nth(b, i))))

const anyPose = fc.record({
  lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 89.9999)),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
  height: fc.record({ value: fc.double({ min: -100, max: 12_000, noNaN: true }), datum: fc.constant('hae' as const) }),
  attitude: fc.record({
    yawDeg: fc.double({ min: -360, max: 360, noNaN: true }),
    pitchDeg: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90)),
    rollDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  }),
})

describe('a pose that was sent', () => {
  it('is found again at its own time, place and attitude, wherever on Earth', () => {
    fc.assert(
      fc.property(anyPose, anyPose, (a, b) => {
        const track = trackOf([
          [0, a],
          [100, b],
        ])
        for (const [ms, pose] of [
          [0, a],
          [100, b],
        ] as const) {
          const found = seen(track, ms)
          expect(apartM(placeOf(found), placeIn(pose))).toBeLessThan(1e-6)
          expect(farthest(foundOnEarth(found), sentOnEarth(pose))).toBeLessThan(1e-9)
          expect(found).toMatchObject({ offMs: 0, spreadM: 0, spreadDeg: 0 })
        }
      }),
    )
  })

  it('keeps airframe and gimbal apart, and its own errors', () => {
    const airframe = { yawDeg: 100, pitchDeg: 4, rollDeg: -6 }
    const sigma = { positionM: 1, yawDeg: 0.5, timeMs: 30, airframe: { rollDeg: 0.2 } }
    const found = seen(trackOf([[0, poseAt({ ...facing(30, -60, 2), airframe, sigma })]]), 0)
    expect(found.onAirframe).toBe(true)
    const m = new Float64Array(9)
    rotationOfQuaternion(nth(found.body, 0), nth(found.body, 1), nth(found.body, 2), nth(found.body, 3), m)
    const gimbal = newOrientation()
    orient(poseAt(facing(30, -60, 2)), gimbal)
    expect(farthest([...m], [...gimbal.body])).toBeLessThan(1e-12)
    expect([...found.sigmas].map((s) => (Number.isNaN(s) ? undefined : s))).toEqual([
      1,
      undefined,
      0.5,
      undefined,
      undefined,
      30,
      undefined,
      undefined,
      0.2,
    ])
  })
})

describe('between two poses', () => {
  it('the place moves evenly, also over the antimeridian and past a pole', () => {
    for (const [a, b] of [
      [
        { lat: -17, lon: 179.9995 },
        { lat: -17, lon: -179.9995 },
      ],
      [
        { lat: 89.9995, lon: 10 },
        { lat: 89.9995, lon: -170 },
      ],
      [
        { lat: 10, lon: 20 },
        { lat: 10.001, lon: 20.001 },
      ],
    ] as const) {
      const track = trackOf([
        [0, poseAt(a)],
        [1000, poseAt(b)],
      ])
      const whole = apartM({ ...a, haeM: 3000 }, { ...b, haeM: 3000 })
      for (const ms of [250, 500, 750]) {
        const found = placeOf(seen(track, ms))
        expect(apartM({ ...a, haeM: 3000 }, found)).toBeCloseTo((whole * ms) / 1000, 2)
        expect(apartM(found, { ...b, haeM: 3000 })).toBeCloseTo((whole * (1000 - ms)) / 1000, 2)
        expect(found.haeM).toBe(3000)
      }
    }
  })

  it('the attitude turns evenly, the shorter way round', () => {
    const track = trackOf([
      [0, poseAt(facing(350, -20))],
      [1000, poseAt(facing(20, -20))],
    ])
    const { body } = seen(track, 500)
    const m = new Float64Array(9)
    rotationOfQuaternion(nth(body, 0), nth(body, 1), nth(body, 2), nth(body, 3), m)
    expect(Math.atan2(nth(m, 3), nth(m, 0)) / DEG).toBeCloseTo(5, 9)
  })

  it('velocity and rates of turn are those of the way from one to the other', () => {
    const track = trackOf([
      [0, poseAt()],
      [100, poseAt({ lon: here.lon + 1e-4, height: { value: 3000.2, datum: 'hae' }, ...facing(0.5) })],
    ])
    const found = seen(track, 0)
    const eastM = apartM(placeIn(poseAt()), placeIn(poseAt({ lon: here.lon + 1e-4 })))
    expect(nth(found.velocity, 0)).toBeCloseTo(0, 3)
    expect(nth(found.velocity, 1)).toBeCloseTo(eastM / 0.1, 3)
    expect(nth(found.velocity, 2)).toBeCloseTo(-2, 3)
    expect(nth(found.turning, 2) / DEG).toBeCloseTo(5, 2)
    expect(Math.hypot(nth(found.turning, 0), nth(found.turning, 1)) / DEG).toBeLessThan(0.01)
  })

  it('a gimbal that turns on a turning airframe turns by both', () => {
    const on = (heading: number, pan: number): Pose =>
      poseAt({ ...facing(pan), airframe: { yawDeg: heading, pitchDeg: 0, rollDeg: 0 } })
    const found = seen(
      trackOf([
        [0, on(10, 0)],
        [1000, on(13, 4)],
      ]),
      500,
    )
    expect(nth(found.turning, 2) / DEG).toBeCloseTo(7, 2)
  })

  it('what was not seen is an error that grows with the distance from both', () => {
    const track = trackOf([
      [0, poseAt()],
      [1000, poseAt()],
    ])
    const { accelerationMps2: a, turnDegPerS2: w } = POSE_TRACK_DEFAULTS
    expect(seen(track, 500)).toMatchObject({ spreadM: (a * 0.25) / 2, spreadDeg: (w * 0.25) / 2, offMs: 500 })
    expect(seen(track, 100).spreadM).toBeCloseTo((a * 0.09) / 2, 12)
  })

  it('further apart than the gap allows there is nothing', () => {
    const track = trackOf([
      [0, poseAt()],
      [2001, poseAt()],
    ])
    expect(look(track, 1000)).toBeUndefined()
    expect(look(track, 250)).toBeDefined()
    expect(look(track, 1751)).toBeDefined()
    expect(look(track, 251)).toBeUndefined()
  })

  it('that say different things there is nothing', () => {
    const ground = poseAt({ height: { value: 80, datum: 'agl' } })
    expect(
      look(
        trackOf([
          [0, poseAt()],
          [1000, ground],
        ]),
        500,
      ),
    ).toBeUndefined()
    const track = trackOf([
      [0, ground],
      [1000, { ...ground, height: { value: 90, datum: 'agl' } }],
    ])
    expect(seen(track, 500)).toMatchObject({ aboveGround: true, heightM: 85 })
  })
})

describe('beyond the last pose', () => {
  const moving = trackOf([
    [0, poseAt()],
    [100, poseAt({ lon: here.lon + 1e-4, ...facing(1) })],
  ])

  it('the way goes on for as long as is allowed, with an error that grows', () => {
    const last = seen(moving, 100)
    const on = seen(moving, 300)
    expect(apartM(placeOf(last), placeOf(on))).toBeCloseTo(2 * apartM(placeIn(poseAt()), placeOf(last)), 1)
    const m = new Float64Array(9)
    rotationOfQuaternion(nth(on.body, 0), nth(on.body, 1), nth(on.body, 2), nth(on.body, 3), m)
    expect(Math.atan2(nth(m, 3), nth(m, 0)) / DEG).toBeCloseTo(3, 3)
    expect(on.spreadM).toBeCloseTo((3 * 0.2 * 0.3) / 2, 12)
    expect(seen(moving, 350).offMs).toBe(250)
    expect(look(moving, 351)).toBeUndefined()
    expect(look(moving, -251)).toBeUndefined()
  })

  it('a stated velocity leads on better than the last stretch', () => {
    const track = trackOf([
      [0, poseAt()],
      [100, poseAt({ velocity: { speedMps: 50, courseDeg: 0, climbMps: 3 } })],
    ])
    const on = seen(track, 200)
    expect(apartM(placeIn(poseAt()), placeOf(on))).toBeCloseTo(Math.hypot(5, 0.3), 3)
    expect(on.heightM).toBeCloseTo(3000.3, 3)
    expect(on.spreadM).toBeCloseTo((3 * 0.01) / 2, 12)
    expect([...on.velocity].map((v) => Math.round(v * 1e4) / 1e4)).toEqual([50, 0, -3].map((v) => expect.closeTo(v, 2)))
  })

  it('of a single pose only an unknown speed can be told', () => {
    const found = seen(trackOf([[0, poseAt()]]), 200)
    expect(found).toMatchObject({ spreadM: 20 * 0.2, spreadDeg: 20 * 0.2, latDeg: expect.closeTo(here.lat, 9) })
  })

  it('there is nothing at no time at all', () => {
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(look(moving, ms)).toBeUndefined()
    }
    expect(look(new PoseTrack(), 0)).toBeUndefined()
  })
})

describe('what is kept', () => {
  it('does not depend on the order in which poses come, nor on how often', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(times, fc.infiniteStream(fc.nat()), (all, dice) => {
        const sorted = all.toSorted((a, b) => a - b)
        const shuffled = all.toSorted(() => (dice.next().value % 2 === 0 ? 1 : -1))
        const pose = (ms: number) => poseAt({ lon: ms / 1e5 })
        const straight = trackOf(sorted.map((ms) => [ms, pose(ms)]))
        const mixed = trackOf(shuffled.map((ms) => [ms, pose(ms)]))
        expect(add(mixed, nth(all, 0), pose(0))).toBe('duplicate')
        expect(mixed.size).toBe(all.length)
        for (const ms of [...all, 700]) expect(look(mixed, ms)).toEqual(look(straight, ms))
      }),
      { numRuns: 50 },
    )
  })

  it('is bounded in count: the oldest go first, and what is older still comes too late', () => {
    const track = trackOf([], { capacity: 100 })
    for (let i = 0; i < 1000; i++) expect(add(track, i * 10, poseAt({ lon: i / 1e4 }))).toBe('kept')
    expect(track.size).toBe(100)
    expect(track.oldestMs).toBe(T0 + 9000)
    expect(add(track, 8999, poseAt())).toBe('late')
    expect(add(track, 9005, poseAt())).toBe('kept')
    expect(track.size).toBe(100)
    expect(track.oldestMs).toBe(T0 + 9005)
    expect(seen(track, 9990).lonDeg).toBeCloseTo(0.0999, 9)
  })

  it('is bounded in age', () => {
    const track = trackOf([
      [0, poseAt()],
      [30_000, poseAt()],
    ])
    add(track, 60_001, poseAt())
    expect(track.size).toBe(2)
    expect(add(track, 0, poseAt())).toBe('late')
  })

  it('starts over when the clock of the sensor was set back for good', () => {
    const track = trackOf([[3_600_000, poseAt()]])
    expect(add(track, 0, poseAt(), T0 + 3_601_000)).toBe('late')
    expect(add(track, 4_000, poseAt(), T0 + 3_605_000)).toBe('kept')
    expect(track.size).toBe(1)
    expect(look(track, 4_000)).toBeDefined()
  })
})
