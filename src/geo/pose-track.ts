/**
 * Where a sensor was and how it pointed at any time its telemetry reaches: between two poses, or a little beyond one.
 *
 * Between two poses the place moves evenly and the attitude turns evenly, the shorter way round. Two poses that are too
 * far apart, or that say different things (with an airframe and without, above ground and above the ellipsoid), have
 * nothing between them. What the sensor did unseen is an error of its own: with an unknown acceleration a, a straight
 * line through two poses is off by a (t - t1)(t - t2) / 2 at time t, between them and beyond them alike.
 */
import type { Pose } from '../domain/detection.ts'
import { DEG, toGeodetic } from './ellipsoid.ts'
import { ecefToNed, nedAxes } from './frames.ts'
import {
  ABOVE_GROUND,
  type Admission,
  AIRFRAME,
  BODY,
  HEIGHT,
  PLACE,
  PoseRing,
  type PoseRingOptions,
  SIGMA_COUNT,
  SIGMAS,
  TIME,
  VELOCITY,
} from './pose-ring.ts'
import { multiplyQuaternions, quaternionOfPlace, slerp, turnByQuaternion } from './quaternion.ts'

export interface PoseTrackOptions extends PoseRingOptions {
  /** Between poses further apart than this nothing is known. */
  readonly maxGapMs: number
  /** How far beyond a pose it still counts. */
  readonly maxBeyondMs: number
  /** One sigma of what the sensor may do unseen: acceleration, and that of its turning. */
  readonly accelerationMps2: number
  readonly turnDegPerS2: number
  /** One sigma of the speed and of the turning of a sensor of which a single pose is known. */
  readonly speedMps: number
  readonly turnDegPerS: number
}

/** The normative table; documentation and tests list it. */
export const POSE_TRACK_DEFAULTS: PoseTrackOptions = {
  capacity: 1024,
  maxAgeMs: 60_000,
  maxGapMs: 2_000,
  maxBeyondMs: 250,
  accelerationMps2: 3,
  turnDegPerS2: 20,
  speedMps: 20,
  turnDegPerS: 20,
}

/** A pose looked up; filled anew by every look-up. */
export interface TrackedPose {
  latDeg: number
  lonDeg: number
  heightM: number
  /** True when the height is above ground, else it is above the ellipsoid. */
  aboveGround: boolean
  /** Body -> north-east-down (w, x, y, z); with an airframe, camera or gimbal -> airframe. */
  readonly body: Float64Array
  onAirframe: boolean
  /** Airframe -> north-east-down; meaningful when `onAirframe`. */
  readonly airframe: Float64Array
  /** Metres per second towards north, east, down. */
  readonly velocity: Float64Array
  /** Radians per second about north, east, down. */
  readonly turning: Float64Array
  /** As stated with the poses, in the order of `pose-ring.ts`; NaN where not stated. */
  readonly sigmas: Float64Array
  /** One-sigma errors of having looked between poses or beyond them: metres per axis, degrees about each axis. */
  spreadM: number
  spreadDeg: number
  /** Time to the nearest pose. */
  offMs: number
}

export function newTrackedPose(): TrackedPose {
  const none = Number.NaN
  return {
    latDeg: none,
    lonDeg: none,
    heightM: none,
    aboveGround: false,
    body: new Float64Array(4),
    onAirframe: false,
    airframe: new Float64Array(4),
    velocity: new Float64Array(3),
    turning: new Float64Array(3),
    sigmas: new Float64Array(SIGMA_COUNT),
    spreadM: none,
    spreadDeg: none,
    offMs: none,
  }
}

const place = new Float64Array(3)
const speed = new Float64Array(3)
const turning = new Float64Array(3)
const geodetic = new Float64Array(3)
const axis = new Float64Array(3)
const axes = new Float64Array(9)
const toEarth = new Float64Array(4)
const carrier = new Float64Array(4)
const spin = new Float64Array(3)

export class PoseTrack {
  readonly #ring: PoseRing
  readonly #options: PoseTrackOptions

  constructor(options: PoseTrackOptions = POSE_TRACK_DEFAULTS) {
    this.#ring = new PoseRing(options)
    this.#options = options
  }

  /** Poses kept. */
  get size(): number {
    return this.#ring.size
  }

  /** Time of the oldest and of the newest pose; NaN while there are none. */
  get oldestMs(): number {
    return this.size > 0 ? this.#ring.timeOf(0) : Number.NaN
  }

  get newestMs(): number {
    return this.size > 0 ? this.#ring.timeOf(this.size - 1) : Number.NaN
  }

  /** Takes in a pose (see {@link PoseRing.add}). */
  add(timeMs: number, pose: Pose, heightM: number, aboveGround: boolean, receivedMs: number): Admission {
    return this.#ring.add(timeMs, pose, heightM, aboveGround, receivedMs)
  }

