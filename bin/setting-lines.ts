/** Settings as lines, one value each, with where it came from. */
import { describeOrigin, type Origin } from '../src/config/problem.ts'
import type { Settings } from '../src/config/settings.ts'
import { formatValue, join, shapeAt } from '../src/config/shape.ts'
import { table } from './table.ts'

type Origins = ReadonlyMap<string, Origin>

/** The settings without what is a default; empty parts are left out too. */
export function changedIn(settings: Settings, origins: Origins): unknown {
  return pruned(settings, '', (path) => (origins.get(path)?.kind ?? 'default') !== 'default') ?? {}
}

function pruned(value: unknown, path: string, keep: (path: string) => boolean): unknown {
  if (keep(path)) return value
  const entries = entriesOf(value, path).flatMap(([key, inner, at]) => {
    const kept = pruned(inner, at, keep)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  if (entries.length === 0) return undefined
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

/** What is inside a list or a map, with its path; nothing for a value, nor for what is one value as a whole. */
function entriesOf(value: unknown, path: string): [key: string | number, inner: unknown, path: string][] {
  if (Array.isArray(value)) return value.map((inner, at) => [at, inner, join(path, at)])
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([key, inner]) => [key, inner, join(path, key)])
}

/** `nats.port = 4222   default`. */
export function settingLines(settings: unknown, origins: Origins): string[] {
  const rows: string[][] = []
  const visit = (value: unknown, path: string): void => {
    const entries = origins.has(path) ? [] : entriesOf(value, path)
    if (entries.length > 0) for (const [, inner, at] of entries) visit(inner, at)
    else if (path !== '')
      rows.push([path, valueText(value, path), describeOrigin(origins.get(path) ?? { kind: 'default' })])
  }
  visit(settings, '')
  return rows.length === 0 ? [] : table('lll', ['SETTING', 'VALUE', 'FROM'], rows)
}

function valueText(value: unknown, path: string): string {
  const text = formatValue(shapeAt(path) ?? {}, value)
  // A certificate in the settings has many lines; its first says what it is.
  return text.includes('\n') ? `${text.slice(0, text.indexOf('\n'))} …` : text
}
