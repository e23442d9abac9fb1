/** The environment names of the settings, made from their paths. */
import { isSecret, join, kindOf, ROOT, type Shape } from './shape.ts'

/** One step into the tree: a property, or any index of a list. */
export type Step = string | typeof ANY
export const ANY = Symbol('any index')

export interface EnvName {
  /** `SIGHTLINE_SINKS_<N>_URL`; `<N>` stands for the index in a list. */
  readonly name: string
  readonly steps: readonly Step[]
  readonly shape: Shape
}

const PREFIX = 'SIGHTLINE'

/** `maxAckPending` as it reads in the environment: `MAX_ACK_PENDING`. */
function upper(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()
}

function collect(shape: Shape, steps: readonly Step[], name: string, into: EnvName[]): void {
  switch (kindOf(shape)) {
    case 'section':
      for (const [key, child] of Object.entries(shape.properties ?? {})) {
        collect(child, [...steps, key], `${name}_${upper(key)}`, into)
        if (key === shape.shorthand) into.push({ name, steps: [...steps, key], shape: child })
      }
      return
    case 'list':
      if (shape.items) collect(shape.items, [...steps, ANY], `${name}_<N>`, into)
      return
    default:
      into.push({ name, steps, shape })
      if (isSecret(shape)) into.push({ name: `${name}_FILE`, steps, shape })
  }
}

function list(): readonly EnvName[] {
  const names: EnvName[] = []
  collect(ROOT, [], PREFIX, names)
  return names
}

/** Every name, `_FILE` forms of secrets and short forms of sections included. */
export const ENV_NAMES: readonly EnvName[] = list()

const byName = new Map(ENV_NAMES.map((entry) => [entry.name, entry]))

/** The setting that a name of the environment stands for, with the indices it carries. */
export function findName(name: string): { readonly entry: EnvName; readonly indices: readonly number[] } | undefined {
  const indices: number[] = []
  const pattern = name.replace(/_(\d{1,4})(?=_|$)/g, (_, digits: string) => {
    indices.push(Number(digits))
    return '_<N>'
  })
  const entry = byName.get(pattern)
  return entry && { entry, indices }
}

/** The path of a setting with its indices filled in. */
export function pathOf(entry: EnvName, indices: readonly number[]): string {
  let next = 0
  return entry.steps.reduce<string>((path, step) => join(path, step === ANY ? (indices[next++] ?? 0) : step), '')
}
