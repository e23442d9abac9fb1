/**
 * DTED levels 0, 1 and 2: sign-magnitude metres above mean sea level, one record a column, from the west, from the south.
 *
 * Three headers stand before the columns: UHL (the corner and the intervals), DSI (level and datums) and ACC (errors at
 * 90 %). Checksums of columns are left unread: a wrong one is far more often a careless writer than a damaged file.
 * Source: MIL-PRF-89020B.
 */
import {
  type ByteReader,
  postOf,
  type StatedError,
  type Tile,
  TileError,
  type VerticalDatum,
  withFile,
} from './tile.ts'

const UHL_BYTES = 80
const DSI_BYTES = 648
const ACC_BYTES = 2700
const COLUMNS_AT = UHL_BYTES + DSI_BYTES + ACC_BYTES
/** Sentinel, block count, longitude and latitude count before the posts of a column, and a checksum after them. */
const COLUMN_HEAD = 8
const COLUMN_TAIL = 4
const SENTINEL = 0xaa
const VOID = 0xffff

/** What each level is specified to where the file does not say. */
const LEVEL_ERRORS: Readonly<Record<string, StatedError>> = {
  DTED0: { absoluteM: 30, relativeM: 20, assumed: false },
  DTED1: { absoluteM: 30, relativeM: 20, assumed: false },
  DTED2: { absoluteM: 18, relativeM: 12, assumed: false },
}

export function dtedTile(file: string, size: number): Tile {
  const head = withFile(file, size, (reader) => reader.at(0, COLUMNS_AT)).toString('latin1')
  const dsi = head.slice(UHL_BYTES, UHL_BYTES + DSI_BYTES)
  const acc = head.slice(UHL_BYTES + DSI_BYTES)
  if (!head.startsWith('UHL1') || !dsi.startsWith('DSI') || !acc.startsWith('ACC')) {
    throw new TileError('it does not have the three headers of DTED')
  }
  const west = angleOf(head.slice(4, 12))
  const south = angleOf(head.slice(12, 20))
  const lonStep = countOf(head.slice(20, 24)) / 36_000
  const latStep = countOf(head.slice(24, 28)) / 36_000
  const columns = countOf(head.slice(47, 51))
  const rows = countOf(head.slice(51, 55))
  if (columns < 2 || rows < 2) throw new TileError(`${rows} x ${columns} posts make no surface`)
  const kind = dsi.slice(59, 64)
  const level = LEVEL_ERRORS[kind]
  if (level === undefined) throw new TileError(`its level "${kind}" is none of DTED0, DTED1, DTED2`)
  const horizontal = dsi.slice(144, 149).trim()
  if (horizontal !== 'WGS84') throw new TileError(`its horizontal datum is ${horizontal}, not WGS84`)
  const columnBytes = COLUMN_HEAD + 2 * rows + COLUMN_TAIL
  if (size < COLUMNS_AT + columns * columnBytes) throw new TileError('the file is cut short')

  return {
    file,
    kind,
    datum: datumOf(dsi.slice(141, 144).trim()),
    error: {
      ...level,
      absoluteM: le90Of(acc.slice(7, 11), level.absoluteM),
      relativeM: le90Of(acc.slice(15, 19), level.relativeM),
    },
    south,
    west,
    latStep,
    lonStep,
    rows,
    columns,
    read(row, column, height, width) {
      const bytes = withFile(file, size, (reader: ByteReader) =>
        reader.at(COLUMNS_AT + column * columnBytes, width * columnBytes),
      )
      const out = new Float32Array(height * width)
      for (let c = 0; c < width; c++) {
        const start = c * columnBytes
        if (bytes[start] !== SENTINEL) throw new TileError(`column ${column + c} does not begin as one`)
        for (let r = 0; r < height; r++) {
          out[r * width + c] = heightOf(bytes.readUInt16BE(start + COLUMN_HEAD + 2 * (row + r)))
        }
      }
      return out
    },
  }
}

/** Sign and magnitude; some writers use two's complement all the same, which gives depths that no ground has. */
function heightOf(raw: number): number {
  if (raw === VOID) return Number.NaN
  if ((raw & 0x8000) === 0) return postOf(raw)
  const z = postOf(-(raw & 0x7fff))
  return Number.isNaN(z) ? postOf(raw - 0x1_0000) : z
}

/** `DDDMMSSH`, degrees. */
function angleOf(text: string): number {
  const parts = /^(\d{3})(\d{2})(\d{2})([NSEW])$/.exec(text)
  if (parts === null) throw new TileError(`"${text}" is no corner of a DTED cell`)
  const degrees = Number(parts[1]) + Number(parts[2]) / 60 + Number(parts[3]) / 3600
  return parts[4] === 'S' || parts[4] === 'W' ? -degrees : degrees
}

function countOf(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) === 0) throw new TileError(`"${text}" is no count in a DTED header`)
  return Number(text)
}

/** `NA` and zero say nothing. */
function le90Of(text: string, otherwise: number): number {
  const stated = Number(text)
  return stated > 0 ? stated : otherwise
}

function datumOf(code: string): VerticalDatum {
  switch (code) {
    case 'MSL':
    case 'E96':
    case '':
      return 'egm96'
    case 'E08':
      return 'egm2008'
    default:
      throw new TileError(`its vertical datum is ${code}, not mean sea level`)
  }
}
