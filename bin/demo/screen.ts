/** Where the live view is drawn: over itself on a terminal, as a plain line now and then elsewhere. */
import type { WriteStream } from 'node:tty'

/** Of a stream what is needed to draw on it. */
export type Canvas = Pick<WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_TO_END_OF_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** Draws frames over one another. Must be closed, or the cursor stays hidden. */
export class Screen {
  readonly #canvas: Canvas
  #drawn = 0
  #open = true
  readonly #restore = () => this.close()

  constructor(canvas: Canvas) {
    this.#canvas = canvas
    canvas.write(HIDE_CURSOR)
    // However the process leaves, the terminal is given back as it was.
    process.once('exit', this.#restore)
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#canvas.columns || 80, rows: this.#canvas.rows || 24 }
  }

  draw(lines: readonly string[]): void {
    if (!this.#open) return
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`
    const text = lines.map((line) => `${line}${CLEAR_TO_END_OF_LINE}\n`).join('')
    this.#canvas.write(`\r${up}${text}${CLEAR_BELOW}`)
    this.#drawn = lines.length
  }

  /** Leaves the last frame standing and gives the cursor back below it. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    process.off('exit', this.#restore)
    this.#canvas.write(SHOW_CURSOR)
  }
}
