/**
 * First-order error of a place: one column per cause, summed as outer products.
 *
 * At a surface with normal n, seen along the unit ray d at distance t, a cause that shifts the sensor by s, turns the ray
 * by w and raises the surface by h along up u moves the hit by c - d (n.c - h n.u) / (n.d), where c = s + t w x d: the
 * oblique projection along the ray. For a measured range the hit moves by c + d r. The sum is symmetric and positive
 * semi-definite by construction, and the columns are the error budget.
 */
import type { CovarianceEnu, Ellipse, ErrorBudget } from '../domain/location.ts'
import { type Causes, SOURCES, STRIDE } from './causes.ts'
import { DEG } from './ellipsoid.ts'

/** A sum of outer products, metres squared: xx, xy, xz, yy, yz, zz; and each source's share of it, horizontally. */
export interface ErrorSum {
  readonly m: Float64Array
  /** Horizontal variance by source, in the order of `SOURCES`. */
  readonly horizontal: Float64Array
}

export function newErrorSum(): ErrorSum {
  return { m: new Float64Array(6), horizontal: new Float64Array(SOURCES.length) }
}

export function clearErrorSum(sum: ErrorSum): void {
  sum.m.fill(0)
  sum.horizontal.fill(0)
}

/** Adds the outer product of a column times `weight`; (ux, uy, uz) is up, which the horizontal share leaves out. */
export function addColumn(
  sum: ErrorSum,
  source: number,
  x: number,
  y: number,
  z: number,
  ux: number,
  uy: number,
  uz: number,
  weight: number,
): void {
  const m = sum.m
  m[0] = (m[0] as number) + weight * x * x
  m[1] = (m[1] as number) + weight * x * y
  m[2] = (m[2] as number) + weight * x * z
  m[3] = (m[3] as number) + weight * y * y
  m[4] = (m[4] as number) + weight * y * z
  m[5] = (m[5] as number) + weight * z * z
  const up = x * ux + y * uy + z * uz
  const flat = x * x + y * y + z * z - up * up
  if (flat > 0) sum.horizontal[source] = (sum.horizontal[source] as number) + weight * flat
}

/**
 * Sums all causes for a hit on a surface, in the sensor's NED frame.
 *
 * @param d unit ray, NED
 * @param up up at the hit, NED of the sensor: the way the surface rises, and what the horizontal is horizontal to
 * @param rangeM distance to the hit
 * @param normal unit normal of the surface at the hit, NED of the sensor; on a level surface that is up
 */
export function sumOnSurface(
  causes: Causes,
  d: Float64Array,
  up: Float64Array,
  rangeM: number,
  sum: ErrorSum,
  normal: Float64Array = up,
): void {
  const dx = d[0] as number
  const dy = d[1] as number
  const dz = d[2] as number
  const ux = up[0] as number
  const uy = up[1] as number
  const uz = up[2] as number
  const nx = normal[0] as number
  const ny = normal[1] as number
  const nz = normal[2] as number
  const sink = dx * nx + dy * ny + dz * nz
  const upright = ux * nx + uy * ny + uz * nz
  const values = causes.values
  clearErrorSum(sum)
  for (let i = 0, at = 0; i < causes.count; i++, at += STRIDE) {
    const wx = values[at + 3] as number
    const wy = values[at + 4] as number
    const wz = values[at + 5] as number
    const cx = (values[at] as number) + rangeM * (wy * dz - wz * dy)
    const cy = (values[at + 1] as number) + rangeM * (wz * dx - wx * dz)
    const cz = (values[at + 2] as number) + rangeM * (wx * dy - wy * dx)
    const along = (cx * nx + cy * ny + cz * nz - upright * (values[at + 6] as number)) / sink
    addColumn(sum, causes.source[i] as number, cx - dx * along, cy - dy * along, cz - dz * along, ux, uy, uz, 1)
  }
}

