/** Loads the settings: file, environment and command line over a profile, all faults at once. */
import { type Environment, readEnvironment } from './environment.ts'
import { readSettingsFile } from './file.ts'
import { EnvText, type Layer } from './layer.ts'
import { type Origin, type Problem, show } from './problem.ts'
import { PROFILE_SETTINGS } from './profile.ts'
import { resolve } from './resolve.ts'
import { brokenRules } from './rules.ts'
import { type DeepPartial, PROFILES, type Profile, type Settings } from './settings.ts'
import { isSecret, ROOT, type Shape, shapeAt } from './shape.ts'

export interface LoadOptions {
  /** Settings file; else the one SIGHTLINE_CONFIG names; else none. */
  readonly file?: string
  readonly env: Environment
  /** From `--profile`; stronger than SIGHTLINE_PROFILE and the file. */
  readonly profile?: string
  /** From other options of the command line: the strongest layer. */
  readonly overrides?: DeepPartial<Settings>
  /** Names beginning with SIGHTLINE_ that others read. */
  readonly alsoKnown?: readonly string[]
}

export type LoadResult =
  | { readonly ok: true; readonly settings: Settings; readonly origins: ReadonlyMap<string, Origin> }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Never throws: what is wrong is in `problems`. Reads the settings file and the files of secrets. */
export function loadSettings(options: LoadOptions): LoadResult {
  const problems: Problem[] = []
  const layers: Layer[] = []
  if (options.overrides) layers.push({ tree: options.overrides, origin: () => ({ kind: 'override' }) })
  if (options.profile !== undefined) {
    layers.push({ tree: { profile: options.profile }, origin: () => ({ kind: 'override' }) })
  }
  const file = options.file ?? (options.env.SIGHTLINE_CONFIG || undefined)
  const read = file === undefined ? undefined : readSettingsFile(file)
  if (read && !read.ok) problems.push(...read.problems)
  const fileLayer = read?.ok ? read.layer : undefined

  const alsoKnown = options.alsoKnown ?? []
  const environment = readEnvironment(options.env, { fileHasSinks: hasSinks(fileLayer), alsoKnown })
  problems.push(...environment.problems)
  layers.push(environment.layer)
  if (fileLayer) layers.push(fileLayer)

  const profile = profileOf(layers)
  layers.push({ tree: PROFILE_SETTINGS[profile], origin: () => ({ kind: 'profile', profile }) })
  const resolved = resolve(ROOT, layers)
  problems.push(...resolved.problems)
  derive(ROOT, resolved.value as Tree, resolved.value as Tree)
  const settings = resolved.value as Settings

  const wrong = (path: string) =>
    problems.some((p) => p.path !== '' && (p.path === path || p.path.startsWith(`${path}.`)))
  const origins = resolved.origins
  const written = (path: string) =>
    [...origins].some(([at, origin]) => origin.kind !== 'default' && (at === path || at.startsWith(`${path}.`)))
  for (const breach of brokenRules(settings, written)) {
    if ([breach.path, ...(breach.involves ?? [])].some(wrong)) continue
    const origin = originOf(origins, breach.path, fileLayer)
    problems.push({
      path: breach.path,
      origin,
      ...(breach.found !== undefined && { found: show(breach.found, isSecret(shapeAt(breach.path) ?? {})) }),
      expected: breach.expected,
      ...(breach.hint !== undefined && { hint: breach.hint }),
    })
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, settings: freeze(settings), origins }
}

type Tree = Record<string, unknown>

function hasSinks(layer: Layer | undefined): boolean {
  const sinks = (layer?.tree as Tree | null | undefined)?.sinks
  return Array.isArray(sinks) && sinks.length > 0
}

/** The profile that the strongest layer names; a wrong name is reported where all values are. */
function profileOf(layers: readonly Layer[]): Profile {
  for (const { tree } of layers) {
    const value = (tree as Tree | null)?.profile
    const name = value instanceof EnvText ? value.text : value
    if (name !== undefined && name !== null) return PROFILES.find((profile) => profile === name) ?? 'default'
  }
  return 'default'
}

/** Fills in the settings that follow from another one when they are not given. */
function derive(shape: Shape, value: Tree, root: Tree): void {
  for (const [key, child] of Object.entries(shape.properties ?? {})) {
    if (child.derived !== undefined && value[key] === undefined) value[key] = valueAt(root, child.derived)
    if (child.properties) derive(child, value[key] as Tree, root)
  }
}

function valueAt(root: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Tree)[key], root)
}

/** Where a setting was written, else where what holds it, or stands beside it, was. */
function originOf(origins: ReadonlyMap<string, Origin>, path: string, file: Layer | undefined): Origin {
  for (let at = path; at !== ''; at = at.replace(/[.[][^.[]*$|^[^.[]*$/, '')) {
    const exact = origins.get(at)
    // Within one value, such as a camera, only the file knows more.
    if (exact) return exact.kind === 'file' && file ? file.origin(path) : exact
    const beside = at.replace(/[^.[]*$/, '')
    for (const [other, origin] of origins) {
      if (beside !== '' && origin.kind !== 'default' && other.startsWith(beside)) return origin
    }
  }
  return { kind: 'default' }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}
