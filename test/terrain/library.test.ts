/** Many files are one ground: no seams, the finest data first, holes stay holes, and memory stays bounded. */
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newFooting } from '../../src/geo/elevation.ts'
import { DEG } from '../../src/geo/ellipsoid.ts'
import { openTerrain } from '../../src/terrain/library.ts'
import { known } from '../geo/cases.ts'
import { even } from '../geo/draws.ts'
import { groundModel, march, type Ray, straight } from '../geo/terrain-scene.ts'
import { type Post, postAt, type TiffParts, terrainDirectory, writeGeotiff, writeHgt } from './files.ts'

const STEP = 1 / 1200
/** A ground of whole metres that every tile is cut from: by row and column of three seconds from 0 N, 0 E. */
const ground = (row: number, column: number): number => 500 + (((row * 7 + column * 3) % 50) + 50)
const cut =
  (south: number, west: number): Post =>
  (r, c) =>
    ground(south * 1200 + r, west * 1200 + c)
const libraryOf = (folder: string, more: object = {}) =>
  openTerrain({ directories: [{ path: folder, datum: 'egm96' }], ...more })

/** A GeoTIFF whose pixels are areas, without posts on both of its edges. */
const area = (
  south: number,
  west: number,
  rows: number,
  columns: number,
  more: Partial<TiffParts> = {},
): TiffParts => ({
  south: south * STEP,
  west: west * STEP,
  latStep: STEP,
  lonStep: STEP,
  rows,
  columns,
  post: (r, c) => ground(south + r, west + c),
  ...more,
})

describe('tiles that share their edge posts', () => {
  const folder = terrainDirectory()
  for (const [name, south, west] of [
    ['N00E000.hgt', 0, 0],
    ['N00E001.hgt', 0, 1],
    ['N01E000.hgt', 1, 0],
  ] as const)
    writeHgt(folder, name, cut(south, west))
  const { model, tiles, refused } = libraryOf(folder)

  it('are one ground: on every post, on the edges, and between', () => {
    expect(tiles).toHaveLength(3)
    expect(refused).toEqual([])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1200 }), fc.integer({ min: 0, max: 2400 }), (r, c) => {
        expect(postAt(model, r * STEP, c * STEP)).toBeCloseTo(ground(r, c), 3)
      }),
    )
    for (const c of [0, 1, 1199, 1200]) expect(postAt(model, 1, c * STEP)).toBeCloseTo(ground(1200, c), 3)
    const half = (ground(40, 1199) + ground(40, 1200)) / 2
    expect(postAt(model, 40 * STEP, 1199.5 * STEP)).toBeCloseTo(half, 3)
  })

  it('end at their last posts', () => {
    expect(postAt(model, 2, 0.5)).toBeCloseTo(ground(2400, 600), 3)
    expect(postAt(model, 2 + 1e-6, 0.5)).toBeNaN()
    expect(postAt(model, 1.5, 1 + 1e-6)).toBeNaN()
    expect(postAt(model, -1e-6, 0.5)).toBeNaN()
    expect(model.enter(-0.5, 0.5, newFooting())).toBe(false)
    expect(model.enter(50, 50, newFooting())).toBe(false)
    for (const wild of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(model.enter(wild, 0.5, newFooting())).toBe(false)
      expect(model.enter(0.5, wild, newFooting())).toBe(false)
    }
  })

  it('are found on every turn of longitude', () => {
    for (const turn of [-720, -360, 360]) expect(postAt(model, 0.5, 1.25 + turn)).toBeCloseTo(ground(600, 1500), 3)
  })
})

describe('the antimeridian', () => {
  it('is no edge', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'S17E179.hgt', (r, c) => r + c)
    writeHgt(folder, 'S17W180.hgt', (r, c) => r + 1200 + c)
    const { model } = libraryOf(folder)
    for (const lon of [180, -180]) expect(postAt(model, -16.5, lon)).toBeCloseTo(600 + 1200, 3)
    expect(postAt(model, -16.5, 180 - STEP / 2)).toBeCloseTo(600 + 1199.5, 3)
    expect(postAt(model, -16.5, -180 + STEP / 2)).toBeCloseTo(600 + 1200.5, 3)
  })

  it('is none for a raster that goes round the Earth either', () => {
    const folder = terrainDirectory()
    writeGeotiff(folder, 'world.tif', {
      south: -89.5,
      west: -179.5,
      latStep: 1,
      lonStep: 1,
      rows: 180,
      columns: 360,
      post: (_, c) => 100 + Math.abs(c - 179.5),
    })
    const { model } = libraryOf(folder)
    expect(postAt(model, 10, 180)).toBeCloseTo(279.5, 3)
    expect(postAt(model, 10, -180)).toBeCloseTo(279.5, 3)
    expect(postAt(model, 10, 179.75)).toBeCloseTo(279.5, 3)
    expect(postAt(model, 10, 0)).toBeCloseTo(100.5, 3)
    expect(postAt(model, 89.9, 0)).toBeNaN()
  })
})

