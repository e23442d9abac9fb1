/**
 * Lenses: from a pixel to a ray in the camera's frame and back, with how the ray moves when the pixel does.
 *
 * The observed point is D(ideal point); D is inverted by Newton's method with its full Jacobian. Every distortion
 * polynomial folds over somewhere; a pixel whose solution lies at or beyond the first fold from the centre has no
 * defensible ray, and is refused rather than answered with the wrong branch.
 * Pixels have their origin at the outer corner of the top-left pixel. The frame is x right, y down, z forward.
 */
import type { Distortion } from '../domain/detection.ts'

/** What of the intrinsics a lens needs, in pixels of the frame the pixel lies in. */
export interface Pinhole {
  readonly fx: number
  readonly fy: number
  readonly cx: number
  readonly cy: number
  /** u = cx + fx x + skew y. */
  readonly skew?: number
  readonly distortion?: Distortion
}

/** A ray of unit length in the camera's frame. */
export interface LensRay {
  /** The ray. */
  readonly d: Float64Array
  /** How the ray moves with the observed normalised coordinate x (right). */
  readonly dx: Float64Array
  /** The same with y (down). */
  readonly dy: Float64Array
  /** The observed, distorted, normalised coordinates: (u - cx - skew y) / fx, (v - cy) / fy. */
  x: number
  y: number
}

export function newLensRay(): LensRay {
  return { d: new Float64Array(3), dx: new Float64Array(3), dy: new Float64Array(3), x: Number.NaN, y: Number.NaN }
}

/** Newton needs at most 4 steps on real lenses; the rest is for lenses close to their fold. */
const STEPS = 30
const CLOSE = 1e-14
/** How finely a rational or fisheye radius is searched for a fold between the centre and the solution. */
const FOLD_SAMPLES = 32

/** The ray of a pixel into `out`; false when the lens model cannot be inverted there. */
export function rayOfPixel(lens: Pinhole, u: number, v: number, out: LensRay): boolean {
  const y = (v - lens.cy) / lens.fy
  const x = (u - lens.cx - (lens.skew ?? 0) * y) / lens.fx
  out.x = x
  out.y = y
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false
  const distortion = lens.distortion
  if (distortion === undefined) return tangentRay(x, y, 1, 0, 0, 1, out)
  if (distortion.model === 'kannala-brandt') return fisheyeRay(distortion.coefficients, x, y, out)
  return brownRay(distortion.coefficients, x, y, out)
}

/** The pixel of a camera-frame point into `out` (u, v); false when it is behind the camera or beyond the fold. */
export function pixelOfPoint(lens: Pinhole, x: number, y: number, z: number, out: Float64Array): boolean {
  const distortion = lens.distortion
  if (distortion?.model === 'kannala-brandt') {
    const k = distortion.coefficients
    const across = Math.hypot(x, y)
    const theta = Math.atan2(across, z)
    if (!fisheyeUnfolded(k, theta)) return false
    const scale = across > 0 ? fisheyeRadius(k, theta) / across : 0
    // On the axis behind the camera there is no direction in the image.
    if (across === 0 && z <= 0) return false
    normalised[0] = x * scale
    normalised[1] = y * scale
  } else {
    if (!(z > 0)) return false
    const a = x / z
    const b = y / z
    if (distortion === undefined) {
      normalised[0] = a
      normalised[1] = b
    } else {
      const k = distortion.coefficients
      if (!brownUnfolded(k, a * a + b * b)) return false
      brown(k, a, b, forward)
      if (!(determinant(forward) > 0)) return false
      normalised[0] = forward[0] as number
      normalised[1] = forward[1] as number
    }
  }
  out[0] = lens.cx + lens.fx * (normalised[0] as number) + (lens.skew ?? 0) * (normalised[1] as number)
  out[1] = lens.cy + lens.fy * (normalised[1] as number)
  return Number.isFinite(out[0]) && Number.isFinite(out[1])
}

const normalised = new Float64Array(2)
/** Distorted x, y, then the Jacobian dx/da, dx/db, dy/da, dy/db. */
const forward = new Float64Array(6)

