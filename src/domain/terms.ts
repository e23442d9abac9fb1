/**
 * The words that the wire schema is written in: nodes with units and limits, rules between fields, and how both are published.
 *
 * Every object is open. Rules between fields are published with the schema, but not compiled into the validator.
 */
import Type, { type TObjectOptions } from 'typebox'

/** Keyword under which a node keeps its rules between fields until the schema is published. */
export const RULES = 'x-rules'

/** Keyword under which a node says in words what it wants; not published. */
export const EXPECTED = 'x-expected'

// Control characters would end up in headers and XML; a lone surrogate has no UTF-8 form.
const TEXT = '^[^\\u0000-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF]{1,256}$'
const textPattern = new RegExp(TEXT, 'u')

/** True for what `id`, `class`, `trackId` and `session` may be. */
export const isText = (value: unknown): value is string => typeof value === 'string' && textPattern.test(value)

/** Beyond any sensor, and small enough to square without overflow and to write without an exponent. */
export const HUGE = 1e9

export const object = <P extends Type.TProperties>(properties: P, description: string, rules?: TObjectOptions) =>
  Type.Object(properties, { description, ...(rules && { [RULES]: rules }) })

export const number = (minimum: number, maximum: number, description: string) =>
  Type.Number({ minimum, maximum, description })

export const positive = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: HUGE, description })

export const sigma = (of: string) =>
  number(0, HUGE, `One-sigma error of ${of}. Absent: a documented default, never zero.`)

export const text = (description: string) =>
  Type.String({ pattern: TEXT, description, [EXPECTED]: 'a string of 1 to 256 characters, none a control character' })

export const angle = (description: string) => number(-360, 360, `${description}, degrees.`)

export const imageSide = (name: string) =>
  Type.Integer({ minimum: 1, maximum: 1_000_000, description: `${name}, pixels.` })

export const lat = number(-90, 90, 'WGS84 latitude, degrees, north positive.')
export const lon = number(-180, 180, 'WGS84 longitude, degrees, east positive; -180 and 180 are the same meridian.')

/** Rule: at least one of these fields is there. */
export const anyOf = (names: readonly string[]) => ({ anyOf: names.map((name) => ({ required: [name] })) })

/** Rule: where the condition holds, so must the consequence. */
export const when = (condition: object, consequence: object) => ({ anyOf: [{ not: condition }, consequence] })

export const HeightSchema = object(
  {
    value: number(-100_000, HUGE, 'Metres.'),
    datum: Type.Enum(['hae', 'msl', 'agl', 'takeoff'], {
      description:
        'What the value is measured from: the WGS84 ellipsoid, EGM96 mean sea level, the ground below, or the take-off point. Never guessed.',
    }),
    takeoffHaeM: Type.Optional(
      number(
        -100_000,
        HUGE,
        'Height of the take-off point above the WGS84 ellipsoid, metres; goes with datum takeoff.',
      ),
    ),
  },
  'A height and what it is measured from.',
  when({ properties: { datum: { const: 'takeoff' } } }, { required: ['takeoffHaeM'] }),
)

export const VelocitySchema = object(
  {
    speedMps: number(0, 100_000, 'Speed over ground, metres per second.'),
    courseDeg: angle('Direction of travel, clockwise from true north'),
    climbMps: Type.Optional(number(-100_000, 100_000, 'Metres per second, up positive.')),
  },
  'Motion over ground.',
)

export type WireHeight = Type.Static<typeof HeightSchema>
export type WireVelocity = Type.Static<typeof VelocitySchema>

export type Json = { [key: string]: unknown }

/** A copy with the rules between fields put in place and our own keywords taken out. */
export function published(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(published)
  if (typeof node !== 'object' || node === null) return node
  const { [RULES]: rules, [EXPECTED]: _, ...rest } = node as Json
  const copy: Json = {}
  for (const [key, value] of Object.entries({ ...rest, ...(rules as Json | undefined) })) copy[key] = published(value)
  return copy
}
