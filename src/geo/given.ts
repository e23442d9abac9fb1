/**
 * Positions that a producer already knows: height brought to the ellipsoid, accuracy to a covariance, nothing invented.
 *
 * Without an accuracy the error is unknown and stays absent; so does an accuracy of zero, which is a field left empty
 * and not a perfect sensor.
 */
import type { Accuracy, AccuracyBasis, PositionFix, Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, failed, fault, passed } from '../fault/fault.ts'
import { CE50, CE90, LE50, LE90 } from './circular-error.ts'
import { wrapLonDeg } from './ellipsoid.ts'
import { type FlagThresholds, flagOf } from './flag.ts'
import type { Undulation } from './geoid.ts'
import type { Ground } from './ground.ts'
import { haeOf, heightFault } from './height.ts'

export interface GivenRules {
  readonly undulation: Undulation
  readonly ground?: Ground | undefined
  readonly thresholds: FlagThresholds
}

/** What a stated radius, and a stated vertical interval, are in sigmas. */
const BASES: Readonly<Record<AccuracyBasis, { readonly circle: number; readonly line: number }>> = {
  ce90: { circle: CE90, line: LE90 },
  ce50: { circle: CE50, line: LE50 },
  '1sigma': { circle: 1, line: 1 },
}

/** Accuracies finer than a millimetre, or wider than half the way round the Earth, say nothing. */
const FINEST_M = 1e-3
const WIDEST_M = 2e7

/** True for an accuracy that says something. */
function stated(accuracyM: number | undefined): accuracyM is number {
  return accuracyM !== undefined && accuracyM >= FINEST_M && accuracyM <= WIDEST_M
}

/** The place of a position fix. */
export function givenPlace(
  fix: PositionFix,
  surface: Surface | undefined,
  className: string,
  rules: GivenRules,
): Answer<Place> {
  const { lat, lon, height, accuracy } = fix
  if (!(lat >= -90 && lat <= 90) || !Number.isFinite(lon)) {
    return failed(fault('bad-field', `the position ${lat}, ${lon} is none`, { field: 'position' }))
  }
  const place = { kind: 'place', lat, lon: wrapLonDeg(lon), method: 'given', assumedError: false } as const
  let haeM: number | undefined
  if (height !== undefined) {
    haeM = haeOf(height, lat, lon, rules.undulation, surface, rules.ground)
    if (!Number.isFinite(haeM)) return failed(heightFault(height, 'position.height'))
  }
  const terrain = height?.datum === 'agl' ? rules.ground?.sourceAt(lat, lon) : undefined
  const source = terrain === undefined ? undefined : { elevationSource: terrain.name }
  const withHeight = haeM === undefined ? place : { ...place, haeM, ...source }
  if (accuracy === undefined || !stated(accuracy.horizontalM)) {
    return passed({ ...withHeight, flag: 'UNKNOWN' })
  }
  return passed({ ...withHeight, ...errorOf(accuracy, terrain?.sigmaM ?? 0, className, rules) })
}

/** The error of a height above ground is that of the ground as well, `groundM` (one sigma). */
function errorOf(accuracy: Accuracy, groundM: number, className: string, rules: GivenRules) {
  const basis = BASES[accuracy.basis]
  const sigma = accuracy.horizontalM / basis.circle
  const ce90M = sigma * CE90
  const horizontal = {
    flag: flagOf(ce90M, className, false, rules.thresholds),
    ellipse: { semiMajorM: sigma, semiMinorM: sigma, azimuthDeg: 0 },
    ce90M,
    ce50M: sigma * CE50,
  }
  const vertical = accuracy.verticalM
  // A covariance has a vertical part; without one stated, the ellipse says all that is known.
  if (!stated(vertical)) return horizontal
  const up = Math.hypot(vertical / basis.line, groundM)
  const variance = sigma * sigma
  return {
    ...horizontal,
    covariance: { ee: variance, en: 0, eu: 0, nn: variance, nu: 0, uu: up * up },
    le90M: up * LE90,
  }
}
