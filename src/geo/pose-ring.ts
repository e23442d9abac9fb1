/**
 * The poses of one sensor in order of time: a ring of plain numbers, bounded in count and in age.
 *
 * Invariants: times strictly increase; there are never more than `capacity`; nothing is older than the newest by more
 * than `maxAgeMs`. What comes late is put where it belongs, what comes twice is kept once.
 * Places are Earth-centred and attitudes turn the body into Earth-centred axes, so that neither the seam of longitude
 * nor a pole is anything special between two poses.
 */
import type { Pose } from '../domain/detection.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { nedAxes, nedToEcef } from './frames.ts'
import { multiplyQuaternions, quaternionOfAngles, quaternionOfPlace } from './quaternion.ts'

/** Offsets in the numbers of one pose. */
export const TIME = 0
/** ECEF, metres. */
export const PLACE = 1
/** Height in metres: above the ellipsoid, or above ground where {@link ABOVE_GROUND} is 1. */
export const HEIGHT = 4
/** Body -> ECEF; with an airframe, camera or gimbal -> airframe. */
export const BODY = 5
/** Airframe -> ECEF; NaN without one. */
export const AIRFRAME = 9
/** ECEF, metres per second; NaN when the telemetry does not say. */
export const VELOCITY = 13
/** positionM, heightM, yaw, pitch, roll, timeMs, then the airframe's yaw, pitch, roll; NaN where not stated. */
export const SIGMAS = 16
export const SIGMA_COUNT = 9
export const ABOVE_GROUND = 25
export const POSE_STRIDE = 26

/** What became of a pose: `late` is older than the ring reaches back. */
export type Admission = 'kept' | 'duplicate' | 'late'

export interface PoseRingOptions {
  /** Most poses kept. */
  readonly capacity: number
  /** Poses older than the newest by more than this are forgotten. */
  readonly maxAgeMs: number
}

/** A sensor whose clock was set back sends nothing but late poses; after so long of that the ring starts over. */
const RESTART_AFTER_MS = 5_000
const FIRST_CAPACITY = 64

const row = new Float64Array(POSE_STRIDE)
const axes = new Float64Array(9)
const toEarth = new Float64Array(4)
const own = new Float64Array(4)

export class PoseRing {
  readonly #capacity: number
  readonly #maxAgeMs: number
  #values: Float64Array
  #slots: number
  #first = 0
  #count = 0
  /** When the last pose was kept, by the clock of {@link add}'s `receivedMs`. */
  #keptMs = 0

  constructor(options: PoseRingOptions) {
    this.#capacity = options.capacity
    this.#maxAgeMs = options.maxAgeMs
    this.#slots = Math.min(FIRST_CAPACITY, options.capacity)
    this.#values = new Float64Array(this.#slots * POSE_STRIDE)
  }

  get size(): number {
    return this.#count
  }

  /** The numbers of all poses; a pose begins at {@link offset}. */
  get values(): Float64Array {
    return this.#values
  }

