/**
 * SRTM `.hgt` tiles: big-endian 16-bit metres above EGM96, rows from the north, of one or three seconds of arc.
 *
 * The name is all the header there is: the south-west corner in whole degrees. Edge posts are shared with neighbours.
 */
import path from 'node:path'
import { postOf, type StatedError, type Tile, TileError, withFile } from './tile.ts'

const NAME = /^([NS])(\d{1,2})([EW])(\d{1,3})/i
const VOID = -32_768

/** What the mission was specified to: 16 m absolute and 10 m relative, 90 %. */
export const SRTM_ERROR: StatedError = { absoluteM: 16, relativeM: 10, assumed: false }

/** The tile of a file of so many bytes. */
export function hgtTile(file: string, size: number): Tile {
  const corner = NAME.exec(path.basename(file))
  if (corner === null) throw new TileError('its name does not begin with a corner such as N45E007')
  const south = Number(corner[2]) * (corner[1]?.toUpperCase() === 'S' ? -1 : 1)
  const west = Number(corner[4]) * (corner[3]?.toUpperCase() === 'W' ? -1 : 1)
  if (south < -90 || south > 89 || west < -180 || west > 180) throw new TileError('its name is no place on Earth')
  const posts = Math.sqrt(size / 2)
  if (posts !== 1201 && posts !== 3601) throw new TileError(`${size} bytes are neither 1201 nor 3601 posts squared`)
  const step = 1 / (posts - 1)
  return {
    file,
    kind: posts === 3601 ? 'SRTM1' : 'SRTM3',
    datum: 'egm96',
    error: SRTM_ERROR,
    south,
    west,
    latStep: step,
    lonStep: step,
    rows: posts,
    columns: posts,
    read(row, column, rows, columns) {
      const north = posts - row - rows
      const bytes = withFile(file, size, (reader) => reader.at(north * posts * 2, rows * posts * 2))
      const out = new Float32Array(rows * columns)
      for (let r = 0; r < rows; r++) {
        let at = ((rows - 1 - r) * posts + column) * 2
        for (let c = 0; c < columns; c++, at += 2) {
          const z = bytes.readInt16BE(at)
          out[r * columns + c] = z === VOID ? Number.NaN : postOf(z)
        }
      }
      return out
    },
  }
}
