/** The page of faults says what the table says. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAULTS_PAGE, faultsPage } from '../../docs/generate/faults.ts'
import { FAULTS, STAGES } from '../../src/fault/table.ts'

const page = readFileSync(FAULTS_PAGE, 'utf8')
const rows = Object.entries(FAULTS)

describe('docs/faults.md', () => {
  it('is what the fault table says (npm run docs)', () => {
    expect(page).toBe(faultsPage())
  })

  it('has one row for each fault and no other', () => {
    const table = page.slice(page.indexOf('## The table'))
    const codes = [...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1])
    expect(codes).toEqual(Object.keys(FAULTS))
    expect(table).toContain(`${codes.length} faults.`)
  })
})

describe('the fault table', () => {
  it('has kebab-case codes with a tag each, made from the code', () => {
    for (const [code, { tag }] of rows) {
      expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(tag.toLowerCase()).toBe(code.replaceAll('-', ''))
    }
    expect(new Set(rows.map(([, { tag }]) => tag)).size).toBe(rows.length)
  })

  it('says in whole sentences what each means and what to do', () => {
    for (const [code, { meaning, remedy, http }] of rows) {
      expect(meaning, code).toMatch(/^[A-Z].*\.$/)
      expect(remedy, code).toMatch(/^[A-Z].*\.$/)
      expect(http, code).toBeGreaterThanOrEqual(400)
      expect(http, code).toBeLessThan(600)
    }
  })

  it('has stages that are subject tokens', () => {
    for (const stage of STAGES) expect(stage).toMatch(/^[a-z]+$/)
  })
})
