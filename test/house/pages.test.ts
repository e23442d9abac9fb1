/** What the pages point at is there: links, headings, npm scripts. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf, deadLinks, unknownScripts } from './page-rules.ts'
import { ROOT, sourceFiles } from './source-tree.ts'

const pages = sourceFiles(['.'], ['.md'])
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

describe('the pages of the repository', () => {
  it('link to nothing that is not there', () => {
    expect(deadLinks(pages, (file) => existsSync(path.join(ROOT, file)))).toEqual([])
  })

  it('name only npm scripts that exist', () => {
    expect(unknownScripts(pages, new Set(Object.keys(scripts)))).toEqual([])
  })
})

describe('a stale page is caught', () => {
  const pages = [
    {
      file: 'README.md',
      text: '# Top\nSee [ops](docs/ops.md#when-it-stops), [code](src/a.ts), [web](https://x.y/#z).',
    },
    {
      file: 'docs/ops.md',
      text: '# Ops\n## When it stops?\n[back](../README.md#top) `[no](link.md)`\n```\n[no](link.md)\n```',
    },
  ]
  const exists = (file: string) => ['README.md', 'docs/ops.md', 'src/a.ts'].includes(file)

  it('and a good one is not', () => {
    expect(deadLinks(pages, exists)).toEqual([])
  })

  it('by a link to a missing file or a missing heading', () => {
    const bad = { file: 'docs/bad.md', text: '[a](gone.md) [b](ops.md#gone) [c](#gone)\n# Here' }
    expect(deadLinks([...pages, bad], (file) => exists(file) || file === bad.file)).toEqual([
      'docs/bad.md: gone.md',
      'docs/bad.md: ops.md#gone',
      'docs/bad.md: #gone',
    ])
  })

  it('by an npm script that was renamed', () => {
    const page = { file: 'a.md', text: 'Run `npm run demo -- --stay`, then `npm run gone`, or npm test.' }
    expect(unknownScripts([page], new Set(['demo', 'test']))).toEqual(['a.md: npm run gone'])
  })

  it('with anchors as GitHub makes them', () => {
    const text = '# A `code` & b\n## Twice\n## Twice\n```\n# not one\n```\n## [Linked](x.md) one'
    expect([...anchorsOf(text)]).toEqual(['a-code--b', 'twice', 'twice-1', 'linked-one'])
  })
})
