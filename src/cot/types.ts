/**
 * From a detector's class name to a CoT type and lifetime, by one look-up in a table compiled beforehand.
 *
 * Invariants: the match is exact after trimming and case folding, never by part of a name. The strongest setting wins:
 * the source's own, then the one for all sources, then the built-in row; in each, the very name before the row's name
 * (a setting for `person` also covers `pedestrian`, unless `pedestrian` has its own). A compiled table never changes:
 * new settings mean a new table.
 */
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { CLASS_ROWS, SHORTEST_LIFETIME_S, spellings, UNKNOWN_TYPE } from './classes.ts'
import { AFFILIATIONS, type Affiliation, isCotType } from './grammar.ts'

/** Class name to CoT type. */
export type TypeMap = Readonly<Record<string, string>>

export interface TypeTableOptions {
  /** Affiliation of the built-in types; `u` (unknown) unless set. A class that nothing knows stays `a-u-G`. */
  readonly affiliation?: Affiliation
  readonly overrides?: {
    readonly classes?: TypeMap
    /** By source; stronger than `classes`. */
    readonly sources?: Readonly<Record<string, TypeMap>>
  }
  readonly lifetimes?: {
    /** Seconds for every class that `classes` does not name, in place of the built-in lifetimes. */
    readonly defaultS?: number
    /** Seconds by class name. */
    readonly classes?: Readonly<Record<string, number>>
  }
}

export interface ClassType {
  /** CoT type. */
  readonly type: string
  /** False when neither the built-in table nor a setting knows the name. */
  readonly known: boolean
  /** Name of the built-in row, or the folded name where there is none. */
  readonly canonicalClass: string
  /** From observation to stale, milliseconds. */
  readonly lifetimeMs: number
}

export interface TypeTable {
  /** The type of a class as this source means it. Never fails: what nothing knows is `a-u-G`, not known. */
  typeOf(className: string, source?: string): ClassType
}

/** A year; what should stay for ever is not a detection. */
const LONGEST_LIFETIME_S = 366 * 86_400

/** An unknown class name is cut to this length before it is reported. */
const NAME_LIMIT = 128

const fold = (name: string): string => name.trim().toLowerCase()

const foldKeys = <T>(map: Readonly<Record<string, T>> | undefined): ReadonlyMap<string, T> =>
  new Map(Object.entries(map ?? {}).map(([name, value]) => [fold(name), value]))

/** Everything wrong with the settings, each with the path of the setting; empty when they can be compiled. */
export function typeFaults(options: TypeTableOptions): Fault[] {
  const faults: Fault[] = []
  const refuse = (field: string, reason: string) => faults.push(fault('bad-settings', reason, { field }))
  const { affiliation, overrides, lifetimes } = options
  if (affiliation !== undefined && !AFFILIATIONS.includes(affiliation)) {
    refuse('affiliation', `"${affiliation}" is no CoT affiliation; expected one of ${AFFILIATIONS.join(' ')}.`)
  }
  const checkTypes = (path: string, map: TypeMap) => {
    for (const [name, type] of Object.entries(map)) {
      if (fold(name) === '') refuse(path, 'A class name is empty.')
      if (!isCotType(type)) refuse(`${path}.${name}`, `"${type}" is no CoT type; expected one such as a-u-G-E-V.`)
    }
  }
  checkTypes('overrides.classes', overrides?.classes ?? {})
  for (const [source, map] of Object.entries(overrides?.sources ?? {})) checkTypes(`overrides.sources.${source}`, map)
  const checkSeconds = (path: string, seconds: number) => {
    if (!(seconds >= SHORTEST_LIFETIME_S && seconds <= LONGEST_LIFETIME_S)) {
      refuse(path, `A lifetime is ${SHORTEST_LIFETIME_S} to ${LONGEST_LIFETIME_S} seconds, not ${seconds}.`)
    }
  }
  if (lifetimes?.defaultS !== undefined) checkSeconds('lifetimes.defaultS', lifetimes.defaultS)
  for (const [name, seconds] of Object.entries(lifetimes?.classes ?? {})) {
    checkSeconds(`lifetimes.classes.${name}`, seconds)
  }
  return faults
}

/** Compiles the table. Throws a FaultError `bad-settings` for the first of {@link typeFaults}. */
export function createTypeTable(options: TypeTableOptions = {}): TypeTable {
  const [first] = typeFaults(options)
  if (first !== undefined) throw new FaultError(first)

  const forAll = foldKeys(options.overrides?.classes)
  const lifetimeOf = lifetimes(options)
  const common = compile([forAll], options.affiliation ?? 'u', lifetimeOf)
  const bySource = new Map<string, ReadonlyMap<string, ClassType>>()
  for (const [source, map] of Object.entries(options.overrides?.sources ?? {})) {
    bySource.set(source, compile([foldKeys(map), forAll], options.affiliation ?? 'u', lifetimeOf))
  }

  return {
    typeOf(className, source) {
      const name = fold(className)
      const table = source === undefined ? common : (bySource.get(source) ?? common)
      const found = table.get(name)
      if (found !== undefined) return found
      return {
        type: UNKNOWN_TYPE,
        known: false,
        canonicalClass: name.slice(0, NAME_LIMIT),
        lifetimeMs: lifetimeOf(name, name, SHORTEST_LIFETIME_S),
      }
    },
  }
}

type LifetimeOf = (name: string, rowName: string, rowSeconds: number) => number

/** Milliseconds by the strongest setting: the very name, its row's name, the default, the row. */
function lifetimes(options: TypeTableOptions): LifetimeOf {
  const named = foldKeys(options.lifetimes?.classes)
  const fallback = options.lifetimes?.defaultS
  return (name, rowName, rowSeconds) => (named.get(name) ?? named.get(rowName) ?? fallback ?? rowSeconds) * 1000
}

/** One flat map of every name; `layers` hold the overrides, strongest first. */
function compile(
  layers: readonly ReadonlyMap<string, string>[],
  affiliation: Affiliation,
  lifetimeOf: LifetimeOf,
): ReadonlyMap<string, ClassType> {
  const table = new Map<string, ClassType>()
  for (const row of CLASS_ROWS) {
    const builtIn = `a-${affiliation}${row.type.slice(3)}`
    for (const name of spellings(row)) {
      const layer = layers.find((map) => map.has(name) || map.has(row.name))
      const type = layer?.get(name) ?? layer?.get(row.name) ?? builtIn
      const lifetimeMs = lifetimeOf(name, row.name, row.lifetimeS)
      table.set(name, { type, known: true, canonicalClass: row.name, lifetimeMs })
    }
  }
  for (const layer of layers) {
    for (const [name, type] of layer) {
      if (table.has(name)) continue
      const lifetimeMs = lifetimeOf(name, name, SHORTEST_LIFETIME_S)
      table.set(name, { type, known: true, canonicalClass: name, lifetimeMs })
    }
  }
  return table
}
