/**
 * Where a sensor stands and along which unit ray it looks, ready to be cast.
 *
 * One of these is kept per locator and filled again for every detection, so that the hot path allocates nothing here.
 */
import type { Datum } from '../domain/detection.ts'
import { type Causes, newCauses, turnVariance } from './causes.ts'
import type { ElevationSource } from './elevation.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { nedAxes, nedToEcef } from './frames.ts'
import type { Ground } from './ground.ts'

export interface Sight {
  /** Degrees, as the detection gave them. */
  latDeg: number
  lonDeg: number
  /** NaN when the height could not be brought to the ellipsoid. */
  haeM: number
  /** ECEF of the sensor, metres; valid when `haeM` is. */
  readonly origin: Float64Array
  /** Local axes at the sensor. */
  readonly ned: Float64Array
  /** Unit ray, NED. */
  readonly d: Float64Array
  /** The same, ECEF. */
  readonly ray: Float64Array
  /** Everything about the sensor and its ray that may be wrong. */
  readonly causes: Causes
  /** True when an error of the sensor's pose was assumed. */
  assumedPose: boolean
  /** Bit per source (of `SOURCES`) other than the pose whose error was assumed. */
  assumedSources: number
  /** True when the sensor's height was measured from the declared surface. */
  fromSurface: boolean
  /** The terrain that the sensor's height was measured from, if it was. */
  fromTerrain: ElevationSource | undefined
}

export function newSight(): Sight {
  return {
    latDeg: Number.NaN,
    lonDeg: Number.NaN,
    haeM: Number.NaN,
    origin: new Float64Array(3),
    ned: new Float64Array(9),
    d: new Float64Array(3),
    ray: new Float64Array(3),
    causes: newCauses(),
    assumedPose: true,
    assumedSources: 0,
    fromSurface: false,
    fromTerrain: undefined,
  }
}

/** Puts the sensor somewhere (degrees, metres) and forgets everything about the last one. */
export function placeSight(sight: Sight, latDeg: number, lonDeg: number, haeM: number): void {
  sight.latDeg = latDeg
  sight.lonDeg = lonDeg
  sight.haeM = haeM
  sight.causes.count = 0
  sight.assumedPose = true
  sight.assumedSources = 0
  sight.fromSurface = false
  sight.fromTerrain = undefined
  toEcef(latDeg * DEG, lonDeg * DEG, haeM, sight.origin)
  nedAxes(latDeg * DEG, lonDeg * DEG, sight.ned)
}

/** Remembers what the sensor's height, of this datum, was measured from. */
export function measureFrom(sight: Sight, datum: Datum, ground: Ground | undefined): void {
  if (datum !== 'agl') return
  sight.fromTerrain = ground?.sourceAt(sight.latDeg, sight.lonDeg)
  sight.fromSurface = sight.fromTerrain === undefined
}

/** Points the sight along `sight.d`. */
export function aimSight(sight: Sight): void {
  nedToEcef(sight.ned, sight.d[0] as number, sight.d[1] as number, sight.d[2] as number, sight.ray)
}

/** Azimuth of the ray, radians, -pi to pi. */
export function azimuthOf(sight: Sight): number {
  return Math.atan2(sight.d[1] as number, sight.d[0] as number)
}

/** Angle of the ray above the horizontal at the sensor, radians. */
export function elevationOf(sight: Sight): number {
  const d = sight.d
  return Math.atan2(-(d[2] as number), Math.hypot(d[0] as number, d[1] as number))
}

/** One-sigma error of the ray's elevation, from everything that turns it. */
export function elevationSigma(sight: Sight): number {
  const n = sight.d[0] as number
  const e = sight.d[1] as number
  const level = Math.sqrt(n * n + e * e)
  if (level === 0) return Math.sqrt(turnVariance(sight.causes, 0, 1, 0))
  return Math.sqrt(turnVariance(sight.causes, -e / level, n / level, 0))
}
