/**
 * From a sight and a declared surface to a place with its error, or to the reason why there is none.
 *
 * Order of refusal: no surface, datum, below the surface, above the horizon, grazing, beyond range, error unbounded.
 * A grazing ray is answered all the same when its error can be bounded by sigma points; so is any ray whose range
 * reacts too strongly to a turn for first-order error. Beyond some kilometres standard refraction bends the ray down.
 */
import type { Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, failed, fault } from '../fault/fault.ts'
import { addSurface, SOURCE_INDEX, turnVariance } from './causes.ts'
import { newErrorSum, sumOnSurface, turnSum } from './covariance.ts'
import { DEG } from './ellipsoid.ts'
import { ecefToNed, nedToEcef } from './frames.ts'
import type { Undulation } from './geoid.ts'
import { haeOf, heightFault } from './height.ts'
import { hitLevel, type LevelHit, newLevelHit } from './level.ts'
import { type PlaceRules, placeOf } from './place.ts'
import { elevationOf, type Sight } from './sight.ts'
import type { SigmaDefaults } from './sigma.ts'
import { rotate, sumBySigmaPoints } from './sigma-points.ts'

/** Standard refraction: the ray falls by k X^2 / (2 R) at horizontal distance X; left out nearer than `fromM`. */
export interface Refraction {
  readonly k: number
  readonly fromM: number
}

export interface CastRules extends PlaceRules {
  readonly undulation: Undulation
  readonly minDepressionDeg: number
  readonly refraction: Refraction
  readonly sigmas: SigmaDefaults
}

/** Relative range error (one sigma, from turning the ray) above which the first order is left: 0.3 % of CE90 there. */
const FIRST_ORDER_LIMIT = 0.05
/** A grazing ray raised by this many sigma must still come down, or nothing bounds its error. */
const GRAZING_SIGMAS = 3
/** Mean radius of the Earth, metres; enough for refraction. */
const EARTH_RADIUS_M = 6371000
/** Times a height that depends on where the ray comes down (geoid, refraction) is looked up again. */
const REPEATS = 4
const SETTLED_M = 1e-4

const hit = newLevelHit()
const other = newLevelHit()
const sum = newErrorSum()
const up = new Float64Array(3)
const enu = new Float64Array(9)
const toEnu = new Float64Array(9)
const raised = new Float64Array(3)

/** Casts the sight onto the surface. The sight's causes gain the surface's own error. */
export function castOnSurface(
  sight: Sight,
  surface: Surface | undefined,
  className: string,
  rules: CastRules,
): Answer<Place> {
  if (surface === undefined) {
    return failed(fault('surface-unknown', 'no surface is declared to cast the ray onto', { field: 'surface' }))
  }
  let surfaceHaeM = haeOf(surface.height, sight.latDeg, sight.lonDeg, rules.undulation, undefined)
  if (!Number.isFinite(surfaceHaeM)) return failed(heightFault(surface.height, 'surface.height'))
  if (!(sight.haeM > surfaceHaeM)) return failed(belowSurface(sight, surfaceHaeM))

  const o = sight.origin
  const r = sight.ray
  const ox = o[0] as number
  const oy = o[1] as number
  const oz = o[2] as number
  const rx = r[0] as number
  const ry = r[1] as number
  const rz = r[2] as number
  const elevation = elevationOf(sight)
  // The height under the ray, and the height at which a straight ray has to be stopped in place of the bent one.
  let castHaeM = surfaceHaeM
  for (let i = 0; i < REPEATS; i++) {
    const answer = hitLevel(ox, oy, oz, rx, ry, rz, castHaeM, hit)
    if (answer === 'below') return failed(belowSurface(sight, castHaeM))
    if (answer === 'miss') return failed(aboveHorizon(sight, elevation, castHaeM))
    if (surface.height.datum === 'msl') {
      surfaceHaeM = haeOf(surface.height, hit.lat / DEG, hit.lon / DEG, rules.undulation, undefined)
    }
    const wanted = surfaceHaeM + refractionDrop(hit.t, elevation, rules.refraction)
    if (Math.abs(wanted - castHaeM) < SETTLED_M) break
    castHaeM = wanted
  }

  const assumedSurface = surface.sigmaM === undefined
  addSurface(sight.causes, SOURCE_INDEX.surface, surface.sigmaM ?? rules.sigmas.surfaceM, sight.fromSurface)
  if (assumedSurface) sight.assumedSources |= 1 << SOURCE_INDEX.surface

  const sigmaElevation = elevationSigma(sight)
  const limit = Math.max(3 * sigmaElevation, rules.minDepressionDeg * DEG)
  const grazing = -elevation < limit
  if (grazing && !(hit.t <= rules.maxRangeM && staysBounded(sight, sigmaElevation, castHaeM))) {
    return failed(grazes(elevation, limit, hit))
  }
  if (!(hit.t <= rules.maxRangeM)) return failed(beyondRange(hit.t, rules.maxRangeM))

  ecefToNed(sight.ned, hit.upX, hit.upY, hit.upZ, up)
  const sink = -(rx * hit.upX + ry * hit.upY + rz * hit.upZ)
  const relative = sigmaElevation / sink
  targetAxes(hit)
  if (grazing || relative > FIRST_ORDER_LIMIT) {
    if (!sumBySigmaPoints(sight.causes, o, sight.ned, sight.d, castHaeM, hit, enu, relative, sum)) {
      if (grazing) return failed(grazes(elevation, limit, hit))
      return failed(fault('error-unbounded', 'within its error the ray misses the surface, so no error can be stated'))
    }
  } else {
    sumOnSurface(sight.causes, sight.d, up, hit.t, sum)
    targetFromNed(sight)
    turnSum(sum, toEnu)
  }
  return placeOf(
    hit.lat,
    hit.lon,
    surfaceHaeM,
    'ray-level',
    sum,
    hit.t,
    (0 - elevation) / DEG,
    sight.assumedPose,
    sight.assumedSources,
    className,
    rules,
  )
}

