/**
 * A summed error and a point become a place: circles, ellipse, budget, flag. No place leaves without a finite error.
 */
import type { Method, Place, SurfaceKind } from '../domain/location.ts'
import { type Answer, failed, fault, passed } from '../fault/fault.ts'
import { SOURCE_INDEX } from './causes.ts'
import { circleRadiusM, LE90 } from './circular-error.ts'
import { budgetOf, covarianceOf, type ErrorSum, ellipseOf } from './covariance.ts'
import { DEG, wrapLonDeg } from './ellipsoid.ts'
import { type FlagThresholds, flagOf } from './flag.ts'
import type { SigmaFloors } from './sigma.ts'

export interface PlaceRules {
  readonly thresholds: FlagThresholds
  readonly floors: SigmaFloors
  /** Also the largest CE90 that is still called a place, metres. */
  readonly maxRangeM: number
}

/** What the place stands on. */
export interface Standing {
  readonly surface?: SurfaceKind
  readonly elevationSource?: string
}

/**
 * Makes the place.
 *
 * @param lat radians
 * @param lon radians
 * @param haeM NaN when the height is not known, which leaves out every vertical error as well
 * @param sum error in the target's east-north-up axes; gains the resolution floor here
 * @param depressionDeg NaN when there is none
 * @param standing what it stands on, where a ray was cast
 * @param assumedSources bit per source whose error was assumed; it counts when such sources hold most of the variance
 */
export function placeOf(
  lat: number,
  lon: number,
  haeM: number,
  method: Method,
  sum: ErrorSum,
  rangeM: number,
  depressionDeg: number,
  assumedPose: boolean,
  assumedSources: number,
  className: string,
  rules: PlaceRules,
  standing?: Standing,
): Answer<Place> {
  addResolution(sum, rules.floors.resolutionM)
  const m = sum.m
  const ellipse = ellipseOf(m[0] as number, m[1] as number, m[3] as number)
  const ce90M = circleRadiusM('ce90', ellipse.semiMajorM, ellipse.semiMinorM)
  // Rounding may leave a vertical variance of nothing slightly negative; NaN stays NaN.
  const le90M = LE90 * Math.sqrt(Math.max(m[5] as number, 0))
  if (!(ce90M <= rules.maxRangeM) || !Number.isFinite(le90M)) {
    return failed(
      fault('error-unbounded', `the error comes to ${ce90M.toFixed(0)} m (90 %), more than ${rules.maxRangeM} m`),
    )
  }
  if (!Number.isFinite(lat) || !Number.isFinite(lon)) {
    return failed(fault('error-unbounded', 'the geometry has no finite answer'))
  }
  const assumedError = assumedPose || mostly(sum, assumedSources)
  const heightKnown = Number.isFinite(haeM)
  return passed({
    kind: 'place',
    lat: lat / DEG,
    lon: wrapLonDeg(lon / DEG),
    ...(heightKnown ? { haeM } : undefined),
    method,
    flag: flagOf(ce90M, className, assumedError, rules.thresholds),
    ...(heightKnown ? { covariance: covarianceOf(sum) } : undefined),
    ellipse,
    ce90M,
    ce50M: circleRadiusM('ce50', ellipse.semiMajorM, ellipse.semiMinorM),
    ...(heightKnown ? { le90M } : undefined),
    budget: budgetOf(sum),
    rangeM,
    ...(Number.isNaN(depressionDeg) ? undefined : { depressionDeg }),
    ...standing,
    assumedError,
  })
}

function addResolution(sum: ErrorSum, sigmaM: number): void {
  const m = sum.m
  const variance = sigmaM * sigmaM
  m[0] = (m[0] as number) + variance
  m[3] = (m[3] as number) + variance
  m[5] = (m[5] as number) + variance
  sum.horizontal[SOURCE_INDEX.resolution] = 2 * variance
}

/** True when the sources of the mask hold more than half of the horizontal variance. */
function mostly(sum: ErrorSum, mask: number): boolean {
  if (mask === 0) return false
  let inside = 0
  let total = 0
  for (let i = 0; i < sum.horizontal.length; i++) {
    const part = sum.horizontal[i] as number
    total += part
    if ((mask & (1 << i)) !== 0) inside += part
  }
  return inside > total / 2
}
