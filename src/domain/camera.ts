/** Cameras as sent to cameras as used: one attitude, one pair of focal lengths, defaults filled in. */

import type { WireCamera, WireIntrinsics, WirePose } from './camera-schema.ts'
import type { Attitude, CameraRef, Distortion, Height, Intrinsics, Pose, PoseSigma, Velocity } from './detection.ts'
import { isRefused, type Read, refusal, refuse } from './expectation.ts'
import type { WireHeight, WireVelocity } from './terms.ts'

/** A quaternion shorter than this has no direction left. */
const SHORTEST_QUATERNION = 1e-6
const DEGREE = Math.PI / 180

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

export function poseSigmaOf(wire: PoseSigma): PoseSigma {
  return {
    positionM: wire.positionM,
    heightM: wire.heightM,
    yawDeg: wire.yawDeg,
    pitchDeg: wire.pitchDeg,
    rollDeg: wire.rollDeg,
    timeMs: wire.timeMs,
  }
}

type Pointing = Pick<Pose, 'attitude' | 'quaternion'>

/** Exactly one of the three angles and the quaternion, which is brought to unit length. */
function pointingOf(wire: WirePose): Read<Pointing> {
  const { yawDeg, pitchDeg, rollDeg, quaternion } = wire
  if (quaternion === undefined) {
    if (yawDeg === undefined) return missingAngle('yawDeg')
    if (pitchDeg === undefined) return missingAngle('pitchDeg')
    if (rollDeg === undefined) return missingAngle('rollDeg')
    return { attitude: { yawDeg, pitchDeg, rollDeg } }
  }
  if (yawDeg !== undefined || pitchDeg !== undefined || rollDeg !== undefined) {
    return refusal('camera.pose', 'either yawDeg, pitchDeg and rollDeg, or quaternion', 'angles and quaternion')
  }
  const [w, x, y, z] = quaternion
  const length = Math.hypot(w, x, y, z)
  if (!(length >= SHORTEST_QUATERNION && length < Number.POSITIVE_INFINITY)) {
    return refusal('camera.pose.quaternion', 'a quaternion [w, x, y, z] of length 1', `one of length ${length}`)
  }
  return { quaternion: [w / length, x / length, y / length, z / length] }
}

function missingAngle(name: string) {
  return refuse(`camera.pose.${name}`, 'a number from -360 to 360 (or quaternion instead of the angles)', undefined)
}

function pointsNowhere({ attitude, quaternion }: Pointing): boolean {
  if (attitude) return attitude.yawDeg === 0 && attitude.pitchDeg === 0 && attitude.rollDeg === 0
  return quaternion !== undefined && quaternion[1] === 0 && quaternion[2] === 0 && quaternion[3] === 0
}

function attitudeOf(wire: Attitude): Attitude {
  return { yawDeg: wire.yawDeg, pitchDeg: wire.pitchDeg, rollDeg: wire.rollDeg }
}

function poseOf(wire: WirePose): Read<Pose> {
  const height = heightOf(wire.height, 'camera.pose.height')
  if (isRefused(height)) return height
  const pointing = pointingOf(wire)
  if (isRefused(pointing)) return pointing
  if (wire.lat === 0 && wire.lon === 0 && pointsNowhere(pointing)) {
    return refusal('camera.pose', 'the pose of a real camera', 'zero in every angle and both coordinates')
  }
  return {
    lat: wire.lat,
    lon: wire.lon,
    height,
    attitude: pointing.attitude,
    quaternion: pointing.quaternion,
    airframe: wire.airframe && attitudeOf(wire.airframe),
    velocity: wire.velocity && velocityOf(wire.velocity),
    sigma: wire.sigma && poseSigmaOf(wire.sigma),
  }
}

function distortionOf(wire: Distortion): Read<Distortion> {
  const count = wire.coefficients.length
  const field = 'camera.intrinsics.distortion.coefficients'
  if (wire.model === 'kannala-brandt' ? count !== 4 : count !== 4 && count !== 5 && count !== 8) {
    const expected = wire.model === 'kannala-brandt' ? '4 coefficients' : '4, 5 or 8 coefficients'
    return refusal(field, `${expected} for ${wire.model}`, String(count))
  }
  return { model: wire.model, coefficients: wire.coefficients }
}

/**
 * Pixels of focal length that make half a side subtend half a field of view, both along one axis.
 * Pinhole: f = side / 2 / tan(fov / 2). A fisheye images the angle itself, so its polynomial takes the place of the tangent.
 */
