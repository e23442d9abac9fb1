/**
 * Pages written by hand with tables made from code in between: `<!-- made: name -->` … `<!-- /made -->`.
 *
 * What stands between the two marks belongs to the generator; everything else on the page belongs to its author.
 */

const REGION = /(<!-- made: ([a-z-]+) -->)\n[\s\S]*?\n(<!-- \/made -->)/g

/** The page with every marked region filled; throws for a mark without a table and for a table without a mark. */
export function filled(page: string, tables: Readonly<Record<string, string>>): string {
  const left = new Set(Object.keys(tables))
  const text = page.replace(REGION, (_, open: string, name: string, close: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`the page asks for "${name}", which nothing makes`)
    left.delete(name)
    return `${open}\n\n${table}\n\n${close}`
  })
  if (left.size > 0) throw new Error(`the page has no place for ${[...left].join(', ')}`)
  return text
}
