/**
 * A camera that sees: from a true point to the pixel it falls on.
 *
 * Angles and axes as in the contract: yaw clockwise from true north, pitch up positive, roll right side down positive;
 * pixels from the outer corner of the top-left pixel, u right, v down. Lens distortion is Brown and Conrady's, with
 * coefficients in OpenCV's order k1 k2 p1 p2 k3.
 */
import { DEG, type GeoPoint, nedBetween, type Vector } from './earth.ts'

export interface ViewPose extends GeoPoint {
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly rollDeg: number
}

export interface Lens {
  readonly fx: number
  readonly fy: number
  readonly cx: number
  readonly cy: number
  readonly width: number
  readonly height: number
  readonly distortion?: readonly [k1: number, k2: number, p1: number, p2: number, k3: number]
}

export interface Seen {
  readonly u: number
  readonly v: number
  /** Distance from the camera, metres; infinite for a direction. */
  readonly rangeM: number
}

/** Where a point falls in the image, or undefined when it is behind the camera or outside the frame. */
export function see(pose: ViewPose, lens: Lens, target: GeoPoint): Seen | undefined {
  const ned = nedBetween(pose, target)
  return project(pose, lens, ned, Math.hypot(...ned))
}

/** Where a direction (azimuth from true north, elevation above the horizontal) falls in the image. */
export function seeDirection(pose: ViewPose, lens: Lens, azimuthDeg: number, elevationDeg: number): Seen | undefined {
  const level = Math.cos(elevationDeg * DEG)
  const ned: Vector = [
    level * Math.cos(azimuthDeg * DEG),
    level * Math.sin(azimuthDeg * DEG),
    -Math.sin(elevationDeg * DEG),
  ]
  return project(pose, lens, ned, Number.POSITIVE_INFINITY)
}

/**
 * Turns the frame of reference step by step (heading, then tilt, then bank), which undoes yaw, pitch and roll in the
 * order in which they were applied; then divides by depth.
 */
function project(pose: ViewPose, lens: Lens, [north, east, down]: Vector, rangeM: number): Seen | undefined {
  const [sinYaw, cosYaw] = [Math.sin(pose.yawDeg * DEG), Math.cos(pose.yawDeg * DEG)]
  const [sinPitch, cosPitch] = [Math.sin(pose.pitchDeg * DEG), Math.cos(pose.pitchDeg * DEG)]
  const [sinRoll, cosRoll] = [Math.sin(pose.rollDeg * DEG), Math.cos(pose.rollDeg * DEG)]
  const ahead = cosYaw * north + sinYaw * east
  const aside = cosYaw * east - sinYaw * north
  const depth = cosPitch * ahead - sinPitch * down
  const below = sinPitch * ahead + cosPitch * down
  const right = cosRoll * aside + sinRoll * below
  const under = cosRoll * below - sinRoll * aside
  if (depth <= 0) return undefined
  const [x, y] = distort(right / depth, under / depth, lens.distortion)
  const u = lens.cx + lens.fx * x
  const v = lens.cy + lens.fy * y
  return u >= 0 && u <= lens.width && v >= 0 && v <= lens.height ? { u, v, rangeM } : undefined
}

/** Brown and Conrady's model, forwards: where the lens puts an ideal point. */
function distort(x: number, y: number, coefficients: Lens['distortion']): readonly [x: number, y: number] {
  if (coefficients === undefined) return [x, y]
  const [k1, k2, p1, p2, k3] = coefficients
  const r2 = x * x + y * y
  const radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
  return [x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y]
}
