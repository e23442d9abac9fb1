/**
 * Places on the WGS84 ellipsoid, and directions between them: the simulator's own, apart from the product's geometry.
 *
 * The simulator goes forward, from truth to pixel; the product goes back. Two independent ways that agree check one
 * another, so nothing here is shared with `src/geo`.
 */

const A = 6_378_137
const F = 1 / 298.257223563
const E2 = F * (2 - F)
export const DEG = Math.PI / 180

/** Degrees, and metres above the WGS84 ellipsoid. */
export interface GeoPoint {
  readonly lat: number
  readonly lon: number
  readonly haeM: number
}

export type Vector = readonly [x: number, y: number, z: number]

/** Radius of curvature in the prime vertical, metres. */
const primeVertical = (latRad: number): number => A / Math.sqrt(1 - E2 * Math.sin(latRad) ** 2)

/** Earth-centred, earth-fixed coordinates, metres. */
function ecef({ lat, lon, haeM }: GeoPoint): Vector {
  const n = primeVertical(lat * DEG)
  const inPlane = (n + haeM) * Math.cos(lat * DEG)
  return [inPlane * Math.cos(lon * DEG), inPlane * Math.sin(lon * DEG), (n * (1 - E2) + haeM) * Math.sin(lat * DEG)]
}

/** From one point to the other, in the north-east-down frame of the first, metres. */
export function nedBetween(from: GeoPoint, to: GeoPoint): Vector {
  const [x0, y0, z0] = ecef(from)
  const [x1, y1, z1] = ecef(to)
  const [dx, dy, dz] = [x1 - x0, y1 - y0, z1 - z0]
  const [sinLat, cosLat] = [Math.sin(from.lat * DEG), Math.cos(from.lat * DEG)]
  const [sinLon, cosLon] = [Math.sin(from.lon * DEG), Math.cos(from.lon * DEG)]
  // Away from the earth's axis, in the meridian of `from`.
  const outward = cosLon * dx + sinLon * dy
  return [cosLat * dz - sinLat * outward, -sinLon * dx + cosLon * dy, -(cosLat * outward + sinLat * dz)]
}

/**
 * The point so many metres east and north along the ellipsoid, by the radii of curvature at `from`: exact enough for
 * the few kilometres of a scene, where it defines what is true.
 */
export function offset(from: GeoPoint, eastM: number, northM: number, haeM = from.haeM): GeoPoint {
  const lat = from.lat * DEG
  const n = primeVertical(lat)
  const meridian = (n * (1 - E2)) / (1 - E2 * Math.sin(lat) ** 2)
  return {
    lat: from.lat + northM / (meridian + from.haeM) / DEG,
    lon: from.lon + eastM / ((n + from.haeM) * Math.cos(lat)) / DEG,
    haeM,
  }
}