/** How far below the straight ray the bent one is at a slant range, metres. */
function refractionDrop(rangeM: number, elevation: number, refraction: Refraction): number {
  if (!(rangeM > refraction.fromM)) return 0
  const across = rangeM * Math.cos(elevation)
  return (refraction.k * across * across) / (2 * EARTH_RADIUS_M)
}

/** One-sigma error of the ray's elevation, from everything that turns it. */
function elevationSigma(sight: Sight): number {
  const n = sight.d[0] as number
  const e = sight.d[1] as number
  const level = Math.sqrt(n * n + e * e)
  if (level === 0) return Math.sqrt(turnVariance(sight.causes, 0, 1, 0))
  return Math.sqrt(turnVariance(sight.causes, -e / level, n / level, 0))
}

/** True when the ray, raised by three sigma, still comes down. */
function staysBounded(sight: Sight, sigmaElevation: number, haeM: number): boolean {
  const n = sight.d[0] as number
  const e = sight.d[1] as number
  const angle = (GRAZING_SIGMAS * sigmaElevation) / Math.sqrt(n * n + e * e)
  rotate(sight.d, -e * angle, n * angle, 0, raised)
  nedToEcef(sight.ned, raised[0] as number, raised[1] as number, raised[2] as number, raised)
  const o = sight.origin
  const answer = hitLevel(
    o[0] as number,
    o[1] as number,
    o[2] as number,
    raised[0] as number,
    raised[1] as number,
    raised[2] as number,
    haeM,
    other,
  )
  return answer === 'hit'
}

/** East, north and up at the hit, in ECEF. */
function targetAxes(at: LevelHit): void {
  const cosLat = Math.sqrt(at.upX * at.upX + at.upY * at.upY)
  const cosLon = cosLat > 0 ? at.upX / cosLat : 1
  const sinLon = cosLat > 0 ? at.upY / cosLat : 0
  enu[0] = -sinLon
  enu[1] = cosLon
  enu[2] = 0
  enu[3] = -at.upZ * cosLon
  enu[4] = -at.upZ * sinLon
  enu[5] = cosLat
  enu[6] = at.upX
  enu[7] = at.upY
  enu[8] = at.upZ
}

/** Rotation from the sensor's NED to the target's ENU: the target's axes, seen from the sensor. */
function targetFromNed(sight: Sight): void {
  const ned = sight.ned
  for (let row = 0; row < 9; row += 3) {
    const x = enu[row] as number
    const y = enu[row + 1] as number
    const z = enu[row + 2] as number
    toEnu[row] = (ned[0] as number) * x + (ned[1] as number) * y + (ned[2] as number) * z
    toEnu[row + 1] = (ned[3] as number) * x + (ned[4] as number) * y + (ned[5] as number) * z
    toEnu[row + 2] = (ned[6] as number) * x + (ned[7] as number) * y + (ned[8] as number) * z
  }
}

function belowSurface(sight: Sight, surfaceHaeM: number) {
  return fault(
    'camera-below-surface',
    `the sensor at ${sight.haeM.toFixed(1)} m hae is not above the surface at ${surfaceHaeM.toFixed(1)} m hae`,
  )
}

function aboveHorizon(sight: Sight, elevation: number, surfaceHaeM: number) {
  const dip = Math.acos((EARTH_RADIUS_M + surfaceHaeM) / (EARTH_RADIUS_M + sight.haeM)) / DEG
  return fault(
    'above-horizon',
    `the ray at elevation ${(elevation / DEG).toFixed(3)} deg passes over the horizon at about ${(-dip).toFixed(3)} deg`,
  )
}

function grazes(elevation: number, limit: number, at: LevelHit) {
  return fault(
    'grazing',
    `depression ${(-elevation / DEG).toFixed(3)} deg is below the ${(limit / DEG).toFixed(3)} deg that its error asks for (nominal range ${at.t.toFixed(0)} m)`,
  )
}

/** Refusal of a place further away than the sensor is trusted. */
export function beyondRange(rangeM: number, maxRangeM: number) {
  return fault('beyond-range', `the range of ${rangeM.toFixed(0)} m is more than the allowed ${maxRangeM.toFixed(0)} m`)
}
