/**
 * Rotations as unit quaternions (w, x, y, z), kept in arrays at an offset so that tracks of poses hold them unboxed.
 *
 * A quaternion turns vectors of one frame into another by q v q*; the product p q turns by q first, then by p.
 */
import { rotationOfQuaternion } from './attitude.ts'
import { DEG } from './ellipsoid.ts'

/** The rotation of yaw, pitch and roll in degrees (see `attitude.ts`) into `out[at..at + 3]`. */
export function quaternionOfAngles(
  yawDeg: number,
  pitchDeg: number,
  rollDeg: number,
  out: Float64Array,
  at: number,
): void {
  const sy = Math.sin((yawDeg / 2) * DEG)
  const cy = Math.cos((yawDeg / 2) * DEG)
  const sp = Math.sin((pitchDeg / 2) * DEG)
  const cp = Math.cos((pitchDeg / 2) * DEG)
  const sr = Math.sin((rollDeg / 2) * DEG)
  const cr = Math.cos((rollDeg / 2) * DEG)
  out[at] = cy * cp * cr + sy * sp * sr
  out[at + 1] = cy * cp * sr - sy * sp * cr
  out[at + 2] = cy * sp * cr + sy * cp * sr
  out[at + 3] = sy * cp * cr - cy * sp * sr
}

/** The rotation north-east-down -> ECEF at a place (radians) into `out[at..at + 3]`. */
export function quaternionOfPlace(lat: number, lon: number, out: Float64Array, at: number): void {
  // Down is turned onto the meridian plane about east, then the whole about the Earth's axis.
  const tilt = -(lat + Math.PI / 2) / 2
  const st = Math.sin(tilt)
  const ct = Math.cos(tilt)
  const sl = Math.sin(lon / 2)
  const cl = Math.cos(lon / 2)
  out[at] = cl * ct
  out[at + 1] = -sl * st
  out[at + 2] = cl * st
  out[at + 3] = sl * ct
}

/** out = p q, at the offsets; `out` may be either. With `conjugate` p is turned the other way round first. */
export function multiplyQuaternions(
  p: Float64Array,
  i: number,
  q: Float64Array,
  j: number,
  out: Float64Array,
  at: number,
  conjugate = false,
): void {
  const sign = conjugate ? -1 : 1
  const pw = p[i] as number
  const px = sign * (p[i + 1] as number)
  const py = sign * (p[i + 2] as number)
  const pz = sign * (p[i + 3] as number)
  const qw = q[j] as number
  const qx = q[j + 1] as number
  const qy = q[j + 2] as number
  const qz = q[j + 3] as number
  out[at] = pw * qw - px * qx - py * qy - pz * qz
  out[at + 1] = pw * qx + px * qw + py * qz - pz * qy
  out[at + 2] = pw * qy - px * qz + py * qw + pz * qx
  out[at + 3] = pw * qz + px * qy - py * qx + pz * qw
}

/** out = q v q*, the vector turned; `out` may be `v`. */
export function turnByQuaternion(q: Float64Array, at: number, v: Float64Array, out: Float64Array): void {
  const w = q[at] as number
  const x = q[at + 1] as number
  const y = q[at + 2] as number
  const z = q[at + 3] as number
  const a = v[0] as number
  const b = v[1] as number
  const c = v[2] as number
  const tx = 2 * (y * c - z * b)
  const ty = 2 * (z * a - x * c)
  const tz = 2 * (x * b - y * a)
  out[0] = a + w * tx + y * tz - z * ty
  out[1] = b + w * ty + z * tx - x * tz
  out[2] = c + w * tz + x * ty - y * tx
}

/**
 * Turns evenly from p (s = 0) to q (s = 1) the shorter way, and on beyond either end, into `out[at..at + 3]`; answers
 * the whole angle from p to q in radians, and leaves its axis, as the turn p -> q has it, in `axis`.
 */
export function slerp(
  p: Float64Array,
  i: number,
  q: Float64Array,
  j: number,
  s: number,
  out: Float64Array,
  at: number,
  axis: Float64Array,
): number {
  // d = q p*: the turn that leads from p to q.
  const pw = p[i] as number
  const px = p[i + 1] as number
  const py = p[i + 2] as number
  const pz = p[i + 3] as number
  const qw = q[j] as number
  const qx = q[j + 1] as number
  const qy = q[j + 2] as number
  const qz = q[j + 3] as number
  const w = qw * pw + qx * px + qy * py + qz * pz
  const sign = w < 0 ? -1 : 1
  const x = sign * (qx * pw - qw * px + qz * py - qy * pz)
  const y = sign * (qy * pw - qw * py + qx * pz - qz * px)
  const z = sign * (qz * pw - qw * pz + qy * px - qx * py)
  const length = Math.sqrt(x * x + y * y + z * z)
  const half = Math.atan2(length, sign * w)
  const scale = length > 0 ? 1 / length : 0
  axis[0] = x * scale
  axis[1] = y * scale
  axis[2] = z * scale
  const c = Math.cos(s * half)
  const n = Math.sin(s * half) * scale
  const dx = x * n
  const dy = y * n
  const dz = z * n
  out[at] = c * pw - dx * px - dy * py - dz * pz
  out[at + 1] = c * px + dx * pw + dy * pz - dz * py
  out[at + 2] = c * py - dx * pz + dy * pw + dz * px
  out[at + 3] = c * pz + dx * py - dy * px + dz * pw
  return 2 * half
}

const matrix = new Float64Array(9)

/** Yaw, pitch and roll in degrees of a rotation; looking straight up or down the roll is taken as 0. */
export function anglesOfQuaternion(
  q: Float64Array,
  at: number,
): { readonly yawDeg: number; readonly pitchDeg: number; readonly rollDeg: number } {
  rotationOfQuaternion(q[at] as number, q[at + 1] as number, q[at + 2] as number, q[at + 3] as number, matrix)
  const north = matrix[0] as number
  const east = matrix[3] as number
  const level = Math.sqrt(north * north + east * east)
  const pitchDeg = Math.atan2(-(matrix[6] as number), level) / DEG
  if (level > 1e-9) {
    const rollDeg = Math.atan2(matrix[7] as number, matrix[8] as number) / DEG
    return { yawDeg: Math.atan2(east, north) / DEG, pitchDeg, rollDeg }
  }
  return { yawDeg: Math.atan2(-(matrix[1] as number), matrix[4] as number) / DEG, pitchDeg, rollDeg: 0 }
}
