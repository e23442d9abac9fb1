/**
 * Lines of a stream of bytes.
 *
 * Memory grows neither with the stream nor with a line: of a line longer than allowed only its length is kept.
 */

export interface Line {
  /** From 1. */
  readonly number: number
  /** Without its end; empty when the line is too long. */
  readonly bytes: Uint8Array
  /** Bytes the line has, where that is more than allowed. */
  readonly tooLong?: number
}

const LF = 0x0a
const CR = 0x0d
const BOM = [0xef, 0xbb, 0xbf]
const NONE = new Uint8Array(0)

/** The lines, in groups as they arrive; LF or CRLF ends one, and the last needs no end. A byte order mark is passed over. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Line[]> {
  const open = new OpenLine(longest)
  for await (const chunk of chunks) {
    const lines: Line[] = []
    let from = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      open.add(chunk.subarray(from, end))
      lines.push(open.take())
      from = end + 1
    }
    open.add(chunk.subarray(from))
    if (lines.length > 0) yield lines
  }
  if (open.length > 0) yield [open.take()]
}

/** The line that has begun and not ended. */
class OpenLine {
  length = 0
  readonly #longest: number
  #pieces: Uint8Array[] = []
  #number = 1

  constructor(longest: number) {
    this.#longest = longest
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.length += piece.length
    // One more byte than allowed may be the CR of its end.
    if (this.length > this.#longest + 1) this.#pieces = []
    else this.#pieces.push(piece)
  }

  take(): Line {
    const [pieces, length, number] = [this.#pieces, this.length, this.#number]
    this.#pieces = []
    this.length = 0
    this.#number += 1
    if (length > this.#longest + 1) return { number, bytes: NONE, tooLong: length }
    const whole = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
    const bytes = trimmed(whole, number)
    return bytes.length > this.#longest ? { number, bytes: NONE, tooLong: length } : { number, bytes }
  }
}

function trimmed(line: Uint8Array, number: number): Uint8Array {
  const from = number === 1 && BOM.every((byte, at) => line[at] === byte) ? BOM.length : 0
  const to = line.at(-1) === CR ? line.length - 1 : line.length
  return from === 0 && to === line.length ? line : line.subarray(from, to)
}
