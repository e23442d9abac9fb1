/** Markdown for the generated pages. */
import { writeFileSync } from 'node:fs'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A table; empty cells stay empty. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export const code = (text: string | undefined): string => (text === undefined || text === '' ? '' : `\`${text}\``)

/** Writes a page when the script that makes it is run by itself. */
export function writePage(page: URL, text: string): void {
  writeFileSync(page, text)
  process.stdout.write(`${page.pathname}\n`)
}
