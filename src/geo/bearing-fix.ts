/**
 * A place from two or more bearings on one target, or by name the reason why they make none.
 *
 * Invariants: the bearings cross at an angle that their errors cannot turn to nothing; the place lies ahead of every
 * sensor; where there are more bearings than a place needs, they agree with it within their errors. One bearing that
 * disagrees is left out, but only when those left can still contradict each other, so that it is known which one is
 * wrong.
 */
import type { Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault } from '../fault/fault.ts'
import { type Ray, rayOf, type Seen, type Sighting, seenBy } from './bearing-rays.ts'
import { newSolution, type Solution, solveBearings, sumOfSolution } from './bearing-solver.ts'
import { newErrorSum } from './covariance.ts'
import { DEG } from './ellipsoid.ts'
import { type PlaceRules, placeOf } from './place.ts'
import type { Refraction } from './refraction.ts'

export type { Sighting } from './bearing-rays.ts'

export interface FixRules extends PlaceRules {
  /** Bearings that cross at less than this make no place. Default 10 degrees. */
  readonly minAngleDeg?: number
  /** Default as for rays: k = 0.13 beyond 5 km. */
  readonly refraction?: Refraction
}

const STANDARD: Refraction = { k: 0.13, fromM: 5000 }
const MIN_ANGLE_DEG = 10
/**
 * The crossing angle must be this many times the error of the angle between the two bearings. From here on the stated
 * 90 % circles hold 89 to 92 % of Monte Carlo draws; at 5 they hold 81 %, at 4 a third.
 */
const ANGLE_SIGMAS = 6
/** Chi-squared that 0.1 % of honest bearings exceed, as the standard normal quantile for it. */
const GATE_SIGMAS = 3.090232

const sum = newErrorSum()
const seen: Seen = { n: 0, e: 0, d: 0, levelM: 0, rangeM: 0 }
const first = newSolution()
const second = newSolution()

/**
 * Crosses bearings from different sensors, the one that the place is to be stated for first; its distance is the
 * place's `rangeM`. Without an elevation among them the place has no height.
 */
export function crossBearings(sightings: readonly Sighting[], className: string, rules: FixRules): Answer<Place> {
  if (sightings.length < 2) return failed(parallel('a place needs bearings from two sensors'))
  const heightM = meanHeight(sightings)
  const refraction = rules.refraction ?? STANDARD
  const rays = sightings.map((sighting) => rayOf(sighting, heightM))
  const bad = agreement(rays, heightM, refraction, first)
  if (bad === undefined) return settled(sightings, rays, first, className, rules)
  const kept = withoutOne(rays, heightM, refraction)
  if (kept === undefined) return failed(bad)
  const rest = sightings.filter((_, i) => i !== kept.out)
  const left = rays.filter((_, i) => i !== kept.out)
  agreement(left, heightM, refraction, first)
  return settled(rest, left, first, className, rules)
}

function meanHeight(sightings: readonly Sighting[]): number {
  const heights = sightings.flatMap(({ line }) => (line.haeM === undefined ? [] : [line.haeM]))
  return heights.length === 0 ? 0 : heights.reduce((a, b) => a + b, 0) / heights.length
}

/** Fills `out` with the point that the rays agree on; the fault when they do not. */
function agreement(rays: readonly Ray[], heightM: number, refraction: Refraction, out: Solution): Fault | undefined {
  const answer = solveBearings(rays, heightM, refraction, out)
  if (answer === 'parallel') return parallel('the bearings run side by side')
  if (answer === 'diverge') {
    // Rays that are as good as parallel may meet anywhere, or nowhere.
    const { deg } = widest(rays.map(wayOf))
    return deg < MIN_ANGLE_DEG
      ? parallel(`the bearings differ by ${deg.toFixed(1)} deg only`)
      : fault('bearings-diverge')
  }
  if (out.spare <= 0 || out.chi2 <= gate(out.spare)) return undefined
  const reason = `the bearings miss the best place by ${out.chi2.toFixed(1)} (chi-squared), more than the ${gate(out.spare).toFixed(1)} that their errors allow`
  return fault('bearings-disagree', reason)
}

/** Quantile of chi-squared by Wilson and Hilferty. */
function gate(spare: number): number {
  const spread = 2 / (9 * spare)
  return spare * (1 - spread + GATE_SIGMAS * Math.sqrt(spread)) ** 3
}

