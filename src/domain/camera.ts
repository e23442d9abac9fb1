/** Cameras as sent to cameras as used: one attitude, one pair of focal lengths, defaults filled in. */

import type { WireCamera, WirePose } from './camera-schema.ts'
import type {
  Attitude,
  AttitudeSigma,
  CameraRef,
  Height,
  LeverArm,
  NorthRef,
  Pose,
  PoseSigma,
  Velocity,
} from './detection.ts'
import { below, isRefused, type Read, refusal, refuse } from './expectation.ts'
import { intrinsicsOf } from './intrinsics.ts'
import type { WireHeight, WireVelocity } from './terms.ts'

/** A quaternion shorter than this has no direction left. */
const SHORTEST_QUATERNION = 1e-6

/** Degrees clockwise from true north, brought to 0 up to, not including, 360. */
export function bearingDeg(deg: number): number {
  const turned = deg < 0 ? deg + 360 : deg
  return turned >= 360 ? turned - 360 : turned
}

/** A height with its datum; `field` is its path. */
export function heightOf(wire: WireHeight, field: string): Read<Height> {
  if (wire.datum !== 'takeoff') return { value: wire.value, datum: wire.datum }
  if (wire.takeoffHaeM === undefined) {
    return refuse(`${field}.takeoffHaeM`, 'a number of metres, because the datum is "takeoff"', undefined)
  }
  return { value: wire.value, datum: wire.datum, takeoffHaeM: wire.takeoffHaeM }
}

export function velocityOf(wire: WireVelocity): Velocity {
  return { speedMps: wire.speedMps, courseDeg: bearingDeg(wire.courseDeg), climbMps: wire.climbMps }
}

function attitudeSigmaOf(wire: AttitudeSigma): AttitudeSigma {
  return { yawDeg: wire.yawDeg, pitchDeg: wire.pitchDeg, rollDeg: wire.rollDeg }
}

export function poseSigmaOf(wire: PoseSigma): PoseSigma {
  return {
    positionM: wire.positionM,
    heightM: wire.heightM,
    yawDeg: wire.yawDeg,
    pitchDeg: wire.pitchDeg,
    rollDeg: wire.rollDeg,
    timeMs: wire.timeMs,
    airframe: wire.airframe && attitudeSigmaOf(wire.airframe),
  }
}

export function leverArmOf(wire: LeverArm): LeverArm {
  return { forwardM: wire.forwardM, rightM: wire.rightM, downM: wire.downM }
}

/** What a heading is measured from; true north is left out, for it needs no saying. */
interface North {
  readonly ref: NorthRef | undefined
  readonly declinationDeg: number | undefined
}

const TRUE_NORTH: North = { ref: undefined, declinationDeg: undefined }

/** Reads what a heading is measured from; `at` is the path of the object, `name` the field that says it. */
export function northOf(
  ref: NorthRef | undefined,
  declinationDeg: number | undefined,
  at: string,
  name: string,
): Read<North> {
  if (ref === 'magnetic') return { ref, declinationDeg }
  if (declinationDeg === undefined) return TRUE_NORTH
  return refuse(below(at, name), '"magnetic", because there is a declinationDeg', ref)
}

type Pointing = Pick<Pose, 'attitude' | 'quaternion'>

/** Exactly one of the three angles and the quaternion, which is brought to unit length. */
function pointingOf(wire: WirePose, at: string): Read<Pointing> {
  const { yawDeg, pitchDeg, rollDeg, quaternion } = wire
  if (quaternion === undefined) {
    if (yawDeg === undefined) return missingAngle(below(at, 'yawDeg'))
    if (pitchDeg === undefined) return missingAngle(below(at, 'pitchDeg'))
    if (rollDeg === undefined) return missingAngle(below(at, 'rollDeg'))
    return { attitude: { yawDeg, pitchDeg, rollDeg } }
  }
  if (yawDeg !== undefined || pitchDeg !== undefined || rollDeg !== undefined) {
    return refusal(at || '$', 'either yawDeg, pitchDeg and rollDeg, or quaternion', 'angles and quaternion')
  }
  const [w, x, y, z] = quaternion
  const length = Math.hypot(w, x, y, z)
  if (!(length >= SHORTEST_QUATERNION && length < Number.POSITIVE_INFINITY)) {
    return refusal(below(at, 'quaternion'), 'a quaternion [w, x, y, z] of length 1', `one of length ${length}`)
  }
  return { quaternion: [w / length, x / length, y / length, z / length] }
}

function missingAngle(field: string) {
  return refuse(field, 'a number from -360 to 360 (or quaternion instead of the angles)', undefined)
}

function pointsNowhere({ attitude, quaternion }: Pointing): boolean {
  if (attitude) return attitude.yawDeg === 0 && attitude.pitchDeg === 0 && attitude.rollDeg === 0
  return quaternion !== undefined && quaternion[1] === 0 && quaternion[2] === 0 && quaternion[3] === 0
}

function attitudeOf(wire: Attitude): Attitude {
  return { yawDeg: wire.yawDeg, pitchDeg: wire.pitchDeg, rollDeg: wire.rollDeg }
}

/** A pose as sent to a pose as used; `at` is its path. */
export function poseOf(wire: WirePose, at: string): Read<Pose> {
  const height = heightOf(wire.height, below(at, 'height'))
  if (isRefused(height)) return height
  const pointing = pointingOf(wire, at)
  if (isRefused(pointing)) return pointing
  if (wire.lat === 0 && wire.lon === 0 && pointsNowhere(pointing)) {
    return refusal(at || '$', 'the pose of a real camera', 'zero in every angle and both coordinates')
  }
  const north = northOf(wire.yawRef, wire.declinationDeg, at, 'yawRef')
  if (isRefused(north)) return north
  return {
    lat: wire.lat,
    lon: wire.lon,
    height,
    attitude: pointing.attitude,
    quaternion: pointing.quaternion,
    airframe: wire.airframe && attitudeOf(wire.airframe),
    yawRef: north.ref,
    declinationDeg: north.declinationDeg,
    leverArm: wire.leverArm && leverArmOf(wire.leverArm),
    velocity: wire.velocity && velocityOf(wire.velocity),
    sigma: wire.sigma && poseSigmaOf(wire.sigma),
  }
}

/** The camera to use: inline when pose or intrinsics are given, else the id of a registered one. */
export function cameraOf(wire: WireCamera): Read<CameraRef> {
  if (wire.pose === undefined && wire.intrinsics === undefined) {
    if (wire.id === undefined) return refusal('camera', 'pose and intrinsics, or the id of a registered camera', 'none')
    return { id: wire.id }
  }
  if (wire.pose === undefined) return refuse('camera.pose', 'an object, beside intrinsics', undefined)
  if (wire.intrinsics === undefined) return refuse('camera.intrinsics', 'an object, beside pose', undefined)
  const pose = poseOf(wire.pose, 'camera.pose')
  if (isRefused(pose)) return pose
  const intrinsics = intrinsicsOf(wire.intrinsics, 'camera.intrinsics')
  if (isRefused(intrinsics)) return intrinsics
  return { pose, intrinsics }
}
