/**
 * The rules about who may import what, as data and one function that reads them.
 *
 * Three kinds of rule: direction (`src <- actors <- streams <- bin`), rooms inside `src` (pure rooms know no adapter,
 * adapters know neither each other nor the settings), and fences (an outside library lives in the folder named here and
 * nowhere else). What is not listed is not allowed, so a new library has to be let in on purpose.
 */
import path from 'node:path'
import { type SourceFile, specifiersOf } from './source-tree.ts'

/** Top-level folders from the foundation up; each may import itself and what stands before it. */
const LAYERS: readonly string[] = ['src', 'actors', 'streams', 'bin']

/** Rooms of `src` without input or output; each lists the rooms it may use. */
const PURE_ROOMS = ['domain', 'geo', 'cot', 'fault', 'port']
const ADAPTER_ROOMS = ['terrain', 'magnetic', 'nats', 'store', 'tak', 'push', 'http', 'watch']
const SETTINGS_ROOM = 'config'

/** Outside library (a trailing `/` takes the whole scope) and the folders that may import it. */
const FENCES: readonly (readonly [library: string, folders: readonly string[]])[] = [
  ['lmdb', ['src/store']],
  ['@node-rs/crc32', ['src/store']],
  ['@nats-io/', ['src/nats']],
  ['undici', ['src/push']],
  ['geomagnetism', ['src/magnetic']],
  ['fastify', ['src/http']],
  ['@fastify/', ['src/http']],
  ['prom-client', ['src/watch']],
  ['pino', ['src/watch']],
  ['yaml', ['src/config']],
  ['typebox', ['src/domain', 'src/config']],
  ['rxjs', ['streams', 'actors']],
  ['effect', ['src/push', 'actors', 'streams']],
  ['commander', ['bin']],
]

/** Parts of Node that only compute, and so are open to pure rooms. */
const PURE_BUILTINS = new Set(['node:buffer', 'node:crypto'])

/** Each breach as `file: sentence`; empty when the house is in order. */
export function breaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ file, text }) =>
    specifiersOf(text).flatMap((specifier) => {
      const sentence = specifier.startsWith('.')
        ? breachInside(file, resolve(file, specifier))
        : breachOutside(file, specifier)
      return sentence === undefined ? [] : [`${file}: ${sentence}`]
    }),
  )
}

/** A relative import as a path from the root. Emitted JavaScript is named by its source. */
function resolve(file: string, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier))
}

function breachInside(from: string, to: string): string | undefined {
  const [layer, room] = placeOf(from)
  const [otherLayer, otherRoom] = placeOf(to)
  if (to === 'package.json') return undefined
  const level = LAYERS.indexOf(layer)
  const otherLevel = LAYERS.indexOf(otherLayer)
  if (otherLevel === -1) return isDemo(from, to) ? undefined : `imports ${to}, which is no part of the product`
  if (otherLevel > level) return `imports ${to}: ${layer} may not know ${otherLayer}`
  if (layer !== 'src' || otherLayer !== 'src' || room === otherRoom) return undefined
  if (PURE_ROOMS.includes(otherRoom)) return undefined
  if (PURE_ROOMS.includes(room)) return `imports ${to}: ${room} is pure and may not know ${otherRoom}`
  if (otherRoom === SETTINGS_ROOM) return `imports ${to}: adapters take plain options, not the settings`
  if (ADAPTER_ROOMS.includes(otherRoom)) return `imports ${to}: ${room} may not know the adapter ${otherRoom}`
  return `imports ${to}: ${otherRoom} is no room of src`
}

/** The demo plays the simulator's scenario; nothing else of the product leans on an example. */
function isDemo(from: string, to: string): boolean {
  return from.startsWith('bin/') && to.startsWith('examples/simulator/')
}

/** Top-level folder and, for `src`, the room. */
function placeOf(file: string): [layer: string, room: string] {
  const [layer = '', room = ''] = file.split('/')
  return [layer, room]
}

function breachOutside(file: string, specifier: string): string | undefined {
  const [layer, room] = placeOf(file)
  if (specifier.startsWith('node:')) {
    const pure = layer === 'src' && PURE_ROOMS.includes(room)
    return pure && !PURE_BUILTINS.has(specifier) ? `imports ${specifier}: ${room} is pure` : undefined
  }
  const fence = FENCES.find(([library]) =>
    library.endsWith('/')
      ? specifier.startsWith(library)
      : specifier === library || specifier.startsWith(`${library}/`),
  )
  if (fence === undefined) return `imports ${specifier}, which no folder may import yet`
  const [library, folders] = fence
  if (folders.some((folder) => file.startsWith(`${folder}/`))) return undefined
  return `imports ${specifier}: ${library} belongs in ${folders.join(', ')}`
}

/** Every import cycle, each as the files on it in order; types count, because a cycle of types is a cycle of ideas. */
export function cycles(files: readonly SourceFile[]): string[][] {
  const known = new Set(files.map(({ file }) => file))
  const edges = new Map(
    files.map(({ file, text }) => [
      file,
      specifiersOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(file, specifier))
        .filter((to) => known.has(to)),
    ]),
  )
  const found: string[][] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (file: string): void => {
    const start = trail.indexOf(file)
    if (start >= 0) {
      found.push(trail.slice(start))
      return
    }
    if (done.has(file)) return
    trail.push(file)
    for (const to of edges.get(file) ?? []) visit(to)
    trail.pop()
    done.add(file)
  }
  for (const file of edges.keys()) visit(file)
  return found
}
