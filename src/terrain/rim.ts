/**
 * Posts just beyond a tile, taken from other data that lies there.
 *
 * Where two bodies of data meet and share no posts (zones of latitude with other steps, or a fine survey inside coarse
 * data) there would be a strip of one cell that neither knows. Its far posts are interpolated from the other side, so
 * the ground has no crack and no step there. Only unknown posts are filled, and only from heights of the same datum.
 */
import type { SourcedTile } from './catalogue.ts'
import type { Mosaic, Placed, Sheet } from './mosaic.ts'

/** Places outside a tile by no more than this part of a step are on its edge. */
const ON_EDGE = 1e-6

/** Fills the unknown posts one step beyond each placed tile from the first of `others` that knows them. */
export function fillRim(
  mosaic: Mosaic,
  sheet: Sheet,
  placed: readonly Placed[],
  others: readonly SourcedTile[],
  onFault: (tile: SourcedTile, error: unknown) => void,
): void {
  const donors = others.filter((tile) => tile.source.datum === mosaic.source.datum)
  if (donors.length === 0) return
  for (const { tile, row, column } of placed) {
    const bottom = row - 1 - sheet.bottom
    const top = row + tile.rows - sheet.bottom
    const turn = turnOf(mosaic, sheet, column, tile.columns)
    const left = column - 1 + turn - sheet.left
    const right = column + tile.columns + turn - sheet.left
    for (const donor of donors) {
      try {
        fillLine(mosaic, sheet, donor, left, right, bottom, bottom)
        fillLine(mosaic, sheet, donor, left, right, top, top)
        fillLine(mosaic, sheet, donor, left, left, bottom, top)
        fillLine(mosaic, sheet, donor, right, right, bottom, top)
      } catch (error) {
        onFault(donor, error)
      }
    }
  }
}

/** The turn of the lattice on which a tile lies nearest to the sheet. */
function turnOf(mosaic: Mosaic, sheet: Sheet, column: number, columns: number): number {
  if (!Number.isFinite(mosaic.period)) return 0
  const off = sheet.left + sheet.columns / 2 - (column + columns / 2)
  return Math.round(off / mosaic.period) * mosaic.period
}

/** Fills what is unknown in a line of posts, given by the sheet's columns and rows at both ends, from one tile. */
function fillLine(
  mosaic: Mosaic,
  sheet: Sheet,
  donor: SourcedTile,
  fromColumn: number,
  toColumn: number,
  fromRow: number,
  toRow: number,
): void {
  const columns: number[] = []
  const rows: number[] = []
  const at: number[] = []
  for (let r = Math.max(fromRow, 0); r <= Math.min(toRow, sheet.rows - 1); r++) {
    for (let c = Math.max(fromColumn, 0); c <= Math.min(toColumn, sheet.columns - 1); c++) {
      const post = r * sheet.columns + c
      if (!Number.isNaN(sheet.posts[post] as number)) continue
      const y = (mosaic.south + (sheet.bottom + r) * mosaic.latStep - donor.south) / donor.latStep
      const x = turned(mosaic.west + (sheet.left + c) * mosaic.lonStep - donor.west, donor) / donor.lonStep
      if (!(y >= -ON_EDGE && y <= donor.rows - 1 + ON_EDGE && x >= -ON_EDGE && x <= donor.columns - 1 + ON_EDGE))
        continue
      columns.push(Math.min(Math.max(x, 0), donor.columns - 1))
      rows.push(Math.min(Math.max(y, 0), donor.rows - 1))
      at.push(post)
    }
  }
  if (at.length === 0) return
  const left = Math.floor(Math.min(...columns))
  const bottom = Math.floor(Math.min(...rows))
  const width = Math.min(Math.floor(Math.max(...columns)) + 2, donor.columns) - left
  const height = Math.min(Math.floor(Math.max(...rows)) + 2, donor.rows) - bottom
  const part = donor.read(bottom, left, height, width)
  for (const [i, post] of at.entries()) {
    sheet.posts[post] = interpolated(part, width, height, (columns[i] as number) - left, (rows[i] as number) - bottom)
  }
}

/** A difference of longitude on the turn where it falls into a tile, if there is one. */
function turned(off: number, { columns, lonStep }: SourcedTile): number {
  const half = ((columns - 1) * lonStep) / 2
  return off - 360 * Math.round((off - half) / 360)
}

function interpolated(part: Float32Array, width: number, height: number, x: number, y: number): number {
  const i = Math.floor(x)
  const j = Math.floor(y)
  const u = x - i
  const v = y - j
  const post = (c: number, r: number): number =>
    part[Math.min(r, height - 1) * width + Math.min(c, width - 1)] as number
  const south = u < ON_EDGE ? post(i, j) : post(i, j) * (1 - u) + post(i + 1, j) * u
  if (v < ON_EDGE) return south
  const north = u < ON_EDGE ? post(i, j + 1) : post(i, j + 1) * (1 - u) + post(i + 1, j + 1) * u
  return south * (1 - v) + north * v
}
