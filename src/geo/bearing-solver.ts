/**
 * The point that bearings agree on best: weighted least squares in the local frame, iterated on the ellipsoid.
 *
 * The start is where the vertical planes of the bearings meet. From there Gauss-Newton steps follow on the angles
 * themselves, each weighed by its own error at the distance of the point. Without any elevation the point stays at one
 * height, and its height is not known; with one or more the height is found as well.
 */
import {
  newRelation,
  type Ray,
  type Relation,
  relateAzimuth,
  relateElevation,
  type Seen,
  seenBy,
  varianceOf,
} from './bearing-rays.ts'
import { SOURCE_INDEX } from './causes.ts'
import { addColumn, clearErrorSum, type ErrorSum } from './covariance.ts'
import { toEcef, toGeodetic } from './ellipsoid.ts'
import type { Refraction } from './refraction.ts'
import { enuAxes } from './target.ts'

export interface Solution {
  /** ECEF. */
  readonly point: Float64Array
  lat: number
  lon: number
  haeM: number
  /** True when the height was found, too. */
  lifted: boolean
  /** Squares of the angles' offsets, each divided by its variance, summed. */
  chi2: number
  /** Angles beyond those that the point needs. */
  spare: number
}

export const newSolution = (): Solution => ({
  point: new Float64Array(3),
  lat: Number.NaN,
  lon: Number.NaN,
  haeM: Number.NaN,
  lifted: false,
  chi2: Number.NaN,
  spare: 0,
})

/** `parallel`: no start, or a step without end; `diverge`: behind a sensor, or no end of steps. */
export type SolverAnswer = 'found' | 'parallel' | 'diverge'

const STEPS = 40
const CLOSE_M = 1e-6
/** A step longer than this leads nowhere on Earth. */
const FAR_M = 1e6

const enu = new Float64Array(9)
const geodetic = new Float64Array(3)
const seen: Seen = { n: 0, e: 0, d: 0, levelM: 0, rangeM: 0 }
const relation = newRelation()
/** Normal matrix ee, en, eu, nn, nu, uu, and the right-hand side. */
const normal = new Float64Array(6)
const side = new Float64Array(3)
const step = new Float64Array(3)
const inverse = new Float64Array(6)
const column = new Float64Array(3)

/** Finds the point; `heightM` above the ellipsoid is where it is kept without any elevation. */
export function solveBearings(
  rays: readonly Ray[],
  heightM: number,
  refraction: Refraction,
  out: Solution,
): SolverAnswer {
  out.lifted = rays.some((ray) => !Number.isNaN(ray.elevation))
  middleOf(rays, heightM, out)
  sumPlanes(rays, out)
  if (!solve(out.lifted)) return 'parallel'
  moveBy(out, heightM)
  for (let i = 0; i < STEPS; i++) {
    if (!rays.every((ray) => isAhead(ray, out.point))) return 'diverge'
    sumAngles(rays, refraction, out)
    if (!solve(out.lifted)) return 'parallel'
    const lengthM = Math.hypot(step[0] as number, step[1] as number, step[2] as number)
    if (!(lengthM < FAR_M)) return 'diverge'
    moveBy(out, heightM)
    if (lengthM < CLOSE_M) {
      sumAngles(rays, refraction, out)
      return rays.every((ray) => isAhead(ray, out.point)) ? 'found' : 'diverge'
    }
  }
  return 'diverge'
}

/**
 * The error of a found point in its east-north-up axes, source by source: what each angle's error moves the point by is
 * a column, so that the columns add up to the inverse of the normal matrix.
 */
