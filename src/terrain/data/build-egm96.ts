/**
 * Makes `egm96.grid` from the public 15-minute EGM96 grid in PROJ's `.gtx` form; run by hand, never by the program.
 *
 *     node src/terrain/data/build-egm96.ts /usr/share/proj/egm96_15.gtx
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'

const UNIT_M = 0.005

const source = process.argv[2]
if (source === undefined) throw new Error('name the .gtx file')
const gtx = readFileSync(source)
const [south, west] = [gtx.readDoubleBE(0), gtx.readDoubleBE(8)]
const [rows, columns] = [gtx.readInt32BE(32), gtx.readInt32BE(36)]
if (
  south !== -90 ||
  west !== -180 ||
  (rows - 1) * gtx.readDoubleBE(16) !== 180 ||
  columns * gtx.readDoubleBE(24) !== 360
)
  throw new Error('the grid must cover the globe from 90 S and 180 W')

const count = rows * columns
const posts = new Int32Array(count)
const planes = Buffer.alloc(2 * count)
for (let i = 0; i < count; i++) {
  const post = Math.round(gtx.readFloatBE(40 + 4 * i) / UNIT_M)
  const fromWest = i % columns === 0 ? 0 : (posts[i - 1] as number)
  const fromSouth = i < columns ? 0 : (posts[i - columns] as number)
  const fromSouthWest = i % columns === 0 || i < columns ? 0 : (posts[i - columns - 1] as number)
  const difference = post - (fromWest + fromSouth - fromSouthWest)
  const zigzag = (difference << 1) ^ (difference >> 31)
  if (post !== (post << 16) >> 16 || zigzag > 0xffff) throw new RangeError(`post ${i} does not fit`)
  posts[i] = post
  planes[i] = zigzag & 0xff
  planes[count + i] = zigzag >>> 8
}

const header = Buffer.alloc(16)
header.write('EGM96GRD', 0, 'latin1')
header.writeUInt16LE(rows, 8)
header.writeUInt16LE(columns, 10)
header.writeFloatLE(UNIT_M, 12)
const body = brotliCompressSync(planes, {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
})
writeFileSync(new URL('./egm96.grid', import.meta.url), Buffer.concat([header, body]))
process.stdout.write(`egm96.grid: ${header.length + body.length} bytes, ${rows} x ${columns} posts\n`)
