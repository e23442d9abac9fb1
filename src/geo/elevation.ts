/**
 * Heights of the ground on a grid of posts: what terrain is to this room, whoever read it and from wherever.
 *
 * The ground between four posts is bilinear, so it is continuous and nowhere higher than its highest post. A post that
 * is not known is NaN, and so is every cell it belongs to: a void never becomes a number. Posts stand above a named
 * datum. A model may be made of many grids; the place itself decides which one counts, never the order of questions.
 */
import { DEG, meridianRadius, parallelRadius } from './ellipsoid.ts'

/** What the posts are measured from: the WGS84 ellipsoid, or mean sea level as EGM96 has it. */
export type ElevationDatum = 'hae' | 'egm96'

/** Where posts come from and how wrong they may be. */
export interface ElevationSource {
  /** Such as `SRTM1` or `DTED2`; goes into what is published. */
  readonly name: string
  readonly datum: ElevationDatum
  /** One-sigma error of a post, metres. */
  readonly sigmaM: number
  /** One-sigma error of the difference between two posts of one neighbourhood, metres; at most sqrt(2) x `sigmaM`. */
  readonly relativeSigmaM: number
  /** True when nobody stated these errors. */
  readonly assumed: boolean
}

/** Posts row by row from south to north, each row eastwards. Float64 for exact synthetic ground, else Float32. */
export type Posts = Float32Array | Float64Array

export interface ElevationRaster {
  readonly source: ElevationSource
  /** The south-west post, degrees. The grid may go over the antimeridian. */
  readonly south: number
  readonly west: number
  /** Degrees between posts, positive. */
  readonly latStep: number
  readonly lonStep: number
  readonly rows: number
  readonly columns: number
  readonly posts: Posts
  /** Highest post of every block of {@link BLOCK} x BLOCK cells, endless where one of them is void. */
  readonly blockMaxima: Float64Array
  readonly blockColumns: number
  /** No ground of it is higher; endless when no post is known. */
  readonly highestM: number
}

/** Cells along the side of a block. */
export const BLOCK = 16

export type RasterParts = Omit<ElevationRaster, 'blockMaxima' | 'blockColumns' | 'highestM'>

/**
 * Completes a raster; it needs two rows and two columns at least.
 *
 * @param hiddenM how much higher than the highest known post the ground in a void may be; where a ray is above that,
 * it does not matter that the ground is not known
 */
export function rasterOf(parts: RasterParts, hiddenM = 0): ElevationRaster {
  const { rows, columns, posts } = parts
  if (!(rows >= 2 && columns >= 2 && posts.length === rows * columns)) {
    throw new RangeError(`${rows} x ${columns} posts need ${rows * columns} values, not ${posts.length}`)
  }
  const blockColumns = Math.ceil((columns - 1) / BLOCK)
  const blockMaxima = new Float64Array(Math.ceil((rows - 1) / BLOCK) * blockColumns)
  let highestM = Number.NEGATIVE_INFINITY
  let voids = false
  for (let block = 0; block < blockMaxima.length; block++) {
    const row = Math.floor(block / blockColumns) * BLOCK
    const column = (block % blockColumns) * BLOCK
    let maximum = Number.NEGATIVE_INFINITY
    let whole = true
    for (let r = row; r <= Math.min(row + BLOCK, rows - 1); r++) {
      for (let i = r * columns + column; i <= r * columns + Math.min(column + BLOCK, columns - 1); i++) {
        const z = posts[i] as number
        if (z > maximum) maximum = z
        if (Number.isNaN(z)) whole = false
      }
    }
    if (maximum > highestM) highestM = maximum
    blockMaxima[block] = whole ? maximum : Number.POSITIVE_INFINITY
    voids ||= !whole
  }
  if (highestM === Number.NEGATIVE_INFINITY) highestM = Number.POSITIVE_INFINITY
  if (voids) highestM += hiddenM
  return { ...parts, blockMaxima, blockColumns, highestM }
}

/** The raster that counts at a place, and how far around the place it goes on counting, in its rows and columns. */
export interface Footing {
  raster: ElevationRaster | undefined
  minColumn: number
  maxColumn: number
  minRow: number
  maxRow: number
}

export function newFooting(): Footing {
  return { raster: undefined, minColumn: 0, maxColumn: 0, minRow: 0, maxRow: 0 }
}

