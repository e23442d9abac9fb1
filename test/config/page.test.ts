/** The configuration page says what the schema says. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { CONFIGURATION_PAGE, configurationPage } from '../../docs/generate/configuration.ts'
import { describeSettings } from '../../src/config/describe.ts'
import { loadSettings } from '../../src/config/load.ts'
import { fileWith, problemsOf } from './loading.ts'

const page = readFileSync(CONFIGURATION_PAGE, 'utf8')

describe('docs/configuration.md', () => {
  it('is what the settings schema says (npm run docs)', () => {
    expect(page).toBe(configurationPage())
  })

  it('describes every setting in a sentence', () => {
    for (const row of describeSettings()) expect(row.description, row.path).toMatch(/\.$/)
  })

  it('gives an example file that loads, apart from files only its reader has', () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    expect(parse(yaml)).toMatchObject({ profile: 'edge' })
    const problems = problemsOf(loadSettings({ env: {}, file: fileWith(yaml) }))
    expect(problems.filter((line) => !line.includes('a file that can be read'))).toEqual([])
  })
})
