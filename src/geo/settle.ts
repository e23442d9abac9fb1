/**
 * The exact end of a ray, once it is known about where: the root of its height above the ground, with nothing left out.
 *
 * The ray is kept here between the calls, so that every evaluation costs its geometry and nothing else.
 */
import { columnOf, type ElevationRaster, heightIn, rowOf } from './elevation.ts'
import { DEG, toGeodetic } from './ellipsoid.ts'
import type { Undulation } from './geoid.ts'
import type { LevelHit } from './level.ts'

/** The gap is closed to this, metres. */
const SETTLED_M = 1e-6
const SETTLING_STEPS = 60

const probe = new Float64Array(3)
const none = Number.NaN
const ray = {
  px: none,
  py: none,
  pz: none,
  dx: none,
  dy: none,
  dz: none,
  raisedM: none,
  bend: none,
  raster: undefined as ElevationRaster | undefined,
}

/** Sets the ray: origin and unit direction (ECEF), how much the ground is raised, the drop per square metre, the raster. */
export function setRay(
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
  raisedM: number,
  bend: number,
  raster: ElevationRaster,
): void {
  ray.px = px
  ray.py = py
  ray.pz = pz
  ray.dx = dx
  ray.dy = dy
  ray.dz = dz
  ray.raisedM = raisedM
  ray.bend = bend
  ray.raster = raster
}

/** Height of the ray above the ground at `t`, with nothing left out; `out` gets latitude, longitude and height. */
function gapAt(t: number, undulation: Undulation, out: LevelHit): number {
  toGeodetic(ray.px + t * ray.dx, ray.py + t * ray.dy, ray.pz + t * ray.dz, probe)
  const raster = ray.raster
  if (raster === undefined) return Number.NaN
  out.lat = probe[0] as number
  out.lon = probe[1] as number
  const latDeg = out.lat / DEG
  const lonDeg = out.lon / DEG
  const z = heightIn(raster, columnOf(raster, lonDeg), rowOf(raster, latDeg))
  const n = raster.source.datum === 'egm96' ? undulation(latDeg, lonDeg) : 0
  out.haeM = (probe[2] as number) - ray.bend * t * t
  return out.haeM - ray.raisedM - n - z
}

/**
 * The root of {@link gapAt} near `guess`, where the gap falls by about `slope` per metre; NaN when the ray stays above
 * the ground up to `most`. A gap that is not positive even at `least` is a step in the ground, met there.
 */
export function settle(
  guess: number,
  slope: number,
  least: number,
  most: number,
  undulation: Undulation,
  out: LevelHit,
): number {
  let a = Math.min(Math.max(guess, least), most)
  let gapA = gapAt(a, undulation, out)
  if (Math.abs(gapA) < SETTLED_M) return a
  let step = Math.max(Math.abs(gapA) / Math.max(-slope, 1e-3), 1e-6) * 1.25
  let b = a
  let gapB = gapA
  for (let i = 0; i < SETTLING_STEPS; i++) {
    b = gapA > 0 ? Math.min(a + step, most) : Math.max(a - step, least)
    gapB = gapAt(b, undulation, out)
    if (Number.isNaN(gapB) || gapB > 0 !== gapA > 0) break
    if (b === most && gapA > 0) return Number.NaN
    // A step in the ground: the ray was above it and is now beside it.
    if (b === least) return settledAt(guess, undulation, out)
    a = b
    gapA = gapB
    step *= 2
  }
  // Illinois: the secant through both ends; an end that stays twice counts half.
  for (let i = 0; i < SETTLING_STEPS; i++) {
    const c = (a * gapB - b * gapA) / (gapB - gapA)
    if (!Number.isFinite(c)) return Number.NaN
    const gapC = gapAt(c, undulation, out)
    if (Math.abs(gapC) < SETTLED_M || Math.abs(b - a) < SETTLED_M) return c
    if (gapC > 0 !== gapB > 0) {
      a = b
      gapA = gapB
    } else gapA /= 2
    b = c
    gapB = gapC
  }
  return settledAt(b, undulation, out)
}

function settledAt(t: number, undulation: Undulation, out: LevelHit): number {
  gapAt(t, undulation, out)
  return t
}
