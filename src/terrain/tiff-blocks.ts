/** The pixels of a TIFF image: strips or tiles, read and decoded as far as a window needs them. */
import { checkCompression, decompress, unpredict } from './tiff-codec.ts'
import { numberIn, numbersIn, type TiffStructure } from './tiff-tags.ts'
import { type ByteReader, TileError } from './tile.ts'

export interface Blocks {
  readonly width: number
  readonly height: number
  /** Size of every block; strips are as wide as the image, and the last one may be lower. */
  readonly blockWidth: number
  readonly blockHeight: number
  readonly tiled: boolean
  readonly offsets: readonly number[]
  readonly lengths: readonly number[]
  readonly compression: number
  readonly predictor: number
  readonly sampleBytes: number
  readonly littleEndian: boolean
  readonly sample: (view: DataView, at: number) => number
}

const WIDTH = 256
const HEIGHT = 257
const BITS = 258
const COMPRESSION = 259
const STRIP_OFFSETS = 273
const SAMPLES_PER_PIXEL = 277
const ROWS_PER_STRIP = 278
const STRIP_LENGTHS = 279
const PREDICTOR = 317
const TILE_WIDTH = 322
const TILE_HEIGHT = 323
const TILE_OFFSETS = 324
const TILE_LENGTHS = 325
const SAMPLE_FORMAT = 339

const UNSIGNED = 1
const SIGNED = 2
const FLOAT = 3

/** How the image is cut into blocks; refuses what no elevation raster is. */
export function blocksOf({ tags, littleEndian }: TiffStructure): Blocks {
  const width = numberIn(tags, WIDTH, 0)
  const height = numberIn(tags, HEIGHT, 0)
  if (!(width > 1 && height > 1)) throw new TileError(`${height} x ${width} pixels make no surface`)
  const bands = numberIn(tags, SAMPLES_PER_PIXEL, 1)
  if (bands !== 1) throw new TileError(`it has ${bands} bands; a raster of heights has one`)
  const compression = numberIn(tags, COMPRESSION, 1)
  checkCompression(compression)
  const predictor = numberIn(tags, PREDICTOR, 1)
  const bits = numberIn(tags, BITS, 1)
  const format = numberIn(tags, SAMPLE_FORMAT, UNSIGNED)
  if (predictor !== 1 && predictor !== 2 && !(predictor === 3 && format === FLOAT)) {
    throw new TileError(`its predictor is number ${predictor}`)
  }
  const tiled = tags.has(TILE_OFFSETS)
  const blockWidth = tiled ? numberIn(tags, TILE_WIDTH, 0) : width
  const blockHeight = tiled ? numberIn(tags, TILE_HEIGHT, 0) : Math.min(numberIn(tags, ROWS_PER_STRIP, height), height)
  const offsets = numbersIn(tags, tiled ? TILE_OFFSETS : STRIP_OFFSETS)
  const lengths = numbersIn(tags, tiled ? TILE_LENGTHS : STRIP_LENGTHS)
  if (!(blockWidth > 0 && blockHeight > 0 && blockWidth * blockHeight < 2 ** 28)) {
    throw new TileError(`its blocks are ${blockHeight} x ${blockWidth} pixels`)
  }
  const count = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight)
  if (offsets.length < count || lengths.length < count) throw new TileError('it does not say where its blocks are')
  return {
    width,
    height,
    blockWidth,
    blockHeight,
    tiled,
    offsets,
    lengths,
    compression,
    predictor,
    sampleBytes: bits / 8,
    littleEndian,
    sample: sampleReader(format, bits, littleEndian),
  }
}

function sampleReader(format: number, bits: number, little: boolean): Blocks['sample'] {
  switch (`${format} ${bits}`) {
    case `${UNSIGNED} 8`:
      return (view, at) => view.getUint8(at)
    case `${UNSIGNED} 16`:
      return (view, at) => view.getUint16(at, little)
    case `${UNSIGNED} 32`:
      return (view, at) => view.getUint32(at, little)
    case `${SIGNED} 8`:
      return (view, at) => view.getInt8(at)
    case `${SIGNED} 16`:
      return (view, at) => view.getInt16(at, little)
    case `${SIGNED} 32`:
      return (view, at) => view.getInt32(at, little)
    case `${FLOAT} 32`:
      return (view, at) => view.getFloat32(at, little)
    case `${FLOAT} 64`:
      return (view, at) => view.getFloat64(at, little)
    default:
      throw new TileError(`its samples of ${bits} bits (format ${format}) are no heights`)
  }
}

/**
 * Reads a window of pixels, top left first, through `heightOf`; pixels of blocks that were never written are NaN.
 */
export function readWindow(
  bytes: ByteReader,
  blocks: Blocks,
  left: number,
  top: number,
  width: number,
  height: number,
  heightOf: (sample: number) => number,
): Float32Array {
  const out = new Float32Array(width * height).fill(Number.NaN)
  const { blockWidth, blockHeight, sampleBytes, sample } = blocks
  const across = Math.ceil(blocks.width / blockWidth)
  for (let by = Math.floor(top / blockHeight); by * blockHeight < top + height; by++) {
    for (let bx = Math.floor(left / blockWidth); bx * blockWidth < left + width; bx++) {
      const view = readBlock(bytes, blocks, by * across + bx, by)
      if (view === undefined) continue
      const y0 = Math.max(top, by * blockHeight)
      const y1 = Math.min(top + height, (by + 1) * blockHeight)
      const x0 = Math.max(left, bx * blockWidth)
      const x1 = Math.min(left + width, (bx + 1) * blockWidth)
      for (let y = y0; y < y1; y++) {
        let from = ((y - by * blockHeight) * blockWidth + (x0 - bx * blockWidth)) * sampleBytes
        let to = (y - top) * width + (x0 - left)
        for (let x = x0; x < x1; x++, from += sampleBytes) out[to++] = heightOf(sample(view, from))
      }
    }
  }
  return out
}

/** A decoded block; undefined when the file leaves it out. */
function readBlock(bytes: ByteReader, blocks: Blocks, index: number, row: number): DataView | undefined {
  const offset = blocks.offsets[index] ?? 0
  const length = blocks.lengths[index] ?? 0
  if (offset === 0 || length === 0) return undefined
  const rows = blocks.tiled
    ? blocks.blockHeight
    : Math.min(blocks.blockHeight, blocks.height - row * blocks.blockHeight)
  const plainLength = rows * blocks.blockWidth * blocks.sampleBytes
  const plain = decompress(blocks.compression, bytes.at(offset, length), plainLength)
  unpredict(blocks.predictor, plain, blocks.blockWidth, rows, blocks.sampleBytes, blocks.littleEndian)
  return new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
}
