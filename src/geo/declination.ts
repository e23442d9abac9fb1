/**
 * Magnetic headings to true ones, with the error of the declination that was needed for it.
 *
 * A stated declination is believed as it stands, like every stated value. One that comes from a model brings an error of
 * its own, which joins a stated error of the heading; where none is stated, the assumed one is far larger anyway.
 */
import type { Attitude, BearingFix, Pose, PoseSigma } from '../domain/detection.ts'
import { type Fault, fault, isFault } from '../fault/fault.ts'
import { DEG, wrapAzimuthDeg } from './ellipsoid.ts'

/** Degrees by which magnetic north lies east of true north, and the one-sigma error of that. */
export interface DeclinationAt {
  readonly deg: number
  readonly sigmaDeg: number
}

/** The declination at a place (degrees, metres of height) and time; a fault `declination-unknown` where there is none. */
export type Declination = (latDeg: number, lonDeg: number, heightM: number, timeMs: number) => DeclinationAt | Fault

/** Knows no declination: magnetic headings have to bring their own. */
export const noDeclination: Declination = () =>
  fault('declination-unknown', 'the heading is magnetic, and neither a declination nor a magnetic model is at hand')

function declinationFor(
  statedDeg: number | undefined,
  lat: number,
  lon: number,
  heightM: number,
  timeMs: number,
  model: Declination,
): DeclinationAt | Fault {
  return statedDeg === undefined ? model(lat, lon, heightM, timeMs) : { deg: statedDeg, sigmaDeg: 0 }
}

/** The pose with its heading from true north; a pose that has it already is answered as it is. */
export function trueNorthPose(pose: Pose, timeMs: number, model: Declination): Pose | Fault {
  if (pose.yawRef !== 'magnetic') return pose
  // Declination changes by a thousandth of a degree in a hundred metres of height: any datum will do.
  const at = declinationFor(pose.declinationDeg, pose.lat, pose.lon, pose.height.value, timeMs, model)
  if (isFault(at)) return at
  const { yawRef: _ref, declinationDeg: _declination, ...rest } = pose
  const sigma = pose.sigma && widened(pose.sigma, pose.airframe !== undefined, at.sigmaDeg)
  if (pose.airframe !== undefined) return { ...rest, sigma, airframe: yawed(pose.airframe, at.deg) }
  if (pose.attitude !== undefined) return { ...rest, sigma, attitude: yawed(pose.attitude, at.deg) }
  if (pose.quaternion === undefined) return rest
  const [w, x, y, z] = pose.quaternion
  const c = Math.cos((at.deg / 2) * DEG)
  const s = Math.sin((at.deg / 2) * DEG)
  return { ...rest, sigma, quaternion: [c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w] }
}

function yawed(attitude: Attitude, byDeg: number): Attitude {
  return { ...attitude, yawDeg: attitude.yawDeg + byDeg }
}

/** Joins the declination's error to a stated one of the yaw that is magnetic. */
function widened(sigma: PoseSigma, onAirframe: boolean, byDeg: number): PoseSigma {
  const stated = (onAirframe ? sigma.airframe?.yawDeg : undefined) ?? sigma.yawDeg
  if (stated === undefined || byDeg === 0) return sigma
  const yawDeg = Math.hypot(stated, byDeg)
  return onAirframe ? { ...sigma, airframe: { ...sigma.airframe, yawDeg } } : { ...sigma, yawDeg }
}

/** The bearing with its azimuth from true north; one that has it already is answered as it is. */
export function trueNorthBearing(fix: BearingFix, timeMs: number, model: Declination): BearingFix | Fault {
  if (fix.azimuthRef !== 'magnetic') return fix
  const { lat, lon, height, sigma: observed } = fix.observer
  const at = declinationFor(fix.declinationDeg, lat, lon, height.value, timeMs, model)
  if (isFault(at)) return at
  const { azimuthRef: _ref, declinationDeg: _declination, ...rest } = fix
  const azimuthDeg = wrapAzimuthDeg(fix.azimuthDeg + at.deg)
  const stated = fix.sigma?.azimuthDeg ?? observed?.yawDeg
  if (stated === undefined || at.sigmaDeg === 0) return { ...rest, azimuthDeg }
  return { ...rest, azimuthDeg, sigma: { ...fix.sigma, azimuthDeg: Math.hypot(stated, at.sigmaDeg) } }
}
