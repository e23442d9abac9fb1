/**
 * Lays the layers over each other along the schema and checks every value that was written.
 *
 * Sections and maps are merged by key; a list replaces the list below it, and patches go over the items of a written list;
 * a value replaces a value.
 * A wrong value is a fault in whichever layer it stands, hidden by a higher one or not.
 */
import { parse } from 'yaml'
import { EnvText, type Layer, Patches } from './layer.ts'
import { readLeaf } from './leaf.ts'
import { nearest } from './nearest.ts'
import { type Origin, type Problem, show } from './problem.ts'
import { expectation, isSecret, join, kindOf, mapEntry, type Shape } from './shape.ts'

/** What one layer says about the node at hand. */
interface Given {
  readonly value: unknown
  readonly layer: Layer
}

export interface Resolved {
  readonly value: unknown
  readonly origins: ReadonlyMap<string, Origin>
  readonly problems: readonly Problem[]
}

const DEFAULTS: Layer = { tree: undefined, origin: () => ({ kind: 'default' }) }

/** Resolves the layers, the strongest first. */
export function resolve(root: Shape, layers: readonly Layer[]): Resolved {
  const origins = new Map<string, Origin>()
  const problems: Problem[] = []

  function report(path: string, given: Given, shape: Shape, expected = expectation(shape), hint?: string): void {
    const raw = given.value instanceof EnvText ? given.value.text : given.value
    const found = show(raw, isSecret(shape))
    problems.push({ path, origin: given.layer.origin(path), found, expected, ...(hint !== undefined && { hint }) })
  }

  /** What is in a name that is not known is never shown: it may be a mistyped secret. */
  function reportUnknown(path: string, key: string, layer: Layer, known: readonly string[]): void {
    const near = nearest(key, known)
    const at = join(path, key)
    const hint = near === undefined ? undefined : `did you mean ${near}?`
    problems.push({
      path: at,
      origin: layer.origin(at),
      expected: 'a known setting',
      ...(hint !== undefined && { hint }),
    })
  }

  function visit(shape: Shape, given: readonly Given[], path: string, required: boolean): unknown {
    const present = given.filter(({ value }) => value !== undefined && value !== null)
    switch (kindOf(shape)) {
      case 'section':
        return section(shape, present, path)
      case 'map':
        return map(shape, present, path)
      case 'list':
        return list(shape, present, path)
      case 'opaque':
        return opaque(present, path)
      default:
        return leaf(shape, present, path, required)
    }
  }

  function record(shape: Shape, given: Given, path: string): Readonly<Record<string, unknown>> | undefined {
    let { value } = given
    if (value instanceof EnvText) value = parseFlow(value.text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
    if (shape.shorthand !== undefined && typeof value !== 'object') return { [shape.shorthand]: value }
    report(path, given, shape, given.value instanceof EnvText ? 'a map such as {name: value, other: value}' : undefined)
    return undefined
  }

  function section(shape: Shape, present: readonly Given[], path: string): unknown {
    const properties = shape.properties ?? {}
    const known = Object.keys(properties)
    const parts = present.flatMap((given) => {
      const values = record(shape, given, path)
      if (!values) return []
      for (const key of Object.keys(values)) {
        if (!Object.hasOwn(properties, key)) reportUnknown(path, key, given.layer, known)
      }
      return [{ values, layer: given.layer }]
    })
    const result: Record<string, unknown> = {}
    for (const [key, child] of Object.entries(properties)) {
      const inner = parts.flatMap(({ values, layer }) =>
        Object.hasOwn(values, key) ? [{ value: values[key], layer }] : [],
      )
      const value = visit(child, inner, join(path, key), shape.required?.includes(key) ?? false)
      if (value !== undefined) result[key] = value
    }
    return result
  }

  function map(shape: Shape, present: readonly Given[], path: string): unknown {
    const { keys, value: child } = mapEntry(shape)
    const merged = new Map<string, Given[]>()
    for (const given of [...present, { value: shape.default ?? {}, layer: DEFAULTS }]) {
      for (const [key, value] of Object.entries(record(shape, given, path) ?? {})) {
        if (!keys.test(key) || key === '__proto__') {
          const at = join(path, key)
          problems.push({ path: at, origin: given.layer.origin(at), expected: `a name that matches ${keys.source}` })
        } else {
          const values = merged.get(key)
          if (values) values.push({ value, layer: given.layer })
          else merged.set(key, [{ value, layer: given.layer }])
        }
      }
    }
    const result: Record<string, unknown> = {}
    for (const [key, values] of merged) {
      const value = visit(child, values, join(path, key), true)
      if (value !== undefined) result[key] = value
    }
    return result
  }

  function list(shape: Shape, present: readonly Given[], path: string): unknown {
    const patches: Given[] = []
    let base: Given = { value: shape.default ?? [], layer: DEFAULTS }
    for (const given of present) {
      if (given.value instanceof Patches) {
        patches.push(given)
      } else if (Array.isArray(given.value)) {
        base = given
        break
      } else {
        report(path, given, shape, 'a list')
      }
    }
    // Items given one by one make a list of their own where nobody wrote one: they do not patch a default.
    const items = patches.length > 0 && base.layer === DEFAULTS ? [] : (base.value as unknown[])
    const indices = patches.flatMap(({ value }) => [...(value as Patches).items.keys()])
    // An item far beyond the end is a gap, not a reason to make room for it.
    const reach = Math.min(Math.max(items.length, ...indices.map((i) => i + 1)), (shape.maxItems ?? 1024) + 1)
    if (shape.maxItems !== undefined && reach > shape.maxItems) {
      problems.push({ path, origin: base.layer.origin(path), expected: `at most ${shape.maxItems} items` })
    }
    const result: unknown[] = []
    for (let i = 0; i < Math.min(reach, shape.maxItems ?? reach); i++) {
      const at = join(path, i)
      const over = patches.flatMap(({ value, layer }) =>
        (value as Patches).items.has(i) ? [{ value: (value as Patches).items.get(i), layer }] : [],
      )
      if (over.length === 0 && i >= items.length) {
        const layer = patches[0]?.layer ?? base.layer
        problems.push({ path: at, origin: layer.origin(path), expected: 'no gap in the numbers of a list' })
        result.push({})
        continue
      }
      const value = visit(
        shape.items ?? {},
        i < items.length ? [...over, { value: items[i], layer: base.layer }] : over,
        at,
        true,
      )
      if (value !== undefined) result.push(value)
    }
    return result
  }

  function opaque(present: readonly Given[], path: string): unknown {
    const given = present[0]
    if (!given) return undefined
    origins.set(path, given.layer.origin(path))
    return given.value instanceof EnvText ? parseFlow(given.value.text) : given.value
  }

  function leaf(shape: Shape, present: readonly Given[], path: string, required: boolean): unknown {
    let result: unknown
    for (const given of present) {
      const value = readLeaf(shape, given.value)
      if (value === undefined) {
        report(path, given, shape)
      } else if (result === undefined) {
        result = value
        origins.set(path, given.layer.origin(path))
      }
    }
    if (result !== undefined) return result
    if (shape.default !== undefined) {
      if (present.length === 0) origins.set(path, { kind: 'default' })
      return shape.default
    }
    if (required && present.length === 0 && shape.derived === undefined) {
      problems.push({ path, origin: nearestOrigin(path), expected: `${expectation(shape)}, but it is missing` })
    }
    return undefined
  }

  /** Where the thing that lacks something was written. */
  function nearestOrigin(path: string): Origin {
    for (const layer of layers) {
      const parent = path.replace(/\.[^.]*$/, '')
      if (has(layer.tree, parent)) return layer.origin(parent)
    }
    return { kind: 'default' }
  }

  const value = visit(
    root,
    layers.map((layer) => ({ value: layer.tree, layer })),
    '',
    true,
  )
  return { value, origins, problems }
}

/** The YAML (or JSON) in a variable; undefined when it is none. */
function parseFlow(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0, prettyErrors: false, logLevel: 'silent' })
  } catch {
    return undefined
  }
}

/** Does the tree hold anything at `a.b[0]`? */
function has(tree: unknown, path: string): boolean {
  let at = tree
  for (const step of path.split(/\.|(?=\[)/)) {
    if (at instanceof Patches) at = at.items.get(Number(step.slice(1, -1)))
    else if (Array.isArray(at)) at = at[Number(step.slice(1, -1))]
    else if (typeof at === 'object' && at !== null) at = (at as Record<string, unknown>)[step]
    else return false
  }
  return at !== undefined
}
