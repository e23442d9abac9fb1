/** What geolocation answers: a place with its error, or a line of bearing with the reason there is no place. */
import type { FaultCode } from '../fault/table.ts'

/** Confidence in a position, defined by its CE90 against the class's thresholds. */
export type Flag = 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN'

/** How the place was found. */
export type Method = 'given' | 'ray-level' | 'ray-terrain' | 'bearing-range' | 'bearing-fix'

/**
 * What a ray was cast onto, from the best down: terrain; the level surface that was declared; a level surface at the
 * height of the terrain under the sensor.
 */
export type SurfaceKind = 'terrain' | 'level' | 'terrain-under-camera'

/** One-sigma error ellipse; azimuth of the major axis clockwise from true north, 0 to 180. */
export interface Ellipse {
  readonly semiMajorM: number
  readonly semiMinorM: number
  readonly azimuthDeg: number
}

/** Upper triangle of the 3x3 covariance in the target's east-north-up frame, square metres. */
export interface CovarianceEnu {
  readonly ee: number
  readonly en: number
  readonly eu: number
  readonly nn: number
  readonly nu: number
  readonly uu: number
}

/** Variance share (0 to 1, summing to 1) of each error source in the horizontal error. */
export type ErrorBudget = Readonly<Record<string, number>>

/** A place on Earth. An absent error is unknown; it is never zero. */
export interface Place {
  readonly kind: 'place'
  readonly lat: number
  readonly lon: number
  /** Height above the WGS84 ellipsoid; absent is unknown. */
  readonly haeM?: number
  readonly method: Method
  readonly flag: Flag
  readonly covariance?: CovarianceEnu
  readonly ellipse?: Ellipse
  /** Radius that holds 90 % (50 %) of the horizontal error, metres. */
  readonly ce90M?: number
  readonly ce50M?: number
  /** Half-interval that holds 90 % of the vertical error, metres. */
  readonly le90M?: number
  readonly budget?: ErrorBudget
  /** Slant range from the sensor, metres, where there is one. */
  readonly rangeM?: number
  /** Angle below the horizontal of the ray at the sensor, where there is one. */
  readonly depressionDeg?: number
  /** What the ray was cast onto, where a ray was cast. */
  readonly surface?: SurfaceKind
  /** The terrain data behind it, such as `SRTM1` or `DTED2`, where terrain had a part in it. */
  readonly elevationSource?: string
  /** Why a better surface than this one was passed over; absent when none was. */
  readonly because?: FaultCode
  /** True when an error that mattered was assumed from defaults instead of given. */
  readonly assumedError: boolean
}

/** A direction without a place, from the sensor outwards. */
export interface BearingLine {
  readonly kind: 'bearing'
  /** The sensor. */
  readonly lat: number
  readonly lon: number
  readonly haeM?: number
  readonly azimuthDeg: number
  readonly elevationDeg?: number
  readonly sigmaAzimuthDeg: number
  /** One-sigma error of the elevation, where there is one. */
  readonly sigmaElevationDeg?: number
  /** One-sigma error of the sensor's place, per horizontal axis, and of its height; absent: not known. */
  readonly sigmaPositionM?: number
  readonly sigmaHeightM?: number
  /** True when an error of the sensor's pose was assumed from defaults instead of given. */
  readonly assumedError?: boolean
  /** Length to draw, metres: how far the sensor could see, not where the thing is. */
  readonly lengthM: number
  /** Why there is no place. */
  readonly because: FaultCode
}

export type Located = Place | BearingLine
