/**
 * The EGM96 grid that ships with the program: read once and kept.
 *
 * Layout: 8 bytes `EGM96GRD`, rows and columns (uint16), unit in metres (float32), all little-endian, then a brotli
 * stream of two planes: the low bytes of all posts, then the high bytes. A post is stored as its zigzagged difference
 * from west + south - south-west. `data/README.md` says where the numbers come from.
 */
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { FaultError, fault } from '../fault/fault.ts'
import { type GeoidGrid, type Undulation, undulationOf } from '../geo/geoid.ts'

const HEADER_BYTES = 16
const MAGIC = 'EGM96GRD'

let loaded: Undulation | undefined

/** EGM96 undulation. The grid is read at the first call (some 30 ms) and kept. */
export const egm96: Undulation = (latDeg, lonDeg) => {
  loaded ??= undulationOf(readGrid(new URL('./data/egm96.grid', import.meta.url)))
  return loaded(latDeg, lonDeg)
}

/** Reads a grid file; a damaged one throws, because the installation is broken and no height could be trusted. */
export function readGrid(file: URL): GeoidGrid {
  const bytes = readFileSync(file)
  const broken = () => new FaultError(fault('internal', `${file.pathname} is not a geoid grid; install again`))
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 8) !== MAGIC) throw broken()
  const rows = bytes.readUInt16LE(8)
  const columns = bytes.readUInt16LE(10)
  const planes = brotliDecompressSync(bytes.subarray(HEADER_BYTES))
  const count = rows * columns
  if (count === 0 || planes.length !== 2 * count) throw broken()
  const posts = new Int16Array(count)
  for (let i = 0; i < count; i++) {
    const zigzag = (planes[i] as number) | ((planes[count + i] as number) << 8)
    const west = i % columns === 0 ? 0 : (posts[i - 1] as number)
    const south = i < columns ? 0 : (posts[i - columns] as number)
    const southWest = i % columns === 0 || i < columns ? 0 : (posts[i - columns - 1] as number)
    posts[i] = west + south - southWest + ((zigzag >>> 1) ^ -(zigzag & 1))
  }
  return { rows, columns, unitM: bytes.readFloatLE(12), posts }
}
