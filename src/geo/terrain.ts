/**
 * From a sight and the terrain to a place with its error, or to the reason why there is none.
 *
 * What counts is the angle between the ray and the slope it meets, not the horizon: a ray may go upwards onto a flank.
 * Order of refusal: sensor under the ground, unknown ground on the way, above all ground, beyond range, grazing, error
 * unbounded. First-order error holds while it stays well within a cell and the slope is not met at a shallow angle;
 * otherwise the ray is swept over the terrain, so a ridge that the error reaches over is in the error.
 */
import type { Place } from '../domain/location.ts'
import { type Answer, failed, fault } from '../fault/fault.ts'
import { type CastRules, FIRST_ORDER_LIMIT, GRAZING_SIGMAS } from './cast.ts'
import { addShift, addSurface, SOURCE_INDEX, turnVariance } from './causes.ts'
import { newErrorSum, sumOnSurface, turnSum } from './covariance.ts'
import { type ElevationRaster, type ElevationSource, slopeIn } from './elevation.ts'
import { DEG, meridianRadius, wrapLonDeg } from './ellipsoid.ts'
import { ecefToNed, nedToEcef } from './frames.ts'
import { type Ground, groundOf } from './ground.ts'
import { newLevelHit } from './level.ts'
import { type MarchAnswer, type MarchRules, marchTerrain, newTerrainHit } from './march.ts'
import { placeOf } from './place.ts'
import { elevationOf, type Sight } from './sight.ts'
import { rotate } from './sigma-points.ts'
import { newSpread, spreadOf } from './spread.ts'
import { sumBySweep } from './sweep.ts'
import { enuAxes, enuFromNed } from './target.ts'

export interface Terrain {
  readonly ground: Ground
  readonly march: MarchRules
}

/** Terrain for rays that are cast as the march rules say. */
export function terrainOf(march: MarchRules): Terrain {
  return { march, ground: groundOf(march.model, march.undulation) }
}

/** How high over the ground the seen thing is known to be, with its error, metres. */
export interface Lift {
  readonly m: number
  readonly sigmaM: number
}

export const ON_THE_GROUND: Lift = { m: 0, sigmaM: 0 }

/** One sigma on the ground up to this part of the distance of posts is within a cell. */
const WITHIN_CELL = 0.25

const hit = newTerrainHit()
const other = newLevelHit()
const sum = newErrorSum()
const slope = new Float64Array(2)
const enu = new Float64Array(9)
const toEnu = new Float64Array(9)
const up = new Float64Array(3)
const normal = new Float64Array(3)
const turned = new Float64Array(3)
const spread = newSpread()

/**
 * Casts the sight onto the terrain. `terrain-void` alone leaves the sight as it was, so that a lower rung can be tried.
 *
 * @param declaredM one-sigma error of the declared surface, for a sensor whose height was measured from that
 */
