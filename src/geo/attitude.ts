/**
 * How a camera points: rotations from its body to north-east-down, and the axes about which each angle errs.
 *
 * Body is x forward, y right, z down; the camera's own frame is x right, y down, z forward, so that a camera vector
 * (x, y, z) is the body vector (z, x, y). R = Rz(yaw) Ry(pitch) Rx(roll): yaw clockwise from true north, pitch up
 * positive, roll right side down positive. A gimbal on an airframe multiplies: NED <- airframe <- gimbal.
 * Matrices are nine numbers, row by row.
 */
import type { Attitude, Pose } from '../domain/detection.ts'
import { DEG } from './ellipsoid.ts'

/** Rotation matrix body -> reference of yaw, pitch, roll in radians. */
export function rotationOfAngles(yaw: number, pitch: number, roll: number, out: Float64Array): void {
  const sy = Math.sin(yaw)
  const cy = Math.cos(yaw)
  const sp = Math.sin(pitch)
  const cp = Math.cos(pitch)
  const sr = Math.sin(roll)
  const cr = Math.cos(roll)
  out[0] = cy * cp
  out[1] = cy * sp * sr - sy * cr
  out[2] = cy * sp * cr + sy * sr
  out[3] = sy * cp
  out[4] = sy * sp * sr + cy * cr
  out[5] = sy * sp * cr - cy * sr
  out[6] = -sp
  out[7] = cp * sr
  out[8] = cp * cr
}

/** Rotation matrix of a quaternion (w, x, y, z), which need not have unit length; a zero one gives NaN. */
export function rotationOfQuaternion(w: number, x: number, y: number, z: number, out: Float64Array): void {
  const s = 2 / (w * w + x * x + y * y + z * z)
  out[0] = 1 - s * (y * y + z * z)
  out[1] = s * (x * y - w * z)
  out[2] = s * (x * z + w * y)
  out[3] = s * (x * y + w * z)
  out[4] = 1 - s * (x * x + z * z)
  out[5] = s * (y * z - w * x)
  out[6] = s * (x * z - w * y)
  out[7] = s * (y * z + w * x)
  out[8] = 1 - s * (x * x + y * y)
}

/** out = a b; `out` must be neither of the two. */
export function multiply(a: Float64Array, b: Float64Array, out: Float64Array): void {
  for (let r = 0; r < 9; r += 3) {
    const x = a[r] as number
    const y = a[r + 1] as number
    const z = a[r + 2] as number
    out[r] = x * (b[0] as number) + y * (b[3] as number) + z * (b[6] as number)
    out[r + 1] = x * (b[1] as number) + y * (b[4] as number) + z * (b[7] as number)
    out[r + 2] = x * (b[2] as number) + y * (b[5] as number) + z * (b[8] as number)
  }
}

/** A pointing camera: body -> NED, and the unit axes (NED) about which an error of each angle turns it. */
export interface Orientation {
  /** Body -> NED. */
  readonly body: Float64Array
  /** Three axes of three numbers: yaw, pitch, roll of the camera (or of the gimbal). */
  readonly axes: Float64Array
  /** The same of the airframe; meaningful when `onAirframe`. */
  readonly airframeAxes: Float64Array
  onAirframe: boolean
}

export function newOrientation(): Orientation {
  return {
    body: new Float64Array(9),
    axes: new Float64Array(9),
    airframeAxes: new Float64Array(9),
    onAirframe: false,
  }
}

const gimbal = new Float64Array(9)
const airframe = new Float64Array(9)
const turned = new Float64Array(3)

/** Fills `out` from a pose's attitude or quaternion and its airframe, if any. A pose with neither gives NaN. */
export function orient(pose: Pose, out: Orientation): void {
  const a = pose.attitude
  const q = pose.quaternion
  if (a !== undefined) {
    rotationOfAngles(a.yawDeg * DEG, a.pitchDeg * DEG, a.rollDeg * DEG, gimbal)
    axesOfAngles(a, gimbal, out.axes)
  } else if (q !== undefined) {
    rotationOfQuaternion(q[0], q[1], q[2], q[3], gimbal)
    axesOfMatrix(gimbal, out.axes)
  } else {
    gimbal.fill(Number.NaN)
  }
  const f = pose.airframe
  out.onAirframe = f !== undefined
  if (f === undefined) {
    out.body.set(gimbal)
    return
  }
  rotationOfAngles(f.yawDeg * DEG, f.pitchDeg * DEG, f.rollDeg * DEG, airframe)
  axesOfAngles(f, airframe, out.airframeAxes)
  multiply(airframe, gimbal, out.body)
  for (let i = 0; i < 9; i += 3) {
    turn(airframe, out.axes[i] as number, out.axes[i + 1] as number, out.axes[i + 2] as number, turned)
    out.axes.set(turned, i)
  }
}

/** out = R v. */
export function turn(r: Float64Array, x: number, y: number, z: number, out: Float64Array): void {
  out[0] = (r[0] as number) * x + (r[1] as number) * y + (r[2] as number) * z
  out[1] = (r[3] as number) * x + (r[4] as number) * y + (r[5] as number) * z
  out[2] = (r[6] as number) * x + (r[7] as number) * y + (r[8] as number) * z
}

/** out = R^T v. */
export function turnBack(r: Float64Array, x: number, y: number, z: number, out: Float64Array): void {
  out[0] = (r[0] as number) * x + (r[3] as number) * y + (r[6] as number) * z
  out[1] = (r[1] as number) * x + (r[4] as number) * y + (r[7] as number) * z
  out[2] = (r[2] as number) * x + (r[5] as number) * y + (r[8] as number) * z
}

/** Yaw turns about down, pitch about the yawed right axis, roll about the body's forward axis. */
function axesOfAngles(a: Attitude, r: Float64Array, out: Float64Array): void {
  setAxes(-Math.sin(a.yawDeg * DEG), Math.cos(a.yawDeg * DEG), r, out)
}

/** The same axes from a matrix alone; looking straight down or up, where yaw and roll are one, roll is taken as 0. */
function axesOfMatrix(r: Float64Array, out: Float64Array): void {
  const north = r[0] as number
  const east = r[3] as number
  const level = Math.hypot(north, east)
  if (level > 1e-9) setAxes(-east / level, north / level, r, out)
  else setAxes(r[1] as number, r[4] as number, r, out)
}

function setAxes(pitchNorth: number, pitchEast: number, r: Float64Array, out: Float64Array): void {
  out[0] = 0
  out[1] = 0
  out[2] = 1
  out[3] = pitchNorth
  out[4] = pitchEast
  out[5] = 0
  out[6] = r[0] as number
  out[7] = r[3] as number
  out[8] = r[6] as number
}
