/** Files of every kind give the heights that were written into them, at the places where they were measured. */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readCatalogue } from '../../src/terrain/catalogue.ts'
import { openTerrain } from '../../src/terrain/library.ts'
import { nth } from '../geo/cases.ts'
import { type DtedParts, postAt, terrainDirectory, writeDted, writeGeotiff, writeHgt } from './files.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/terrain/', import.meta.url))
const directory = terrainDirectory()

/** The tile of one file, or why it is refused. */
function open(file: string, more: object = {}) {
  const { tiles, refused } = readCatalogue([{ path: file, ...more }])
  return { tile: tiles[0], reason: refused[0]?.reason }
}
function tileOf(file: string, more: object = {}) {
  const { tile, reason } = open(file, more)
  if (tile === undefined) throw new Error(`refused: ${reason}`)
  return tile
}

describe('a GeoTIFF that GDAL wrote', () => {
  const height = (fromNorth: number, c: number): number =>
    fromNorth >= 10 && fromNorth < 14 && c >= 20 && c < 25
      ? Number.NaN
      : -200 + 7 * fromNorth - 3 * c + ((fromNorth * fromNorth * 5 + c * c * 3 + fromNorth * c) % 41)

  for (const name of [
    'plain',
    'lzw',
    'deflate-tiled-differences',
    'packbits',
    'zstd-big-point',
    'float-tiled',
    'double-lzw',
    'big-endian-lzw',
    'int32',
  ]) {
    it(`gives every post and every void: ${name}`, () => {
      const tile = tileOf(path.join(FIXTURES, `${name}.tif`), { datum: 'egm96' })
      expect(tile).toMatchObject({ kind: 'GeoTIFF', rows: 40, columns: 50 })
      expect(tile.south).toBeCloseTo(45, 12)
      expect(tile.west).toBeCloseTo(7, 12)
      expect(tile.latStep).toBeCloseTo(1 / 3600, 15)
      const posts = tile.read(0, 0, 40, 50)
      for (let r = 0; r < 40; r++) {
        for (let c = 0; c < 50; c++) expect(nth(posts, r * 50 + c)).toBe(height(39 - r, c))
      }
      // A window across blocks is cut from the same posts.
      const window = tile.read(11, 13, 9, 21)
      for (let r = 0; r < 9; r++) {
        for (let c = 0; c < 21; c++) expect(nth(window, r * 21 + c)).toBe(height(39 - 11 - r, 13 + c))
      }
    })
  }

  it('is scaled and shifted as it says', () => {
    const posts = tileOf(path.join(FIXTURES, 'scaled.tif'), { datum: 'hae' }).read(39, 0, 1, 3)
    for (let c = 0; c < 3; c++) expect(nth(posts, c)).toBeCloseTo(1000 + height(0, c) / 10, 3)
  })

  it('is refused by name when its system, its packing or its bands are not for heights on WGS84', () => {
    const reason = (name: string) => open(path.join(FIXTURES, name), { datum: 'egm96' }).reason
    expect(reason('utm.tif')).toMatch(/EPSG:32632.*EPSG:4326/)
    expect(reason('nad83.tif')).toMatch(/EPSG:4269/)
    expect(reason('lerc.tif')).toMatch(/LERC/)
    expect(reason('bands.tif')).toMatch(/2 bands/)
  })
})

describe('the vertical datum', () => {
  it('is what the file says, or what the setting says, and never a guess', () => {
    expect(tileOf(path.join(FIXTURES, 'egm96.tif')).source.datum).toBe('egm96')
    expect(tileOf(path.join(FIXTURES, 'hae.tif')).source.datum).toBe('hae')
    expect(open(path.join(FIXTURES, 'plain.tif')).reason).toMatch(/set the datum/)
    expect(tileOf(path.join(FIXTURES, 'plain.tif'), { datum: 'hae' }).source.datum).toBe('hae')
  })

  it('is refused where file and setting differ, and where it is EGM2008', () => {
    expect(open(path.join(FIXTURES, 'egm96.tif'), { datum: 'hae' }).reason).toMatch(/egm96.*hae/)
    expect(open(path.join(FIXTURES, 'egm2008.tif')).reason).toMatch(/EGM2008.*convert/)
    expect(open(path.join(FIXTURES, 'plain.tif'), { datum: 'egm2008' }).reason).toMatch(/EGM2008/)
    const other = writeGeotiff(directory, 'navd88.tif', { ...small, vertical: 5703 })
    expect(open(other).reason).toMatch(/EPSG:5703/)
  })
})

