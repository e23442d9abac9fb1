/**
 * What the producer wants kept: `attributes`, joined by every field that the schema does not name.
 *
 * An unknown field keeps its own name, or inside a known object its dotted path (`camera.pose.gimbalMode`).
 * A name that `attributes` already holds wins.
 */
import type { Fault } from '../fault/fault.ts'
import { type Read, refusal, refuse } from './expectation.ts'
import { DetectionSchema, type WireDetection } from './schema.ts'

export type Attributes = Readonly<Record<string, unknown>>

/** Most bytes of attributes, as compact JSON. */
export const MAX_ATTRIBUTES_BYTES = 65_536

// Compact JSON is longer than what was sent only where a number loses its exponent: `1e20` grows to 21 digits.
const LARGEST_GROWTH = 6

/** The named fields of an object, each with those of the object it holds; null where anything may stand. */
type Known = ReadonlyMap<string, Known | null>

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
}

function knownIn(node: Node): Known | null {
  if (node.properties === undefined) return null
  return new Map(Object.entries(node.properties).map(([name, child]) => [name, knownIn(child)]))
}

const KNOWN: Known = knownIn(DetectionSchema as Node) ?? new Map()
const NOTHING: Known = new Map()
const NONE = { kept: undefined }

function hasUnknown(value: object, known: Known): boolean {
  for (const name in value) {
    const child = known.get(name)
    if (child === undefined) return true
    if (child !== null && hasUnknown((value as Record<string, object>)[name] as object, child)) return true
  }
  return false
}

/** Sets a property that is the object's own, whatever its name. */
function put(into: object, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    ;(into as Record<string, unknown>)[name] = value
  }
}

function gather(value: object, known: Known, path: string, into: object): void {
  for (const name in value) {
    const child = known.get(name)
    const held = (value as Record<string, unknown>)[name]
    if (child === undefined) {
      if (!Object.hasOwn(into, path + name)) put(into, path + name, held)
    } else if (child !== null) {
      gather(held as object, child, `${path}${name}.`, into)
    }
  }
}

/** A copy with the names of every object sorted. The depth of what is read is bounded before it gets here. */
export function sorted<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted) as T
  const copy = {}
  for (const name of Object.keys(value).sort()) put(copy, name, sorted((value as Record<string, unknown>)[name]))
  return copy as T
}

/** The path of a number that no double can hold (it would be written as null), or undefined. */
function infiniteAt(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  const inArray = Array.isArray(value)
  for (const name in value) {
    const at = infiniteAt((value as Record<string, unknown>)[name], inArray ? `${path}[${name}]` : `${path}.${name}`)
    if (at !== undefined) return at
  }
  return undefined
}

/** The fault of attributes that could not be written down whole, or are too large. */
function attributesFault(attributes: Attributes, sentBytes: number): Fault | undefined {
  const infinite = infiniteAt(attributes, 'attributes')
  if (infinite !== undefined) return refuse(infinite, 'a finite number', Number.POSITIVE_INFINITY)
  if (sentBytes * LARGEST_GROWTH <= MAX_ATTRIBUTES_BYTES) return undefined
  const bytes = Buffer.byteLength(JSON.stringify(attributes))
  if (bytes <= MAX_ATTRIBUTES_BYTES) return undefined
  const expected = `at most ${MAX_ATTRIBUTES_BYTES} bytes as JSON, unknown fields included`
  return refusal('attributes', expected, `${bytes} bytes`)
}

/** The id of a camera that is not used as the reference to a registered one: still worth keeping, for it says whose view it was. */
function bystandingCameraId(wire: WireDetection): string | undefined {
  const { camera } = wire
  const referred = camera?.pose === undefined && (wire.pixel !== undefined || wire.bbox !== undefined)
  return referred ? undefined : camera?.id
}

/** Explicit attributes first, so that they win; then what the schema does not name. */
function joined(wire: WireDetection, cameraId: string | undefined): Attributes {
  const all = {}
  if (wire.attributes !== undefined) gather(wire.attributes, NOTHING, '', all)
  gather(wire, KNOWN, '', all)
  if (cameraId !== undefined) gather({ id: cameraId }, NOTHING, 'camera.', all)
  return all
}

/**
 * The attributes of a detection, its unknown fields among them; `kept` is undefined when there are none.
 * `sentBytes` is the size of the message that held them.
 */
export function attributesOf(wire: WireDetection, sentBytes: number): Read<{ readonly kept: Attributes | undefined }> {
  const cameraId = bystandingCameraId(wire)
  const all = cameraId === undefined && !hasUnknown(wire, KNOWN) ? wire.attributes : joined(wire, cameraId)
  if (all === undefined || Object.keys(all).length === 0) return NONE
  return attributesFault(all, sentBytes) ?? { kept: all }
}
