/**
 * One file of elevation posts: where its posts lie, what its heights mean, and how to read some of them.
 *
 * The header is read once when a directory is opened; posts are read when a ray first needs them, synchronously, with
 * the file opened and closed again, so that thousands of tiles hold no handles.
 */
import { closeSync, openSync, readSync } from 'node:fs'

/** A datum that a file or a setting can name. EGM2008 is named so that it can be refused by name. */
export type VerticalDatum = 'hae' | 'egm96' | 'egm2008'

/** Errors of a kind of data at 90 % (LE90), metres: of a post, and of the difference of two posts near each other. */
export interface StatedError {
  readonly absoluteM: number
  readonly relativeM: number
  /** True when the file does not say and its format does not promise. */
  readonly assumed: boolean
}

/** Posts of a file. Rows count from the south, columns from the west, whatever the order in the file. */
export interface Tile {
  readonly file: string
  /** Kind of data, such as `SRTM1`. */
  readonly kind: string
  /** The datum that the file states or its format implies; undefined where it is open. */
  readonly datum: VerticalDatum | undefined
  readonly error: StatedError
  /** The south-west post, degrees. */
  readonly south: number
  readonly west: number
  readonly latStep: number
  readonly lonStep: number
  readonly rows: number
  readonly columns: number
  /** Reads a window of posts, row by row from the south; voids are NaN. Throws {@link TileError} on a damaged file. */
  read(row: number, column: number, rows: number, columns: number): Float32Array
}

/** A file that cannot be used, with the reason in its message. */
export class TileError extends Error {}

/** No ground is outside of this, above whatever datum, metres: such a value is a void in disguise. */
const LOWEST_M = -12_000
const HIGHEST_M = 9_100

/** The height, or NaN for one that no ground has. */
export function postOf(height: number): number {
  return height >= LOWEST_M && height <= HIGHEST_M ? height : Number.NaN
}

/** Reads parts of a file. */
export interface ByteReader {
  readonly size: number
  /** Exactly so many bytes; throws {@link TileError} when the file ends before. */
  at(offset: number, length: number): Buffer
}

/** Opens a file for the time of `use`. */
export function withFile<T>(file: string, size: number, use: (bytes: ByteReader) => T): T {
  const handle = openSync(file, 'r')
  try {
    return use({
      size,
      at(offset, length) {
        if (!(offset >= 0 && length >= 0 && offset + length <= size)) throw new TileError('the file is cut short')
        const bytes = Buffer.allocUnsafe(length)
        let done = 0
        while (done < length) {
          const got = readSync(handle, bytes, done, length - done, offset + done)
          if (got === 0) throw new TileError('the file is cut short')
          done += got
        }
        return bytes
      },
    })
  } finally {
    closeSync(handle)
  }
}
