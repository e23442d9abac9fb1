/**
 * Bearings: from an azimuth, and perhaps an elevation and a range, to a sight or straight to a place.
 *
 * Azimuth, elevation and slant range give the point X = P + r d exactly, in ECEF. A range without an elevation is laid
 * along the ground, in `along-ground.ts`.
 */
import type { BearingFix, Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault } from '../fault/fault.ts'
import { beyondRange } from './cast.ts'
import { addRange, addShift, addTurn, SOURCE_INDEX } from './causes.ts'
import { newErrorSum, sumAtRange, turnSum } from './covariance.ts'
import { DEG, toGeodetic } from './ellipsoid.ts'
import { nedAxes, nedOfDirection } from './frames.ts'
import type { Undulation } from './geoid.ts'
import type { Ground } from './ground.ts'
import { haeOf } from './height.ts'
import { type PlaceRules, placeOf } from './place.ts'
import { aimSight, measureFrom, placeSight, type Sight } from './sight.ts'
import { newResolvedPoseSigma, resolveBearingSigma, type SigmaDefaults } from './sigma.ts'

export interface BearingRules extends PlaceRules {
  readonly undulation: Undulation
  readonly ground?: Ground | undefined
  readonly sigmas: SigmaDefaults
}

const sigma = newResolvedPoseSigma()
const sum = newErrorSum()
const geodetic = new Float64Array(3)
const targetNed = new Float64Array(9)
const toEnu = new Float64Array(9)
const up = new Float64Array(3)

/** Fills `sight` with the bearing; without an elevation it looks along the horizontal. */
export function sightOfBearing(
  fix: BearingFix,
  surface: Surface | undefined,
  rules: BearingRules,
  sight: Sight,
): Fault | undefined {
  const { lat, lon, height } = fix.observer
  if (!(lat >= -90 && lat <= 90) || !Number.isFinite(lon)) {
    return fault('bad-field', `the observer's place ${lat}, ${lon} is none`, { field: 'observer' })
  }
  const elevationDeg = fix.elevationDeg ?? 0
  if (!Number.isFinite(fix.azimuthDeg) || !(Math.abs(elevationDeg) <= 90)) {
    return fault('bad-field', `azimuth ${fix.azimuthDeg} and elevation ${elevationDeg} are no direction`, {
      field: 'bearing',
    })
  }
  if (fix.rangeM !== undefined && !(fix.rangeM > 0 && Number.isFinite(fix.rangeM))) {
    return fault('bad-field', `the range ${fix.rangeM} is not a positive length`, { field: 'bearing.rangeM' })
  }
  placeSight(sight, lat, lon, haeOf(height, lat, lon, rules.undulation, surface, rules.ground))
  measureFrom(sight, height.datum, rules.ground)
  nedOfDirection(fix.azimuthDeg * DEG, elevationDeg * DEG, sight.d)
  aimSight(sight)
  const withElevation = fix.elevationDeg !== undefined
  resolveBearingSigma(fix.observer.sigma, fix.sigma, withElevation, rules.sigmas, rules.floors, sigma)
  sight.assumedPose = sigma.assumed
  const causes = sight.causes
  addShift(causes, SOURCE_INDEX.position, sigma.positionM, 0, 0)
  addShift(causes, SOURCE_INDEX.position, 0, sigma.positionM, 0)
  addShift(causes, SOURCE_INDEX.height, 0, 0, sigma.heightM)
  addTurn(causes, SOURCE_INDEX.azimuth, 0, 0, 1, sigma.yawDeg * DEG)
  const azimuth = fix.azimuthDeg * DEG
  if (withElevation) {
    addTurn(causes, SOURCE_INDEX.elevation, -Math.sin(azimuth), Math.cos(azimuth), 0, sigma.pitchDeg * DEG)
  }
  return undefined
}

/** One-sigma error of a measured range; an assumed one is noted in the sight. */
export function rangeSigma(fix: BearingFix, rangeM: number, rules: BearingRules, sight: Sight): number {
  if (fix.sigma?.rangeM !== undefined) return fix.sigma.rangeM
  sight.assumedPose = true
  return Math.max(rules.sigmas.rangeM, rules.sigmas.rangeRel * rangeM)
}

/** The place at the end of a bearing with elevation and slant range; `sight` holds the bearing. */
export function placeAtRange(
  sight: Sight,
  fix: BearingFix,
  rangeM: number,
  className: string,
  rules: BearingRules,
): Answer<Place> {
  if (rangeM > rules.maxRangeM) return failed(beyondRange(rangeM, rules.maxRangeM))
  addRange(sight.causes, SOURCE_INDEX.range, rangeSigma(fix, rangeM, rules, sight))
  addShift(sight.causes, SOURCE_INDEX.height, 0, 0, sight.fromTerrain?.sigmaM ?? 0)
  const { origin, ray, ned } = sight
  toGeodetic(
    (origin[0] as number) + rangeM * (ray[0] as number),
    (origin[1] as number) + rangeM * (ray[1] as number),
    (origin[2] as number) + rangeM * (ray[2] as number),
    geodetic,
  )
  const lat = geodetic[0] as number
  const lon = geodetic[1] as number
  nedAxes(lat, lon, targetNed)
  // Rows of the target's east, north and up, each seen from the sensor's north-east-down.
  for (let column = 0; column < 3; column++) {
    toEnu[column] = axisDot(ned, column, targetNed, 1)
    toEnu[3 + column] = axisDot(ned, column, targetNed, 0)
    toEnu[6 + column] = -axisDot(ned, column, targetNed, 2)
    up[column] = toEnu[6 + column] as number
  }
  sumAtRange(sight.causes, sight.d, up, rangeM, sum)
  turnSum(sum, toEnu)
  return placeOf(
    lat,
    lon,
    geodetic[2] as number,
    'bearing-range',
    sum,
    rangeM,
    0 - (fix.elevationDeg ?? 0),
    sight.assumedPose,
    sight.assumedSources,
    className,
    rules,
  )
}

function axisDot(a: Float64Array, i: number, b: Float64Array, j: number): number {
  return (
    (a[3 * i] as number) * (b[3 * j] as number) +
    (a[3 * i + 1] as number) * (b[3 * j + 1] as number) +
    (a[3 * i + 2] as number) * (b[3 * j + 2] as number)
  )
}
