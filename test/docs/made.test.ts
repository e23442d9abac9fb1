/** The tables that are made from code are those that the code would make now. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CONTRACT_PAGE, contractPage } from '../../docs/generate/contract.ts'
import { GEOLOCATION_PAGE, geolocationPage } from '../../docs/generate/geolocation.ts'
import { REFUSALS } from '../../docs/generate/geolocation-tables.ts'
import { filled } from '../../docs/generate/markdown/regions.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { centrePixel, faultIn } from '../geo/cases.ts'
import { OPTIONS, pitched } from '../geo/scene.ts'

describe('the pages with tables made from code', () => {
  it.each([
    ['docs/contract.md', CONTRACT_PAGE, contractPage],
    ['docs/geolocation.md', GEOLOCATION_PAGE, geolocationPage],
  ])('%s is current (npm run docs)', (_, url, make) => {
    expect(readFileSync(url, 'utf8')).toBe(make())
  })

  it('are not filled in halves: a mark without a table and a table without a mark are refused', () => {
    expect(filled('a\n<!-- made: x -->\nold\n<!-- /made -->\nb', { x: 'new' })).toBe(
      'a\n<!-- made: x -->\n\nnew\n\n<!-- /made -->\nb',
    )
    expect(() => filled('<!-- made: y -->\n\n<!-- /made -->', {})).toThrow('"y"')
    expect(() => filled('', { z: '' })).toThrow('no place for z')
  })
})

describe('the table of refusals', () => {
  const all = createLocator({ ...OPTIONS, onUnlocatable: () => 'bearing' })

  it('says rightly which leave a line of bearing', () => {
    const possible = REFUSALS.filter(([, line]) => line).map(([code]) => code)
    // What these have in common is a known direction; the others never get as far as one.
    expect(possible).toEqual([
      'surface-unknown',
      'datum-unsupported',
      'camera-below-surface',
      'above-horizon',
      'grazing',
      'beyond-range',
      'error-unbounded',
    ])
    const lines = [
      centrePixel({}, { surface: undefined }),
      centrePixel({ height: { value: 9, datum: 'agl' } }, { surface: undefined }),
      centrePixel({ height: { value: -3, datum: 'hae' } }),
      centrePixel(pitched(5)),
      centrePixel(pitched(-1.4)),
      centrePixel({ height: { value: 30_000, datum: 'hae' } }),
      centrePixel({ sigma: { positionM: 1e200, heightM: 1, yawDeg: 1, pitchDeg: 1, rollDeg: 1 } }),
    ].map((detection) => all(detection))
    expect(lines.map((answer) => answer.ok && answer.value.kind === 'bearing' && answer.value.because)).toEqual(
      possible,
    )
    expect(faultIn(all(centrePixel({ lat: 91 }))).code).toBe('bad-field')
  })
})
