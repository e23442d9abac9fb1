/**
 * GeoTIFF rasters of heights in geographic WGS84, read synchronously and by blocks.
 *
 * A pixel that is an area has its post at its centre, half a pixel in from the corner the file names; a pixel that is a
 * point has it there. Any other coordinate system is refused by its name, and so is a vertical one that is not known
 * here: heights are never reinterpreted. Source: OGC GeoTIFF 1.1 (19-008r4), and GDAL's tags for voids and scale.
 */
import { blocksOf, readWindow } from './tiff-blocks.ts'
import { numbersIn, readTags, type Tags, textIn } from './tiff-tags.ts'
import { postOf, type StatedError, type Tile, TileError, type VerticalDatum, withFile } from './tile.ts'

const PIXEL_SCALE = 33_550
const TIEPOINT = 33_922
const TRANSFORMATION = 34_264
const GEO_KEYS = 34_735
const GDAL_METADATA = 42_112
const GDAL_NODATA = 42_113

const MODEL_TYPE = 1024
const RASTER_TYPE = 1025
const GEODETIC_CRS = 2048
const PROJECTED_CRS = 3072
const VERTICAL_CRS = 4096
const VERTICAL_UNITS = 4099
const GEOGRAPHIC = 2
const PIXEL_IS_POINT = 2
const NOT_SAID = 0
const USER_DEFINED = 32_767

/** What a raster of unknown origin is taken to be as good as: SRTM. */
const UNSTATED_ERROR: StatedError = { absoluteM: 16, relativeM: 10, assumed: true }
/** What stands for a void where the file does not say. */
const CUSTOMARY_VOID = -9999
/** Metres in a unit of height, by EPSG number. */
const UNITS: Readonly<Record<number, number>> = { 9001: 1, 9002: 0.3048, 9003: 1200 / 3937 }

export function geotiffTile(file: string, size: number): Tile {
  const structure = withFile(file, size, readTags)
  const { tags } = structure
  const { width, height } = blocksOf(structure)
  const keys = keysOf(tags)
  checkHorizontal(keys)
  const lattice = latticeOf(tags, keys)
  const toHeight = heightReader(tags, keys)
  return {
    file,
    kind: 'GeoTIFF',
    datum: verticalDatum(keys),
    error: UNSTATED_ERROR,
    south: lattice.north - (height - 1) * lattice.latStep,
    west: lattice.west,
    latStep: lattice.latStep,
    lonStep: lattice.lonStep,
    rows: height,
    columns: width,
    read(row, column, rows, columns) {
      const out = withFile(file, size, (bytes) => {
        const blocks = blocksOf(readTags(bytes))
        return readWindow(bytes, blocks, column, height - row - rows, columns, rows, toHeight)
      })
      return upsideDown(out, rows, columns)
    },
  }
}

/** Keys with a short value; the others say nothing that is needed. */
function keysOf(tags: Tags): ReadonlyMap<number, number> {
  const directory = numbersIn(tags, GEO_KEYS)
  if (directory.length < 4) throw new TileError('it has no geographic keys')
  const keys = new Map<number, number>()
  for (let at = 4; at + 3 < directory.length; at += 4) {
    if (directory[at + 1] === 0) keys.set(directory[at] as number, directory[at + 3] as number)
  }
  return keys
}

function checkHorizontal(keys: ReadonlyMap<number, number>): void {
  const model = keys.get(MODEL_TYPE) ?? NOT_SAID
  if (model !== GEOGRAPHIC) {
    const code = keys.get(PROJECTED_CRS)
    const name = code === undefined || code === USER_DEFINED ? 'a system without a number' : `EPSG:${code}`
    throw new TileError(`its coordinates are in ${name}; bring it to EPSG:4326 (gdalwarp -t_srs EPSG:4326)`)
  }
  const code = keys.get(GEODETIC_CRS) ?? NOT_SAID
  if (code !== 4326 && code !== 4979) {
    const name = code === NOT_SAID || code === USER_DEFINED ? 'without a number' : `EPSG:${code}`
    throw new TileError(`its geographic system is ${name}; bring it to EPSG:4326 (gdalwarp -t_srs EPSG:4326)`)
  }
}

