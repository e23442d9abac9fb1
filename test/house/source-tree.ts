/** Reads the repository's own files and what each of them imports, for the tests that keep the house in order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const ROOT = path.resolve(import.meta.dirname, '..', '..')

/** A file by its path from the root, with `/` between folders. */
export interface SourceFile {
  readonly file: string
  readonly text: string
}

/** Folders that hold nothing written by us. */
const FOREIGN = new Set(['node_modules', 'dist', 'coverage', '.git', '.sightline', '__pycache__'])

/** Every file below the given folders (from the root) whose name ends so, in a stable order. */
export function sourceFiles(folders: readonly string[], endings: readonly string[]): SourceFile[] {
  const found: SourceFile[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
      const file = path.posix.join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!FOREIGN.has(entry.name)) visit(file)
      } else if (endings.some((ending) => entry.name.endsWith(ending))) {
        found.push({ file, text: readFileSync(path.join(ROOT, file), 'utf8') })
      }
    }
  }
  // A folder that nobody has put a file into is not in a clone either.
  for (const folder of folders) if (existsSync(path.join(ROOT, folder))) visit(folder)
  return found.sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** What one file imports: specifiers as written, in order, types included, each once. */
export function specifiersOf(text: string): string[] {
  const code = withoutComments(text)
  const found = new Set<string>()
  const forms = [
    // import x from 'y'; import type {x} from 'y'; export {x} from 'y'; export * from 'y'
    /(?:^|[\n;}])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"\n]+)\1/g,
    // import 'y'
    /(?:^|[\n;}])\s*import\s*(['"])([^'"\n]+)\1/g,
    // import('y'), require('y'), the type import('y').T
    /\b(?:import|require)\s*\(\s*(['"`])([^'"`\n]+)\1/g,
  ]
  for (const form of forms) {
    for (const match of code.matchAll(form)) {
      const specifier = match[2]
      if (specifier !== undefined) found.add(specifier)
    }
  }
  return [...found]
}

/**
 * The text with its comments blanked, so that an import inside one is not taken for real.
 *
 * Strings are stepped over, because `'https://…'` is no comment. A regular expression that holds a quote or `//` can
 * mislead this reader: it may then miss an import further down its line, never in the rest of the file.
 */
export function withoutComments(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
  return text.replace(token, (found) => (/^\/[*/]/.test(found) ? found.replace(/[^\n]/g, ' ') : found))
}
