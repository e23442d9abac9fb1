/** docs/requirements.md has a row for every requirement, and what it names as proof is there. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../house/source-tree.ts'
import { coded, page, rowsOf } from './page.ts'

const text = page('docs/requirements.md')
const rows = rowsOf(text).map(([id = '', asked = '', state = '', proof = '']) => ({ id, asked, state, proof }))
const isPath = (word: string) => /^(test|docs|bench|streams|src)\/[\w./-]+\.(ts|md)$/.test(word)

describe('docs/requirements.md', () => {
  it('says of each row what was asked and how it stands', () => {
    expect(rows.length).toBeGreaterThan(70)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    for (const { id, asked, state } of rows) {
      expect(asked, id).not.toBe('')
      expect(['done', 'partly', 'later'], id).toContain(state)
    }
  })

  it('counts its rows rightly', () => {
    const count = (wanted: string) => rows.filter(({ state }) => state === wanted).length
    expect(text).toContain(
      `${rows.length} rows: ${count('done')} done, ${count('partly')} partly, ${count('later')} later.`,
    )
  })

  it('names a test or a page for everything that is done, and it exists', () => {
    for (const { id, state, proof } of rows) {
      const paths = coded(proof).filter(isPath)
      for (const file of paths) expect(existsSync(path.join(ROOT, file)), `${id}: ${file}`).toBe(true)
      const shown = paths.filter((file) => /^(test|docs|bench)\//.test(file))
      if (state !== 'later') expect(shown.length, id).toBeGreaterThan(0)
      if (state === 'later') expect(proof, id).toContain('planned: ')
    }
  })
})

const SHARED = path.resolve(ROOT, '../shared/requirements.md')
const present = existsSync(SHARED)
if (!present) process.stdout.write('skipped: ../shared/requirements.md is not on this machine\n')

describe.skipIf(!present)('the list of requirements', () => {
  it('has each of its ids here', () => {
    const asked = rowsOf(readFileSync(SHARED, 'utf8')).map(([id]) => id ?? '')
    expect(rows.map(({ id }) => id).sort()).toEqual(asked.filter((id) => /^S\d-/.test(id)).sort())
  })
})
