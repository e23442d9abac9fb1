/** Undoes what a TIFF writer did to a strip or a tile: compression, and the predictor before it. */
import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { TileError } from './tile.ts'

/** TIFF's compression numbers that can be undone here. */
const NONE = 1
const LZW = 5
const DEFLATE = 8
const OLD_DEFLATE = 32_946
const PACKBITS = 32_773
const ZSTD = 50_000

const OTHERS: Readonly<Record<number, string>> = { 6: 'JPEG', 7: 'JPEG', 34887: 'LERC', 34925: 'LZMA', 50001: 'WebP' }

/** Refuses a compression by name before anything is read. */
export function checkCompression(compression: number): void {
  if (![NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, ZSTD].includes(compression)) {
    const name = OTHERS[compression] ?? `number ${compression}`
    throw new TileError(`its compression is ${name}; deflate, LZW, PackBits, Zstandard and none can be read`)
  }
}

/** The bytes before compression, at least `length` of them. */
export function decompress(compression: number, bytes: Buffer, length: number): Buffer {
  const plain = expand(compression, bytes, length)
  if (plain.length < length) throw new TileError('a block of it is cut short')
  return plain
}

function expand(compression: number, bytes: Buffer, length: number): Buffer {
  // What is longer than it may be is no block of this file; it must not fill the memory.
  const bound = { maxOutputLength: length + 65_536 }
  try {
    switch (compression) {
      case NONE:
        return bytes
      case LZW:
        return unLzw(bytes, length)
      case DEFLATE:
      case OLD_DEFLATE:
        return inflateSync(bytes, bound)
      case PACKBITS:
        return unPackBits(bytes, length)
      default:
        return zstdDecompressSync(bytes, bound)
    }
  } catch (error) {
    throw error instanceof TileError ? error : new TileError('a block of it is damaged')
  }
}

const CLEAR = 256
const END = 257
const FIRST = 258
const MOST_CODES = 4096

/** TIFF's LZW: most significant bit first, codes from 9 to 12 bits, one bit more a code early. */
function unLzw(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length)
  // Every code from 258 stands for a string that was written before: where it starts in `out`, and how long it is.
  const startOf = new Int32Array(MOST_CODES)
  const lengthOf = new Int32Array(MOST_CODES)
  let width = 9
  let next = FIRST
  let bits = 0
  let held = 0
  let done = 0
  /** Length of the string written last; 0 when there is none since the table was cleared. */
  let last = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffffff
    bits += 8
    if (bits < width) continue
    bits -= width
    const code = (held >>> bits) & ((1 << width) - 1)
    if (code === END || done >= length) break
    if (code === CLEAR) {
      width = 9
      next = FIRST
      last = 0
      continue
    }
    if (code > next || (code >= FIRST && last === 0)) throw new TileError('a block of it is damaged')
    const start = done
    let count = 1
    if (code < CLEAR) out[done++] = code
    else {
      // A code not yet known is the last string and its own first byte once more, and both stand in `out` already.
      const from = code === next ? start - last : (startOf[code] as number)
      count = code === next ? last + 1 : (lengthOf[code] as number)
      for (let i = 0; i < count && done < length; i++) out[done++] = out[from + i] as number
    }
    if (last > 0 && next < MOST_CODES) {
      startOf[next] = start - last
      lengthOf[next++] = last + 1
    }
    last = count
    if (next + 1 >= 1 << width && width < 12) width++
  }
  return out.subarray(0, done)
}

function unPackBits(bytes: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length)
  let done = 0
  let at = 0
  while (at < bytes.length && done < length) {
    const head = bytes.readInt8(at++)
    if (head >= 0) {
      done += bytes.copy(out, done, at, Math.min(at + head + 1, bytes.length))
      at += head + 1
    } else if (head !== -128 && at < bytes.length) {
      out.fill(bytes[at++] as number, done, Math.min(done + 1 - head, length))
      done += 1 - head
    }
  }
  return out.subarray(0, Math.min(done, length))
}

/** Undoes the predictor in place, row by row: 2 stores differences of samples, 3 those of the bytes of floats. */
export function unpredict(
  predictor: number,
  bytes: Buffer,
  width: number,
  rows: number,
  sampleBytes: number,
  littleEndian: boolean,
): void {
  if (predictor === 1) return
  const stride = width * sampleBytes
  for (let row = 0; row < rows; row++) {
    const line = bytes.subarray(row * stride, (row + 1) * stride)
    if (predictor === 2) addUp(line, sampleBytes, littleEndian)
    else gather(line, width, sampleBytes, littleEndian)
  }
}

function addUp(line: Buffer, sampleBytes: number, little: boolean): void {
  const view = new DataView(line.buffer, line.byteOffset, line.byteLength)
  for (let at = sampleBytes; at < line.length; at += sampleBytes) {
    if (sampleBytes === 1) view.setUint8(at, view.getUint8(at) + view.getUint8(at - 1))
    else if (sampleBytes === 2) view.setUint16(at, view.getUint16(at, little) + view.getUint16(at - 2, little), little)
    else if (sampleBytes === 4) view.setUint32(at, view.getUint32(at, little) + view.getUint32(at - 4, little), little)
    else view.setBigUint64(at, view.getBigUint64(at, little) + view.getBigUint64(at - 8, little), little)
  }
}

/** Bytes of a row of floats stand apart by significance, the highest first whatever the file's order. */
function gather(line: Buffer, width: number, sampleBytes: number, little: boolean): void {
  for (let i = 1; i < line.length; i++) line[i] = ((line[i] as number) + (line[i - 1] as number)) & 0xff
  const apart = Buffer.from(line)
  for (let i = 0; i < width; i++) {
    for (let b = 0; b < sampleBytes; b++) {
      line[i * sampleBytes + (little ? sampleBytes - 1 - b : b)] = apart[b * width + i] as number
    }
  }
}
