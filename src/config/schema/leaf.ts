/** The kinds of settings there are; each carries its description, unit and bounds for the checker and the docs. */
import { type TSchema, Type } from 'typebox'

/** How a number may also be written. */
export type Quantity = 'duration' | 'size'

/**
 * What our schemas carry beyond JSON Schema:
 * `unit` for people, `quantity` for `30s` and `4GiB`, `secret` for masking and `_FILE`,
 * `expected` in place of the generated sentence, `shorthand` names the property that a bare value of a section stands for,
 * `derived` names the setting whose value is taken when nothing is given.
 */
export interface Annotations {
  readonly unit?: string
  readonly quantity?: Quantity
  readonly secret?: boolean
  readonly expected?: string
  readonly shorthand?: string
  readonly derived?: string
}

interface TextOptions extends Annotations {
  readonly default?: string
  readonly pattern?: string
  readonly maxLength?: number
}

const DAY_MS = 86_400_000

/** Milliseconds, also written `30s`. */
export const durationMs = (standard: number, description: string, minimum = 0, maximum = 3650 * DAY_MS) =>
  Type.Integer({ default: standard, description, minimum, maximum, unit: 'ms', quantity: 'duration' })

/** Bytes, also written `4GiB`. */
export const sizeBytes = (standard: number, description: string, minimum = 0, maximum = 2 ** 50) =>
  Type.Integer({ default: standard, description, minimum, maximum, unit: 'bytes', quantity: 'size' })

/** A whole number of something. */
export const count = (standard: number, description: string, minimum: number, maximum: number, extra?: Annotations) =>
  Type.Integer({ default: standard, description, minimum, maximum, ...extra })

/** A number with fractions; bounds are inclusive. */
export const measure = (standard: number, description: string, minimum: number, maximum: number, unit: string) =>
  Type.Number({ default: standard, description, minimum, maximum, unit })

export const flag = (standard: boolean, description: string) => Type.Boolean({ default: standard, description })

/** One of a few words. */
export const choice = <const T extends string[]>(values: readonly [...T], standard: T[number], description: string) =>
  Type.Enum<T>(values, { default: standard, description })

export const text = (description: string, options: TextOptions = {}) =>
  Type.String({ minLength: 1, maxLength: 4096, description, ...options })

/** A secret: masked wherever it could be shown, and readable from the file that `<NAME>_FILE` names. */
export const secret = (description: string) =>
  Type.String({ minLength: 1, maxLength: 65_536, description, secret: true, expected: 'text' })

/** PEM text itself, or the path of a file that holds it. */
export const pem = (description: string, options: { readonly secret?: boolean } = {}) =>
  Type.String({
    minLength: 1,
    maxLength: 1_048_576,
    description,
    expected: 'PEM text or the path of a PEM file',
    ...options,
  })

/** A fixed set of settings; everything else in it is a fault. */
export const section = <P extends Record<string, TSchema>>(
  description: string,
  properties: P,
  extra: Pick<Annotations, 'shorthand'> = {},
) => Type.Object(properties, { additionalProperties: false, description, ...extra })

/** What a class, source or camera may be called as a key in a map. */
export const CLASS_KEY = '^[^\\u0000-\\u001f]{1,64}$'
export const SOURCE_KEY = '^[A-Za-z0-9_-]{1,64}$'

/** Settings by a name the user chooses. Layers are merged by key. */
export const map = <V extends TSchema>(
  description: string,
  keyPattern: string,
  value: V,
  standard: Readonly<Record<string, unknown>> = {},
) => Type.Record(Type.String({ pattern: keyPattern }), value, { description, default: standard })
