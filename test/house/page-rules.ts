/** Reads the Markdown pages for what can go stale in them: links, headings linked to, npm scripts, file names. */
import path from 'node:path'
import type { SourceFile } from './source-tree.ts'

/** Fenced and inline code blanked, so that brackets in an example are no link. */
function prose(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')
}

/** The anchors that a page offers, as GitHub makes them from headings; a repeated heading gets a number. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const match of text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const heading = match[1] ?? ''
    const plain = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    let anchor = plain
    for (let count = 1; anchors.has(anchor); count++) anchor = `${plain}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/**
 * Links inside the repository that lead nowhere, as `page: link`.
 *
 * `exists` answers for any path from the root, so that pages may link to code as well as to one another.
 */
export function deadLinks(pages: readonly SourceFile[], exists: (file: string) => boolean): string[] {
  const byFile = new Map(pages.map((page) => [page.file, page.text]))
  return pages.flatMap(({ file, text }) =>
    [...prose(text).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].flatMap((match) => {
      const link = match[1] ?? ''
      if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return []
      const [target = '', anchor] = decodeURI(link).split('#')
      const to = target === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
      if (!exists(to)) return [`${file}: ${link}`]
      const page = byFile.get(to)
      const missed = anchor !== undefined && page !== undefined && !anchorsOf(page).has(anchor)
      return missed ? [`${file}: ${link}`] : []
    }),
  )
}

/** `npm run x` and `npm test` on a page that package.json does not know, as `page: npm run x`. */
export function unknownScripts(pages: readonly SourceFile[], scripts: ReadonlySet<string>): string[] {
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(/\bnpm (?:run (?!-)([\w:-]+)|(test|start)\b)/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((script) => !scripts.has(script))
      .map((script) => `${file}: npm run ${script}`),
  )
}
