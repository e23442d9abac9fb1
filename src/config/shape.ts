/** The settings schema seen as a tree of five kinds of nodes, with names and sentences for people. */
import { formatDuration, formatSize } from './quantity.ts'
import type { Annotations } from './schema/leaf.ts'
import { SettingsSchema } from './settings.ts'

/** What the rest of this folder reads of a TypeBox schema. */
export interface Shape extends Annotations {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly maxItems?: number
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
}

export const ROOT = SettingsSchema as Shape

/** `opaque` is anything, checked elsewhere; `leaf` is one value. */
export type Kind = 'section' | 'map' | 'list' | 'opaque' | 'leaf'

export function kindOf(shape: Shape): Kind {
  if (shape.properties) return 'section'
  if (shape.patternProperties) return 'map'
  if (shape.items) return 'list'
  return shape.type === undefined && shape.enum === undefined ? 'opaque' : 'leaf'
}

/** Pattern of the keys and shape of the values of a map. */
export function mapEntry(shape: Shape): { readonly keys: RegExp; readonly value: Shape } {
  const [pattern, value] = Object.entries(shape.patternProperties ?? {})[0] ?? []
  if (pattern === undefined || value === undefined) throw new TypeError('a map without entries in the settings schema')
  return { keys: new RegExp(pattern, 'u'), value }
}

/** Secret itself, or a map of secrets. */
export function isSecret(shape: Shape): boolean {
  return shape.secret === true || (kindOf(shape) === 'map' && mapEntry(shape).value.secret === true)
}

/** `a.b`, `list[0]`, `map["odd key"]`. */
export function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

/** The shape of the setting at a path; undefined when there is none. */
export function shapeAt(path: string): Shape | undefined {
  let shape: Shape | undefined = ROOT
  for (const step of path.split(/\.|(?=\[)/)) {
    if (!shape) return undefined
    const kind = kindOf(shape)
    if (kind === 'list') shape = shape.items
    else if (kind === 'map') shape = mapEntry(shape).value
    else shape = shape.properties?.[step]
  }
  return shape
}

/** A number as it is best written for its unit. */
export function formatValue(shape: Shape, value: unknown): string {
  if (typeof value === 'number' && shape.quantity === 'duration') return formatDuration(value)
  if (typeof value === 'number' && shape.quantity === 'size') return formatSize(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function bounds(shape: Shape): string {
  const { minimum, maximum } = shape
  if (minimum === undefined || maximum === undefined) return ''
  if (maximum >= Number.MAX_SAFE_INTEGER) return ` of at least ${formatValue(shape, minimum)}`
  return ` from ${formatValue(shape, minimum)} to ${formatValue(shape, maximum)}`
}

/** What a setting takes, as the end of the sentence "expected …". */
export function expectation(shape: Shape): string {
  if (shape.expected !== undefined) return shape.expected
  if (shape.enum) return `one of ${shape.enum.join(', ')}`
  if (shape.quantity === 'duration') return `a duration such as 30s or 72h, or milliseconds,${bounds(shape)}`
  if (shape.quantity === 'size') return `a size such as 512MiB or 4GiB, or bytes,${bounds(shape)}`
  switch (shape.type) {
    case 'integer':
      return `a whole number${bounds(shape)}`
    case 'number':
      return `a number${bounds(shape)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return 'text'
    case 'array':
      return 'a list'
    default:
      return 'a map of names to values'
  }
}

/** Name of the type for the page of settings. */
export function typeName(shape: Shape): string {
  const kind = kindOf(shape)
  if (kind === 'map') return 'map'
  if (kind === 'opaque') return 'map'
  if (kind === 'list') return shape.items ? `list of ${typeName(shape.items)}` : 'list'
  if (shape.enum) return shape.enum.join(' or ')
  if (shape.quantity) return shape.quantity
  return { integer: 'whole number', number: 'number', boolean: 'true or false' }[shape.type ?? ''] ?? 'text'
}
