/**
 * Terrain from directories of files, as the locator asks for it: one look-up, synchronous, bounded in memory.
 *
 * Opening reads names and headers. Posts are decoded by pages when a ray first comes over them (some milliseconds, on
 * the caller's time; `warm` does it beforehand) and kept in a cache bounded in bytes. Where data overlaps the finest
 * counts, wherever the question comes from; in its voids the next does. Directories are not watched.
 */
import { type ElevationModel, type ElevationRaster, type Footing, newFooting, wholeRaster } from '../geo/elevation.ts'
import { Atlas, type Group, lies } from './atlas.ts'
import { type RefusedFile, readCatalogue, type SourcedTile, type TerrainDirectory } from './catalogue.ts'
import { type Cell, cellName, eachAround, METRES_PER_DEGREE } from './circle.ts'
import { columnAt, PAGE, rowAt } from './mosaic.ts'
import type { Rectangle } from './page-cache.ts'

export interface TerrainLibraryOptions {
  readonly directories: readonly TerrainDirectory[]
  /** Bound on decoded pages. Default 256 MiB; a page of 256 x 256 cells is a quarter of a megabyte. */
  readonly cacheBytes?: number
  /** No ground here is higher above its datum; rays start below it. Default 9,000 m, which holds everywhere. */
  readonly ceilingM?: number
  /** Told once of every file that turned out damaged when it was read; its ground is unknown from then on. */
  readonly onFault?: (file: string, reason: string) => void
}

export interface TerrainLibrary {
  readonly model: ElevationModel
  readonly tiles: readonly SourcedTile[]
  /** Files that cannot be used, each with its reason; to be said aloud. */
  readonly refused: readonly RefusedFile[]
  /** Bytes of decoded pages. */
  readonly cacheBytes: number
  /** Decodes what lies around a place, nearest first, as far as the cache has room; returns the bytes then held. */
  warm(latDeg: number, lonDeg: number, radiusM: number): number
  /** The degree cells that a circle around a place touches, by name. */
  cells(latDeg: number, lonDeg: number, radiusM: number): Cell[]
}

const CACHE_BYTES = 256 * 2 ** 20
const CEILING_M = 9000
/** How much of the cache is filled beforehand. */
const WARM_SHARE = 0.9
/** Steps of one second, for want of data that says another. */
const COMMON_STEP = 1 / 3600
/** What the geoid may rise by within sight, metres. */
const GEOID_RISE_M = 5
/** A place on a line of posts belongs to the cells on both sides; the other one is tried this far back, in steps. */
const BACK = 1e-6

/** Opens the directories; what is wrong with single files is in `refused`, and nothing throws. */
export function openTerrain(options: TerrainLibraryOptions): TerrainLibrary {
  const { tiles, refused } = readCatalogue(options.directories)
  const atlas = new Atlas(tiles, options.cacheBytes ?? CACHE_BYTES, options.onFault ?? (() => undefined))
  const model = modelOf(atlas, options.ceilingM ?? CEILING_M)
  return {
    model,
    tiles,
    refused,
    get cacheBytes() {
      return atlas.cache.bytes
    },
    warm(latDeg, lonDeg, radiusM) {
      const footing = newFooting()
      const found = model.enter(latDeg, lonDeg, footing)
      const step = found && footing.raster !== undefined ? footing.raster.latStep : COMMON_STEP
      const room = atlas.cache.maxBytes * WARM_SHARE
      eachAround(latDeg, lonDeg, radiusM, (PAGE / 2) * step * METRES_PER_DEGREE, (lat, lon) => {
        model.enter(lat, lon, footing)
        return atlas.cache.bytes < room
      })
      return atlas.cache.bytes
    },
    cells(latDeg, lonDeg, radiusM) {
      const cells = new Map<string, boolean>()
      eachAround(latDeg, lonDeg, radiusM, Math.max(radiusM / 40, 30), (lat, lon) => {
        const name = cellName(lat, lon)
        const covered = atlas.groupsAt(lat, lon)?.some((group) => lies(group, lat, lon, 1)) ?? false
        cells.set(name, (cells.get(name) ?? true) && covered)
        return true
      })
      return [...cells].map(([name, covered]) => ({ name, covered })).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
  }
}

function modelOf(atlas: Atlas, ceilingM: number): ElevationModel {
  return {
    ceilingHaeM: (undulationM) => ceilingM + Math.max(undulationM, 0) + GEOID_RISE_M,

    enter(latDeg, lonDeg, footing) {
      const groups = atlas.groupsAt(latDeg, lonDeg)
      if (groups === undefined) return false
      for (const group of groups) {
        const x = columnAt(group.mosaic, lonDeg)
        const y = rowAt(group.mosaic, latDeg)
        // At most four cells meet at a place; the first that is known is taken.
        for (let corner = 0; corner < 4; corner++) {
          const cx = (corner & 1) === 0 ? x : x - BACK
          const cy = (corner & 2) === 0 ? y : y - BACK
          const column = Math.floor(cx)
          const row = Math.floor(cy)
          if (corner > 0 && column === Math.floor(x) && row === Math.floor(y)) continue
          const { raster, finer } = atlas.pageAt(group, cx, cy)
          const i = column - Math.floor(cx / PAGE) * PAGE
          const j = row - Math.floor(cy / PAGE) * PAGE
          if (raster === undefined || !isKnown(raster, i, j)) continue
          standOn(raster, finer, x - column + i, y - row + j, i, j, footing)
          return true
        }
      }
      return inHole(atlas, groups, latDeg, lonDeg, footing)
    },
  }
}

/** A place without known ground that lies on a tile all the same stands in a hole of it. */
function inHole(atlas: Atlas, groups: readonly Group[], latDeg: number, lonDeg: number, footing: Footing): boolean {
  for (const group of groups) {
    if (!lies(group, latDeg, lonDeg, BACK)) continue
    const { raster } = atlas.pageAt(group, columnAt(group.mosaic, lonDeg), rowAt(group.mosaic, latDeg))
    if (raster === undefined) continue
    wholeRaster(raster, footing)
    return true
  }
  return false
}

function isKnown({ posts, columns }: ElevationRaster, column: number, row: number): boolean {
  const at = row * columns + column
  const south = (posts[at] as number) + (posts[at + 1] as number)
  const north = (posts[at + columns] as number) + (posts[at + columns + 1] as number)
  return !Number.isNaN(south + north)
}

/** Fills the footing for a place (x, y) in the cell (i, j) of a page: as far around as no finer data may count instead. */
function standOn(
  raster: ElevationRaster,
  finer: readonly Rectangle[],
  x: number,
  y: number,
  i: number,
  j: number,
  footing: Footing,
): void {
  wholeRaster(raster, footing)
  for (const other of finer) {
    if (x <= other.west) footing.maxColumn = Math.min(footing.maxColumn, other.west)
    else if (x >= other.east) footing.minColumn = Math.max(footing.minColumn, other.east)
    else if (y <= other.south) footing.maxRow = Math.min(footing.maxRow, other.south)
    else if (y >= other.north) footing.minRow = Math.max(footing.minRow, other.north)
    else {
      // In a hole of finer data, which may be known again in the next cell.
      footing.minColumn = i
      footing.maxColumn = i + 1
      footing.minRow = j
      footing.maxRow = j + 1
      return
    }
  }
}
