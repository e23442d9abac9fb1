/** The names that the pages for people drop (metrics, settings, fault codes, files) exist. */

import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import { FAULTS } from '../../src/fault/table.ts'
import { METRICS } from '../../src/watch/catalogue.ts'
import { ROOT, sourceFiles } from '../house/source-tree.ts'
import { page } from './page.ts'

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/contract.md',
  'docs/operations.md',
  'docs/architecture.md',
  'docs/geolocation.md',
  ...sourceFiles(['docs/decisions'], ['.md']).map(({ file }) => file),
]

/** Code spans of a page, without fenced blocks. */
function spans(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '')
}

const settings = describeSettings().map(({ path: name }) => name)
const sections = new Set(settings.map((name) => name.split(/[.[]/, 1)[0] ?? ''))

describe.each(PAGES)('%s', (name) => {
  const words = spans(page(name))

  it('names metrics that exist', () => {
    const series = words.flatMap(
      (word) => /^((?:sightline|detection|ingestion|tak_push)_[a-z_]+)/.exec(word)?.[1] ?? [],
    )
    for (const each of series) expect(Object.keys(METRICS), each).toContain(each)
  })

  it('names settings that exist', () => {
    const named = words.filter((word) => /^[a-z][A-Za-z]+(\.[a-z*<][A-Za-z*>]*)+$/.test(word))
    for (const word of named) {
      const [first = ''] = word.split('.')
      // `cot.u.rb.a` is a subject: a tree of short tokens.
      if (/^cot\.[a-z*]\./.test(word) || word === 'telemetry.<sensor>') continue
      if (!sections.has(first) || /\.(ts|json|conf)$/.test(word)) continue
      // A map's own keys, and a star for any of a kind, stand for what a person chooses.
      const chosen = word
        .replaceAll(/<[a-z]+>/g, '<name>')
        .replaceAll('.', '\\.')
        .replaceAll('*', '[A-Za-z]+')
      const pattern = new RegExp(`^${chosen}(?![A-Za-z])`)
      expect(
        settings.some((path) => pattern.test(path)),
        word,
      ).toBe(true)
    }
  })

  it('names fault codes that exist', () => {
    // Words in this form that are codes everywhere else, so that a code that was renamed is found.
    const kin = Object.keys(FAULTS).map((code) => code.split('-')[0])
    const named = words.filter((word) => /^[a-z]+(-[a-z0-9]+)+$/.test(word) && kin.includes(word.split('-')[0]))
    const known = new Set([...Object.keys(FAULTS), ...NOT_CODES])
    for (const word of named) expect(known, word).toContain(word)
  })

  it('names files and folders that exist', () => {
    const named = words.filter((word) => /^(src|actors|streams|bin|test|docs|examples|bench)\/[\w./-]+$/.test(word))
    for (const word of named) expect(existsSync(path.join(ROOT, word)), word).toBe(true)
  })
})

/** Words that look like a fault code and are something else. */
const NOT_CODES = ['ray-level', 'ray-terrain', 'ray-exact', 'pixel-exact', 'bearing-range', 'bearing-fix', 'store-…']
