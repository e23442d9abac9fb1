/** A settings file: YAML into plain values, with the line of every path. */
import { readFileSync, statSync } from 'node:fs'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { Layer } from './layer.ts'
import type { Problem } from './problem.ts'
import { join } from './shape.ts'

const MAX_BYTES = 1_048_576

type FileResult =
  | { readonly ok: true; readonly layer: Layer }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const expected: Record<string, string> = {
  DUPLICATE_KEY: 'each name once',
  TAB_AS_INDENT: 'spaces instead of tabs for indentation',
  BAD_INDENT: 'names of one level to begin in the same column',
  MULTIPLE_DOCS: 'one YAML document',
  UNRESOLVED_ALIAS: 'an anchor before its alias',
  MISSING_CHAR: 'a closing quote or bracket',
}

/**
 * Reads a settings file of at most 1 MiB.
 * What YAML itself says about broken text may quote it, secrets included, so only the kind and the line are passed on.
 */
export function readSettingsFile(file: string): FileResult {
  const fail = (line: number, sentence: string): FileResult => ({
    ok: false,
    problems: [{ path: '', origin: { kind: 'file', file, line }, expected: sentence }],
  })
  let source: string
  try {
    if (statSync(file).size > MAX_BYTES) return fail(1, 'a settings file of at most 1 MiB')
    source = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? ''
    if (code === 'ENOENT') return fail(1, 'this file to exist')
    return fail(1, code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'UTF-8' : `a file that can be read (${code})`)
  }
  const lines = new LineCounter()
  let document: Document
  try {
    document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  } catch {
    return fail(1, 'values that do not nest thousands deep')
  }
  if (document.errors.length > 0) {
    const problems = document.errors.map((error): Problem => {
      const line = lines.linePos(error.pos[0]).line
      const sentence = expected[error.code] ?? `valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`
      return { path: '', origin: { kind: 'file', file, line }, expected: sentence }
    })
    return { ok: false, problems }
  }
  const lineOf = new Map<string, number>()
  let tree: unknown
  try {
    // First the one that counts aliases: the other follows each of them.
    tree = document.toJS({ maxAliasCount: 100 })
    if (document.contents) index({ document, lines, lineOf }, document.contents, '', [])
  } catch {
    return fail(1, 'aliases that have an anchor and do not hold themselves, and at most 100 of them')
  }
  const origin = (path: string) => ({ kind: 'file', file, line: nearestLine(lineOf, path) }) as const
  return { ok: true, layer: { tree, origin } }
}

interface Indexing {
  readonly document: Document
  readonly lines: LineCounter
  readonly lineOf: Map<string, number>
}

/** Notes the line of each key; what stands behind an alias keeps the line of its anchor. Throws when one holds itself. */
function index(at: Indexing, node: Node, path: string, around: readonly Node[]): void {
  const target = isAlias(node) ? node.resolve(at.document) : node
  if (target !== undefined && around.includes(target)) throw new RangeError('an alias that holds itself')
  const lineOfNode = (inner: Node) => at.lines.linePos(inner.range?.[0] ?? 0).line
  if (isMap(target)) {
    for (const pair of target.items) {
      if (!isScalar(pair.key)) continue
      const child = join(path, String(pair.key.value))
      at.lineOf.set(child, lineOfNode(pair.key))
      if (pair.value) index(at, pair.value as Node, child, [...around, target])
    }
  } else if (isSeq(target)) {
    target.items.forEach((item, i) => {
      const child = join(path, i)
      at.lineOf.set(child, lineOfNode(item as Node))
      index(at, item as Node, child, [...around, target])
    })
  }
}

/** The line of a path, else of the nearest thing around it. */
function nearestLine(lineOf: ReadonlyMap<string, number>, path: string): number {
  let at = path
  while (at !== '') {
    const line = lineOf.get(at)
    if (line !== undefined) return line
    at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))
  }
  return 1
}
