/** The environment as a layer of settings. */
import { readFileSync } from 'node:fs'
import { type Found, readIntegratorNames } from './integrator.ts'
import { EnvText, type Layer, Patches } from './layer.ts'
import { ENV_NAMES, findName, pathOf } from './names.ts'
import { nearest } from './nearest.ts'
import { type Problem, show } from './problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Names of ours that are no settings: the settings file itself, and what the launcher reads. */
export const LAUNCHER_NAMES: readonly string[] = [
  'SIGHTLINE_CONFIG',
  'SIGHTLINE_DEBUG',
  'SIGHTLINE_LAUNCHED',
  'SIGHTLINE_CHILD',
]

const MAX_SECRET_BYTES = 1_048_576

/**
 * Reads all names that are ours or the integrators'. Empty values count as unset.
 * `fileHasSinks` makes COT_URL a fault: which of the two was meant is not guessed.
 */
export function readEnvironment(
  env: Environment,
  options: { readonly fileHasSinks: boolean; readonly alsoKnown?: readonly string[] },
): { readonly layer: Layer; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const known = new Set([...LAUNCHER_NAMES, ...(options.alsoKnown ?? [])])

  const readSecret = (name: string, file: string, path: string): string | undefined => {
    try {
      const bytes = readFileSync(file)
      if (bytes.length > MAX_SECRET_BYTES) throw new RangeError('too large')
      return bytes.toString('utf8').replace(/\r?\n$/, '')
    } catch {
      const expected = 'a file of at most 1 MiB that can be read'
      problems.push({ path, origin: { kind: 'environment', name }, found: show(file), expected })
      return undefined
    }
  }

  const ours: Found[] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('SIGHTLINE_') || text === undefined || text === '' || known.has(name)) continue
    const match = findName(name)
    if (!match) {
      problems.push(unknown(name, known))
      continue
    }
    const path = pathOf(match.entry, match.indices)
    const value = match.entry.name.endsWith('_FILE') ? readSecret(name, text, path) : text
    if (value !== undefined) ours.push({ path, name, text: value })
  }
  const serverBin = env.NATS_SERVER_BIN
  if (serverBin) ours.push({ path: 'nats.serverBin', name: 'NATS_SERVER_BIN', text: serverBin })

  const integrator = readIntegratorNames(env, readSecret)
  problems.push(...integrator.problems)
  const ourSink = ours.find((found) => found.path.startsWith('sinks['))
  const beside = ourSink?.name ?? (options.fileHasSinks ? 'sinks in the settings file' : undefined)
  const takesSink = integrator.found.some((found) => found.name === 'COT_URL')
  if (takesSink && beside !== undefined) {
    const hint = 'unset COT_URL, or move it into the list of sinks'
    problems.push({
      path: 'sinks',
      origin: { kind: 'environment', name: 'COT_URL' },
      expected: `no ${beside} beside it`,
      hint,
    })
  }
  const theirs = integrator.found.filter((found) => beside === undefined || !found.path.startsWith('sinks['))
  return { layer: layerOf([...ours, ...theirs], problems), problems }
}

function unknown(name: string, launcher: ReadonlySet<string>): Problem {
  const candidates = [...ENV_NAMES.map((entry) => entry.name), ...launcher]
  const indexed = name.replace(/_\d{1,4}(?=_|$)/g, '_<N>')
  const near = nearest(indexed, candidates)
  return {
    path: '',
    origin: { kind: 'environment', name },
    expected: 'a known name',
    ...(near !== undefined && { hint: `did you mean ${near}?` }),
  }
}

function layerOf(all: readonly Found[], problems: Problem[]): Layer {
  const byPath = new Map<string, Found>()
  const tree: Record<string, unknown> = {}
  for (const found of all) {
    const other = byPath.get(found.path)
    if (other && other.text !== found.text) {
      const expected = `one name for this setting; ${other.name} gives it another value`
      problems.push({ path: found.path, origin: { kind: 'environment', name: found.name }, expected })
      continue
    }
    byPath.set(found.path, found)
    place(tree, found.path, new EnvText(found.text))
  }
  const origin = (path: string) => ({ kind: 'environment', name: nameFor(byPath, path) }) as const
  return { tree, origin }
}

/** Puts a value at `a.b[0].c`; paths come from the names table, so every key in them is plain. */
function place(tree: Record<string, unknown>, path: string, value: EnvText): void {
  const steps = path.split(/\.|(?=\[)/)
  let at: Record<string, unknown> | Patches = tree
  steps.forEach((step, i) => {
    const index = step.startsWith('[') ? Number(step.slice(1, -1)) : undefined
    const last = i === steps.length - 1
    const make = () => (last ? value : steps[i + 1]?.startsWith('[') ? new Patches() : {})
    if (at instanceof Patches) {
      const key = index ?? 0
      if (!at.items.has(key)) at.items.set(key, make())
      at = at.items.get(key) as typeof at
    } else {
      at[step] ??= make()
      at = at[step] as typeof at
    }
  })
}

/** The name behind a path, or behind something inside or around it. */
function nameFor(byPath: ReadonlyMap<string, Found>, path: string): string {
  const exact = byPath.get(path)
  if (exact) return exact.name
  for (const [other, found] of byPath) if (path.startsWith(other) || other.startsWith(path)) return found.name
  return 'environment'
}
