/**
 * From a pixel or a box in a camera's image to a sight: the ray through it, with everything about it that may be wrong.
 *
 * Intrinsics are scaled to the frame the detector looked at, each axis by itself: a frame is taken to be the whole
 * image resized, not a crop of it. With an airframe the stated angle errors count twice, once about the airframe's axes
 * and once about the gimbal's, because either may be that wrong; unless those of the airframe are stated by themselves.
 */
import type { BoxFix, Camera, CameraRef, Intrinsics, PixelFix, Pose, Surface } from '../domain/detection.ts'
import { type Fault, fault, isFault } from '../fault/fault.ts'
import { newOrientation, orient, turn } from './attitude.ts'
import { addShift, addTurn, SOURCE_INDEX } from './causes.ts'
import { type Contact, contactOfBox, isAirborne } from './contact.ts'
import { type Declination, trueNorthPose } from './declination.ts'
import { DEG } from './ellipsoid.ts'
import type { Undulation } from './geoid.ts'
import type { Ground } from './ground.ts'
import { haeOf } from './height.ts'
import { newLensRay, type Pinhole, rayOfPixel } from './lens.ts'
import { leverArmNed, moveSight, swingLeverArm } from './lever-arm.ts'
import { addSpread, addTimeError, isMoving } from './motion.ts'
import { aimSight, measureFrom, placeSight, type Sight } from './sight.ts'
import { newResolvedPoseSigma, resolvePoseSigma, type SigmaDefaults, type SigmaFloors, withFloor } from './sigma.ts'

/** The registered camera of an id as it stood at a time (milliseconds since the Unix epoch), or why that is not known. */
export type CameraLookup = (id: string, timeMs: number) => Camera | Fault | undefined

export interface ImageRules {
  readonly cameras: CameraLookup
  readonly declination: Declination
  readonly undulation: Undulation
  /** The terrain under a camera whose height is above ground. */
  readonly ground?: Ground | undefined
  readonly sigmas: SigmaDefaults
  readonly floors: SigmaFloors
}

const orientation = newOrientation()
const lensRay = newLensRay()
const sigma = newResolvedPoseSigma()
const contact: Contact = { u: Number.NaN, v: Number.NaN, sigmaU: Number.NaN, sigmaV: Number.NaN, assumed: true }
const lever = new Float64Array(3)
const downMove = new Float64Array(3)
const focalMove = new Float64Array(3)
const nedRay = new Float64Array(3)
/** The four corners of a box in pixels; a box of normalised values is brought to pixels here. */
const scaledBox = { x1: 0, y1: 0, x2: 0, y2: 0, sigmaPx: undefined as number | undefined }

/**
 * Fills `sight` from a pixel or box; a fault when there is no ray. The camera's height may stay NaN: the direction is
 * known all the same.
 */
export function sightOfImage(
  fix: PixelFix | BoxFix,
  className: string,
  confidence: number | undefined,
  surface: Surface | undefined,
  timeMs: number,
  rules: ImageRules,
  sight: Sight,
): Fault | undefined {
  const ref = fix.camera
  const registered = isRegistered(ref)
  const camera = registered ? rules.cameras(ref.id, timeMs) : ref
  if (registered && camera === undefined) {
    return fault('camera-unknown', `the camera ${ref.id} is not registered`, { field: 'camera.id' })
  }
  if (camera === undefined) return fault('camera-unknown')
  if (isFault(camera)) return camera
  if (registered && fix.image === undefined) {
    return fault('image-size-unknown', `the camera ${ref.id} is registered, so the frame's size must be given`, {
      field: 'image',
    })
  }
  const bad = badPose(camera.pose) ?? badIntrinsics(camera.intrinsics)
  if (bad !== undefined) return bad
  const pose = trueNorthPose(camera.pose, timeMs, rules.declination)
  if (isFault(pose)) return pose

  const width = fix.image?.width ?? camera.intrinsics.width
  const height = fix.image?.height ?? camera.intrinsics.height
  if (!(width > 0 && height > 0)) {
    return fault('bad-field', `the image size ${width} x ${height} is not positive`, { field: 'image' })
  }
  const outside = contactOfFix(fix, width, height, className, confidence, rules)
  if (outside !== undefined) return outside
  const lens = scaled(camera.intrinsics, width, height)
  if (!rayOfPixel(lens, contact.u, contact.v, lensRay)) {
    return fault(
      'distortion-fold',
      `the lens model cannot be inverted at pixel (${contact.u.toFixed(1)}, ${contact.v.toFixed(1)})`,
      { field: 'camera.intrinsics.distortion' },
    )
  }

  const haeM = haeOf(pose.height, pose.lat, pose.lon, rules.undulation, surface, rules.ground)
  placeSight(sight, pose.lat, pose.lon, haeM)
  measureFrom(sight, pose.height.datum, rules.ground)
  orient(pose, orientation)
  toNed(lensRay.d, sight.d)
  if (!Number.isFinite(sight.d[0]) || !Number.isFinite(sight.d[1]) || !Number.isFinite(sight.d[2])) {
    return fault('bad-field', 'the attitude of the camera is no rotation', { field: 'camera.pose' })
  }
  aimSight(sight)
  if (pose.leverArm !== undefined) {
    leverArmNed(pose.leverArm, pose, orientation, lever)
    if (!moveSight(sight, lever)) {
      return fault('bad-field', 'the lever arm is no way from an antenna to its camera', {
        field: 'camera.pose.leverArm',
      })
    }
  }
  poseCauses(pose, sight, rules)
  imageCauses(lens, camera.intrinsics, sight, rules)
  return undefined
}