export interface ElevationModel {
  /**
   * Fills `footing` for a place in degrees (any turn of longitude); false when no data covers it. A place inside a void
   * has a footing all the same, on the raster with the void.
   */
  enter(latDeg: number, lonDeg: number, footing: Footing): boolean
  /**
   * Height above the ellipsoid over which there is no ground of this model within sight, metres, where the geoid stands
   * `undulationM` above the ellipsoid.
   */
  ceilingHaeM(undulationM: number): number
}

/** What rounding may do to a place on the edge, in steps between posts. */
const EDGE = 1e-9
/** So near to a post, in steps between posts, a place is on it. */
const ON_POST = 1e-7
/** How much the geoid may rise within sight of a place, metres. */
const GEOID_RISE_M = 5

/** One raster as a model. */
export function modelOfRaster(raster: ElevationRaster): ElevationModel {
  return {
    enter(latDeg, lonDeg, footing) {
      const x = columnOf(raster, lonDeg)
      const y = rowOf(raster, latDeg)
      const { columns, rows } = raster
      if (!(x >= -EDGE && x <= columns - 1 + EDGE && y >= -EDGE && y <= rows - 1 + EDGE)) return false
      wholeRaster(raster, footing)
      return true
    },
    ceilingHaeM(undulationM) {
      return raster.source.datum === 'hae' ? raster.highestM : raster.highestM + undulationM + GEOID_RISE_M
    },
  }
}

/** A footing on all of a raster. */
export function wholeRaster(raster: ElevationRaster, footing: Footing): void {
  footing.raster = raster
  footing.minColumn = 0
  footing.maxColumn = raster.columns - 1
  footing.minRow = 0
  footing.maxRow = raster.rows - 1
}

/** Column of a longitude in degrees, as a fraction, on the turn of longitude nearest to the raster. */
export function columnOf(raster: ElevationRaster, lonDeg: number): number {
  const half = ((raster.columns - 1) * raster.lonStep) / 2
  const off = lonDeg - raster.west - half
  const turned = off >= -180 && off <= 180 ? off : off - 360 * Math.round(off / 360)
  return (turned + half) / raster.lonStep
}

/** Row of a latitude in degrees, as a fraction, counted from the south. */
export function rowOf(raster: ElevationRaster, latDeg: number): number {
  return (latDeg - raster.south) / raster.latStep
}

/** Height above the raster's datum at a fractional row and column, which lies in it but for rounding; NaN in a void. */
export function heightIn(raster: ElevationRaster, column: number, row: number): number {
  const { posts, columns } = raster
  const i = Math.min(Math.max(Math.floor(column), 0), columns - 2)
  const j = Math.min(Math.max(Math.floor(row), 0), raster.rows - 2)
  const u = column - i
  const v = row - j
  const at = j * columns + i
  // On the last known post or line of posts, what lies beyond has no weight and need not be known.
  const second = u < ON_POST ? 0 : 1
  const above = v < ON_POST ? 0 : columns
  const south = (posts[at] as number) * (1 - u) + (posts[at + second] as number) * u
  const north = (posts[at + above] as number) * (1 - u) + (posts[at + above + second] as number) * u
  return south * (1 - v) + north * v
}

/**
 * Slope of the bilinear ground at a place in the raster: metres of rise per metre east in `out[0]`, north in `out[1]`.
 */
export function slopeIn(raster: ElevationRaster, latDeg: number, lonDeg: number, out: Float64Array): void {
  const { posts, columns } = raster
  const x = columnOf(raster, lonDeg)
  const y = rowOf(raster, latDeg)
  const i = Math.min(Math.max(Math.floor(x), 0), columns - 2)
  const j = Math.min(Math.max(Math.floor(y), 0), raster.rows - 2)
  const u = x - i
  const v = y - j
  const at = j * columns + i
  const sw = posts[at] as number
  const se = posts[at + 1] as number
  const nw = posts[at + columns] as number
  const ne = posts[at + columns + 1] as number
  const perColumn = (se - sw) * (1 - v) + (ne - nw) * v
  const perRow = (nw - sw) * (1 - u) + (ne - se) * u
  const lat = latDeg * DEG
  out[0] = perColumn / (raster.lonStep * DEG * parallelRadius(lat))
  out[1] = perRow / (raster.latStep * DEG * meridianRadius(lat))
}
