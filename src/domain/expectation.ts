/**
 * Refusals in words: which field, what was expected there, what was found.
 *
 * Paths are relative to the element: `camera.pose.lat`, `camera.intrinsics.distortion.coefficients[2]`; `$` is the element itself.
 * A reason is one line and holds no control characters, whatever was found.
 */
import { type Fault, fault } from '../fault/fault.ts'
import type { FaultCode } from '../fault/table.ts'
import { DetectionSchema, wireErrors } from './schema.ts'
import { EXPECTED } from './terms.ts'

/** A value read, or the fault that says why it could not be. */
export type Read<T> = T | Fault

/** Tells the fault from the value; nothing that is read has a `_tag` of its own. */
export function isRefused<T extends object | undefined>(read: T | Fault): read is Fault {
  return read !== undefined && '_tag' in read
}

const LONGEST_FOUND = 60
// Printable in a log line and a header: no control characters, no line separators, no direction overrides.
const UNPRINTABLE = /[\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g

/** One printable line, shortened. */
export function printable(text: string, longest = LONGEST_FOUND): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text
  const quoted = JSON.stringify(short).slice(1, -1).replaceAll('\\"', '"')
  return quoted.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What was found, for a reason. */
export function described(found: unknown): string {
  if (found === undefined) return 'nothing'
  if (found === null) return 'null'
  if (typeof found === 'string') return `"${printable(found)}"`
  if (typeof found === 'number') return Number.isFinite(found) ? String(found) : 'a number too large for a double'
  if (Array.isArray(found)) return `an array of ${found.length}`
  return typeof found === 'object' ? 'an object' : String(found)
}

/** A fault for a field, with the found value put into words. */
export function refuse(field: string, expected: string, found: unknown, code: FaultCode = 'bad-field'): Fault {
  return refusal(field, expected, described(found), code)
}

/** A fault for a field, with what was found already in words. */
export function refusal(field: string, expected: string, found: string, code: FaultCode = 'bad-field'): Fault {
  return fault(code, `${field}: expected ${expected}, found ${found}`, { field })
}

/** The path of a field of an object; that of the element itself is empty. */
export function below(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}

interface SchemaNode {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode | readonly SchemaNode[]
  readonly [EXPECTED]?: string
}

/** What a node of the schema wants, in words. */
function wanted(node: SchemaNode | undefined): string {
  if (node === undefined) return 'something else'
  const said = node[EXPECTED]
  if (said !== undefined) return said
  if (node.enum) return `${node.enum.length > 1 ? 'one of ' : ''}${node.enum.map((v) => JSON.stringify(v)).join(', ')}`
  if (node.type !== 'number' && node.type !== 'integer') return node.type === 'string' ? 'a string' : `an ${node.type}`
  const kind = node.type === 'integer' ? 'a whole number' : 'a number'
  if (node.minimum !== undefined) return `${kind} from ${node.minimum} to ${node.maximum}`
  if (node.exclusiveMinimum === undefined) return kind
  const top = node.maximum !== undefined ? `up to ${node.maximum}` : `below ${node.exclusiveMaximum}`
  return `${kind} above ${node.exclusiveMinimum} and ${top}`
}

/** What a value is held against: the schema, and where and why its compiled form says no. */
export interface Measure {
  readonly schema: object
  readonly errors: (value: unknown) => ReturnType<typeof wireErrors>
}

const DETECTION: Measure = { schema: DetectionSchema, errors: wireErrors }

/** The first fault of a value whose single fields are not what the schema says; undefined when they are. */
export function structureFault(value: object, measure: Measure = DETECTION): Fault | undefined {
  const first = measure.errors(value)[0]
  if (first === undefined) return undefined
  const steps = first.instancePath.split('/').slice(1)
  if (first.keyword === 'required') steps.push(first.params.requiredProperties[0] ?? '')

  let field = ''
  let node: SchemaNode | undefined = measure.schema as SchemaNode
  let found: unknown = value
  for (const step of steps) {
    const inArray: boolean = Array.isArray(found)
    const items: SchemaNode['items'] = node?.items
    node = inArray
      ? ((Array.isArray(items) ? items[Number(step)] : items) as SchemaNode | undefined)
      : node?.properties?.[step]
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[step] : undefined
    field += inArray ? `[${step}]` : field === '' ? step : `.${step}`
  }
  const code = field === 'time' && found !== undefined ? 'bad-time' : 'bad-field'
  return refuse(field === '' ? '$' : field, wanted(node), found, code)
}