function focalFromFov(sidePx: number, fovDeg: number, distortion: Distortion | undefined): number {
  const half = (fovDeg / 2) * DEGREE
  if (distortion?.model !== 'kannala-brandt') return sidePx / 2 / Math.tan(half)
  const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = distortion.coefficients
  const h2 = half * half
  return sidePx / 2 / (half * (1 + h2 * (k1 + h2 * (k2 + h2 * (k3 + h2 * k4)))))
}

interface Focal {
  readonly fx: number
  readonly fy: number
}

const WAYS = 'exactly one of fx and fy, hfovDeg or vfovDeg, focalMm with sensorWidthMm and sensorHeightMm'

/** The focal lengths in pixels from the one way they were given. */
function focalOf(wire: WireIntrinsics, distortion: Distortion | undefined): Read<Focal> {
  const { fx, fy, hfovDeg, vfovDeg, focalMm, sensorWidthMm, sensorHeightMm } = wire
  const given: string[] = []
  if (fx !== undefined || fy !== undefined) given.push('fx or fy')
  if (hfovDeg !== undefined || vfovDeg !== undefined) given.push('a field of view')
  if (focalMm !== undefined || sensorWidthMm !== undefined || sensorHeightMm !== undefined) given.push('millimetres')
  if (given.length !== 1) return refusal('camera.intrinsics', WAYS, given.join(' and ') || 'none of them')

  if (given[0] === 'a field of view') return focalFromFovs(wire, distortion)
  if (given[0] === 'fx or fy') {
    if (fx === undefined) return refuse('camera.intrinsics.fx', 'a number above 0, beside fy', fx)
    if (fy === undefined) return refuse('camera.intrinsics.fy', 'a number above 0, beside fx', fy)
    return { fx, fy }
  }
  if (focalMm === undefined) return missingMm('focalMm')
  if (sensorWidthMm === undefined) return missingMm('sensorWidthMm')
  if (sensorHeightMm === undefined) return missingMm('sensorHeightMm')
  return usable({ fx: (focalMm * wire.width) / sensorWidthMm, fy: (focalMm * wire.height) / sensorHeightMm })
}

function missingMm(name: string) {
  const expected = 'a number of millimetres above 0: focalMm, sensorWidthMm and sensorHeightMm go together'
  return refuse(`camera.intrinsics.${name}`, expected, undefined)
}

/** Each focal length from its own field of view; with one of them only, pixels are square. */
function focalFromFovs(wire: WireIntrinsics, distortion: Distortion | undefined): Read<Focal> {
  const { hfovDeg, vfovDeg } = wire
  if (distortion?.model !== 'kannala-brandt') {
    const wide = 'a number above 0 and below 180 (a wider lens is kannala-brandt)'
    if (hfovDeg !== undefined && hfovDeg >= 180) return refuse('camera.intrinsics.hfovDeg', wide, hfovDeg)
    if (vfovDeg !== undefined && vfovDeg >= 180) return refuse('camera.intrinsics.vfovDeg', wide, vfovDeg)
  }
  const fx = hfovDeg === undefined ? undefined : focalFromFov(wire.width, hfovDeg, distortion)
  const fy = vfovDeg === undefined ? undefined : focalFromFov(wire.height, vfovDeg, distortion)
  return usable({ fx: fx ?? fy ?? Number.NaN, fy: fy ?? fx ?? Number.NaN })
}

function usable(focal: Focal): Read<Focal> {
  if (focal.fx > 0 && focal.fy > 0 && focal.fx < 1e12 && focal.fy < 1e12) return focal
  return refusal('camera.intrinsics', 'a lens with a focal length above 0', `fx ${focal.fx}, fy ${focal.fy} pixels`)
}

function intrinsicsOf(wire: WireIntrinsics): Read<Intrinsics> {
  const distortion = wire.distortion && distortionOf(wire.distortion)
  if (isRefused(distortion)) return distortion
  const focal = focalOf(wire, distortion)
  if (isRefused(focal)) return focal
  return {
    fx: focal.fx,
    fy: focal.fy,
    cx: wire.cx ?? wire.width / 2,
    cy: wire.cy ?? wire.height / 2,
    width: wire.width,
    height: wire.height,
    distortion,
    sigmaFocalRel: wire.sigmaFocalRel,
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
  const pose = poseOf(wire.pose)
  if (isRefused(pose)) return pose
  const intrinsics = intrinsicsOf(wire.intrinsics)
  if (isRefused(intrinsics)) return intrinsics
  return { pose, intrinsics }
}
