/**
 * Bearings: from an azimuth, and perhaps an elevation and a range, to a sight or straight to a place.
 *
 * Azimuth, elevation and slant range give the point X = P + r d exactly, in ECEF. Without an elevation the range is
 * laid along the ellipsoid as a geodesic, shortened by what a declared surface tells about the height difference.
 */
import type { BearingFix, Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault } from '../fault/fault.ts'
import { beyondRange } from './cast.ts'
import { addRange, addShift, addTurn, SOURCE_INDEX } from './causes.ts'
import { addColumn, clearErrorSum, newErrorSum, sumAtRange, turnSum } from './covariance.ts'
import { DEG, meridianRadius, toGeodetic } from './ellipsoid.ts'
import { nedAxes, nedOfDirection } from './frames.ts'
import { geodesicDirect } from './geodesic.ts'
import type { Undulation } from './geoid.ts'
import { haeOf, heightFault } from './height.ts'
import { type PlaceRules, placeOf } from './place.ts'
import { aimSight, placeSight, type Sight } from './sight.ts'
import { newResolvedPoseSigma, resolveBearingSigma, type SigmaDefaults } from './sigma.ts'

export interface BearingRules extends PlaceRules {
  readonly undulation: Undulation
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
  placeSight(sight, lat, lon, haeOf(height, lat, lon, rules.undulation, surface))
  sight.fromSurface = height.datum === 'agl'
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

function rangeSigma(fix: BearingFix, rangeM: number, rules: BearingRules, sight: Sight): number {
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

/** The place at the end of a bearing with a range but no elevation; its height is that of the surface, if any. */
export function placeAlongGround(
  sight: Sight,
  fix: BearingFix,
  rangeM: number,
  surface: Surface | undefined,
  className: string,
  rules: BearingRules,
): Answer<Place> {
  if (rangeM > rules.maxRangeM) return failed(beyondRange(rangeM, rules.maxRangeM))
  const surfaceHaeM =
    surface === undefined ? Number.NaN : haeOf(surface.height, sight.latDeg, sight.lonDeg, rules.undulation, undefined)
  if (surface !== undefined && !Number.isFinite(surfaceHaeM)) {
    return failed(heightFault(surface.height, 'surface.height'))
  }
  // Both heights must be known to say how far down the range leads.
  const dropKnown = Number.isFinite(surfaceHaeM) && Number.isFinite(sight.haeM)
  const dropM = dropKnown ? sight.haeM - surfaceHaeM : 0
  const acrossM = Math.sqrt(rangeM * rangeM - dropM * dropM)
  if (!(acrossM > 0)) {
    return failed(
      fault('above-horizon', `a range of ${rangeM} m does not come down ${dropM.toFixed(1)} m to the surface`),
    )
  }
  const lat = sight.latDeg * DEG
  const lon = sight.lonDeg * DEG
  // The range was measured at the observer's height; on the ellipsoid below it is shorter.
  const radius = meridianRadius(lat)
  const heightM = Number.isFinite(sight.haeM) ? sight.haeM : 0
  const end = geodesicDirect(lat, lon, fix.azimuthDeg * DEG, (acrossM * radius) / (radius + heightM))

  const alongE = Math.sin(end.azimuth)
  const alongN = Math.cos(end.azimuth)
  const surfaceM = surface?.sigmaM ?? rules.sigmas.surfaceM
  clearErrorSum(sum)
  const add = (source: number, east: number, north: number, upM: number): void =>
    addColumn(sum, source, east, north, upM, 0, 0, 1, 1)
  add(SOURCE_INDEX.position, sigma.positionM, 0, 0)
  add(SOURCE_INDEX.position, 0, sigma.positionM, 0)
  const cross = acrossM * sigma.yawDeg * DEG
  add(SOURCE_INDEX.azimuth, cross * alongN, -cross * alongE, 0)
  const stretch = rangeM / acrossM
  const far = stretch * rangeSigma(fix, rangeM, rules, sight)
  add(SOURCE_INDEX.range, far * alongE, far * alongN, 0)
  if (dropKnown) {
    const steep = dropM / acrossM
    const high = sight.fromSurface ? 0 : steep * surfaceM
    add(SOURCE_INDEX.surface, high * alongE, high * alongN, surfaceM)
    add(SOURCE_INDEX.height, steep * sigma.heightM * alongE, steep * sigma.heightM * alongN, 0)
    if (surface?.sigmaM === undefined) sight.assumedSources |= 1 << SOURCE_INDEX.surface
  } else {
    const short = rangeM * (1 - Math.cos(rules.sigmas.unknownElevationDeg * DEG))
    add(SOURCE_INDEX.elevation, short * alongE, short * alongN, 0)
    if (surface !== undefined) add(SOURCE_INDEX.surface, 0, 0, surfaceM)
  }
  return placeOf(
    end.lat,
    end.lon,
    surfaceHaeM,
    'bearing-range',
    sum,
    rangeM,
    Number.NaN,
    sight.assumedPose,
    sight.assumedSources,
    className,
    rules,
  )
}