describe('tiles that share no posts', () => {
  it('have no seam between them', () => {
    const folder = terrainDirectory()
    writeGeotiff(folder, 'a.tif', area(0, 0, 300, 300))
    writeGeotiff(folder, 'b.tif', area(0, 300, 300, 300))
    writeGeotiff(folder, 'c.tif', area(300, 0, 300, 300))
    const { model } = libraryOf(folder)
    expect(postAt(model, 20 * STEP, 299.5 * STEP)).toBeCloseTo((ground(20, 299) + ground(20, 300)) / 2, 3)
    expect(postAt(model, 299.5 * STEP, 20 * STEP)).toBeCloseTo((ground(299, 20) + ground(300, 20)) / 2, 3)
    expect(postAt(model, 299.5 * STEP, 299.5 * STEP)).toBeNaN()
    expect(postAt(model, 20 * STEP, 599.5 * STEP)).toBeNaN()
  })

  it('have none where the step along the parallel changes', () => {
    const folder = terrainDirectory()
    const slope = { post: (r: number) => 100 + r }
    writeGeotiff(folder, 'south.tif', area(0, 0, 300, 301, slope))
    writeGeotiff(folder, 'north.tif', area(300, 0, 300, 201, { lonStep: STEP * 1.5, post: (r) => 400 + r }))
    const { model } = libraryOf(folder)
    for (const row of [298.5, 299, 299.25, 299.75, 300, 300.5]) {
      expect(postAt(model, row * STEP, 150.3 * STEP)).toBeCloseTo(100 + row, 3)
    }
  })
})

describe('where data overlaps', () => {
  const folder = terrainDirectory()
  writeHgt(folder, 'N00E000.hgt', () => 1000)
  const hole = (r: number, c: number): number => (r > 40 && r < 60 && c > 40 && c < 60 ? Number.NaN : 2000)
  const fine = area(0, 0, 100, 100, { south: 0.5, west: 0.5, latStep: STEP / 10, lonStep: STEP / 10, post: hole })
  writeGeotiff(path.join(folder), 'fine.tif', fine)
  const { model } = libraryOf(folder)
  const inside = (row: number, column: number): [number, number] => [
    0.5 + (row * STEP) / 10,
    0.5 + (column * STEP) / 10,
  ]

  it('the finest counts, and in its holes the next', () => {
    expect(postAt(model, ...inside(20, 20))).toBe(2000)
    expect(postAt(model, ...inside(50, 50))).toBe(1000)
    expect(postAt(model, 0.4, 0.4)).toBe(1000)
  })

  it('coarse data counts only as far as no finer data may', () => {
    const footing = newFooting()
    const reach = (lat: number, lon: number) => {
      expect(model.enter(lat, lon, footing)).toBe(true)
      const raster = known(footing.raster)
      expect(raster.latStep).toBeCloseTo(STEP, 12)
      const west = raster.west + footing.minColumn * raster.lonStep
      const south = raster.south + footing.minRow * raster.latStep
      const east = raster.west + footing.maxColumn * raster.lonStep
      const north = raster.south + footing.maxRow * raster.latStep
      expect(lat >= south - 1e-9 && lat <= north + 1e-9 && lon >= west - 1e-9 && lon <= east + 1e-9).toBe(true)
      return { south, north, west, east }
    }
    expect(reach(0.503, 0.499).east).toBeCloseTo(0.5, 9)
    expect(reach(0.503, 0.51).west).toBeCloseTo(0.5 + 9.9 * STEP, 9)
    expect(reach(0.499, 0.503).north).toBeCloseTo(0.5, 9)
    expect(reach(0.51, 0.503).south).toBeCloseTo(0.5 + 9.9 * STEP, 9)
    const box = reach(...inside(50, 50))
    expect(box.east - box.west).toBeCloseTo(STEP, 9)
  })
})

describe('a hole', () => {
  it('stays a hole: its cells have no height, and it is told from the end of the data', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', (r, c) => (r === 100 && c === 100 ? Number.NaN : 10))
    const { model } = libraryOf(folder)
    for (const [r, c] of [
      [99.5, 99.5],
      [100, 100],
      [100.9, 99.1],
    ] as const) {
      expect(postAt(model, r * STEP, c * STEP)).toBeNaN()
      expect(model.enter(r * STEP, c * STEP, newFooting())).toBe(true)
    }
    expect(postAt(model, 98.9 * STEP, 100 * STEP)).toBe(10)
  })

  it('is filled by no other tile of the same posts unless that one knows them', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', (r, c) => (c === 1200 ? Number.NaN : r))
    writeHgt(folder, 'N00E001.hgt', (r) => r)
    const { model } = libraryOf(folder)
    expect(postAt(model, 0.5, 1)).toBeCloseTo(600, 3)
  })
})

