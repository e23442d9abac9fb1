/**
 * All errors of a sight as one Gaussian across its ray, where the ray ends: how far up, how far to the right, and what
 * of it is a turn. A surface that is higher is a ray that is lower; along itself a ray cannot be moved.
 */
import { CAPACITY, type Causes, STRIDE } from './causes.ts'

/**
 * What all causes together do across the ray at the hit, metres: `up` and `right` are unit vectors across it (NED of
 * the sensor), the first in the vertical plane. Variances and covariances, the ground's own height among them.
 */
export interface Spread {
  readonly up: Float64Array
  readonly right: Float64Array
  /** How much of `up` is upright. */
  upright: number
  upUp: number
  /** The part of it that turns the ray; the rest shifts it. */
  upTurn: number
  upRight: number
  rightRight: number
  upGround: number
  rightGround: number
  groundGround: number
  /** By cause, up and right by turns. */
  readonly moves: Float64Array
}

export function newSpread(): Spread {
  const none = Number.NaN
  return {
    up: new Float64Array(3),
    right: new Float64Array(3),
    upright: none,
    upUp: none,
    upTurn: none,
    upRight: none,
    rightRight: none,
    upGround: none,
    rightGround: none,
    groundGround: none,
    moves: new Float64Array(2 * CAPACITY),
  }
}

/**
 * Fills `out` with the spread of the causes.
 *
 * @param d unit ray, NED
 * @param vertical up at the hit, NED of the sensor
 * @param rangeM distance to the hit
 */
export function spreadOf(causes: Causes, d: Float64Array, vertical: Float64Array, rangeM: number, out: Spread): void {
  acrossRay(d, vertical, out.up, out.right)
  const dx = d[0] as number
  const dy = d[1] as number
  const dz = d[2] as number
  const ux = out.up[0] as number
  const uy = out.up[1] as number
  const uz = out.up[2] as number
  const rx = out.right[0] as number
  const ry = out.right[1] as number
  const rz = out.right[2] as number
  const upright = ux * (vertical[0] as number) + uy * (vertical[1] as number) + uz * (vertical[2] as number)
  const values = causes.values
  let upUp = 0
  let upTurn = 0
  let upRight = 0
  let rightRight = 0
  let upGround = 0
  let rightGround = 0
  let groundGround = 0
  for (let i = 0, at = 0; i < causes.count; i++, at += STRIDE) {
    const wx = values[at + 3] as number
    const wy = values[at + 4] as number
    const wz = values[at + 5] as number
    const tx = rangeM * (wy * dz - wz * dy)
    const ty = rangeM * (wz * dx - wx * dz)
    const tz = rangeM * (wx * dy - wy * dx)
    const x = values[at] as number
    const y = values[at + 1] as number
    const z = values[at + 2] as number
    const h = values[at + 6] as number
    const turn = ux * tx + uy * ty + uz * tz
    const a = turn + ux * x + uy * y + uz * z - upright * h
    const b = rx * (x + tx) + ry * (y + ty) + rz * (z + tz)
    out.moves[2 * i] = a
    out.moves[2 * i + 1] = b
    upUp += a * a
    upTurn += a * turn
    upRight += a * b
    rightRight += b * b
    upGround += a * h
    rightGround += b * h
    groundGround += h * h
  }
  out.upright = upright
  out.upUp = upUp
  out.upTurn = upTurn
  out.upRight = upRight
  out.rightRight = rightRight
  out.upGround = upGround
  out.rightGround = rightGround
  out.groundGround = groundGround
}

/** Unit vectors across the ray: level to the right, and up. Straight down, east is right. */
function acrossRay(d: Float64Array, vertical: Float64Array, up: Float64Array, right: Float64Array): void {
  const dx = d[0] as number
  const dy = d[1] as number
  const dz = d[2] as number
  let x = dy * (vertical[2] as number) - dz * (vertical[1] as number)
  let y = dz * (vertical[0] as number) - dx * (vertical[2] as number)
  let z = dx * (vertical[1] as number) - dy * (vertical[0] as number)
  let length = Math.sqrt(x * x + y * y + z * z)
  if (length < 1e-9) {
    x = 0
    y = dz
    z = -dy
    length = Math.sqrt(y * y + z * z)
  }
  right[0] = x / length
  right[1] = y / length
  right[2] = z / length
  up[0] = (y * dz - z * dy) / length
  up[1] = (z * dx - x * dz) / length
  up[2] = (x * dy - y * dx) / length
}
