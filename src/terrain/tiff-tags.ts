/** The structure of a TIFF file: its first image's tags, from classic and big files of either byte order. */
import { type ByteReader, TileError } from './tile.ts'

export type TagValue = readonly number[] | string
export type Tags = ReadonlyMap<number, TagValue>

export interface TiffStructure {
  readonly littleEndian: boolean
  readonly tags: Tags
}

/** Bytes of a value by TIFF type; types that no tag read here has are left out. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
}
const ASCII = 2
const MOST_TAGS = 4096
/** A tag with more than this is not one of an elevation raster. */
const MOST_TAG_BYTES = 64 * 2 ** 20

/** Reads the tags of the first image, which is the full one, before any overviews. */
export function readTags(bytes: ByteReader): TiffStructure {
  const head = bytes.at(0, 16)
  const mark = head.toString('latin1', 0, 2)
  if (mark !== 'II' && mark !== 'MM') throw new TileError('it is no TIFF file')
  const littleEndian = mark === 'II'
  const view = (buffer: Buffer): DataView => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  const start = view(head)
  const version = start.getUint16(2, littleEndian)
  const big = version === 43
  if (!big && version !== 42) throw new TileError('it is no TIFF file')
  const first = big ? Number(start.getBigUint64(8, littleEndian)) : start.getUint32(4, littleEndian)

  const counter = view(bytes.at(first, big ? 8 : 2))
  const count = big ? Number(counter.getBigUint64(0, littleEndian)) : counter.getUint16(0, littleEndian)
  if (count > MOST_TAGS) throw new TileError('it has more tags than any TIFF file')
  const entryBytes = big ? 20 : 12
  const directory = view(bytes.at(first + (big ? 8 : 2), count * entryBytes))

  const tags = new Map<number, TagValue>()
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const type = directory.getUint16(at + 2, littleEndian)
    const each = TYPE_BYTES[type]
    if (each === undefined) continue
    const values = big
      ? Number(directory.getBigUint64(at + 4, littleEndian))
      : directory.getUint32(at + 4, littleEndian)
    const length = values * each
    if (length > MOST_TAG_BYTES) throw new TileError('one of its tags is larger than any of an elevation raster')
    const inline = at + (big ? 12 : 8)
    const inside = length <= (big ? 8 : 4)
    const offset = big
      ? Number(directory.getBigUint64(inline, littleEndian))
      : directory.getUint32(inline, littleEndian)
    const data = inside
      ? new DataView(directory.buffer, directory.byteOffset + inline, length)
      : view(bytes.at(offset, length))
    tags.set(
      directory.getUint16(at, littleEndian),
      type === ASCII ? textOf(data) : numbersOf(data, type, values, littleEndian),
    )
  }
  return { littleEndian, tags }
}

function textOf(data: DataView): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1').replace(/\0+$/, '')
}

function numbersOf(data: DataView, type: number, count: number, little: boolean): number[] {
  const each = TYPE_BYTES[type] as number
  const numbers = new Array<number>(count)
  for (let i = 0; i < count; i++) numbers[i] = numberAt(data, type, i * each, little)
  return numbers
}

function numberAt(data: DataView, type: number, at: number, little: boolean): number {
  switch (type) {
    case 3:
      return data.getUint16(at, little)
    case 4:
    case 13:
      return data.getUint32(at, little)
    case 6:
      return data.getInt8(at)
    case 8:
      return data.getInt16(at, little)
    case 9:
      return data.getInt32(at, little)
    case 11:
      return data.getFloat32(at, little)
    case 12:
      return data.getFloat64(at, little)
    case 16:
    case 18:
      return Number(data.getBigUint64(at, little))
    case 17:
      return Number(data.getBigInt64(at, little))
    default:
      return data.getUint8(at)
  }
}

/** The numbers of a tag; empty when it is not there. */
export function numbersIn(tags: Tags, tag: number): readonly number[] {
  const value = tags.get(tag)
  return value === undefined || typeof value === 'string' ? [] : value
}

/** The one number of a tag, or what the standard takes when it is not there. */
export function numberIn(tags: Tags, tag: number, otherwise: number): number {
  return numbersIn(tags, tag)[0] ?? otherwise
}

export function textIn(tags: Tags, tag: number): string {
  const value = tags.get(tag)
  return typeof value === 'string' ? value : ''
}
