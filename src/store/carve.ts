/**
 * Finds records in a file by their own bytes, where the trees that led to them are gone.
 *
 * Event records are written once and never changed, so a copy on any page, in use or long free, is the record; its
 * checksum says that it is whole. What a failed transaction left behind looks the same, so the caller checks that a
 * record fits between its neighbours.
 */
import { crc32c } from '@node-rs/crc32'
import { FRAME_VERSION, HEADER, type Kind, MAGIC, TRAILER } from './frame.ts'
import type { PageFile } from './page-file.ts'

const WINDOW = 8 * 2 ** 20
/** No record is larger: a message has at most 1 MiB, an escaped detection a few times that. */
const MAX_RECORD = 64 * 2 ** 20

/** Calls back with every whole record in the file and where it lies. Lets the event loop turn. */
export async function carve(
  file: PageFile,
  visit: (kind: Kind, record: Buffer, at: number) => void,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<void> {
  const sign = Buffer.from([MAGIC & 0xff, MAGIC >> 8, FRAME_VERSION])
  for (let start = 0; start < file.size; start += WINDOW) {
    // A little more than the window, so that a record's header is never cut.
    const bytes = file.bytes(start, WINDOW + HEADER)
    let at = bytes.indexOf(sign)
    while (at !== -1 && at < WINDOW) {
      const record = recordAt(file, bytes, start, at)
      if (record !== undefined) visit((record[3] ?? 0) as Kind, record, start + at)
      // Records do not overlap, but what only looks like one may hide one.
      at = bytes.indexOf(sign, record === undefined ? at + 1 : at + record.length)
    }
    onProgress(Math.min(file.size, start + WINDOW), file.size)
    await new Promise(setImmediate)
  }
}

function recordAt(file: PageFile, bytes: Buffer, start: number, at: number): Buffer | undefined {
  if (at + HEADER > bytes.length) return undefined
  const length = bytes.readUInt32LE(at + 4)
  if (length < HEADER + TRAILER || length > MAX_RECORD) return undefined
  const inside = at + length <= bytes.length
  const record = inside ? bytes.subarray(at, at + length) : file.bytes(start + at, length)
  if (record.length < length) return undefined
  const sum = record.readUInt32LE(length - TRAILER)
  return crc32c(record.subarray(0, length - TRAILER)) === sum ? record : undefined
}
