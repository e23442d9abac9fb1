/** Ground truth for the tests of this room: kept fixtures, and the shared cases when they are on this machine. */
import { existsSync, readFileSync } from 'node:fs'
import type { Camera, Detection, Fix, Surface } from '../../src/domain/detection.ts'
import type { Place } from '../../src/domain/location.ts'
import type { Answer, Fault } from '../../src/fault/fault.ts'
import { DEG, toEcef } from '../../src/geo/ellipsoid.ts'

const FIXTURES = new URL('../fixtures/geo/', import.meta.url)
const SHARED = new URL('../../../shared/geo/cases/', import.meta.url)

/** A kept fixture; `T` describes the part the test reads. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as T
}

/** A shared case file, or undefined, said aloud, when it is not there. */
export function shared<T>(name: string): T | undefined {
  const file = new URL(name, SHARED)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T
  process.stdout.write(`skipped: ../shared/geo/cases/${name} is not on this machine\n`)
  return undefined
}

/** Distance in metres between two places in degrees and ellipsoidal metres, straight through the Earth. */
export function apartM(
  a: { lat: number; lon: number; haeM: number },
  b: { lat: number; lon: number; haeM: number },
): number {
  const p = new Float64Array(3)
  const q = new Float64Array(3)
  toEcef(a.lat * DEG, a.lon * DEG, a.haeM, p)
  toEcef(b.lat * DEG, b.lon * DEG, b.haeM, q)
  return Math.hypot(...p.map((x, i) => x - (q[i] as number)))
}

/** Errors far too small to matter, stated one by one so that nothing is assumed. */
export const TINY = { positionM: 1e-6, heightM: 1e-6, yawDeg: 1e-6, pitchDeg: 1e-6, rollDeg: 1e-6, timeMs: 0 }

/** A camera at 100 m over the Atlantic off New York, looking north, 45 degrees down. */
export const CAMERA: Camera = {
  pose: {
    lat: 40.7128,
    lon: -74.006,
    height: { value: 100, datum: 'hae' },
    attitude: { yawDeg: 0, pitchDeg: -45, rollDeg: 0 },
    sigma: { positionM: 2, heightM: 2, yawDeg: 1, pitchDeg: 0.5, rollDeg: 0.5 },
  },
  intrinsics: { fx: 3000, fy: 3000, cx: 960, cy: 720, width: 1920, height: 1440, sigmaFocalRel: 0.002 },
}

/** The element of a list; its absence is a broken test. */
export function nth<T>(list: ArrayLike<T>, i: number): T {
  if (i >= list.length) throw new RangeError(`no element ${i} in a list of ${list.length}`)
  return list[i] as T
}

/** A value that the test relies on; its absence is a failure. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a value that should be there is not')
  return value
}

export const SEA: Surface = { height: { value: 0, datum: 'hae' }, sigmaM: 1 }

export function detection(fix: Fix, more: Partial<Detection> = {}): Detection {
  return { id: 'd-1', source: 'test', timeMs: 0, class: 'person', fix, surface: SEA, ...more }
}

/** A detection at the centre of the image of a camera that is {@link CAMERA} with changes to its pose. */
export function centrePixel(pose: Partial<Camera['pose']> = {}, more: Partial<Detection> = {}): Detection {
  const camera = { ...CAMERA, pose: { ...CAMERA.pose, ...pose } }
  return detection({ kind: 'pixel', u: 960, v: 720, sigmaPx: 2, units: 'px', camera }, more)
}

export function placeIn(answer: Answer<unknown>): Place {
  if (!answer.ok) throw new Error(`refused: ${answer.fault.code}: ${answer.fault.reason}`)
  const place = answer.value as Place
  if (place.kind !== 'place') throw new Error(`not a place but a ${String(place.kind)}`)
  return place
}

export function faultIn(answer: Answer<unknown>): Fault {
  if (answer.ok) throw new Error(`answered: ${JSON.stringify(answer.value)}`)
  return answer.fault
}
