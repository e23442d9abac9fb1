/**
 * The one-sigma errors taken when a detection states none, and the floors under what is assumed.
 *
 * What is stated is believed as it stands, zero included. What is absent takes a row of this table, never zero, and a
 * pose error taken from here marks the place as `assumedError`, which caps its flag at YELLOW.
 * Floors stand for calibration biases that nobody measured (pixel centre, boresight): they are root-sum-squared into
 * assumed values, because a producer who states an error has had the chance to include them; `floorStated` puts
 * them under stated values too. `resolutionM` goes into every place, so that no error is ever zero.
 */
import type { BearingSigma, PoseSigma } from '../domain/detection.ts'

export interface SigmaDefaults {
  /** Sensor position, per horizontal axis, metres. */
  readonly positionM: number
  /** Sensor height, metres. */
  readonly heightM: number
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly rollDeg: number
  /** Time of the pose; counts only when the sensor is known to move. */
  readonly timeMs: number
  /** A pixel given as such, in pixels of the detector's frame, per axis. */
  readonly pixelPx: number
  /** A box: this fraction of its width and height, times 2 - confidence (1.5 when unknown), at least `pixelPx`. */
  readonly boxFraction: number
  /** A box cut off by the edge of the image: fraction of its size along that axis. */
  readonly cutBoxFraction: number
  /** Relative error of the focal length. */
  readonly focalRel: number
  /** Height of a declared surface, metres. */
  readonly surfaceM: number
  readonly azimuthDeg: number
  readonly elevationDeg: number
  /** Measured range: the larger of these two. */
  readonly rangeM: number
  readonly rangeRel: number
  /** Elevation of a bearing with a range, no elevation and no surface, about the horizontal. */
  readonly unknownElevationDeg: number
}

/** The normative table; documentation and tests list it. */
export const SIGMA_DEFAULTS: SigmaDefaults = {
  positionM: 3,
  heightM: 5,
  yawDeg: 3,
  pitchDeg: 1,
  rollDeg: 1,
  timeMs: 100,
  pixelPx: 2,
  boxFraction: 0.05,
  cutBoxFraction: 0.25,
  focalRel: 0.005,
  surfaceM: 5,
  azimuthDeg: 2,
  elevationDeg: 1,
  rangeM: 5,
  rangeRel: 0.02,
  unknownElevationDeg: 5,
}

export interface SigmaFloors {
  /** Unknown bias of a pixel. */
  readonly pixelPx: number
  /** Unknown bias between the camera and what measures its attitude; for yaw, pitch, azimuth and elevation. */
  readonly boresightDeg: number
  /** Put the floors under stated errors as well. */
  readonly floorStated: boolean
  /** Per axis, in every place: what coordinates and reference frames are good for. */
  readonly resolutionM: number
}

export const SIGMA_FLOORS: SigmaFloors = { pixelPx: 1, boresightDeg: 0.2, floorStated: false, resolutionM: 0.01 }

/** Pose errors with nothing left open, and whether any of them had to be assumed. */
export interface ResolvedPoseSigma {
  positionM: number
  heightM: number
  yawDeg: number
  pitchDeg: number
  rollDeg: number
  timeMs: number
  /** Of the airframe's angles; meaningful where there is an airframe. */
  readonly airframe: { yawDeg: number; pitchDeg: number; rollDeg: number }
  assumed: boolean
}

export function newResolvedPoseSigma(): ResolvedPoseSigma {
  const none = Number.NaN
  const angles = { yawDeg: none, pitchDeg: none, rollDeg: none }
  return { positionM: none, heightM: none, ...angles, timeMs: none, airframe: { ...angles }, assumed: true }
}

/** The stated value or the default, with the bias floor where it applies. */
export function withFloor(
  stated: number | undefined,
  otherwise: number,
  floor: number,
  floors: Pick<SigmaFloors, 'floorStated'>,
): number {
  if (stated !== undefined && !floors.floorStated) return stated
  const sigma = stated ?? otherwise
  return Math.sqrt(sigma * sigma + floor * floor)
}

/** Pose errors of a camera; `moving` says that an error of time is an error of place. */
export function resolvePoseSigma(
  stated: PoseSigma | undefined,
  moving: boolean,
  defaults: SigmaDefaults,
  floors: SigmaFloors,
  out: ResolvedPoseSigma,
): void {
  out.positionM = stated?.positionM ?? defaults.positionM
  out.heightM = stated?.heightM ?? defaults.heightM
  out.yawDeg = withFloor(stated?.yawDeg, defaults.yawDeg, floors.boresightDeg, floors)
  out.pitchDeg = withFloor(stated?.pitchDeg, defaults.pitchDeg, floors.boresightDeg, floors)
  out.rollDeg = stated?.rollDeg ?? defaults.rollDeg
  const f = stated?.airframe
  out.airframe.yawDeg = f?.yawDeg === undefined ? out.yawDeg : withFloor(f.yawDeg, 0, floors.boresightDeg, floors)
  out.airframe.pitchDeg =
    f?.pitchDeg === undefined ? out.pitchDeg : withFloor(f.pitchDeg, 0, floors.boresightDeg, floors)
  out.airframe.rollDeg = f?.rollDeg ?? out.rollDeg
  out.timeMs = moving ? (stated?.timeMs ?? defaults.timeMs) : 0
  out.assumed =
    stated === undefined ||
    stated.positionM === undefined ||
    stated.heightM === undefined ||
    stated.yawDeg === undefined ||
    stated.pitchDeg === undefined ||
    stated.rollDeg === undefined ||
    (moving && stated.timeMs === undefined)
}

/** Errors of a bearing's observer and direction; the direction's own sigma counts before the observer's attitude. */
export function resolveBearingSigma(
  observer: PoseSigma | undefined,
  stated: BearingSigma | undefined,
  withElevation: boolean,
  defaults: SigmaDefaults,
  floors: SigmaFloors,
  out: ResolvedPoseSigma,
): void {
  const azimuth = stated?.azimuthDeg ?? observer?.yawDeg
  const elevation = stated?.elevationDeg ?? observer?.pitchDeg
  out.positionM = observer?.positionM ?? defaults.positionM
  out.heightM = observer?.heightM ?? defaults.heightM
  out.yawDeg = withFloor(azimuth, defaults.azimuthDeg, floors.boresightDeg, floors)
  out.pitchDeg = withFloor(elevation, defaults.elevationDeg, floors.boresightDeg, floors)
  out.rollDeg = 0
  out.timeMs = 0
  out.assumed =
    observer?.positionM === undefined ||
    observer.heightM === undefined ||
    azimuth === undefined ||
    (withElevation && elevation === undefined)
}
