/**
 * Every elevation file below the terrain directories: those that can be used, each with its datum and its error, and
 * those that cannot, each with the reason. Only names and headers are read.
 *
 * A datum is never guessed: it is what the setting of the directory says, what the file says, or what its format
 * implies, and where two of them differ the file is refused.
 */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { ElevationDatum, ElevationSource } from '../geo/elevation.ts'
import { dtedTile } from './dted.ts'
import { geotiffTile } from './geotiff.ts'
import { hgtTile } from './hgt.ts'
import { type Tile, TileError, type VerticalDatum } from './tile.ts'

export interface TerrainDirectory {
  /** A folder (with its subfolders) or one file. */
  readonly path: string
  /** What the heights are measured from. SRTM and DTED are EGM96 unless this says otherwise; GeoTIFF must be told, here
   * or in the file. */
  readonly datum?: VerticalDatum | undefined
  /** One-sigma error of a height, metres; default: what the file or its format states. */
  readonly sigmaM?: number | undefined
  /** One-sigma error of the difference of two heights near each other; default: in proportion. */
  readonly relativeSigmaM?: number | undefined
}

/** A tile with what its heights mean settled. */
export interface SourcedTile extends Tile {
  readonly source: ElevationSource
}

export interface RefusedFile {
  readonly file: string
  readonly reason: string
}

export interface Catalogue {
  readonly tiles: readonly SourcedTile[]
  readonly refused: readonly RefusedFile[]
}

const READERS: Readonly<Record<string, (file: string, size: number) => Tile>> = {
  '.hgt': hgtTile,
  '.dt0': dtedTile,
  '.dt1': dtedTile,
  '.dt2': dtedTile,
  '.tif': geotiffTile,
  '.tiff': geotiffTile,
}

/** Sigmas in the half-interval that holds 90 %. */
const LE90 = 1.644_853_627

/** Reads the headers of all elevation files; a directory that cannot be read is refused like a file. */
export function readCatalogue(directories: readonly TerrainDirectory[]): Catalogue {
  const tiles: SourcedTile[] = []
  const refused: RefusedFile[] = []
  const sources = new Map<string, ElevationSource>()
  for (const directory of directories) {
    for (const file of filesBelow(directory.path, refused)) {
      const reader = READERS[path.extname(file).toLowerCase()]
      if (reader === undefined) continue
      try {
        const tile = reader(file, statSync(file).size)
        tiles.push({ ...tile, source: sourceOf(tile, directory, sources) })
      } catch (error) {
        refused.push({ file, reason: reasonOf(error) })
      }
    }
  }
  return { tiles, refused }
}

/** Why a file could not be read. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function filesBelow(root: string, refused: RefusedFile[]): string[] {
  try {
    if (statSync(root).isFile()) return [root]
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
  } catch (error) {
    refused.push({ file: root, reason: reasonOf(error) })
    return []
  }
}

/** Tiles alike in kind, datum and error share one source, so that they count as one body of data. */
function sourceOf(tile: Tile, directory: TerrainDirectory, sources: Map<string, ElevationSource>): ElevationSource {
  const datum = datumOf(tile, directory)
  const sigmaM = directory.sigmaM ?? tile.error.absoluteM / LE90
  const share = tile.error.relativeM / tile.error.absoluteM
  const relativeSigmaM = Math.min(directory.relativeSigmaM ?? sigmaM * share, sigmaM * Math.SQRT2)
  const assumed = directory.sigmaM === undefined && tile.error.assumed
  const key = `${tile.kind} ${datum} ${sigmaM} ${relativeSigmaM} ${assumed}`
  const known = sources.get(key)
  if (known !== undefined) return known
  const source: ElevationSource = { name: tile.kind, datum, sigmaM, relativeSigmaM, assumed }
  sources.set(key, source)
  return source
}

function datumOf(tile: Tile, { datum: told }: TerrainDirectory): ElevationDatum {
  const implied = tile.kind === 'GeoTIFF' ? undefined : tile.datum
  const stated = tile.kind === 'GeoTIFF' ? tile.datum : undefined
  if (told !== undefined && stated !== undefined && told !== stated) {
    throw new TileError(`it says its heights are ${stated}, and the setting says ${told}`)
  }
  const datum = told ?? stated ?? implied
  if (datum === undefined) {
    throw new TileError('it does not say what its heights are measured from; set the datum of its directory')
  }
  if (datum === 'egm2008') {
    throw new TileError(
      'its heights are above EGM2008, which is not known here; convert them (gdalwarp -s_srs EPSG:4326+3855 -t_srs EPSG:4979) and set the datum hae',
    )
  }
  return datum
}
