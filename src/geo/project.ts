/**
 * The inverse of locating: which pixel of a camera shows a known place.
 */
import type { Camera } from '../domain/detection.ts'
import { isFault } from '../fault/fault.ts'
import { newOrientation, orient, turnBack } from './attitude.ts'
import { type Declination, noDeclination, trueNorthPose } from './declination.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { ecefToNed, nedAxes, nedToEcef } from './frames.ts'
import type { Undulation } from './geoid.ts'
import { haeOf } from './height.ts'
import { pixelOfPoint } from './lens.ts'
import { leverArmNed } from './lever-arm.ts'

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
const arm = new Float64Array(3)
const v = new Float64Array(3)
const pixel = new Float64Array(2)

/**
 * Pixel of a place (degrees, ellipsoidal metres); undefined when it is behind the camera, beyond what the lens model
 * covers, or when the camera's own height or heading cannot be known (`undulation` is needed for msl, `declination` with
 * `timeMs` for a magnetic heading that brings none).
 */
export function project(
  camera: Camera,
  latDeg: number,
  lonDeg: number,
  haeM: number,
  undulation: Undulation = () => Number.NaN,
  declination: Declination = noDeclination,
  timeMs = 0,
): Projection | undefined {
  const { intrinsics } = camera
  const pose = trueNorthPose(camera.pose, timeMs, declination)
  if (isFault(pose)) return undefined
  const cameraHaeM = haeOf(pose.height, pose.lat, pose.lon, undulation, undefined)
  toEcef(pose.lat * DEG, pose.lon * DEG, cameraHaeM, eye)
  toEcef(latDeg * DEG, lonDeg * DEG, haeM, v)
  nedAxes(pose.lat * DEG, pose.lon * DEG, axes)
  orient(pose, orientation)
  if (pose.leverArm !== undefined) {
    leverArmNed(pose.leverArm, pose, orientation, arm)
    nedToEcef(axes, arm[0] as number, arm[1] as number, arm[2] as number, arm)
    for (let i = 0; i < 3; i++) eye[i] = (eye[i] as number) + (arm[i] as number)
  }
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