  /** The pose at a time, into `out`; false when the telemetry does not reach there, and `out` is undefined then. */
  at(timeMs: number, out: TrackedPose): boolean {
    const ring = this.#ring
    const i = ring.before(timeMs)
    const after = i + 1 < ring.size
    if (i >= 0 && after && this.#joined(i)) {
      this.#along(i, i + 1, i, timeMs, out)
      return true
    }
    const sinceMs = i >= 0 ? timeMs - ring.timeOf(i) : Number.POSITIVE_INFINITY
    const untilMs = after ? ring.timeOf(i + 1) - timeMs : Number.POSITIVE_INFINITY
    // Written so that a time that is no number reaches nowhere.
    if (!(Math.min(sinceMs, untilMs) <= this.#options.maxBeyondMs)) return false
    if (sinceMs <= untilMs) this.#along(i > 0 && this.#joined(i - 1) ? i - 1 : i, i, i, timeMs, out)
    else this.#along(i + 1, i + 2 < ring.size && this.#joined(i + 1) ? i + 2 : i + 1, i + 1, timeMs, out)
    return true
  }

  /** True when there is a way from pose `i` to the next. */
  #joined(i: number): boolean {
    const { values } = this.#ring
    const a = this.#ring.offset(i)
    const b = this.#ring.offset(i + 1)
    return (
      (values[b + TIME] as number) - (values[a + TIME] as number) <= this.#options.maxGapMs &&
      values[a + ABOVE_GROUND] === values[b + ABOVE_GROUND] &&
      Number.isNaN(values[a + AIRFRAME]) === Number.isNaN(values[b + AIRFRAME])
    )
  }

  /** Fills `out` along the line through poses `first` and `second`, which may be one, between them or beyond `end`. */
  #along(first: number, second: number, end: number, timeMs: number, out: TrackedPose): void {
    const { values } = this.#ring
    const a = this.#ring.offset(first)
    const b = this.#ring.offset(second)
    const e = this.#ring.offset(end)
    const sinceA = timeMs - (values[a + TIME] as number)
    const sinceB = timeMs - (values[b + TIME] as number)
    const gapS = (sinceA - sinceB) / 1000
    const beyond = sinceA * sinceB > 0 || gapS === 0
    const s = gapS === 0 ? 0 : sinceA / (sinceA - sinceB)
    out.offMs = Math.min(Math.abs(sinceA), Math.abs(sinceB))
    out.aboveGround = values[a + ABOVE_GROUND] === 1
    this.#place(a, b, e, s, gapS, beyond, timeMs, out)
    this.#attitude(a, b, s, gapS, out)
    // Unseen for (t - t1)(t - t2), in seconds squared.
    const unseen = Math.abs(sinceA * sinceB) / 2e6
    const { accelerationMps2, turnDegPerS2, speedMps, turnDegPerS } = this.#options
    const alone = Math.abs(sinceA) / 1000
    const knownSpeed = !Number.isNaN(values[e + VELOCITY] as number)
    if (beyond && knownSpeed) out.spreadM = (accelerationMps2 * out.offMs * out.offMs) / 2e6
    else out.spreadM = gapS === 0 ? speedMps * alone : accelerationMps2 * unseen
    out.spreadDeg = gapS === 0 ? turnDegPerS * alone : turnDegPerS2 * unseen
    // Between two poses the worse of both, and nothing where one of them says nothing.
    const from = (s < 1 ? a : b) + SIGMAS
    const to = (s > 0 ? b : a) + SIGMAS
    for (let i = 0; i < SIGMA_COUNT; i++) {
      out.sigmas[i] = Math.max(values[from + i] as number, values[to + i] as number)
    }
  }

  #place(
    a: number,
    b: number,
    e: number,
    s: number,
    gapS: number,
    beyond: boolean,
    timeMs: number,
    out: TrackedPose,
  ): void {
    const { values } = this.#ring
    // A stated velocity leads on from a pose better than the last stretch does.
    const stated = beyond && !Number.isNaN(values[e + VELOCITY] as number)
    const seconds = (timeMs - (values[e + TIME] as number)) / 1000
    for (let i = 0; i < 3; i++) {
      const from = values[a + PLACE + i] as number
      const way = (values[b + PLACE + i] as number) - from
      const own = values[e + VELOCITY + i] as number
      speed[i] = stated ? own : gapS === 0 ? 0 : way / gapS
      place[i] = stated ? (values[e + PLACE + i] as number) + own * seconds : from + s * way
    }
    toGeodetic(place[0] as number, place[1] as number, place[2] as number, geodetic)
    const lat = geodetic[0] as number
    const lon = geodetic[1] as number
    out.latDeg = lat / DEG
    out.lonDeg = lon / DEG
    // The straight line between two poses runs under the curve of the Earth; their heights do not.
    const fromM = values[a + HEIGHT] as number
    out.heightM = stated ? (geodetic[2] as number) : fromM + s * ((values[b + HEIGHT] as number) - fromM)
    nedAxes(lat, lon, axes)
    quaternionOfPlace(lat, lon, toEarth, 0)
    ecefToNed(axes, speed[0] as number, speed[1] as number, speed[2] as number, out.velocity)
  }

  #attitude(a: number, b: number, s: number, gapS: number, out: TrackedPose): void {
    const { values } = this.#ring
    const rate = gapS === 0 ? 0 : 1 / gapS
    out.onAirframe = !Number.isNaN(values[a + AIRFRAME] as number)
    if (!out.onAirframe) {
      const angle = slerp(values, a + BODY, values, b + BODY, s, carrier, 0, axis)
      for (let i = 0; i < 3; i++) turning[i] = angle * rate * (axis[i] as number)
      multiplyQuaternions(toEarth, 0, carrier, 0, out.body, 0, true)
    } else {
      const angle = slerp(values, a + BODY, values, b + BODY, s, out.body, 0, axis)
      for (let i = 0; i < 3; i++) spin[i] = angle * rate * (axis[i] as number)
      const carried = slerp(values, a + AIRFRAME, values, b + AIRFRAME, s, carrier, 0, axis)
      // The gimbal turns about axes of the airframe; both turnings add in those of the Earth.
      turnByQuaternion(carrier, 0, spin, spin)
      for (let i = 0; i < 3; i++) turning[i] = carried * rate * (axis[i] as number) + (spin[i] as number)
      multiplyQuaternions(toEarth, 0, carrier, 0, out.airframe, 0, true)
    }
    ecefToNed(axes, turning[0] as number, turning[1] as number, turning[2] as number, out.turning)
  }
}