export function castOnTerrain(
  sight: Sight,
  terrain: Terrain,
  lift: Lift,
  declaredM: number,
  className: string,
  rules: CastRules,
): Answer<Place> {
  const under = terrain.ground.heightAt(sight.latDeg, sight.lonDeg)
  if (sight.haeM <= under) return failed(datumSuspect(sight, under))
  if (sight.haeM <= under + lift.m) return failed(underLift(sight, under + lift.m))

  const o = sight.origin
  const r = sight.ray
  const rx = r[0] as number
  const ry = r[1] as number
  const rz = r[2] as number
  const answer = marchTerrain(
    o[0] as number,
    o[1] as number,
    o[2] as number,
    rx,
    ry,
    rz,
    lift.m,
    true,
    terrain.march,
    hit,
  )
  const raster = hit.raster
  if (answer !== 'hit' || raster === undefined) return failed(marchFault(answer, sight, rules))

  surfaceCauses(sight, raster.source, lift, declaredM)
  enuAxes(hit.upX, hit.upY, hit.upZ, enu)
  ecefToNed(sight.ned, hit.upX, hit.upY, hit.upZ, up)
  normalAt(raster, sight)
  const d = sight.d
  const dx = d[0] as number
  const dy = d[1] as number
  const dz = d[2] as number
  const nx = normal[0] as number
  const ny = normal[1] as number
  const nz = normal[2] as number
  // The axis about which a turn of the ray changes the angle at which it meets the slope.
  const ax = dy * nz - dz * ny
  const ay = dz * nx - dx * nz
  const az = dx * ny - dy * nx
  const across = Math.sqrt(ax * ax + ay * ay + az * az)
  const sigmaTurn =
    across > 0
      ? Math.sqrt(turnVariance(sight.causes, ax / across, ay / across, az / across))
      : Math.sqrt(turnVariance(sight.causes, 0, 1, 0))
  const sink = -(dx * nx + dy * ny + dz * nz)
  const incidence = Math.atan2(sink, across)
  const relative = sink > 0 ? sigmaTurn / sink : Number.POSITIVE_INFINITY
  const limit = Math.max(3 * sigmaTurn, rules.minDepressionDeg * DEG)
  const grazing = !(incidence >= limit)
  if (grazing && !staysBounded(sight, ax / across, ay / across, az / across, sigmaTurn, lift, terrain)) {
    return failed(grazes(incidence, limit, hit.t))
  }
  spreadOf(sight.causes, d, up, hit.t, spread)
  const postM = raster.latStep * DEG * meridianRadius(hit.lat)
  if (grazing || relative > FIRST_ORDER_LIMIT || reachM(rx, ry, rz, sink) > postM * WITHIN_CELL) {
    if (!sumBySweep(sight, spread, lift.m, terrain.march, hit, enu, sum)) {
      if (grazing) return failed(grazes(incidence, limit, hit.t))
      return failed(fault('error-unbounded', 'within its error the ray misses the terrain, so no error can be stated'))
    }
  } else {
    sumOnSurface(sight.causes, d, up, hit.t, sum, normal)
    enuFromNed(sight.ned, enu, toEnu)
    turnSum(sum, toEnu)
  }
  return placeOf(
    hit.lat,
    hit.lon,
    hit.haeM,
    'ray-terrain',
    sum,
    hit.t,
    (0 - elevationOf(sight)) / DEG,
    sight.assumedPose,
    sight.assumedSources,
    className,
    rules,
    { surface: 'terrain', elevationSource: raster.source.name },
  )
}

/**
 * What the error of the ground does. A sensor whose height was measured from the terrain errs together with the ground
 * it looks at, but for what the terrain has wrong between the two.
 */
function surfaceCauses(sight: Sight, source: ElevationSource, lift: Lift, declaredM: number): void {
  const causes = sight.causes
  const from = sight.fromTerrain
  if (source.assumed) sight.assumedSources |= 1 << SOURCE_INDEX.surface
  if (from === undefined) {
    addSurface(causes, SOURCE_INDEX.surface, source.sigmaM, false)
    if (sight.fromSurface) addShift(causes, SOURCE_INDEX.height, 0, 0, declaredM)
  } else if (from !== source) {
    addSurface(causes, SOURCE_INDEX.surface, source.sigmaM, false)
    addShift(causes, SOURCE_INDEX.height, 0, 0, from.sigmaM)
  } else {
    const own = source.relativeSigmaM * source.relativeSigmaM * 0.5
    addSurface(causes, SOURCE_INDEX.surface, Math.sqrt(Math.max(source.sigmaM * source.sigmaM - own, 0)), true)
    addSurface(causes, SOURCE_INDEX.surface, Math.sqrt(own), false)
    addShift(causes, SOURCE_INDEX.height, 0, 0, Math.sqrt(own))
  }
  addSurface(causes, SOURCE_INDEX.surface, lift.sigmaM, false)
}