  /** Where the pose `i`, counted from the oldest, begins in {@link values}. */
  offset(i: number): number {
    const slot = this.#first + i
    return (slot < this.#slots ? slot : slot - this.#slots) * POSE_STRIDE
  }

  timeOf(i: number): number {
    return this.#values[this.offset(i)] as number
  }

  /** The last pose at or before a time, counted from the oldest; -1 when there is none. */
  before(timeMs: number): number {
    // Most are asked for close to the newest.
    const last = this.#count - 1
    if (last < 0 || this.timeOf(last) <= timeMs) return last
    let low = -1
    let high = last
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.timeOf(middle) <= timeMs) low = middle
      else high = middle
    }
    return low
  }

  /**
   * Takes in a pose whose heading is from true north.
   *
   * @param heightM above the ellipsoid, or above ground with `aboveGround`
   * @param receivedMs when it reached us, by our own clock
   */
  add(timeMs: number, pose: Pose, heightM: number, aboveGround: boolean, receivedMs: number): Admission {
    let at = this.before(timeMs)
    if (at >= 0 && this.timeOf(at) === timeMs) return 'duplicate'
    if (this.#isLate(timeMs, at)) {
      if (receivedMs - this.#keptMs < RESTART_AFTER_MS) return 'late'
      this.#count = 0
      at = -1
    }
    this.#keptMs = receivedMs
    fillRow(timeMs, pose, heightM, aboveGround)
    if (this.#count === this.#slots && !this.#grown()) {
      this.#dropOldest()
      at -= 1
    }
    this.#insert(at + 1)
    const newest = this.timeOf(this.#count - 1)
    while (this.timeOf(0) < newest - this.#maxAgeMs) this.#dropOldest()
    return 'kept'
  }

  #isLate(timeMs: number, at: number): boolean {
    if (this.#count === 0) return false
    if (timeMs < this.timeOf(this.#count - 1) - this.#maxAgeMs) return true
    return at < 0 && this.#count === this.#capacity
  }

  #dropOldest(): void {
    this.#first = this.#first + 1 === this.#slots ? 0 : this.#first + 1
    this.#count -= 1
  }

  /** Makes room by doubling; false at the full capacity. */
  #grown(): boolean {
    if (this.#slots === this.#capacity) return false
    const slots = Math.min(2 * this.#slots, this.#capacity)
    const values = new Float64Array(slots * POSE_STRIDE)
    for (let i = 0; i < this.#count; i++) {
      const from = this.offset(i)
      values.set(this.#values.subarray(from, from + POSE_STRIDE), i * POSE_STRIDE)
    }
    this.#values = values
    this.#slots = slots
    this.#first = 0
    return true
  }

  /** Puts the row at place `i`, moving what is newer up by one. */
  #insert(i: number): void {
    this.#count += 1
    for (let j = this.#count - 1; j > i; j--) {
      const from = this.offset(j - 1)
      this.#values.copyWithin(this.offset(j), from, from + POSE_STRIDE)
    }
    this.#values.set(row, this.offset(i))
  }
}

function fillRow(timeMs: number, pose: Pose, heightM: number, aboveGround: boolean): void {
  const lat = pose.lat * DEG
  const lon = pose.lon * DEG
  row[TIME] = timeMs
  toEcef(lat, lon, heightM, axes)
  for (let i = 0; i < 3; i++) row[PLACE + i] = axes[i] as number
  row[HEIGHT] = heightM
  row[ABOVE_GROUND] = aboveGround ? 1 : 0
  fillAttitude(pose, lat, lon)
  fillVelocity(pose, lat, lon)
  const s = pose.sigma
  const f = s?.airframe
  row[SIGMAS] = s?.positionM ?? Number.NaN
  row[SIGMAS + 1] = s?.heightM ?? Number.NaN
  row[SIGMAS + 2] = s?.yawDeg ?? Number.NaN
  row[SIGMAS + 3] = s?.pitchDeg ?? Number.NaN
  row[SIGMAS + 4] = s?.rollDeg ?? Number.NaN
  row[SIGMAS + 5] = s?.timeMs ?? Number.NaN
  row[SIGMAS + 6] = f?.yawDeg ?? Number.NaN
  row[SIGMAS + 7] = f?.pitchDeg ?? Number.NaN
  row[SIGMAS + 8] = f?.rollDeg ?? Number.NaN
}

function fillAttitude({ attitude, quaternion, airframe }: Pose, lat: number, lon: number): void {
  if (attitude !== undefined) quaternionOfAngles(attitude.yawDeg, attitude.pitchDeg, attitude.rollDeg, own, 0)
  else for (let i = 0; i < 4; i++) own[i] = quaternion?.[i] ?? Number.NaN
  quaternionOfPlace(lat, lon, toEarth, 0)
  if (airframe === undefined) {
    multiplyQuaternions(toEarth, 0, own, 0, row, BODY)
    row.fill(Number.NaN, AIRFRAME, AIRFRAME + 4)
    return
  }
  row.set(own, BODY)
  quaternionOfAngles(airframe.yawDeg, airframe.pitchDeg, airframe.rollDeg, own, 0)
  multiplyQuaternions(toEarth, 0, own, 0, row, AIRFRAME)
}

function fillVelocity({ velocity }: Pose, lat: number, lon: number): void {
  if (velocity === undefined) {
    row.fill(Number.NaN, VELOCITY, VELOCITY + 3)
    return
  }
  const course = velocity.courseDeg * DEG
  const { speedMps } = velocity
  nedAxes(lat, lon, axes)
  nedToEcef(axes, speedMps * Math.cos(course), speedMps * Math.sin(course), -(velocity.climbMps ?? 0), own)
  for (let i = 0; i < 3; i++) row[VELOCITY + i] = own[i] as number
}
