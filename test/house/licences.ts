/** Reads the licence of every installed package and judges it against the licences that are free to use and pass on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface PackageLicence {
  readonly name: string
  readonly version: string
  /** SPDX expression as the package states it; empty when it states none. */
  readonly licence: string
}

/** SPDX names of the licences that a dependency may have. Weak copyleft (MPL) binds only its own files. */
export const FREE_LICENCES: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Unlicense',
  'Zlib',
])

/** Every package below a `node_modules`, those inside other packages too. */
export function installedPackages(nodeModules: string): PackageLicence[] {
  return readdirSync(nodeModules, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || !(entry.isDirectory() || entry.isSymbolicLink())) return []
    const folder = path.join(nodeModules, entry.name)
    // A scope is a folder of packages, and may hold them as node_modules does.
    if (entry.name.startsWith('@')) return installedPackages(folder)
    const inner = path.join(folder, 'node_modules')
    const below = existsSync(inner) ? installedPackages(inner) : []
    const manifest = path.join(folder, 'package.json')
    return existsSync(manifest) ? [licenceOf(JSON.parse(readFileSync(manifest, 'utf8'))), ...below] : below
  })
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string | { readonly type?: string }
  readonly licenses?: readonly { readonly type?: string }[]
}

/** Old packages state an object, or a list to choose from, instead of an expression. */
export function licenceOf(manifest: Manifest): PackageLicence {
  const { name = '?', version = '?', license, licenses } = manifest
  const choice = (licenses ?? []).flatMap(({ type }) => (type === undefined ? [] : [type])).join(' OR ')
  const stated = typeof license === 'string' ? license : license?.type
  return { name, version, licence: stated ?? choice }
}

/** True when the SPDX expression can be met with free licences alone. */
export function isFree(expression: string, free: ReadonlySet<string> = FREE_LICENCES): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? []
  let at = 0
  const term = (): boolean => {
    const token = tokens[at++]
    if (token !== '(') return token !== undefined && free.has(token)
    const inner = either()
    return tokens[at++] === ')' && inner
  }
  // Both sides are always read, so that the position stays right whatever the first one says.
  const both = (): boolean => {
    let result = term()
    while (tokens[at] === 'AND') {
      at++
      result = term() && result
    }
    return result
  }
  const either = (): boolean => {
    let result = both()
    while (tokens[at] === 'OR') {
      at++
      result = both() || result
    }
    return result
  }
  const result = either()
  // What is left over (WITH an exception, say) was not understood: a person has to look at it.
  return result && at === tokens.length
}