function isRegistered(ref: CameraRef): ref is { readonly id: string } {
  return !('pose' in ref)
}

/** Coordinates that no pose can have, and the signature of a pose that was never filled in. */
function badPose(pose: Pose): Fault | undefined {
  if (!(pose.lat >= -90 && pose.lat <= 90)) {
    return fault('bad-field', `the camera's latitude ${pose.lat} is not within 90 degrees`, {
      field: 'camera.pose.lat',
    })
  }
  if (!Number.isFinite(pose.lon)) {
    return fault('bad-field', `the camera's longitude ${pose.lon} is no number`, { field: 'camera.pose.lon' })
  }
  const a = pose.attitude
  const nothing = a !== undefined && a.yawDeg === 0 && a.pitchDeg === 0 && a.rollDeg === 0
  if (nothing && pose.lat === 0 && pose.lon === 0 && pose.airframe === undefined) {
    return fault('bad-field', 'a camera at latitude, longitude and all angles 0 has no pose', { field: 'camera.pose' })
  }
  return undefined
}

function badIntrinsics(i: Intrinsics): Fault | undefined {
  const sizes = i.fx > 0 && i.fy > 0 && i.width > 0 && i.height > 0
  if (sizes && Number.isFinite(i.fx + i.fy + i.width + i.height + i.cx + i.cy)) return undefined
  return fault('bad-field', 'focal lengths and image size of a camera must be positive numbers', {
    field: 'camera.intrinsics',
  })
}

/** Fills `contact` in pixels of the frame; a fault when it lies outside. */
function contactOfFix(
  fix: PixelFix | BoxFix,
  width: number,
  height: number,
  className: string,
  confidence: number | undefined,
  rules: ImageRules,
): Fault | undefined {
  const sx = fix.units === 'normalized' ? width : 1
  const sy = fix.units === 'normalized' ? height : 1
  if (fix.kind === 'bbox') {
    scaledBox.x1 = fix.x1 * sx
    scaledBox.y1 = fix.y1 * sy
    scaledBox.x2 = fix.x2 * sx
    scaledBox.y2 = fix.y2 * sy
    scaledBox.sigmaPx = fix.sigmaPx
    if (contactOfBox(scaledBox, width, height, isAirborne(className), confidence, rules.sigmas, contact))
      return undefined
    return fault('pixel-outside-image', `no part of the box lies in the image of ${width} x ${height}`, {
      field: 'bbox',
    })
  }
  contact.u = fix.u * sx
  contact.v = fix.v * sy
  contact.assumed = fix.sigmaPx === undefined
  contact.sigmaU = fix.sigmaPx ?? rules.sigmas.pixelPx
  contact.sigmaV = contact.sigmaU
  if (contact.u >= 0 && contact.u <= width && contact.v >= 0 && contact.v <= height) return undefined
  return fault('pixel-outside-image', `pixel (${fix.u}, ${fix.v}) lies outside the image of ${width} x ${height}`, {
    field: 'pixel',
  })
}

