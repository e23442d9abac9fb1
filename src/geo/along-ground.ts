/**
 * A bearing with a range and no elevation: the range is laid along the ellipsoid as a geodesic, shortened by what is
 * known of the height difference down to its end. The end stands on the terrain there, else on the declared surface,
 * else at no known height.
 */
import type { BearingFix, Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault, isFault } from '../fault/fault.ts'
import { type BearingRules, rangeSigma } from './bearing-sight.ts'
import { beyondRange } from './cast.ts'
import { SOURCE_INDEX } from './causes.ts'
import { addColumn, clearErrorSum, newErrorSum } from './covariance.ts'
import { DEG, meridianRadius } from './ellipsoid.ts'
import { geodesicDirect } from './geodesic.ts'
import { haeOf, heightFault } from './height.ts'
import { placeOf, type Standing } from './place.ts'
import type { Sight } from './sight.ts'
import { newResolvedPoseSigma, resolveBearingSigma } from './sigma.ts'

/** Where a range ends. */
interface End {
  readonly lat: number
  readonly lon: number
  readonly azimuth: number
  readonly acrossM: number
  /** Height of the observer above the end; 0 when it is not known. */
  readonly dropM: number
}

/** What it ends on. */
interface Bottom {
  /** NaN when it is not known. */
  readonly haeM: number
  /** One-sigma error of its height, and of the drop down to it. */
  readonly sigmaM: number
  readonly dropSigmaM: number
  readonly assumed: boolean
  readonly standing?: Standing
}

/** The terrain's height and the end of the range depend on each other; more rounds change nothing that can be seen. */
const ROUNDS = 4

const sigma = newResolvedPoseSigma()
const sum = newErrorSum()

/** The place at the end of a bearing with a range but no elevation; `sight` holds the bearing. */
export function placeAlongGround(
  sight: Sight,
  fix: BearingFix,
  rangeM: number,
  surface: Surface | undefined,
  className: string,
  rules: BearingRules,
): Answer<Place> {
  if (rangeM > rules.maxRangeM) return failed(beyondRange(rangeM, rules.maxRangeM))
  const bottom = terrainAt(sight, fix, rangeM, surface, rules) ?? declared(sight, surface, rules)
  if (isFault(bottom)) return failed(bottom)
  const end = endOf(sight, fix, rangeM, bottom.haeM)
  if (isFault(end)) return failed(end)

  const { acrossM, dropM } = end
  const alongE = Math.sin(end.azimuth)
  const alongN = Math.cos(end.azimuth)
  resolveBearingSigma(fix.observer.sigma, fix.sigma, false, rules.sigmas, rules.floors, sigma)
  clearErrorSum(sum)
  const add = (source: number, east: number, north: number, upM: number): void =>
    addColumn(sum, source, east, north, upM, 0, 0, 1, 1)
  add(SOURCE_INDEX.position, sigma.positionM, 0, 0)
  add(SOURCE_INDEX.position, 0, sigma.positionM, 0)
  const cross = acrossM * sigma.yawDeg * DEG
  add(SOURCE_INDEX.azimuth, cross * alongN, -cross * alongE, 0)
  const far = (rangeM / acrossM) * rangeSigma(fix, rangeM, rules, sight)
  add(SOURCE_INDEX.range, far * alongE, far * alongN, 0)
  if (Number.isFinite(bottom.haeM) && Number.isFinite(sight.haeM)) {
    const steep = dropM / acrossM
    const high = steep * bottom.dropSigmaM
    add(SOURCE_INDEX.surface, high * alongE, high * alongN, bottom.sigmaM)
    add(SOURCE_INDEX.height, steep * sigma.heightM * alongE, steep * sigma.heightM * alongN, 0)
    if (bottom.assumed) sight.assumedSources |= 1 << SOURCE_INDEX.surface
  } else {
    const short = rangeM * (1 - Math.cos(rules.sigmas.unknownElevationDeg * DEG))
    add(SOURCE_INDEX.elevation, short * alongE, short * alongN, 0)
    add(SOURCE_INDEX.surface, 0, 0, bottom.sigmaM)
  }
  return placeOf(
    end.lat,
    end.lon,
    bottom.haeM,
    'bearing-range',
    sum,
    rangeM,
    Number.NaN,
    sight.assumedPose,
    sight.assumedSources,
    className,
    rules,
    bottom.standing,
  )
}

/** The end of the range when it leads down to a height (NaN: as if along the horizontal). */
function endOf(sight: Sight, fix: BearingFix, rangeM: number, haeM: number): End | Fault {
  // Both heights must be known to say how far down the range leads.
  const dropM = Number.isFinite(haeM) && Number.isFinite(sight.haeM) ? sight.haeM - haeM : 0
  const acrossM = Math.sqrt(rangeM * rangeM - dropM * dropM)
  if (!(acrossM > 0)) {
    return fault('above-horizon', `a range of ${rangeM} m does not come down ${dropM.toFixed(1)} m to the surface`)
  }
  const lat = sight.latDeg * DEG
  // The range was measured at the observer's height; on the ellipsoid below it is shorter.
  const radius = meridianRadius(lat)
  const heightM = Number.isFinite(sight.haeM) ? sight.haeM : 0
  const along = (acrossM * radius) / (radius + heightM)
  const end = geodesicDirect(lat, sight.lonDeg * DEG, fix.azimuthDeg * DEG, along)
  return { lat: end.lat, lon: end.lon, azimuth: end.azimuth, acrossM, dropM }
}

/** The terrain at the end of the range; undefined where it is not known. */
function terrainAt(
  sight: Sight,
  fix: BearingFix,
  rangeM: number,
  surface: Surface | undefined,
  rules: BearingRules,
): Bottom | Fault | undefined {
  const ground = rules.ground
  if (ground === undefined) return undefined
  const lift = surface?.height.datum === 'agl' ? surface : undefined
  let haeM = Number.NaN
  let bottom: Bottom | undefined
  for (let i = 0; i < ROUNDS; i++) {
    const end = endOf(sight, fix, rangeM, haeM)
    if (isFault(end)) return end
    const source = ground.sourceAt(end.lat / DEG, end.lon / DEG)
    if (source === undefined) return undefined
    haeM = ground.heightAt(end.lat / DEG, end.lon / DEG) + (lift?.height.value ?? 0)
    const sigmaM = Math.hypot(source.sigmaM, lift?.sigmaM ?? 0)
    const together = sight.fromTerrain === source
    const dropSigmaM = together ? source.relativeSigmaM : Math.hypot(sigmaM, sight.fromTerrain?.sigmaM ?? 0)
    const standing: Standing = { surface: 'terrain', elevationSource: source.name }
    bottom = { haeM, sigmaM, dropSigmaM, assumed: source.assumed, standing }
  }
  return bottom
}

/** The declared surface; without one a height that is not known. */
function declared(sight: Sight, surface: Surface | undefined, rules: BearingRules): Bottom | Fault {
  if (surface === undefined) return { haeM: Number.NaN, sigmaM: 0, dropSigmaM: 0, assumed: false }
  const haeM = haeOf(surface.height, sight.latDeg, sight.lonDeg, rules.undulation, undefined)
  if (!Number.isFinite(haeM)) return heightFault(surface.height, 'surface.height')
  const sigmaM = surface.sigmaM ?? rules.sigmas.surfaceM
  return {
    haeM,
    sigmaM,
    dropSigmaM: sight.fromSurface ? 0 : Math.hypot(sigmaM, sight.fromTerrain?.sigmaM ?? 0),
    assumed: surface.sigmaM === undefined,
  }
}
