/** Writes elevation files for tests: SRTM, DTED and plain GeoTIFF, from a function of row and column. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { columnOf, type ElevationModel, heightIn, newFooting, rowOf } from '../../src/geo/elevation.ts'

/** A directory that goes away after the tests of the file. */
export function terrainDirectory(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sightline-terrain-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Height of a post; row counted from the south, column from the west; NaN is a void. */
export type Post = (row: number, column: number) => number

/** An SRTM tile of 1201 posts (or 3601) a side; returns its path. */
export function writeHgt(directory: string, name: string, post: Post, posts = 1201): string {
  const bytes = Buffer.alloc(posts * posts * 2)
  for (let r = 0; r < posts; r++) {
    for (let c = 0; c < posts; c++) {
      const z = post(posts - 1 - r, c)
      bytes.writeInt16BE(Number.isNaN(z) ? -32768 : Math.round(z), (r * posts + c) * 2)
    }
  }
  const file = path.join(directory, name)
  writeFileSync(file, bytes)
  return file
}

export interface DtedParts {
  readonly south: string
  readonly west: string
  readonly lonTenths: number
  readonly latTenths: number
  readonly rows: number
  readonly columns: number
  readonly level?: string
  readonly verticalDatum?: string
  readonly horizontalDatum?: string
  readonly le90?: string
  readonly relativeLe90?: string
  /** 16 bits as they stand in the file. */
  readonly raw: (row: number, column: number) => number
}

export function writeDted(directory: string, name: string, parts: DtedParts): string {
  const field = (value: string | number, width: number): string => String(value).padStart(width, '0')
  const headers = Buffer.alloc(80 + 648 + 2700, ' ')
  headers.write('UHL1', 0)
  headers.write(parts.west + parts.south, 4)
  headers.write(field(parts.lonTenths, 4) + field(parts.latTenths, 4), 20)
  headers.write('NA  ', 28)
  headers.write(field(parts.columns, 4) + field(parts.rows, 4), 47)
  headers.write('DSI', 80)
  headers.write(parts.level ?? 'DTED0', 80 + 59)
  headers.write((parts.verticalDatum ?? 'MSL') + (parts.horizontalDatum ?? 'WGS84'), 80 + 141)
  headers.write('ACC', 728)
  headers.write(parts.le90 ?? 'NA  ', 728 + 7)
  headers.write(parts.relativeLe90 ?? 'NA  ', 728 + 15)
  const columns = Array.from({ length: parts.columns }, (_, c) => {
    const column = Buffer.alloc(8 + 2 * parts.rows + 4)
    column[0] = 0xaa
    column.writeUInt16BE(c, 4)
    for (let r = 0; r < parts.rows; r++) column.writeUInt16BE(parts.raw(r, c), 8 + 2 * r)
    return column
  })
  const file = path.join(directory, name)
  writeFileSync(file, Buffer.concat([headers, ...columns]))
  return file
}

export interface TiffParts {
  /** The south-west post, degrees. */
  readonly south: number
  readonly west: number
  readonly latStep: number
  readonly lonStep: number
  readonly rows: number
  readonly columns: number
  readonly post: Post
  /** Pixels are areas around their posts unless this is set. */
  readonly pixelIsPoint?: boolean
  /** Number of the vertical system; left out when absent. */
  readonly vertical?: number
}

/** A GeoTIFF of 32-bit floats in one strip, voids written as NaN. */
export function writeGeotiff(directory: string, name: string, parts: TiffParts): string {
  const { rows, columns, post, latStep, lonStep } = parts
  const half = parts.pixelIsPoint === true ? 0 : 0.5
  const keys = [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, half === 0 ? 2 : 1, 2048, 0, 1, 4326]
  if (parts.vertical !== undefined) {
    keys.push(4096, 0, 1, parts.vertical)
    keys[3] = 4
  }
  const north = parts.south + (rows - 1) * latStep
  const scale = doubles([lonStep, latStep, 0])
  const tie = doubles([0, 0, 0, parts.west - half * lonStep, north + half * latStep, 0])
  const geoKeys = Buffer.from(Uint16Array.from(keys).buffer)
  const pixels = Buffer.alloc(rows * columns * 4)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) pixels.writeFloatLE(post(rows - 1 - r, c), (r * columns + c) * 4)
  }
  const blobs = [scale, tie, geoKeys, pixels]
  const entries: [tag: number, type: number, count: number, value: number | Buffer][] = [
    [256, 4, 1, columns],
    [257, 4, 1, rows],
    [258, 3, 1, 32],
    [259, 3, 1, 1],
    [273, 4, 1, pixels],
    [277, 3, 1, 1],
    [278, 4, 1, rows],
    [279, 4, 1, pixels.length],
    [339, 3, 1, 3],
    [33550, 12, 3, scale],
    [33922, 12, 6, tie],
    [34735, 3, keys.length, geoKeys],
  ]
  const head = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  head.write('II*\0', 0, 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(entries.length, 8)
  const starts = new Map<Buffer, number>()
  let end = head.length
  for (const blob of blobs) {
    starts.set(blob, end)
    end += blob.length
  }
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 10 + i * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(typeof value === 'number' ? value : (starts.get(value) ?? 0), at + 8)
  }
  const file = path.join(directory, name)
  writeFileSync(file, Buffer.concat([head, ...blobs]))
  return file
}

function doubles(values: number[]): Buffer {
  return Buffer.from(Float64Array.from(values).buffer)
}

/** Height above the model's own datum at a place, or NaN. */
export function postAt(model: ElevationModel, latDeg: number, lonDeg: number): number {
  const footing = newFooting()
  if (!model.enter(latDeg, lonDeg, footing) || footing.raster === undefined) return Number.NaN
  return heightIn(footing.raster, columnOf(footing.raster, lonDeg), rowOf(footing.raster, latDeg))
}