function determinant(f: Float64Array): number {
  return (f[2] as number) * (f[5] as number) - (f[3] as number) * (f[4] as number)
}

/** Brown-Conrady with OpenCV's order k1, k2, p1, p2, k3, k4, k5, k6; absent coefficients are zero. */
function brown(k: readonly number[], a: number, b: number, out: Float64Array): void {
  const p1 = k[2] ?? 0
  const p2 = k[3] ?? 0
  const s = a * a + b * b
  const above = 1 + s * ((k[0] ?? 0) + s * ((k[1] ?? 0) + s * (k[4] ?? 0)))
  const aboveSlope = (k[0] ?? 0) + s * (2 * (k[1] ?? 0) + 3 * s * (k[4] ?? 0))
  const below = 1 + s * ((k[5] ?? 0) + s * ((k[6] ?? 0) + s * (k[7] ?? 0)))
  const belowSlope = (k[5] ?? 0) + s * (2 * (k[6] ?? 0) + 3 * s * (k[7] ?? 0))
  const radial = above / below
  const slope = (aboveSlope - radial * belowSlope) / below
  out[0] = a * radial + 2 * p1 * a * b + p2 * (s + 2 * a * a)
  out[1] = b * radial + p1 * (s + 2 * b * b) + 2 * p2 * a * b
  const cross = 2 * a * b * slope + 2 * p1 * a + 2 * p2 * b
  out[2] = radial + 2 * a * a * slope + 2 * p1 * b + 6 * p2 * a
  out[3] = cross
  out[4] = cross
  out[5] = radial + 2 * b * b * slope + 6 * p1 * b + 2 * p2 * a
}

/** True when the radial part grows all the way from the centre to radius squared `s`. */
function brownUnfolded(k: readonly number[], s: number): boolean {
  if (k.length <= 5) {
    // d(r radial)/dr = 1 + 3 k1 s + 5 k2 s^2 + 7 k3 s^3: its least value is at an end or where its slope is zero.
    const c1 = 3 * (k[0] ?? 0)
    const c2 = 5 * (k[1] ?? 0)
    const c3 = 7 * (k[4] ?? 0)
    if (!(1 + s * (c1 + s * (c2 + s * c3)) > 0)) return false
    const root = c2 * c2 - 3 * c1 * c3
    if (root < 0) return true
    // The stable pair of roots of c1 + 2 c2 t + 3 c3 t^2; a vanished coefficient gives infinities, which lie outside.
    const q = -(c2 + Math.sign(c2 || 1) * Math.sqrt(root))
    return growsAt(c1, c2, c3, q / (3 * c3), s) && growsAt(c1, c2, c3, c1 / q, s)
  }
  for (let i = 1; i <= FOLD_SAMPLES; i++) {
    const r = (i / FOLD_SAMPLES) * Math.sqrt(s)
    const t = r * r
    const above = 1 + t * ((k[0] ?? 0) + t * ((k[1] ?? 0) + t * (k[4] ?? 0)))
    const aboveSlope = (k[0] ?? 0) + t * (2 * (k[1] ?? 0) + 3 * t * (k[4] ?? 0))
    const below = 1 + t * ((k[5] ?? 0) + t * ((k[6] ?? 0) + t * (k[7] ?? 0)))
    const belowSlope = (k[5] ?? 0) + t * (2 * (k[6] ?? 0) + 3 * t * (k[7] ?? 0))
    if (!(below > 0 && above * below + 2 * t * (aboveSlope * below - above * belowSlope) > 0)) return false
  }
  return true
}

function growsAt(c1: number, c2: number, c3: number, t: number, s: number): boolean {
  return !(t > 0 && t < s) || 1 + t * (c1 + t * (c2 + t * c3)) > 0
}