/** EPSG 5773 is height above EGM96, 3855 above EGM2008; a three-dimensional system measures from the ellipsoid. */
function verticalDatum(keys: ReadonlyMap<number, number>): VerticalDatum | undefined {
  const code = keys.get(VERTICAL_CRS) ?? NOT_SAID
  switch (code) {
    case NOT_SAID:
    case USER_DEFINED:
      return keys.get(GEODETIC_CRS) === 4979 ? 'hae' : undefined
    case 5773:
      return 'egm96'
    case 3855:
      return 'egm2008'
    case 4979:
    case 5030:
      return 'hae'
    default:
      throw new TileError(`its heights are in EPSG:${code}, which is not known here`)
  }
}

interface Lattice {
  /** The north-west post. */
  readonly north: number
  readonly west: number
  readonly latStep: number
  readonly lonStep: number
}

function latticeOf(tags: Tags, keys: ReadonlyMap<number, number>): Lattice {
  const half = (keys.get(RASTER_TYPE) ?? 1) === PIXEL_IS_POINT ? 0 : 0.5
  const scale = numbersIn(tags, PIXEL_SCALE)
  const tie = numbersIn(tags, TIEPOINT)
  const matrix = numbersIn(tags, TRANSFORMATION)
  if (scale.length >= 2 && tie.length >= 6) {
    const [lonStep, latStep] = scale as [number, number]
    const [i, j, , lon, lat] = tie as [number, number, number, number, number]
    return checked({ west: lon + (half - i) * lonStep, north: lat - (half - j) * latStep, latStep, lonStep })
  }
  if (matrix.length === 16) {
    const [lonStep, turnX, , lon, turnY, latStep, , lat] = matrix as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    if (turnX !== 0 || turnY !== 0) throw new TileError('its rows do not run along parallels')
    return checked({ west: lon + half * lonStep, north: lat + half * latStep, latStep: -latStep, lonStep })
  }
  throw new TileError('it does not say where on Earth it lies')
}

function checked(lattice: Lattice): Lattice {
  const { north, west, latStep, lonStep } = lattice
  if (!(latStep > 0 && lonStep > 0 && Math.abs(north) <= 91 && Math.abs(west) <= 541)) {
    throw new TileError('it lies nowhere on Earth')
  }
  return lattice
}

/** From a sample to metres, or NaN for the value that stands for a void. */
function heightReader(tags: Tags, keys: ReadonlyMap<number, number>): (sample: number) => number {
  const unit = keys.get(VERTICAL_UNITS) ?? NOT_SAID
  const metres = unit === NOT_SAID ? 1 : UNITS[unit]
  if (metres === undefined) throw new TileError(`its unit of height is EPSG:${unit}`)
  const metadata = textIn(tags, GDAL_METADATA)
  const scale = metadataNumber(metadata, 'scale', 1) * metres
  const offset = metadataNumber(metadata, 'offset', 0) * metres
  const text = textIn(tags, GDAL_NODATA).trim()
  const nothing = text === '' ? CUSTOMARY_VOID : Number(text)
  // The text may have more digits than a single-precision sample keeps.
  const nothingSingle = Math.fround(nothing)
  return (sample) => {
    if (sample === nothing || sample === nothingSingle) return Number.NaN
    return postOf(sample * scale + offset)
  }
}

function metadataNumber(metadata: string, role: 'scale' | 'offset', otherwise: number): number {
  const found = new RegExp(`role="${role}"[^>]*>([^<]+)<`).exec(metadata)
  const value = found === null ? otherwise : Number(found[1])
  if (!Number.isFinite(value)) throw new TileError(`its ${role} is no number`)
  return value
}

/** Rows from the north to rows from the south, in place. */
function upsideDown(posts: Float32Array, rows: number, columns: number): Float32Array {
  for (let low = 0, high = rows - 1; low < high; low++, high--) {
    const line = posts.slice(low * columns, (low + 1) * columns)
    posts.copyWithin(low * columns, high * columns, (high + 1) * columns)
    posts.set(line, high * columns)
  }
  return posts
}
