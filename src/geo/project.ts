/**
 * The inverse of locating: which pixel of a camera shows a known place.
 */
import type { Camera } from '../domain/detection.ts'
import { newOrientation, orient, turnBack } from './attitude.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { ecefToNed, nedAxes } from './frames.ts'
import type { Undulation } from './geoid.ts'
import { haeOf } from './height.ts'
import { pixelOfPoint } from './lens.ts'

/** A place as a camera sees it, in pixels of its intrinsics. */
export interface Projection {
  readonly u: number
  readonly v: number
  /** True when the pixel lies in the image. */
  readonly inside: boolean
  /** Distance from the camera, metres. */
  readonly rangeM: number
}

const orientation = newOrientation()
const axes = new Float64Array(9)
const eye = new Float64Array(3)
const v = new Float64Array(3)
const pixel = new Float64Array(2)

/**
 * Pixel of a place (degrees, ellipsoidal metres); undefined when it is behind the camera, beyond what the lens model
 * covers, or when the camera's own height cannot be brought to the ellipsoid (`undulation` is needed for msl).
 */
export function project(
  camera: Camera,
  latDeg: number,
  lonDeg: number,
  haeM: number,
  undulation: Undulation = () => Number.NaN,
): Projection | undefined {
  const { pose, intrinsics } = camera
  const cameraHaeM = haeOf(pose.height, pose.lat, pose.lon, undulation, undefined)
  toEcef(pose.lat * DEG, pose.lon * DEG, cameraHaeM, eye)
  toEcef(latDeg * DEG, lonDeg * DEG, haeM, v)
  nedAxes(pose.lat * DEG, pose.lon * DEG, axes)
  orient(pose, orientation)
  const x = (v[0] as number) - (eye[0] as number)
  const y = (v[1] as number) - (eye[1] as number)
  const z = (v[2] as number) - (eye[2] as number)
  const rangeM = Math.hypot(x, y, z)
  if (!Number.isFinite(rangeM)) return undefined
  ecefToNed(axes, x, y, z, v)
  turnBack(orientation.body, v[0] as number, v[1] as number, v[2] as number, v)
  // Body (forward, right, down) to camera (right, down, forward).
  if (!pixelOfPoint(intrinsics, v[1] as number, v[2] as number, v[0] as number, pixel)) return undefined
  const at = { u: pixel[0] as number, v: pixel[1] as number }
  const inside = at.u >= 0 && at.u <= intrinsics.width && at.v >= 0 && at.v <= intrinsics.height
  return { ...at, inside, rangeM }
}
