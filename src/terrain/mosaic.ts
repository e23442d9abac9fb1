/**
 * Tiles on one lattice of posts: same source, same steps, in step with each other. Pages are cut from it as if it were
 * one raster, so neighbours that share no posts (pixels that are areas) have no seam between them.
 *
 * Rows and columns count from an anchor, the south-west post of the first tile; columns run eastwards and come round to
 * the anchor again where the step divides the circle.
 */
import { columnOf, type ElevationRaster, type ElevationSource, rasterOf, rowOf } from '../geo/elevation.ts'
import type { SourcedTile } from './catalogue.ts'
import type { Rectangle } from './page-cache.ts'

/** Cells along the side of a page: 7.7 km of 30 m posts, and a quarter of a megabyte. */
export const PAGE = 256

/** Steps alike to this fraction, and posts off by no more than this part of a step, are one lattice. */
const SAME_STEP = 1e-7
const IN_STEP = 2e-3

/** A tile and where its south-west post stands in the lattice. */
export interface Placed {
  readonly tile: SourcedTile
  readonly row: number
  readonly column: number
}

export interface Mosaic {
  readonly source: ElevationSource
  readonly south: number
  readonly west: number
  readonly latStep: number
  readonly lonStep: number
  /** Columns round the Earth; endless when the step does not divide the circle. */
  readonly period: number
  readonly placed: readonly Placed[]
}

/** Sorts tiles into mosaics, the finest lattice first: that is the order in which data counts. */
export function mosaicsOf(tiles: readonly SourcedTile[]): Mosaic[] {
  const mosaics: (Mosaic & { placed: Placed[] })[] = []
  for (const tile of tiles) {
    const home = mosaics.find((mosaic) => fits(mosaic, tile))
    if (home !== undefined) home.placed.push(placedIn(home, tile))
    else mosaics.push(mosaicFrom(tile))
  }
  return mosaics.sort((a, b) => a.latStep - b.latStep)
}

function mosaicFrom(tile: SourcedTile): Mosaic & { placed: Placed[] } {
  const { source, south, west, latStep, lonStep } = tile
  const turns = 360 / lonStep
  const whole = Math.abs(turns - Math.round(turns)) < IN_STEP
  return {
    source,
    south,
    west,
    latStep,
    lonStep,
    period: whole ? Math.round(turns) : Number.POSITIVE_INFINITY,
    placed: [{ tile, row: 0, column: 0 }],
  }
}

function fits(mosaic: Mosaic, tile: SourcedTile): boolean {
  const alike = (a: number, b: number): boolean => Math.abs(a - b) <= SAME_STEP * a
  if (mosaic.source !== tile.source) return false
  if (!alike(mosaic.latStep, tile.latStep) || !alike(mosaic.lonStep, tile.lonStep)) return false
  const row = rowAt(mosaic, tile.south)
  const column = columnAt(mosaic, tile.west)
  return Math.abs(row - Math.round(row)) <= IN_STEP && Math.abs(column - Math.round(column)) <= IN_STEP
}

function placedIn(mosaic: Mosaic, tile: SourcedTile): Placed {
  const column = Math.round(columnAt(mosaic, tile.west))
  return { tile, row: Math.round(rowAt(mosaic, tile.south)), column: column === mosaic.period ? 0 : column }
}

/** Column of a longitude, as a fraction from 0 to a whole turn. */
export function columnAt(mosaic: Mosaic, lonDeg: number): number {
  const off = (lonDeg - mosaic.west) % 360
  // Rounding must not send the anchor's own column round the Earth.
  const column = (off < -1e-9 * mosaic.lonStep ? off + 360 : off) / mosaic.lonStep
  return column >= mosaic.period ? column - mosaic.period : Math.max(column, 0)
}

export function rowAt(mosaic: Mosaic, latDeg: number): number {
  return (latDeg - mosaic.south) / mosaic.latStep
}

/** Columns of cells in a page; the last one before the lattice comes round may be narrower. */
export function pageWidth(mosaic: Mosaic, pageColumn: number): number {
  return Math.min(PAGE, mosaic.period - pageColumn * PAGE)
}

/** The posts of a page as it is being made. */
export interface Sheet {
  readonly posts: Float32Array
  readonly rows: number
  readonly columns: number
  /** The lattice's row and column of its south-west post. */
  readonly bottom: number
  readonly left: number
}

/**
 * The posts of a page; those of no tile are NaN.
 *
 * @param onFault told of a tile that cannot be read; its posts are left unknown
 */
export function sheetOf(
  mosaic: Mosaic,
  placed: readonly Placed[],
  pageRow: number,
  pageColumn: number,
  onFault: (tile: SourcedTile, error: unknown) => void,
): Sheet {
  const bottom = pageRow * PAGE
  const left = pageColumn * PAGE
  const rows = PAGE + 1
  const columns = pageWidth(mosaic, pageColumn) + 1
  const posts = new Float32Array(rows * columns).fill(Number.NaN)
  for (const { tile, row, column } of placed) {
    for (const turn of Number.isFinite(mosaic.period) ? [-mosaic.period, 0, mosaic.period] : [0]) {
      const r0 = Math.max(bottom, row)
      const r1 = Math.min(bottom + rows, row + tile.rows)
      const c0 = Math.max(left, column + turn)
      const c1 = Math.min(left + columns, column + turn + tile.columns)
      if (r0 >= r1 || c0 >= c1) continue
      try {
        const part = tile.read(r0 - row, c0 - column - turn, r1 - r0, c1 - c0)
        layInto(posts, columns, r0 - bottom, c0 - left, part, c1 - c0)
      } catch (error) {
        onFault(tile, error)
      }
    }
  }
  return { posts, rows, columns, bottom, left }
}

/** The ground of a void may be this much higher than all that is known around it, metres. */
const HIDDEN_M = 300

/** A finished sheet as a raster; undefined when none of its posts is known. */
export function rasterFrom(mosaic: Mosaic, { posts, rows, columns, bottom, left }: Sheet): ElevationRaster | undefined {
  if (posts.every(Number.isNaN)) return undefined
  const { source, latStep, lonStep } = mosaic
  const south = mosaic.south + bottom * latStep
  const west = mosaic.west + left * lonStep
  return rasterOf({ source, south, west, latStep, lonStep, rows, columns, posts }, HIDDEN_M)
}

/** Lays known posts of a part over a page; a void in one tile does not hide what another knows of the same post. */
function layInto(
  posts: Float32Array,
  columns: number,
  row: number,
  column: number,
  part: Float32Array,
  width: number,
): void {
  for (let i = 0; i < part.length; i++) {
    const z = part[i] as number
    if (Number.isNaN(z)) continue
    posts[(row + Math.floor(i / width)) * columns + column + (i % width)] = z
  }
}

/** Where a tile of other data lies, in columns and rows of a raster. */
export function rectangleIn(raster: ElevationRaster, tile: SourcedTile): Rectangle {
  const width = (tile.columns - 1) * tile.lonStep
  const height = (tile.rows - 1) * tile.latStep
  const middle = columnOf(raster, tile.west + width / 2)
  const half = width / 2 / raster.lonStep
  const south = rowOf(raster, tile.south)
  return { west: middle - half, east: middle + half, south, north: south + height / raster.latStep }
}
