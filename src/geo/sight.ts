/**
 * Where a sensor stands and along which unit ray it looks, ready to be cast.
 *
 * One of these is kept per locator and filled again for every detection, so that the hot path allocates nothing here.
 */
import { type Causes, newCauses } from './causes.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { nedAxes, nedToEcef } from './frames.ts'

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
  toEcef(latDeg * DEG, lonDeg * DEG, haeM, sight.origin)
  nedAxes(latDeg * DEG, lonDeg * DEG, sight.ned)
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