/** Intrinsics of the whole image resized to `width` x `height`. */
function scaled(i: Intrinsics, width: number, height: number): Pinhole {
  if (i.width === width && i.height === height) return i
  const sx = width / i.width
  const sy = height / i.height
  const skew = i.skew === undefined ? undefined : i.skew * sx
  return { fx: i.fx * sx, fy: i.fy * sy, cx: i.cx * sx, cy: i.cy * sy, skew, distortion: i.distortion }
}

/** A vector of the camera (right, down, forward) to NED. */
function toNed(c: Float64Array, out: Float64Array): void {
  turn(orientation.body, c[2] as number, c[0] as number, c[1] as number, out)
}

function poseCauses(pose: Pose, sight: Sight, rules: ImageRules): void {
  resolvePoseSigma(pose.sigma, isMoving(pose), rules.sigmas, rules.floors, sigma)
  sight.assumedPose = sigma.assumed
  const causes = sight.causes
  addShift(causes, SOURCE_INDEX.position, sigma.positionM, 0, 0)
  addShift(causes, SOURCE_INDEX.position, 0, sigma.positionM, 0)
  addShift(causes, SOURCE_INDEX.height, 0, 0, sigma.heightM)
  const { axes, airframeAxes } = orientation
  let carried = causes.count
  addTurn(causes, SOURCE_INDEX.yaw, axes[0] as number, axes[1] as number, axes[2] as number, sigma.yawDeg * DEG)
  addTurn(causes, SOURCE_INDEX.pitch, axes[3] as number, axes[4] as number, axes[5] as number, sigma.pitchDeg * DEG)
  addTurn(causes, SOURCE_INDEX.roll, axes[6] as number, axes[7] as number, axes[8] as number, sigma.rollDeg * DEG)
  if (orientation.onAirframe) {
    carried = causes.count
    const f = airframeAxes
    const s = sigma.airframe
    const airframe = SOURCE_INDEX.airframe
    addTurn(causes, airframe, f[0] as number, f[1] as number, f[2] as number, s.yawDeg * DEG)
    addTurn(causes, airframe, f[3] as number, f[4] as number, f[5] as number, s.pitchDeg * DEG)
    addTurn(causes, airframe, f[6] as number, f[7] as number, f[8] as number, s.rollDeg * DEG)
  }
  if (pose.leverArm !== undefined) swingLeverArm(causes, carried, causes.count, lever)
  addTimeError(causes, pose, sigma.timeMs)
  addSpread(causes, pose)
}

function imageCauses(lens: Pinhole, intrinsics: Intrinsics, sight: Sight, rules: ImageRules): void {
  const stated = !contact.assumed
  const floor = rules.floors.pixelPx
  const sigmaU = withFloor(stated ? contact.sigmaU : undefined, contact.sigmaU, floor, rules.floors)
  const sigmaV = withFloor(stated ? contact.sigmaV : undefined, contact.sigmaV, floor, rules.floors)
  addMove(lensRay.dx, sigmaU / lens.fx, SOURCE_INDEX.pixel, sight)
  // With skew a step down the image is also one across it, backwards along x.
  const slant = (lens.skew ?? 0) / lens.fx
  for (let i = 0; i < 3; i++) downMove[i] = (lensRay.dy[i] as number) - slant * (lensRay.dx[i] as number)
  addMove(downMove, sigmaV / lens.fy, SOURCE_INDEX.pixel, sight)
  // A longer focal length draws the observed point towards the centre, along both axes at once.
  for (let i = 0; i < 3; i++) {
    focalMove[i] = (lensRay.dx[i] as number) * lensRay.x + (lensRay.dy[i] as number) * lensRay.y
  }
  addMove(focalMove, intrinsics.sigmaFocalRel ?? rules.sigmas.focalRel, SOURCE_INDEX.focal, sight)
  if (!stated) sight.assumedSources |= 1 << SOURCE_INDEX.pixel
  if (intrinsics.sigmaFocalRel === undefined) sight.assumedSources |= 1 << SOURCE_INDEX.focal
}

/** A move of the ray's end across the ray is a turn about the axis d x move. */
function addMove(move: Float64Array, scale: number, source: number, sight: Sight): void {
  toNed(move, nedRay)
  const x = sight.d[0] as number
  const y = sight.d[1] as number
  const z = sight.d[2] as number
  const a = nedRay[0] as number
  const b = nedRay[1] as number
  const c = nedRay[2] as number
  addTurn(sight.causes, source, y * c - z * b, z * a - x * c, x * b - y * a, scale)
}
