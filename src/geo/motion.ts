/**
 * What a moving sensor adds to the ways a place can be wrong: its clock, and having been looked up between two poses.
 *
 * An error of time moves and turns the sensor at once, so both go into one cause and are added before they are squared.
 */
import type { Pose } from '../domain/detection.ts'
import { addMotion, addShift, addTurn, type Causes, SOURCE_INDEX } from './causes.ts'
import { DEG } from './ellipsoid.ts'

const shift = new Float64Array(3)
const turned = new Float64Array(3)

/** True when an error of time is an error of place or direction. */
export function isMoving({ velocity, motion }: Pose): boolean {
  if (motion !== undefined) {
    const { velocityNed: v, turnNed: w } = motion
    return v[0] !== 0 || v[1] !== 0 || v[2] !== 0 || w[0] !== 0 || w[1] !== 0 || w[2] !== 0
  }
  return velocity !== undefined && (velocity.speedMps !== 0 || (velocity.climbMps ?? 0) !== 0)
}

/** Adds what an error of `sigmaMs` in the time of the pose does. */
export function addTimeError(causes: Causes, { velocity, motion }: Pose, sigmaMs: number): void {
  const seconds = sigmaMs / 1000
  if (seconds === 0) return
  if (motion !== undefined) {
    for (let i = 0; i < 3; i++) {
      shift[i] = (motion.velocityNed[i] as number) * seconds
      turned[i] = (motion.turnNed[i] as number) * seconds
    }
  } else if (velocity !== undefined) {
    // Of a pose that was sent, no rates of turn are known.
    shift[0] = velocity.speedMps * Math.cos(velocity.courseDeg * DEG) * seconds
    shift[1] = velocity.speedMps * Math.sin(velocity.courseDeg * DEG) * seconds
    shift[2] = -(velocity.climbMps ?? 0) * seconds
    turned.fill(0)
  }
  addMotion(causes, SOURCE_INDEX.time, shift, turned)
}

/** Adds the error of a pose that was looked up between others, or beyond the last of them. */
export function addSpread(causes: Causes, { motion }: Pose): void {
  if (motion === undefined) return
  const { spreadM, spreadDeg } = motion
  const angle = spreadDeg * DEG
  for (let i = 0; i < 3; i++) {
    const [n, e, d] = [i === 0 ? 1 : 0, i === 1 ? 1 : 0, i === 2 ? 1 : 0]
    addShift(causes, SOURCE_INDEX.time, n * spreadM, e * spreadM, d * spreadM)
    addTurn(causes, SOURCE_INDEX.time, n, e, d, angle)
  }
}
