/** Every setting as a row for people: for `config show` and the page of settings. */

import { ANY, ENV_NAMES, type EnvName } from './names.ts'
import { formatValue, isSecret, join, kindOf, mapEntry, ROOT, type Shape, typeName } from './shape.ts'

export interface SettingRow {
  /** `sinks[<N>].url`; `<name>` stands for a key the user chooses. */
  readonly path: string
  /** Its name in the environment; absent inside maps, which are given as a whole. */
  readonly env?: string
  readonly type: string
  /** As people write it; absent when there is none. */
  readonly default?: string
  readonly unit?: string
  readonly description: string
  readonly secret: boolean
}

const pathOf = (entry: EnvName): string =>
  entry.steps.reduce<string>((path, step) => (step === ANY ? `${path}[<N>]` : join(path, step)), '')

/** The plain name of each path: short forms and `_FILE` forms come after or beside it in the table. */
const envByPath = new Map<string, string>()
for (const entry of ENV_NAMES) {
  const path = pathOf(entry)
  const known = envByPath.get(path)
  if (!entry.name.endsWith('_FILE') && (known === undefined || known.length < entry.name.length)) {
    envByPath.set(path, entry.name)
  }
}

function standard(shape: Shape): string | undefined {
  if (shape.derived !== undefined) return `as ${shape.derived}`
  if (shape.default === undefined) return undefined
  if (kindOf(shape) !== 'map') return formatValue(shape, shape.default)
  const entries = Object.entries(shape.default as Record<string, unknown>)
  return entries.length === 0
    ? undefined
    : `{${entries.map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '') : value}`).join(', ')}}`
}

function* rows(shape: Shape, path: string): Generator<SettingRow> {
  const kind = kindOf(shape)
  if (kind === 'section') {
    for (const [key, child] of Object.entries(shape.properties ?? {})) yield* rows(child, join(path, key))
    return
  }
  if (kind === 'list' && shape.items && kindOf(shape.items) === 'section') {
    yield* rows(shape.items, `${path}[<N>]`)
    return
  }
  const env = envByPath.get(kind === 'list' ? `${path}[<N>]` : path)
  const value = standard(shape)
  yield {
    path,
    ...(env !== undefined && { env }),
    type: typeName(shape),
    ...(value !== undefined && { default: value }),
    ...(shape.unit !== undefined && { unit: shape.unit }),
    description: shape.description ?? '',
    secret: isSecret(shape),
  }
  if (kind === 'map' && kindOf(mapEntry(shape).value) === 'section')
    yield* rows(mapEntry(shape).value, `${path}.<name>`)
}

/** All settings in the order of the schema. */
export function describeSettings(): readonly SettingRow[] {
  return [...rows(ROOT, '')]
}
