/**
 * All usable tiles, findable by place, and the pages cut from them on first use.
 *
 * Tiles are shelved by degree cells. A page is decoded once, its rim filled from whatever else lies there, and kept in
 * a cache bounded in bytes; that a page holds nothing is kept as well.
 */
import { reasonOf, type SourcedTile } from './catalogue.ts'
import { binOf, eachBin } from './degree-bin.ts'
import {
  columnAt,
  type Mosaic,
  mosaicsOf,
  PAGE,
  type Placed,
  pageWidth,
  rasterFrom,
  rectangleIn,
  rowAt,
  sheetOf,
} from './mosaic.ts'
import { type Page, PageCache } from './page-cache.ts'
import { fillRim } from './rim.ts'

/** The tiles of one mosaic that touch a degree cell. */
export interface Group {
  /** Of the mosaic, in the order in which data counts. */
  readonly index: number
  readonly mosaic: Mosaic
  readonly placed: Placed[]
}

export class Atlas {
  readonly cache: PageCache
  /** By degree cell, in the order in which data counts. */
  readonly #bins = new Map<number, Group[]>()
  readonly #damaged = new Set<SourcedTile>()
  readonly #onFault: (file: string, reason: string) => void

  constructor(tiles: readonly SourcedTile[], cacheBytes: number, onFault: (file: string, reason: string) => void) {
    this.cache = new PageCache(cacheBytes)
    this.#onFault = onFault
    for (const [index, mosaic] of mosaicsOf(tiles).entries()) {
      for (const placed of mosaic.placed) this.#shelve(index, mosaic, placed)
    }
  }

  /** What may lie at a place in degrees, the data that counts first in front. */
  groupsAt(latDeg: number, lonDeg: number): readonly Group[] | undefined {
    return this.#bins.get(binOf(latDeg, lonDeg))
  }

  /** The page of a group's mosaic with the cell at column x and row y. */
  pageAt(group: Group, x: number, y: number): Page {
    const column = Math.floor(x / PAGE)
    const row = Math.floor(y / PAGE)
    // Rows count from the anchor and may be negative; no lattice has more than 2^20 pages from pole to pole.
    const key = (group.index * 2 ** 21 + row + 2 ** 20) * 2 ** 21 + column + 1
    const kept = this.cache.find(key)
    if (kept !== undefined) return kept
    const page = this.#make(group, row, column)
    this.cache.keep(key, page)
    return page
  }

  #shelve(index: number, mosaic: Mosaic, placed: Placed): void {
    const { south, west, latStep, lonStep, rows, columns } = placed.tile
    eachBin(south - latStep, south + rows * latStep, west - lonStep, west + columns * lonStep, (bin) => {
      const groups = this.#bins.get(bin) ?? []
      this.#bins.set(bin, groups)
      const last = groups.at(-1)
      if (last?.index === index) last.placed.push(placed)
      else groups.push({ index, mosaic, placed: [placed] })
    })
  }

  #make({ index, mosaic }: Group, row: number, column: number): Page {
    const onFault = (tile: SourcedTile, error: unknown): void => {
      if (this.#damaged.has(tile)) return
      this.#damaged.add(tile)
      this.#onFault(tile.file, reasonOf(error))
    }
    const south = mosaic.south + row * PAGE * mosaic.latStep
    const west = mosaic.west + column * PAGE * mosaic.lonStep
    const north = south + PAGE * mosaic.latStep
    const east = west + pageWidth(mosaic, column) * mosaic.lonStep
    const own = new Set<Placed>()
    const finer = new Set<SourcedTile>()
    const others = new Set<SourcedTile>()
    eachBin(south, north, west, east, (bin) => {
      for (const group of this.#bins.get(bin) ?? []) {
        for (const placed of group.placed) {
          if (this.#damaged.has(placed.tile)) continue
          if (group.index === index) own.add(placed)
          else others.add(placed.tile)
          if (group.index < index) finer.add(placed.tile)
        }
      }
    })
    const placed = [...own]
    const sheet = sheetOf(mosaic, placed, row, column, onFault)
    fillRim(mosaic, sheet, placed, [...others], onFault)
    const raster = rasterFrom(mosaic, sheet)
    return { raster, finer: raster === undefined ? [] : [...finer].map((tile) => rectangleIn(raster, tile)) }
  }
}

/** True when a place lies on one of the group's tiles, or no more than `slack` steps beside it. */
export function lies({ mosaic, placed }: Group, latDeg: number, lonDeg: number, slack: number): boolean {
  const y = rowAt(mosaic, latDeg)
  const x = columnAt(mosaic, lonDeg)
  return placed.some(({ tile, row, column }) => {
    if (!(y >= row - slack && y <= row + tile.rows - 1 + slack)) return false
    const west = column - slack
    const east = column + tile.columns - 1 + slack
    const inside = (turned: number): boolean => turned >= west && turned <= east
    return inside(x) || inside(x + mosaic.period) || inside(x - mosaic.period)
  })
}
