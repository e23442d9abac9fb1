/**
 * The ways a place can be wrong: every independent one-sigma error of the inputs, as what it does to the ray.
 *
 * A cause shifts the sensor, turns the ray about an axis, raises the surface, lengthens the measured range, or several
 * of these at once: an error of time moves and turns a flying camera together, and is squared only after both are
 * added. First-order covariance and sigma points read the same list, so they cannot disagree on what can go wrong.
 * Vectors are in the sensor's north-east-down frame; metres and radians.
 */

/** Names in the error budget, in the order in which they are reported. */
export const SOURCES = [
  'position',
  'height',
  'yaw',
  'pitch',
  'roll',
  'airframe',
  'pixel',
  'focal',
  'surface',
  'time',
  'azimuth',
  'elevation',
  'range',
  'resolution',
] as const
export type Source = (typeof SOURCES)[number]

/** Index of each source in {@link SOURCES}. */
export const SOURCE_INDEX = Object.fromEntries(SOURCES.map((name, i) => [name, i])) as Readonly<Record<Source, number>>

/** Numbers per cause: shift (3), turn (3), surface, range. */
export const STRIDE = 8
/** Most causes that a sensor can have. */
export const CAPACITY = 24

export interface Causes {
  count: number
  readonly values: Float64Array
  /** Index into {@link SOURCES} of each cause. */
  readonly source: Uint8Array
}

export function newCauses(): Causes {
  return { count: 0, values: new Float64Array(CAPACITY * STRIDE), source: new Uint8Array(CAPACITY) }
}

function next(causes: Causes, source: number): number {
  const at = causes.count * STRIDE
  if (causes.count === CAPACITY) throw new RangeError('more causes of error than a sensor can have')
  causes.source[causes.count++] = source
  causes.values.fill(0, at, at + STRIDE)
  return at
}

/** The sensor is elsewhere by (n, e, d). Errors of zero are left out, here and below. */
export function addShift(causes: Causes, source: number, n: number, e: number, d: number): void {
  if (n === 0 && e === 0 && d === 0) return
  const at = next(causes, source)
  causes.values[at] = n
  causes.values[at + 1] = e
  causes.values[at + 2] = d
}

/** The ray is turned by `angle` about a unit axis. */
export function addTurn(causes: Causes, source: number, n: number, e: number, d: number, angle: number): void {
  if (angle === 0) return
  const at = next(causes, source)
  causes.values[at + 3] = n * angle
  causes.values[at + 4] = e * angle
  causes.values[at + 5] = d * angle
}

/** The sensor is elsewhere by `shift` and turned by `turn` (axis times angle) at the same time. */
export function addMotion(causes: Causes, source: number, shift: ArrayLike<number>, turn: ArrayLike<number>): void {
  const at = next(causes, source)
  for (let i = 0; i < 3; i++) {
    causes.values[at + i] = shift[i] as number
    causes.values[at + 3 + i] = turn[i] as number
  }
}

/** The surface is higher by `up`; with `carried` the sensor, whose height was measured from it, rises too. */
export function addSurface(causes: Causes, source: number, up: number, carried: boolean): void {
  if (up === 0) return
  const at = next(causes, source)
  if (carried) causes.values[at + 2] = -up
  causes.values[at + 6] = up
}

/** The measured range is longer by `by`. */
export function addRange(causes: Causes, source: number, by: number): void {
  if (by === 0) return
  causes.values[next(causes, source) + 7] = by
}

/** Variance of the ray's angle about a unit axis across it, from everything that turns the ray. */
export function turnVariance(causes: Causes, n: number, e: number, d: number): number {
  const values = causes.values
  let sum = 0
  for (let i = 0, at = 0; i < causes.count; i++, at += STRIDE) {
    const turn = (values[at + 3] as number) * n + (values[at + 4] as number) * e + (values[at + 5] as number) * d
    sum += turn * turn
  }
  return sum
}