const small = { south: 10, west: 20, latStep: 0.01, lonStep: 0.02, rows: 3, columns: 4, post: () => 5 }

describe('a pixel', () => {
  it('that is an area has its post half a pixel in from the corner; one that is a point has it there', () => {
    for (const pixelIsPoint of [false, true]) {
      const file = writeGeotiff(directory, 'pixel.tif', { ...small, pixelIsPoint })
      const tile = tileOf(file, { datum: 'hae' })
      expect(tile.south).toBeCloseTo(10, 12)
      expect(tile.west).toBeCloseTo(20, 12)
      // The same bytes read the other way are half a pixel off.
      const bytes = readFileSync(file)
      const key = bytes.indexOf(Buffer.from(Uint16Array.of(1025, 0, 1, pixelIsPoint ? 2 : 1).buffer))
      bytes.writeUInt16LE(pixelIsPoint ? 1 : 2, key + 6)
      writeFileSync(file, bytes)
      const turned = tileOf(file, { datum: 'hae' })
      expect(turned.south - tile.south).toBeCloseTo(pixelIsPoint ? -0.005 : 0.005, 12)
      expect(turned.west - tile.west).toBeCloseTo(pixelIsPoint ? 0.01 : -0.01, 12)
    }
  })

  it('without a place, turned out of the parallels, or alone is refused', () => {
    expect(open(writeGeotiff(directory, 'row.tif', { ...small, rows: 1 }), { datum: 'hae' }).reason).toMatch(/1 x 4/)
    const file = writeGeotiff(directory, 'nowhere.tif', small)
    const bytes = readFileSync(file)
    bytes.writeUInt16LE(60000, bytes.indexOf(Buffer.from(Uint16Array.of(33922, 12).buffer)))
    writeFileSync(file, bytes)
    expect(open(file, { datum: 'hae' }).reason).toMatch(/where on Earth/)
    writeFileSync(file, 'not a TIFF, but long enough to be one')
    expect(open(file, { datum: 'hae' }).reason).toMatch(/no TIFF/)
  })
})

describe('an SRTM tile', () => {
  const post = (r: number, c: number): number => (r === 700 && c === 3 ? Number.NaN : (r % 97) * 13 - (c % 31) * 20)

  it('stands where its name says, in all four quarters of the globe', () => {
    for (const [name, south, west] of [
      ['N45E007.hgt', 45, 7],
      ['S01W001.SRTMGL3.hgt', -1, -1],
      ['n00e179.HGT', 0, 179],
      ['S56W180.hgt', -56, -180],
    ] as const) {
      const tile = tileOf(writeHgt(directory, name, post))
      expect(tile).toMatchObject({ kind: 'SRTM3', south, west, rows: 1201, columns: 1201 })
      expect(tile.source).toMatchObject({ name: 'SRTM3', datum: 'egm96', assumed: false })
    }
  })

  it('gives big-endian posts from the south, and its voids', () => {
    const tile = tileOf(writeHgt(directory, 'N10E010.hgt', post))
    const window = tile.read(699, 0, 3, 5)
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 5; c++) expect(nth(window, r * 5 + c)).toBe(post(699 + r, c))
    }
    expect(nth(tile.read(1200, 1200, 1, 1), 0)).toBe(post(1200, 1200))
  })

  it('of one second is told by its size, and of any other size is refused', () => {
    const one = writeHgt(directory, 'N11E011.hgt', (r, c) => (r + c) % 100, 3601)
    const tile = tileOf(one)
    expect(tile).toMatchObject({ kind: 'SRTM1', rows: 3601 })
    expect(nth(tile.read(1234, 567, 1, 1), 0)).toBe((1234 + 567) % 100)
    truncateSync(one, 1000)
    expect(open(one).reason).toMatch(/1000 bytes/)
    const nameless = path.join(directory, 'mountain.hgt')
    writeFileSync(nameless, '')
    expect(open(nameless).reason).toMatch(/corner/)
  })

  it('is as good as the mission was specified to be, unless its directory says otherwise', () => {
    const file = writeHgt(directory, 'N12E012.hgt', () => 0)
    // 16 m absolute, 10 m relative, both 90 %.
    expect(tileOf(file).source.sigmaM).toBeCloseTo(9.727, 3)
    expect(tileOf(file).source.relativeSigmaM).toBeCloseTo(6.08, 3)
    expect(tileOf(file, { sigmaM: 4 }).source).toMatchObject({ sigmaM: 4, relativeSigmaM: 2.5, assumed: false })
    expect(tileOf(file, { sigmaM: 4, relativeSigmaM: 1 }).source.relativeSigmaM).toBe(1)
  })
})

