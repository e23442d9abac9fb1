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
import { addShift, addSurface, SOURCE_INDEX } from './causes.ts'
import { newErrorSum, sumOnSurface, turnSum } from './covariance.ts'
import { DEG } from './ellipsoid.ts'
import { ecefToNed, nedToEcef } from './frames.ts'
import type { Undulation } from './geoid.ts'
import { haeOf, heightFault } from './height.ts'
import { hitLevel, type LevelHit, newLevelHit } from './level.ts'
import { type PlaceRules, placeOf, type Standing } from './place.ts'
import { EARTH_RADIUS_M, type Refraction, refractionDrop } from './refraction.ts'
import { elevationOf, elevationSigma, type Sight } from './sight.ts'
import type { SigmaDefaults } from './sigma.ts'
import { rotate, sumBySigmaPoints } from './sigma-points.ts'
import { enuAxes, enuFromNed } from './target.ts'

export interface CastRules extends PlaceRules {
  readonly undulation: Undulation
  readonly minDepressionDeg: number
  readonly refraction: Refraction
  readonly sigmas: SigmaDefaults
}

/** Relative range error (one sigma, from turning the ray) above which the first order is left: 0.3 % of CE90 there. */
export const FIRST_ORDER_LIMIT = 0.05
/** A grazing ray raised by this many sigma must still come down, or nothing bounds its error. */
export const GRAZING_SIGMAS = 3
/** Times a height that depends on where the ray comes down (geoid, refraction) is looked up again. */
const REPEATS = 4
const SETTLED_M = 1e-4
const LEVEL: Standing = { surface: 'level' }

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

  const terrainM = sight.fromTerrain?.sigmaM ?? 0
  addShift(sight.causes, SOURCE_INDEX.height, 0, 0, terrainM)
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
  enuAxes(hit.upX, hit.upY, hit.upZ, enu)
  if (grazing || relative > FIRST_ORDER_LIMIT) {
    if (!sumBySigmaPoints(sight.causes, o, sight.ned, sight.d, castHaeM, hit, enu, relative, sum)) {
      if (grazing) return failed(grazes(elevation, limit, hit))
      return failed(fault('error-unbounded', 'within its error the ray misses the surface, so no error can be stated'))
    }
  } else {
    sumOnSurface(sight.causes, sight.d, up, hit.t, sum)
    enuFromNed(sight.ned, enu, toEnu)
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
    LEVEL,
  )
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
