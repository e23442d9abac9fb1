/**
 * Which point of a detection box stands for the thing, and how well a box tells it.
 *
 * What stands on the ground touches it at the middle of the box's lower edge; so do a fire and the source of smoke.
 * What is in the air is taken at the middle of its box.
 */
import type { BoxFix } from '../domain/detection.ts'
import type { SigmaDefaults } from './sigma.ts'

/** Classes taken at the middle of their box; every other class is taken at the middle of its lower edge. */
export const AIRBORNE_CLASSES: ReadonlySet<string> = new Set([
  'aircraft',
  'airplane',
  'plane',
  'helicopter',
  'drone',
  'uav',
  'uas',
  'quadcopter',
  'multirotor',
  'glider',
  'balloon',
  'airship',
  'parachute',
  'paraglider',
  'missile',
  'rocket',
  'bird',
  'kite',
  'frisbee',
])

/** A class name as the tables of this room spell it: lower case, words joined by `-`. */
export function classToken(className: string): string {
  // Nearly every name is in this form already; a test is cheaper than a rewrite.
  return PLAIN.test(className)
    ? className
    : className
        .trim()
        .toLowerCase()
        .replace(/[\s_]+/g, '-')
}

const PLAIN = /^[a-z0-9-]*$/

/** True when a thing of this class is in the air. */
export function isAirborne(className: string): boolean {
  return AIRBORNE_CLASSES.has(classToken(className))
}

/** A pixel with its one-sigma error per axis. */
export interface Contact {
  u: number
  v: number
  sigmaU: number
  sigmaV: number
  /** True when the errors came from the box's size or a default. */
  assumed: boolean
}

/**
 * The contact point of a box, whose corners are already in pixels of a `width` x `height` image, into `out`. What of
 * the box lies outside the image is cut off first; false when nothing is left.
 */
export function contactOfBox(
  box: Pick<BoxFix, 'x1' | 'y1' | 'x2' | 'y2' | 'sigmaPx'>,
  width: number,
  height: number,
  airborne: boolean,
  confidence: number | undefined,
  defaults: SigmaDefaults,
  out: Contact,
): boolean {
  const left = Math.min(box.x1, box.x2)
  const right = Math.max(box.x1, box.x2)
  const top = Math.min(box.y1, box.y2)
  const bottom = Math.max(box.y1, box.y2)
  if (!(left <= width && right >= 0 && top <= height && bottom >= 0)) return false
  const x1 = Math.max(left, 0)
  const x2 = Math.min(right, width)
  const y1 = Math.max(top, 0)
  const y2 = Math.min(bottom, height)
  out.u = (x1 + x2) / 2
  out.v = airborne ? (y1 + y2) / 2 : y2
  if (box.sigmaPx !== undefined) {
    out.sigmaU = box.sigmaPx
    out.sigmaV = box.sigmaPx
    out.assumed = false
    return true
  }
  const share = defaults.boxFraction * (2 - Math.min(Math.max(confidence ?? 0.5, 0), 1))
  // A side on the image's edge is where the view ends, not where the thing does.
  const cutAcross = x1 <= 0 || x2 >= width
  const cutDown = y2 >= height || (airborne && y1 <= 0)
  out.sigmaU = Math.max(defaults.pixelPx, (x2 - x1) * (cutAcross ? defaults.cutBoxFraction : share))
  out.sigmaV = Math.max(defaults.pixelPx, (y2 - y1) * (cutDown ? defaults.cutBoxFraction : share))
  out.assumed = true
  return true
}