/** The ray without which the rest agree best, when the rest could have disagreed. */
function withoutOne(rays: readonly Ray[], heightM: number, refraction: Refraction): { out: number } | undefined {
  if (rays.length < 3) return undefined
  let best: { out: number; chi2: number } | undefined
  for (let i = 0; i < rays.length; i++) {
    const rest = rays.filter((_, j) => j !== i)
    if (agreement(rest, heightM, refraction, second) !== undefined || second.spare < 1) continue
    if (best === undefined || second.chi2 < best.chi2) best = { out: i, chi2: second.chi2 }
  }
  // The detection that asks is never answered with a place that its own bearing contradicts.
  return best === undefined || best.out === 0 ? undefined : best
}

function settled(
  sightings: readonly Sighting[],
  rays: readonly Ray[],
  at: Solution,
  className: string,
  rules: FixRules,
): Answer<Place> {
  const angle = widest(rays.map((ray) => wayTo(ray, at)))
  const leastDeg = Math.max(rules.minAngleDeg ?? MIN_ANGLE_DEG, angle.neededDeg)
  if (!(angle.deg >= leastDeg)) {
    return failed(
      parallel(`the bearings cross at ${angle.deg.toFixed(1)} deg, less than the ${leastDeg.toFixed(1)} deg needed`),
    )
  }
  let rangeM = Number.NaN
  for (let i = rays.length - 1; i >= 0; i--) {
    seenBy(rays[i] as Ray, at.point, seen)
    rangeM = seen.rangeM
    if (!(rangeM <= rules.maxRangeM)) {
      return failed(
        fault('beyond-range', `the bearings meet ${rangeM.toFixed(0)} m away, more than ${rules.maxRangeM} m`),
      )
    }
  }
  if (!sumOfSolution(rays, rules.refraction ?? STANDARD, at, sum)) return failed(fault('error-unbounded'))
  const assumed = sightings.some(({ line }) => line.assumedError !== false || line.sigmaPositionM === undefined)
  const haeM = at.lifted ? at.haeM : Number.NaN
  return placeOf(at.lat, at.lon, haeM, 'bearing-fix', sum, rangeM, Number.NaN, assumed, 0, className, rules)
}

/** The widest angle between two ways, as lines without a sense, and what their errors ask for. */
function widest(ways: readonly Way[]): { readonly deg: number; readonly neededDeg: number } {
  let best = { deg: 0, neededDeg: 0 }
  for (let i = 0; i < ways.length; i++) {
    for (let j = 0; j < i; j++) {
      const [p, q] = [ways[i] as Way, ways[j] as Way]
      const cos = Math.abs(p.x * q.x + p.y * q.y + p.z * q.z)
      const deg = Math.acos(Math.min(cos, 1)) / DEG
      if (deg > best.deg) best = { deg, neededDeg: (ANGLE_SIGMAS * Math.hypot(p.sigma, q.sigma)) / DEG }
    }
  }
  return best
}

/** A unit direction in ECEF, and the error of its angle. */
interface Way {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly sigma: number
}

/** The way from a sensor to the point, level unless its elevation counts too. */
function wayTo(ray: Ray, at: Solution): Way {
  seenBy(ray, at.point, seen)
  const { n, e, d, levelM, rangeM } = seen
  const lifted = !Number.isNaN(ray.elevation)
  const angle = lifted ? Math.max(ray.sigmaAzimuth, ray.sigmaElevation) : ray.sigmaAzimuth
  const sigma = Math.hypot(angle, Math.hypot(ray.positionM, ray.driftM) / levelM)
  return way(ray, n, e, lifted ? d : 0, lifted ? rangeM : levelM, sigma)
}

/** The way that was measured. */
function wayOf(ray: Ray): Way {
  const level = Number.isNaN(ray.elevation) ? 0 : ray.elevation
  const c = Math.cos(level)
  return way(ray, c * Math.cos(ray.azimuth), c * Math.sin(ray.azimuth), -Math.sin(level), 1, ray.sigmaAzimuth)
}

function way({ ned }: Ray, n: number, e: number, d: number, length: number, sigma: number): Way {
  const axis = (i: number): number =>
    ((ned[i] as number) * n + (ned[3 + i] as number) * e + (ned[6 + i] as number) * d) / length
  return { x: axis(0), y: axis(1), z: axis(2), sigma }
}

function parallel(reason: string): Fault {
  return fault('bearings-parallel', reason)
}