export function sumOfSolution(rays: readonly Ray[], refraction: Refraction, at: Solution, sum: ErrorSum): boolean {
  clearErrorSum(sum)
  sumAngles(rays, refraction, at)
  if (!invert(at.lifted)) return false
  forEachAngle(rays, refraction, at.point, (isElevation) => {
    gainOf(1 / varianceOf(relation), at.lifted)
    const own = isElevation ? SOURCE_INDEX.elevation : SOURCE_INDEX.azimuth
    add(sum, own, relation.angle)
    add(sum, SOURCE_INDEX.position, relation.position)
    add(sum, SOURCE_INDEX.height, relation.height)
    add(sum, SOURCE_INDEX.time, relation.drift)
  })
  return true
}

function add(sum: ErrorSum, source: number, by: number): void {
  if (by === 0) return
  addColumn(sum, source, (column[0] as number) * by, (column[1] as number) * by, (column[2] as number) * by, 0, 0, 1, 1)
}

function isAhead(ray: Ray, point: Float64Array): boolean {
  seenBy(ray, point, seen)
  const level = seen.n * Math.cos(ray.azimuth) + seen.e * Math.sin(ray.azimuth)
  if (Number.isNaN(ray.elevation)) return level > 0
  return level * Math.cos(ray.elevation) - seen.d * Math.sin(ray.elevation) > 0
}

/** Sets the point amid the sensors, at the given height. */
function middleOf(rays: readonly Ray[], heightM: number, out: Solution): void {
  out.point.fill(0)
  for (const { origin } of rays) {
    for (let i = 0; i < 3; i++) out.point[i] = (out.point[i] as number) + (origin[i] as number) / rays.length
  }
  settle(out)
  toEcef(out.lat, out.lon, heightM, out.point)
  settle(out)
}

/** Geodetic coordinates and local axes of the point. */
function settle(out: Solution): void {
  const { point } = out
  toGeodetic(point[0] as number, point[1] as number, point[2] as number, geodetic)
  out.lat = geodetic[0] as number
  out.lon = geodetic[1] as number
  out.haeM = geodetic[2] as number
  const cosLat = Math.cos(out.lat)
  enuAxes(cosLat * Math.cos(out.lon), cosLat * Math.sin(out.lon), Math.sin(out.lat), enu)
}

function moveBy(out: Solution, heightM: number): void {
  const { point } = out
  for (let i = 0; i < 3; i++) {
    point[i] =
      (point[i] as number) +
      (enu[i] as number) * (step[0] as number) +
      (enu[3 + i] as number) * (step[1] as number) +
      (enu[6 + i] as number) * (step[2] as number)
  }
  settle(out)
  if (out.lifted) return
  toEcef(out.lat, out.lon, heightM, point)
  settle(out)
}

function clear(out: Solution): void {
  normal.fill(0)
  side.fill(0)
  out.chi2 = 0
  out.spare = out.lifted ? -3 : -2
}

/** Adds weight * (slope . step - off)^2 to the normal equations; the slope is in ECEF. */
function weigh(slope: Float64Array, off: number, weight: number, out: Solution): void {
  const [e, n, u] = [dot(slope, 0), dot(slope, 3), dot(slope, 6)]
  normal[0] = (normal[0] as number) + weight * e * e
  normal[1] = (normal[1] as number) + weight * e * n
  normal[2] = (normal[2] as number) + weight * e * u
  normal[3] = (normal[3] as number) + weight * n * n
  normal[4] = (normal[4] as number) + weight * n * u
  normal[5] = (normal[5] as number) + weight * u * u
  side[0] = (side[0] as number) + weight * e * off
  side[1] = (side[1] as number) + weight * n * off
  side[2] = (side[2] as number) + weight * u * off
  out.chi2 += weight * off * off
  out.spare += 1
}

function dot(slope: Float64Array, row: number): number {
  return (
    (slope[0] as number) * (enu[row] as number) +
    (slope[1] as number) * (enu[row + 1] as number) +
    (slope[2] as number) * (enu[row + 2] as number)
  )
}