describe('a ray over many files', () => {
  const from: Ray = { lat: 0.95, lon: 0.98, hae: 900, azimuth: 40, elevation: -3.5 }

  it('ends where it ends on one raster of the same ground, over all edges of pages and tiles', () => {
    const folder = terrainDirectory()
    for (const [south, west] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const)
      writeHgt(folder, `N0${south}E00${west}.hgt`, cut(south, west))
    const many = straight(openTerrain({ directories: [{ path: folder, datum: 'hae' }] }).model)
    const one = { south: 0, west: 0, latStep: STEP, lonStep: STEP, rows: 2401, columns: 2401, z: ground }
    const single = straight(groundModel(one))
    fc.assert(
      fc.property(even(0, 360), even(-60, -1.5), (azimuth, elevation) => {
        const ray = { ...from, azimuth, elevation }
        const a = march(ray, many)
        const b = march(ray, single)
        expect(a.answer).toBe('hit')
        expect(b.answer).toBe('hit')
        expect(a.hit.t).toBeCloseTo(b.hit.t, 4)
      }),
    )
  })

  it('meets finer data where it begins, though it came over coarser', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', () => 100)
    const fine = { south: 0.5, west: 0.5, latStep: STEP / 10, lonStep: STEP / 10, rows: 200, columns: 200 }
    writeGeotiff(folder, 'fine.tif', { ...fine, post: () => 400 })
    const { model } = openTerrain({ directories: [{ path: folder, datum: 'hae' }] })
    const { answer, hit } = march({ lat: 0.505, lon: 0.48, hae: 300, azimuth: 90, elevation: 0 }, straight(model))
    expect(answer).toBe('hit')
    expect((hit.lon / DEG - 0.5) / STEP).toBeCloseTo(0, 1)
    expect(hit.haeM).toBeCloseTo(300, 0)
    const over = march({ lat: 0.505, lon: 0.48, hae: 600, azimuth: 90, elevation: -4 }, straight(model))
    expect(over.hit.haeM).toBeCloseTo(400, 3)
  })
})

describe('memory', () => {
  it('stays within its bound however much ground is asked for, and what was dropped is read again', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', cut(0, 0))
    const bound = 1_000_000
    const library = libraryOf(folder, { cacheBytes: bound })
    let most = 0
    for (let round = 0; round < 2; round++) {
      for (let r = 0; r < 1200; r += 60) {
        for (let c = 0; c < 1200; c += 60) {
          expect(postAt(library.model, r * STEP, c * STEP)).toBeCloseTo(ground(r, c), 3)
          most = Math.max(most, library.cacheBytes)
        }
      }
    }
    expect(most).toBeLessThanOrEqual(bound)
    expect(most).toBeGreaterThan(bound / 2)
  })

  it('is filled beforehand around a place, and not beyond the bound', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', cut(0, 0))
    const all = libraryOf(folder)
    expect(all.warm(0.5, 0.5, 20_000)).toBeGreaterThan(1_500_000)
    const held = all.cacheBytes
    postAt(all.model, 0.55, 0.45)
    expect(all.cacheBytes).toBe(held)
    const little = libraryOf(folder, { cacheBytes: 1_000_000 })
    expect(little.warm(0.5, 0.5, 50_000)).toBeLessThanOrEqual(1_000_000)
  })
})

describe('what a view needs', () => {
  it('is told by degree cells, with those that are not covered', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', () => 0)
    writeHgt(folder, 'S01E000.hgt', () => 0)
    const library = libraryOf(folder)
    expect(library.cells(0.5, 0.5, 10_000)).toEqual([{ name: 'N00E000', covered: true }])
    expect(library.cells(0.01, 0.01, 10_000)).toEqual([
      { name: 'N00E000', covered: true },
      { name: 'N00W001', covered: false },
      { name: 'S01E000', covered: true },
      { name: 'S01W001', covered: false },
    ])
    expect(library.cells(-16.5, 179.99, 10_000).map((cell) => cell.name)).toEqual(['S17E179', 'S17W180'])
  })
})

describe('opening', () => {
  it('names what cannot be used, and goes on with the rest', () => {
    const folder = terrainDirectory()
    writeHgt(folder, 'N00E000.hgt', () => 7)
    writeGeotiff(folder, 'open.tif', area(0, 0, 10, 10))
    const { tiles, refused, model } = openTerrain({
      directories: [{ path: folder }, { path: path.join(folder, 'nothing') }],
    })
    expect(tiles.map((tile) => tile.kind)).toEqual(['SRTM3'])
    expect(refused.map(({ file }) => path.basename(file))).toEqual(['open.tif', 'nothing'])
    expect(postAt(model, 0.5, 0.5)).toBe(7)
  })

  it('takes single files, and two of the same name from different folders', () => {
    const file = writeHgt(terrainDirectory(), 'N00E000.hgt', () => 7)
    const other = writeHgt(terrainDirectory(), 'N00E001.hgt', () => 8)
    const { model } = openTerrain({ directories: [{ path: file }, { path: other }] })
    expect(postAt(model, 0.5, 0.5)).toBe(7)
    expect(postAt(model, 0.5, 1.5)).toBe(8)
  })
})
