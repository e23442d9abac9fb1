/** One value: from the text or the YAML scalar that was written to the value the schema asks for. */
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { EnvText } from './layer.ts'
import { parseDuration, parseSize } from './quantity.ts'
import type { Shape } from './shape.ts'

/** Undefined when the value is not what the setting takes. */
export function readLeaf(shape: Shape, given: unknown): unknown {
  const value = given instanceof EnvText ? fromText(shape, given.text) : fromYaml(shape, given)
  return Value.Check(shape as TSchema, value) ? value : undefined
}

function fromText(shape: Shape, text: string): unknown {
  if (shape.quantity) return quantity(shape, text)
  switch (shape.type) {
    case 'integer':
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : undefined
    case 'boolean':
      return /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : undefined
    default:
      return text
  }
}

function fromYaml(shape: Shape, value: unknown): unknown {
  if (shape.quantity && typeof value === 'string') return quantity(shape, value)
  // A choice such as "90" reads as a number in YAML unless it is quoted.
  if (shape.enum && shape.type === undefined && typeof value === 'number') return String(value)
  return value
}

function quantity(shape: Shape, text: string): number | undefined {
  return shape.quantity === 'duration' ? parseDuration(text) : parseSize(text)
}
