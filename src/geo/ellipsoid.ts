/**
 * The WGS84 ellipsoid: its constants, its radii, and the way between geodetic and Earth-centred coordinates.
 *
 * Angles are radians and lengths metres, as everywhere inside this room; degrees exist only at its edges.
 * NaN in gives NaN out, never a number.
 */

/** Semi-major axis, metres. */
export const A = 6378137
/** Flattening. */
export const F = 1 / 298.257223563
/** Semi-minor axis, metres. */
export const B = A * (1 - F)
/** First eccentricity squared. */
export const E2 = F * (2 - F)
/** Second eccentricity squared. */
export const EP2 = E2 / (1 - E2)
/** Radians in one degree. */
export const DEG = Math.PI / 180

/** Wraps a longitude in degrees to [-180, 180). */
export function wrapLonDeg(lonDeg: number): number {
  if (lonDeg >= -180 && lonDeg < 180) return lonDeg
  const turned = (lonDeg + 180) % 360
  return (turned < 0 ? turned + 360 : turned) - 180
}

/** Wraps an azimuth in degrees to [0, 360). */
export function wrapAzimuthDeg(azimuthDeg: number): number {
  const turned = azimuthDeg % 360
  const wrapped = turned < 0 ? turned + 360 : turned
  return wrapped === 360 ? 0 : wrapped
}

/** Radius of curvature in the meridian, metres. */
export function meridianRadius(lat: number): number {
  const s = Math.sin(lat)
  const w = 1 - E2 * s * s
  return (A * (1 - E2)) / (w * Math.sqrt(w))
}

/** Radius of curvature across the meridian (prime vertical), metres. */
export function primeVerticalRadius(lat: number): number {
  const s = Math.sin(lat)
  return A / Math.sqrt(1 - E2 * s * s)
}

/** Radius of the circle of latitude, metres. */
export function parallelRadius(lat: number): number {
  return primeVerticalRadius(lat) * Math.cos(lat)
}

/** Geodetic latitude, longitude (radians) and ellipsoidal height to ECEF x, y, z in `out`. */
export function toEcef(lat: number, lon: number, haeM: number, out: Float64Array): void {
  const s = Math.sin(lat)
  const c = Math.cos(lat)
  const n = A / Math.sqrt(1 - E2 * s * s)
  out[0] = (n + haeM) * c * Math.cos(lon)
  out[1] = (n + haeM) * c * Math.sin(lon)
  out[2] = (n * (1 - E2) + haeM) * s
}

/**
 * ECEF to latitude, longitude (radians) and ellipsoidal height in `out`.
 *
 * Bowring's formula and one repeat of it: within 2 nm of latitude and 20 nm of height from 10 km under the surface to
 * the geostationary orbit. The reduced latitude is carried as a sine-cosine pair, so the poles need no branch.
 */
export function toGeodetic(x: number, y: number, z: number, out: Float64Array): void {
  const p = Math.sqrt(x * x + y * y)
  let s = A * z
  let c = B * p
  let length = Math.sqrt(s * s + c * c)
  if (length === 0) {
    // The centre of the Earth has every latitude; say the equator.
    out[0] = 0
    out[1] = 0
    out[2] = -A
    return
  }
  s /= length
  c /= length
  let up = z + EP2 * B * s * s * s
  let across = p - E2 * A * c * c * c
  s = (1 - F) * up
  c = across
  length = Math.sqrt(s * s + c * c)
  s /= length
  c /= length
  up = z + EP2 * B * s * s * s
  across = p - E2 * A * c * c * c
  length = Math.sqrt(up * up + across * across)
  const sinLat = up / length
  const cosLat = across / length
  out[0] = Math.atan2(up, across)
  out[1] = Math.atan2(y, x)
  out[2] = p * cosLat + z * sinLat - A * Math.sqrt(1 - E2 * sinLat * sinLat)
}
