/**
 * Local frames on the ellipsoid: north-east-down and east-north-up axes, and azimuth-elevation-range.
 *
 * Angles are radians, azimuth clockwise from true north, elevation positive up.
 * Differences of position are taken in ECEF or in a local frame, never in degrees: longitude breaks at its seam and
 * azimuth at the poles.
 */
import { toEcef } from './ellipsoid.ts'

/**
 * Axes of the local north-east-down frame as ECEF unit vectors: north in `out[0..2]`, east in `out[3..5]`, down in
 * `out[6..8]`. At a pole north is the direction given by the longitude.
 */
export function nedAxes(lat: number, lon: number, out: Float64Array): void {
  const sinLat = Math.sin(lat)
  const cosLat = Math.cos(lat)
  const sinLon = Math.sin(lon)
  const cosLon = Math.cos(lon)
  out[0] = -sinLat * cosLon
  out[1] = -sinLat * sinLon
  out[2] = cosLat
  out[3] = -sinLon
  out[4] = cosLon
  out[5] = 0
  out[6] = -cosLat * cosLon
  out[7] = -cosLat * sinLon
  out[8] = -sinLat
}

/** A vector in local axes (`axes` from {@link nedAxes}) to ECEF. */
export function nedToEcef(axes: Float64Array, n: number, e: number, d: number, out: Float64Array): void {
  out[0] = (axes[0] as number) * n + (axes[3] as number) * e + (axes[6] as number) * d
  out[1] = (axes[1] as number) * n + (axes[4] as number) * e + (axes[7] as number) * d
  out[2] = (axes[2] as number) * n + (axes[5] as number) * e + (axes[8] as number) * d
}

/** An ECEF vector (a difference, not a place) to local north-east-down. */
export function ecefToNed(axes: Float64Array, x: number, y: number, z: number, out: Float64Array): void {
  out[0] = (axes[0] as number) * x + (axes[1] as number) * y + (axes[2] as number) * z
  out[1] = (axes[3] as number) * x + (axes[4] as number) * y + (axes[5] as number) * z
  out[2] = (axes[6] as number) * x + (axes[7] as number) * y + (axes[8] as number) * z
}

/** Unit direction in north-east-down of an azimuth and elevation. */
export function nedOfDirection(azimuth: number, elevation: number, out: Float64Array): void {
  const c = Math.cos(elevation)
  out[0] = c * Math.cos(azimuth)
  out[1] = c * Math.sin(azimuth)
  out[2] = -Math.sin(elevation)
}

/** Azimuth, elevation and length of something seen from somewhere. */
export interface Direction {
  /** 0 to 2 pi. */
  readonly azimuth: number
  readonly elevation: number
  readonly rangeM: number
}

/** Azimuth (0 to 2 pi), elevation and length of a north-east-down vector; straight up or down has azimuth 0. */
export function directionOfNed(n: number, e: number, d: number): Direction {
  const horizontal = Math.hypot(n, e)
  const rangeM = Math.hypot(n, e, d)
  // Below a nanometre in a metre the azimuth is rounding error, not a direction.
  const azimuth = horizontal <= rangeM * 1e-9 ? 0 : Math.atan2(e, n)
  return { azimuth: azimuth < 0 ? azimuth + 2 * Math.PI : azimuth, elevation: Math.atan2(-d, horizontal), rangeM }
}

/** Direction and distance from a geodetic place to an ECEF point. */
export function directionTo(lat: number, lon: number, haeM: number, x: number, y: number, z: number): Direction {
  const axes = new Float64Array(9)
  const v = new Float64Array(3)
  toEcef(lat, lon, haeM, v)
  nedAxes(lat, lon, axes)
  ecefToNed(axes, x - (v[0] as number), y - (v[1] as number), z - (v[2] as number), v)
  return directionOfNed(v[0] as number, v[1] as number, v[2] as number)
}

/** ECEF point at an azimuth, elevation and slant range from a geodetic place. */
export function pointAt(lat: number, lon: number, haeM: number, direction: Direction, out: Float64Array): void {
  const axes = new Float64Array(9)
  const d = new Float64Array(3)
  nedOfDirection(direction.azimuth, direction.elevation, d)
  nedAxes(lat, lon, axes)
  nedToEcef(axes, d[0] as number, d[1] as number, d[2] as number, d)
  toEcef(lat, lon, haeM, out)
  for (let i = 0; i < 3; i++) out[i] = (out[i] as number) + direction.rangeM * (d[i] as number)
}