describe('a DTED cell', () => {
  const parts: DtedParts = {
    south: '450000N',
    west: '0070000E',
    lonTenths: 300,
    latTenths: 300,
    rows: 121,
    columns: 121,
    raw: (r, c) => r + c,
  }
  const cell = (more: Partial<DtedParts>) => writeDted(directory, 'n45.dt0', { ...parts, south: '0450000N', ...more })

  it('that GDAL wrote gives every post and every void, with fewer columns in the far north', () => {
    const tile = tileOf(path.join(FIXTURES, 'n81w031.dt0'))
    expect(tile).toMatchObject({ kind: 'DTED0', south: 81, west: -31, rows: 121, columns: 21 })
    expect(tile.lonStep).toBeCloseTo(1 / 20, 12)
    const posts = tile.read(0, 0, 121, 21)
    for (let r = 0; r < 121; r++) {
      for (let c = 0; c < 21; c++) {
        const fromNorth = 120 - r
        const z = fromNorth === 60 && c === 5 ? Number.NaN : -50 + 3 * fromNorth - 11 * c
        expect(nth(posts, r * 21 + c)).toBe(z)
      }
    }
  })

  it('reads sign and magnitude, the void, and the two’s complement of careless writers', () => {
    const raws = [0x0000, 0x8000, 0x0064, 0x8064, 0xffff, 0xff9c, 0x22c4, 0x7fff]
    const posts = tileOf(cell({ raw: (r, c) => (c === 0 ? (raws[r] ?? 0) : 0) })).read(0, 0, raws.length, 1)
    expect([...posts]).toEqual([0, -0, 100, -100, Number.NaN, -100, 8900, Number.NaN])
  })

  it('takes its error from its header, else from its level', () => {
    expect(tileOf(cell({ level: 'DTED2' })).error).toEqual({ absoluteM: 18, relativeM: 12, assumed: false })
    expect(tileOf(cell({ le90: '0007', relativeLe90: '0003' })).error).toMatchObject({ absoluteM: 7, relativeM: 3 })
    expect(tileOf(cell({})).source.name).toBe('DTED0')
  })

  it('is refused by name on another datum, without its headers, or cut short', () => {
    expect(open(cell({ horizontalDatum: 'WGS72' })).reason).toMatch(/WGS72/)
    expect(open(cell({ verticalDatum: 'E08' })).reason).toMatch(/EGM2008/)
    expect(open(cell({ verticalDatum: 'NAV' })).reason).toMatch(/NAV/)
    expect(open(cell({ level: 'DTED7' })).reason).toMatch(/DTED7/)
    const file = cell({})
    truncateSync(file, 20_000)
    expect(open(file).reason).toMatch(/cut short/)
    writeFileSync(file, Buffer.alloc(4000, ' '))
    expect(open(file).reason).toMatch(/headers/)
  })

  it('south and west of nought counts backwards', () => {
    const tile = tileOf(cell({ south: '0120000S', west: '0770000W' }))
    expect(tile).toMatchObject({ south: -12, west: -77 })
  })
})

describe('a file that is damaged after it was listed', () => {
  it('leaves its ground unknown, and is told of once', () => {
    const folder = terrainDirectory()
    const file = writeHgt(folder, 'N20E020.hgt', () => 300)
    const told: string[] = []
    const { model } = openTerrain({ directories: [{ path: folder }], onFault: (at, why) => told.push(`${at}: ${why}`) })
    expect(postAt(model, 20.1, 20.1)).toBe(300)
    truncateSync(file, 10)
    appendFileSync(file, 'x')
    expect(postAt(model, 20.1, 20.1)).toBe(300)
    for (let i = 0; i < 3; i++) expect(postAt(model, 20.9, 20.5 + i / 10)).toBeNaN()
    expect(told).toEqual([`${file}: the file is cut short`])
  })

  it('is found out in a compressed block as well', () => {
    const file = path.join(terrainDirectory(), 'block.tif')
    const bytes = readFileSync(path.join(FIXTURES, 'deflate-tiled-differences.tif'))
    bytes.fill(0xff, bytes.length - 60)
    writeFileSync(file, bytes)
    expect(() => tileOf(file, { datum: 'hae' }).read(0, 0, 40, 50)).toThrow(/damaged|cut short/)
  })
})