/** The planes in which the rays lie: their distances from the point, to be made as small as can be. */
function sumPlanes(rays: readonly Ray[], out: Solution): void {
  clear(out)
  const { slope } = relation
  for (const ray of rays) {
    seenBy(ray, out.point, seen)
    const [s, c] = [Math.sin(ray.azimuth), Math.cos(ray.azimuth)]
    for (let i = 0; i < 3; i++) slope[i] = c * (ray.ned[3 + i] as number) - s * (ray.ned[i] as number)
    weigh(slope, -(c * seen.e - s * seen.n), 1, out)
    if (Number.isNaN(ray.elevation)) continue
    const [se, ce] = [Math.sin(ray.elevation), Math.cos(ray.elevation)]
    for (let i = 0; i < 3; i++) {
      slope[i] = se * (c * (ray.ned[i] as number) + s * (ray.ned[3 + i] as number)) + ce * (ray.ned[6 + i] as number)
    }
    weigh(slope, -(se * (c * seen.n + s * seen.e) + ce * seen.d), 1, out)
  }
}

function sumAngles(rays: readonly Ray[], refraction: Refraction, out: Solution): void {
  clear(out)
  forEachAngle(rays, refraction, out.point, () => weigh(relation.slope, relation.off, 1 / varianceOf(relation), out))
}

/** Calls back for each measured angle, with {@link relation} filled. */
function forEachAngle(
  rays: readonly Ray[],
  refraction: Refraction,
  point: Float64Array,
  visit: (isElevation: boolean, relation: Relation) => void,
): void {
  for (const ray of rays) {
    seenBy(ray, point, seen)
    relateAzimuth(ray, seen, relation)
    visit(false, relation)
    if (Number.isNaN(ray.elevation)) continue
    relateElevation(ray, seen, refraction, relation)
    visit(true, relation)
  }
}

/** The step that the normal equations ask for; false when they have none. */
function solve(lifted: boolean): boolean {
  if (!invert(lifted)) return false
  const [e, n, u] = [side[0] as number, side[1] as number, side[2] as number]
  step[0] = (inverse[0] as number) * e + (inverse[1] as number) * n + (inverse[2] as number) * u
  step[1] = (inverse[1] as number) * e + (inverse[3] as number) * n + (inverse[4] as number) * u
  step[2] = (inverse[2] as number) * e + (inverse[4] as number) * n + (inverse[5] as number) * u
  return true
}

/** Moves the point in `column` by what an angle of the present relation does, per radian. */
function gainOf(weight: number, lifted: boolean): void {
  const { slope } = relation
  const [e, n, u] = [dot(slope, 0) * weight, dot(slope, 3) * weight, lifted ? dot(slope, 6) * weight : 0]
  column[0] = (inverse[0] as number) * e + (inverse[1] as number) * n + (inverse[2] as number) * u
  column[1] = (inverse[1] as number) * e + (inverse[3] as number) * n + (inverse[4] as number) * u
  column[2] = (inverse[2] as number) * e + (inverse[4] as number) * n + (inverse[5] as number) * u
}

/** Inverts the normal matrix, of the horizontal alone unless `lifted`; false when it has no inverse worth the name. */
function invert(lifted: boolean): boolean {
  const a = normal[0] as number
  const b = normal[1] as number
  const c = lifted ? (normal[2] as number) : 0
  const d = normal[3] as number
  const e = lifted ? (normal[4] as number) : 0
  const f = lifted ? (normal[5] as number) : 1
  const m0 = d * f - e * e
  const m1 = c * e - b * f
  const m2 = b * e - c * d
  const det = a * m0 + b * m1 + c * m2
  // Against the largest determinant that such a diagonal allows.
  if (!(det > 1e-12 * a * d * f)) return false
  inverse[0] = m0 / det
  inverse[1] = m1 / det
  inverse[2] = m2 / det
  inverse[3] = (a * f - c * c) / det
  inverse[4] = (b * c - a * e) / det
  inverse[5] = lifted ? (a * d - b * b) / det : 0
  return true
}
