/** Messages to test with: the contract's example word for word, and one sound detection for every way to say where. */

import {
  type AcceptedElement,
  type ElementReading,
  type ReadingContext,
  readMessage,
} from '../../src/domain/message.ts'
import type { Fault } from '../../src/fault/fault.ts'

export const SOURCE = 'skydio-x2'

export const context: ReadingContext = {
  source: SOURCE,
  receivedMs: Date.UTC(2024, 6, 24, 16, 0, 1),
  maxAheadMs: 60_000,
}

export const CONTRACT_EXAMPLE = `{
  "id": "t24-0001",
  "source": "skydio-x2",
  "time": "2024-07-24T16:00:00.000Z",
  "class": "person",
  "confidence": 0.93,
  "trackId": "gcp-17",
  "pixel": { "u": 1203.5, "v": 822.0 },
  "camera": {
    "pose": {
      "lat": 31.603122, "lon": -110.433649, "height": { "value": 1466.057, "datum": "hae" },
      "yawDeg": 105.77134, "pitchDeg": -66.834902, "rollDeg": -0.332203,
      "sigma": { "positionM": 2.95, "heightM": 3.06, "yawDeg": 1.39, "pitchDeg": 0.83, "rollDeg": 0.83 }
    },
    "intrinsics": {
      "fx": 4826.146998, "fy": 4566.95203, "cx": 2028, "cy": 1520, "width": 4056, "height": 3040,
      "distortion": { "model": "brown-conrady", "coefficients": [-0.077582, 0.197062, 0.001172, 0.000239, -0.06815] }
    }
  },
  "surface": { "height": { "value": 1369.2, "datum": "hae" }, "sigmaM": 3 },
  "attributes": { "anything": "the producer wants to keep" }
}
`

export type Wire = Record<string, unknown>

const shared = { time: '2024-07-24T16:00:00Z', class: 'car' }

export const pose = {
  lat: 31.6,
  lon: -110.4,
  height: { value: 1466, datum: 'hae' },
  yawDeg: 105.5,
  pitchDeg: -66,
  rollDeg: -0.5,
}

export const intrinsics = { fx: 1000, fy: 1001, width: 1920, height: 1080 }

export const camera = { pose, intrinsics }

export const byPosition: Wire = { id: 'p-1', ...shared, position: { lat: 31.6, lon: -110.4 } }

export const byPixel: Wire = { id: 'x-1', ...shared, pixel: { u: 700, v: 500.5 }, camera }

export const byBox: Wire = {
  id: 'b-1',
  ...shared,
  bbox: { x1: 10, y1: 20, x2: 110, y2: 90 },
  camera: { id: 'tower-3' },
}

export const byBearing: Wire = {
  id: 'd-1',
  ...shared,
  bearing: { azimuthDeg: 271.5, elevationDeg: -2, rangeM: 900 },
  observer: { lat: 31.6, lon: -110.4, height: { value: 12, datum: 'agl' } },
}

export const everyWay: readonly (readonly [string, Wire])[] = [
  ['position', byPosition],
  ['pixel', byPixel],
  ['bbox', byBox],
  ['bearing', byBearing],
]

/** Text of a value in which the string `1e999` stands for that number, which no JavaScript value can be. */
export const json = (value: unknown): string => JSON.stringify(value).replaceAll('"1e999"', '1e999')

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data)

/** The readings of a message that can be read. */
export function elementsOf(message: string | Uint8Array, under = context): ElementReading[] {
  const reading = readMessage(typeof message === 'string' ? bytes(message) : message, under)
  if (reading.kind === 'unreadable') throw new Error(`unreadable: ${reading.fault.reason}`)
  return reading.elements
}

/** The only reading of a single detection, which must have been accepted. */
export function accepted(value: Wire | string, under = context): AcceptedElement {
  const [element] = elementsOf(typeof value === 'string' ? value : json(value), under)
  if (!element?.ok) throw new Error(`refused: ${element?.fault.reason}`)
  return element
}

/** The fault of a single detection, which must have been refused. */
export function refused(value: unknown, under = context): Fault {
  const [element] = elementsOf(json(value), under)
  if (element === undefined || element.ok) throw new Error('accepted')
  return element.fault
}

/** The fault of a message that cannot be read. */
export function unreadable(message: string | Uint8Array, under = context): Fault {
  const reading = readMessage(typeof message === 'string' ? bytes(message) : message, under)
  if (reading.kind !== 'unreadable') throw new Error('readable')
  return reading.fault
}

/** A deep copy with the value at a path (`camera.pose.lat`) replaced, or removed when it is undefined. */
export function having(value: Wire, path: string, to: unknown): Wire {
  const copy = structuredClone(value)
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let at: Wire = copy
  for (const step of steps) {
    at[step] ??= {}
    at = at[step] as Wire
  }
  if (to === undefined) delete at[last]
  else at[last] = to
  return copy
}
