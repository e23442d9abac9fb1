/**
 * A value as YAML that reads back as the same value.
 *
 * Lists and maps are laid out in lines; every text is written as JSON writes it, which YAML reads the same way, so that
 * no word of it can be taken for a number, a date or a truth.
 */

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/
/** Words that some readers of YAML take for something else than text. */
const SPECIAL_KEY = /^(y|n|yes|no|on|off|true|false|null)$/i

export function yamlLines(value: unknown): string[] {
  if (isEmpty(value) || typeof value !== 'object' || value === null) return [scalar(value)]
  if (Array.isArray(value)) return value.flatMap(itemLines)
  return Object.entries(value).flatMap(([key, inner]) => entryLines(key, inner))
}

function itemLines(inner: unknown): string[] {
  const [first = '', ...rest] = yamlLines(inner)
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)]
}

function entryLines(key: string, inner: unknown): string[] {
  const name = PLAIN_KEY.test(key) && !SPECIAL_KEY.test(key) ? key : JSON.stringify(key)
  if (typeof inner !== 'object' || inner === null || isEmpty(inner)) return [`${name}: ${scalar(inner)}`]
  return [`${name}:`, ...yamlLines(inner).map((line) => `  ${line}`)]
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function scalar(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
