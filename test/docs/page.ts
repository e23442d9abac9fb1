/** Reads a page of docs/ the way its reader does: sections, the rows of their tables, fenced examples. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../house/source-tree.ts'

export function page(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8')
}

/** The text under a heading, up to the next heading of the same or a higher level. */
export function section(text: string, heading: string): string {
  const start = text.split('\n').findIndex((line) => line.replace(/^#+ /, '') === heading && line.startsWith('#'))
  if (start < 0) throw new Error(`the page has no heading "${heading}"`)
  const lines = text.split('\n').slice(start)
  const level = /^#+/.exec(lines[0] ?? '')?.[0].length ?? 0
  const end = lines.findIndex((line, at) => at > 0 && new RegExp(`^#{1,${level}} `).test(line))
  return lines.slice(0, end < 0 ? undefined : end).join('\n')
}

/** The rows of all tables in a text, as cells; heads and rules left out. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    const isHead = /^\| ?-{3}/.test(lines[at + 1] ?? '')
    if (!line.startsWith('|') || isHead || /^\| ?-{3}/.test(line)) return []
    const cells = line.slice(1, -1).split(/(?<!\\)\|/)
    return [cells.map((cell) => cell.trim().replaceAll('\\|', '|'))]
  })
}

/** What stands in backticks in a cell, in order. */
export function coded(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
}

/** Fenced examples of one language. */
export function examples(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '')
}