/** Sums all causes for a point at a measured range along the ray, in the sensor's NED frame. */
export function sumAtRange(causes: Causes, d: Float64Array, up: Float64Array, rangeM: number, sum: ErrorSum): void {
  const dx = d[0] as number
  const dy = d[1] as number
  const dz = d[2] as number
  const ux = up[0] as number
  const uy = up[1] as number
  const uz = up[2] as number
  const values = causes.values
  clearErrorSum(sum)
  for (let i = 0, at = 0; i < causes.count; i++, at += STRIDE) {
    const wx = values[at + 3] as number
    const wy = values[at + 4] as number
    const wz = values[at + 5] as number
    const far = values[at + 7] as number
    const cx = (values[at] as number) + rangeM * (wy * dz - wz * dy) + dx * far
    const cy = (values[at + 1] as number) + rangeM * (wz * dx - wx * dz) + dy * far
    const cz = (values[at + 2] as number) + rangeM * (wx * dy - wy * dx) + dz * far
    addColumn(sum, causes.source[i] as number, cx, cy, cz, ux, uy, uz, 1)
  }
}

/** Turns a sum into the axes given as rows of `t` (nine numbers), in place. */
export function turnSum(sum: ErrorSum, t: Float64Array): void {
  const m = sum.m
  const xx = m[0] as number
  const xy = m[1] as number
  const xz = m[2] as number
  const yy = m[3] as number
  const yz = m[4] as number
  const zz = m[5] as number
  const a = t[0] as number
  const b = t[1] as number
  const c = t[2] as number
  const d = t[3] as number
  const e = t[4] as number
  const f = t[5] as number
  const g = t[6] as number
  const h = t[7] as number
  const i = t[8] as number
  const ax = a * xx + b * xy + c * xz
  const ay = a * xy + b * yy + c * yz
  const az = a * xz + b * yz + c * zz
  const dx = d * xx + e * xy + f * xz
  const dy = d * xy + e * yy + f * yz
  const dz = d * xz + e * yz + f * zz
  const gx = g * xx + h * xy + i * xz
  const gy = g * xy + h * yy + i * yz
  const gz = g * xz + h * yz + i * zz
  m[0] = ax * a + ay * b + az * c
  m[1] = ax * d + ay * e + az * f
  m[2] = ax * g + ay * h + az * i
  m[3] = dx * d + dy * e + dz * f
  m[4] = dx * g + dy * h + dz * i
  m[5] = gx * g + gy * h + gz * i
}

/** The sum, already in the target's east-north-up axes, as the domain's covariance. */
export function covarianceOf(sum: ErrorSum): CovarianceEnu {
  const m = sum.m
  return {
    ee: m[0] as number,
    en: m[1] as number,
    eu: m[2] as number,
    nn: m[3] as number,
    nu: m[4] as number,
    uu: m[5] as number,
  }
}

/** One-sigma ellipse of a horizontal covariance; a round one points north. */
export function ellipseOf(ee: number, en: number, nn: number): Ellipse {
  const half = (ee + nn) / 2
  const root = Math.sqrt(((nn - ee) / 2) ** 2 + en * en)
  const azimuthDeg = root > 0 ? Math.atan2(2 * en, nn - ee) / 2 / DEG : 0
  const wrapped = azimuthDeg < 0 ? azimuthDeg + 180 : azimuthDeg
  return {
    semiMajorM: Math.sqrt(half + root),
    semiMinorM: Math.sqrt(Math.max(half - root, 0)),
    azimuthDeg: wrapped >= 180 ? 0 : wrapped,
  }
}

/** Share of the horizontal variance by source; sources without any are left out. Shares sum to 1. */
export function budgetOf(sum: ErrorSum): ErrorBudget {
  let total = 0
  for (let i = 0; i < SOURCES.length; i++) total += sum.horizontal[i] as number
  const budget: Record<string, number> = {}
  if (!(total > 0)) return budget
  for (let i = 0; i < SOURCES.length; i++) {
    const part = sum.horizontal[i] as number
    if (part > 0) budget[SOURCES[i] as string] = part / total
  }
  return budget
}
