/** The geoid in the package is EGM96, everywhere on the globe. */
import { statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { undulationOf } from '../../src/geo/geoid.ts'
import { egm96, readGrid } from '../../src/terrain/geoid-file.ts'
import { shared } from './cases.ts'

interface GeoidSet {
  readonly model: string
  readonly points: [number, number, number][]
}
const published = shared<{ sets: GeoidSet[] }>('geoid.json')

describe.skipIf(published === undefined)('the published points of EGM96', () => {
  for (const set of published?.sets.filter((s) => s.model.startsWith('EGM96')) ?? []) {
    const tolerance = set.model.includes('nodes') ? 0.004 : 0.012
    it(`hold within ${tolerance} m: ${set.model}`, () => {
      for (const [lat, lon, n] of set.points) expect(Math.abs(egm96(lat, lon) - n)).toBeLessThan(tolerance)
    })
  }
})

describe('the geoid', () => {
  it('has the known height of a few places', () => {
    // Grid posts of the public 15-minute model, in metres.
    expect(egm96(0, 0)).toBeCloseTo(17.16, 2)
    expect(egm96(90, 0)).toBeCloseTo(13.606, 2)
    expect(egm96(-90, 0)).toBeCloseTo(-29.534, 2)
  })

  it('has no seam: not at 180 degrees, not at 0, not at the poles', () => {
    const near = 1e-9
    fc.assert(
      fc.property(fc.double({ min: -90, max: 90, noNaN: true }), (lat) => {
        expect(Math.abs(egm96(lat, 180) - egm96(lat, -180))).toBeLessThan(1e-9)
        expect(Math.abs(egm96(lat, 180 - near) - egm96(lat, -180 + near))).toBeLessThan(1e-5)
        expect(Math.abs(egm96(lat, 360 - near) - egm96(lat, near))).toBeLessThan(1e-5)
      }),
    )
    for (const lon of [-170, -33, 0, 77, 179]) {
      expect(Math.abs(egm96(90, lon) - egm96(90, 0))).toBeLessThan(0.001)
      expect(Math.abs(egm96(90 - 1e-6, lon) - egm96(90 - 1e-6, lon + 180))).toBeLessThan(0.001)
    }
  })

  it('is not known beyond the poles or at NaN', () => {
    for (const [lat, lon] of [
      [90.001, 0],
      [Number.NaN, 0],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ] as const)
      expect(egm96(lat, lon)).toBeNaN()
  })

  it('fits in a megabyte', () => {
    expect(statSync(new URL('../../src/terrain/data/egm96.grid', import.meta.url)).size).toBeLessThan(1_000_000)
  })

  it('interpolates a plane exactly', () => {
    const rows = 19
    const columns = 36
    const posts = new Int16Array(rows * columns).map((_, i) => 3 * Math.floor(i / columns))
    const n = undulationOf({ rows, columns, unitM: 0.5, posts })
    expect(n(-47.3, 12)).toBeCloseTo(1.5 * ((90 - 47.3) / 10), 9)
  })

  it('is refused when its file is not one', () => {
    expect(() => readGrid(new URL(import.meta.url))).toThrow(/not a geoid grid/)
  })
})
