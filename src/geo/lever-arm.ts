/**
 * From the antenna, whose place a pose may give, to the camera: place, and what an error of attitude does to it.
 *
 * The camera stands at the antenna plus R l, where l is the lever arm along the axes of the airframe (of the camera body
 * when there is none). The sight keeps the local axes of the antenna, to which its angles belong: near a pole those of
 * the camera, a few metres away, may be turned by any angle.
 */
import type { LeverArm, Pose } from '../domain/detection.ts'
import { type Orientation, rotationOfAngles, turn } from './attitude.ts'
import { type Causes, STRIDE } from './causes.ts'
import { DEG, toGeodetic } from './ellipsoid.ts'
import { nedToEcef } from './frames.ts'
import type { Sight } from './sight.ts'

const carrier = new Float64Array(9)
const arm = new Float64Array(3)
const geodetic = new Float64Array(3)

/** The lever arm of a pose, north-east-down, into `out`. */
export function leverArmNed(lever: LeverArm, pose: Pose, orientation: Orientation, out: Float64Array): void {
  const { airframe } = pose
  let axes = orientation.body
  if (airframe !== undefined) {
    rotationOfAngles(airframe.yawDeg * DEG, airframe.pitchDeg * DEG, airframe.rollDeg * DEG, carrier)
    axes = carrier
  }
  turn(axes, lever.forwardM, lever.rightM, lever.downM, out)
}

/** Longer than anything that carries an antenna and a camera. */
const LONGEST_M = 20_000

/**
 * Moves a sight, placed at the antenna, by the lever arm `ned` to the camera; false when that is no lever arm. Without a
 * height the sight stays where it is.
 */
export function moveSight(sight: Sight, ned: Float64Array): boolean {
  if (!(Math.hypot(ned[0] as number, ned[1] as number, ned[2] as number) <= LONGEST_M)) return false
  if (!Number.isFinite(sight.haeM)) return true
  nedToEcef(sight.ned, ned[0] as number, ned[1] as number, ned[2] as number, arm)
  const { origin } = sight
  for (let i = 0; i < 3; i++) origin[i] = (origin[i] as number) + (arm[i] as number)
  toGeodetic(origin[0] as number, origin[1] as number, origin[2] as number, geodetic)
  // Heights that no double can square have no coordinates.
  if (!Number.isFinite((geodetic[0] as number) + (geodetic[1] as number) + (geodetic[2] as number))) return false
  sight.latDeg = (geodetic[0] as number) / DEG
  sight.lonDeg = (geodetic[1] as number) / DEG
  sight.haeM = geodetic[2] as number
  return true
}

/** Lets the causes `from` up to `to`, which turn what carries the lever arm `ned`, move the camera at its end as well. */
export function swingLeverArm(causes: Causes, from: number, to: number, ned: Float64Array): void {
  const v = causes.values
  const [n, e, d] = [ned[0] as number, ned[1] as number, ned[2] as number]
  for (let at = from * STRIDE; at < to * STRIDE; at += STRIDE) {
    const wn = v[at + 3] as number
    const we = v[at + 4] as number
    const wd = v[at + 5] as number
    v[at] = (v[at] as number) + we * d - wd * e
    v[at + 1] = (v[at + 1] as number) + wd * n - wn * d
    v[at + 2] = (v[at + 2] as number) + wn * e - we * n
  }
}
