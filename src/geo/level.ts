/**
 * Where a ray comes down on a surface of constant height above the ellipsoid.
 *
 * A ray hits only from above and only on its way down; a camera at or under the surface has no answer, although the
 * equation has a root. The first guess is the ellipsoid with both axes made longer by the height, which is not quite
 * the surface wanted (12 mm off at 5 km of height), so Newton steps along the ray follow.
 */
import { A, B, toGeodetic } from './ellipsoid.ts'

/** The point hit. All NaN before the first hit. */
export interface LevelHit {
  /** Distance along the ray, metres. */
  t: number
  /** Geodetic latitude and longitude, radians. */
  lat: number
  lon: number
  haeM: number
  /** ECEF. */
  x: number
  y: number
  z: number
  /** Up at the point, ECEF. */
  upX: number
  upY: number
  upZ: number
}

export function newLevelHit(): LevelHit {
  const none = Number.NaN
  return { t: none, lat: none, lon: none, haeM: none, x: none, y: none, z: none, upX: none, upY: none, upZ: none }
}

/** `miss`: the ray does not come down to the surface; `below`: it does not start above it. */
export type LevelAnswer = 'hit' | 'miss' | 'below'

const STEPS = 4
const CLOSE_M = 1e-9
const geodetic = new Float64Array(3)

/**
 * Casts the ray from ECEF point p along the unit vector d onto the surface at `haeM`. `out` holds the point after
 * `hit` and is undefined otherwise.
 */
export function hitLevel(
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
  haeM: number,
  out: LevelHit,
): LevelAnswer {
  const a = 1 / (A + haeM)
  const b = 1 / (B + haeM)
  const sx = px * a
  const sy = py * a
  const sz = pz * b
  const ux = dx * a
  const uy = dy * a
  const uz = dz * b
  const qa = ux * ux + uy * uy + uz * uz
  const qb = sx * ux + sy * uy + sz * uz
  const qc = sx * sx + sy * sy + sz * sz - 1
  if (!(qc > 0)) return 'below'
  const disc = qb * qb - qa * qc
  if (!(qb < 0 && disc >= 0)) return 'miss'
  // The smaller root, written so that nothing cancels.
  let t = qc / (Math.sqrt(disc) - qb)
  for (let step = 0; step < STEPS; step++) {
    locate(px + t * dx, py + t * dy, pz + t * dz, out)
    const off = haeM - out.haeM
    const sink = dx * out.upX + dy * out.upY + dz * out.upZ
    if (!(sink < 0)) return 'miss'
    if (Math.abs(off) <= CLOSE_M) break
    const delta = off / sink
    t += delta
    // Geodetic coordinates are no better than some nanometres: they need not follow a step as small as that.
    if (Math.abs(delta) < 1e-8) {
      out.x += delta * dx
      out.y += delta * dy
      out.z += delta * dz
      break
    }
    if (step === STEPS - 1) locate(px + t * dx, py + t * dy, pz + t * dz, out)
  }
  if (!(t > 0)) return 'below'
  out.t = t
  out.haeM = haeM
  return 'hit'
}

function locate(x: number, y: number, z: number, out: LevelHit): void {
  toGeodetic(x, y, z, geodetic)
  const lat = geodetic[0] as number
  const lon = geodetic[1] as number
  const cosLat = Math.cos(lat)
  out.x = x
  out.y = y
  out.z = z
  out.lat = lat
  out.lon = lon
  out.haeM = geodetic[2] as number
  out.upX = cosLat * Math.cos(lon)
  out.upY = cosLat * Math.sin(lon)
  out.upZ = Math.sin(lat)
}