/** How far along the ground one sigma of the ray reaches, on this slope or on level ground, whichever is further. */
function reachM(rx: number, ry: number, rz: number, sink: number): number {
  const levelSink = -(rx * hit.upX + ry * hit.upY + rz * hit.upZ)
  const least = Math.min(sink, levelSink)
  return least > 0 ? Math.sqrt(spread.upUp) / least : Number.POSITIVE_INFINITY
}

/** The normal of the ground at the hit, NED of the sensor. */
function normalAt(raster: ElevationRaster, sight: Sight): void {
  slopeIn(raster, hit.lat / DEG, hit.lon / DEG, slope)
  const e = slope[0] as number
  const n = slope[1] as number
  const scale = 1 / Math.sqrt(1 + e * e + n * n)
  ecefToNed(
    sight.ned,
    ((enu[6] as number) - e * (enu[0] as number) - n * (enu[3] as number)) * scale,
    ((enu[7] as number) - e * (enu[1] as number) - n * (enu[4] as number)) * scale,
    ((enu[8] as number) - e * (enu[2] as number) - n * (enu[5] as number)) * scale,
    normal,
  )
}

/** True when the ray, turned away from the slope by three sigma, still comes down within range. */
function staysBounded(
  sight: Sight,
  ax: number,
  ay: number,
  az: number,
  sigmaTurn: number,
  lift: Lift,
  terrain: Terrain,
): boolean {
  const angle = GRAZING_SIGMAS * sigmaTurn
  rotate(sight.d, ax * angle, ay * angle, az * angle, turned)
  nedToEcef(sight.ned, turned[0] as number, turned[1] as number, turned[2] as number, turned)
  const o = sight.origin
  const answer = marchTerrain(
    o[0] as number,
    o[1] as number,
    o[2] as number,
    turned[0] as number,
    turned[1] as number,
    turned[2] as number,
    lift.m,
    false,
    terrain.march,
    other,
  )
  return answer === 'hit'
}

function datumSuspect(sight: Sight, groundHaeM: number) {
  return fault(
    'datum-suspect',
    `the sensor at ${sight.haeM.toFixed(1)} m hae is not above the ground there, ${groundHaeM.toFixed(1)} m hae by the terrain: one of the two is likely in another datum`,
  )
}

function underLift(sight: Sight, surfaceHaeM: number) {
  return fault(
    'camera-below-surface',
    `the sensor at ${sight.haeM.toFixed(1)} m hae is not above the surface at ${surfaceHaeM.toFixed(1)} m hae`,
  )
}

function marchFault(answer: MarchAnswer, sight: Sight, rules: CastRules) {
  const elevationDeg = (elevationOf(sight) / DEG).toFixed(3)
  switch (answer) {
    case 'sky':
      return fault('above-horizon', `the ray at elevation ${elevationDeg} deg passes over all terrain`)
    case 'far':
      return fault(
        'beyond-range',
        `the ray at elevation ${elevationDeg} deg meets no ground within the allowed ${rules.maxRangeM.toFixed(0)} m`,
      )
    case 'below':
      return fault('datum-suspect', 'the ray begins under the ground: a height is likely in another datum')
    case 'hit':
    case 'void':
    case 'uncovered': {
      const lat = (hit.lat / DEG).toFixed(5)
      const lon = wrapLonDeg(hit.lon / DEG).toFixed(5)
      const what = answer === 'void' ? 'the terrain has a void' : 'there is no terrain data'
      return fault('terrain-void', `${what} at ${lat}, ${lon}, ${hit.t.toFixed(0)} m along the ray`)
    }
  }
}

function grazes(incidence: number, limit: number, rangeM: number) {
  return fault(
    'grazing',
    `the ray meets the slope at ${(incidence / DEG).toFixed(3)} deg, below the ${(limit / DEG).toFixed(3)} deg that its error asks for (nominal range ${rangeM.toFixed(0)} m)`,
  )
}