function brownRay(k: readonly number[], x: number, y: number, out: LensRay): boolean {
  let a = x
  let b = y
  for (let step = 0; step < STEPS; step++) {
    brown(k, a, b, forward)
    const det = determinant(forward)
    if (!(det > 0)) return false
    const ex = (forward[0] as number) - x
    const ey = (forward[1] as number) - y
    const da = (ex * (forward[5] as number) - ey * (forward[3] as number)) / det
    const db = (ey * (forward[2] as number) - ex * (forward[4] as number)) / det
    a -= da
    b -= db
    if (Math.abs(da) + Math.abs(db) > CLOSE * (1 + Math.abs(a) + Math.abs(b))) continue
    if (!brownUnfolded(k, a * a + b * b)) return false
    return tangentRay(
      a,
      b,
      (forward[5] as number) / det,
      -(forward[3] as number) / det,
      -(forward[4] as number) / det,
      (forward[2] as number) / det,
      out,
    )
  }
  return false
}

/** The ray through (a, b, 1), given the derivatives of a and b with the observed coordinates. */
function tangentRay(a: number, b: number, ax: number, ay: number, bx: number, by: number, out: LensRay): boolean {
  const w = 1 / Math.sqrt(1 + a * a + b * b)
  const d = out.d
  d[0] = a * w
  d[1] = b * w
  d[2] = w
  moved(ax * w, bx * w, d, out.dx)
  moved(ay * w, by * w, d, out.dy)
  return true
}

/** The part of (p, q, 0) across the unit ray d. */
function moved(p: number, q: number, d: Float64Array, out: Float64Array): void {
  const along = p * (d[0] as number) + q * (d[1] as number)
  out[0] = p - along * (d[0] as number)
  out[1] = q - along * (d[1] as number)
  out[2] = -along * (d[2] as number)
}

/** Kannala-Brandt: image radius of the angle off the axis. */
function fisheyeRadius(k: readonly number[], theta: number): number {
  const t = theta * theta
  return theta * (1 + t * ((k[0] ?? 0) + t * ((k[1] ?? 0) + t * ((k[2] ?? 0) + t * (k[3] ?? 0)))))
}

function fisheyeSlope(k: readonly number[], theta: number): number {
  const t = theta * theta
  return 1 + t * (3 * (k[0] ?? 0) + t * (5 * (k[1] ?? 0) + t * (7 * (k[2] ?? 0) + t * 9 * (k[3] ?? 0))))
}

function fisheyeUnfolded(k: readonly number[], theta: number): boolean {
  for (let i = 1; i <= FOLD_SAMPLES; i++) {
    if (!(fisheyeSlope(k, (theta * i) / FOLD_SAMPLES) > 0)) return false
  }
  return true
}

function fisheyeRay(k: readonly number[], x: number, y: number, out: LensRay): boolean {
  const r = Math.hypot(x, y)
  let theta = Math.min(r, Math.PI)
  let slope = 1
  let close = false
  for (let step = 0; step < STEPS && !close; step++) {
    slope = fisheyeSlope(k, theta)
    if (!(slope > 0)) return false
    const delta = (fisheyeRadius(k, theta) - r) / slope
    theta -= delta
    close = Math.abs(delta) <= CLOSE * (1 + theta)
  }
  if (!close || !(theta >= 0 && theta <= Math.PI) || !fisheyeUnfolded(k, theta)) return false
  const cos = r > 0 ? x / r : 1
  const sin = r > 0 ? y / r : 0
  const away = Math.sin(theta)
  const d = out.d
  d[0] = away * cos
  d[1] = away * sin
  d[2] = Math.cos(theta)
  // Outwards the ray turns by 1 / slope; around the axis it moves by sin(theta) for each r.
  const around = r > 1e-12 ? away / r : 1 / slope
  const ox = ((d[2] as number) * cos) / slope
  const oy = ((d[2] as number) * sin) / slope
  const oz = -away / slope
  out.dx[0] = cos * ox + sin * sin * around
  out.dx[1] = cos * oy - sin * cos * around
  out.dx[2] = cos * oz
  out.dy[0] = sin * ox - sin * cos * around
  out.dy[1] = sin * oy + cos * cos * around
  out.dy[2] = sin * oz
  return true
}
