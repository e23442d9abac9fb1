/** How far long work has come: a bar on a terminal, a plain line now and then elsewhere; always on standard error. */
import type { WriteStream } from 'node:tty'
import { count, duration, figure } from './figures.ts'

export interface ProgressOptions {
  /** What is being done, such as `publishing`. */
  readonly label: string
  /** What is counted, such as `messages`. */
  readonly unit: string
  readonly stream?: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  /** Milliseconds that only go forward. */
  readonly now?: () => number
}

const BAR_WIDTH = 16
const REDRAW_MS = 100
const LINE_MS = 5_000
const CLEAR = '\r\x1b[K'

/** Begins at once; `finish` must be called, or the last drawing stays. */
export class Progress {
  readonly #options: ProgressOptions
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>
  readonly #now: () => number
  readonly #startedMs: number
  readonly #timer: NodeJS.Timeout
  #label: string
  #count = 0
  #share: number | undefined

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#label = options.label
    this.#stream = options.stream ?? process.stderr
    this.#now = options.now ?? (() => performance.now())
    this.#startedMs = this.#now()
    this.#timer = setInterval(() => this.#draw(), this.#stream.isTTY ? REDRAW_MS : LINE_MS)
    this.#timer.unref()
  }

  /** @param share how much of the whole is done, 0 to 1, where that can be known */
  update(done: number, share?: number): void {
    this.#count = done
    this.#share = share
  }

  /** Work that comes in steps is named by the one that goes on. */
  name(label: string): void {
    this.#label = label
  }

  /** A line that stands above the bar. */
  remark(line: string): void {
    this.#stream.write(`${this.#stream.isTTY ? CLEAR : ''}${line}\n`)
    if (this.#stream.isTTY) this.#draw()
  }

  finish(): void {
    clearInterval(this.#timer)
    if (this.#stream.isTTY) this.#stream.write(CLEAR)
  }

  #draw(): void {
    if (this.#stream.isTTY) this.#stream.write(`${CLEAR}${this.line(this.#stream.columns || 80)}`)
    else this.#stream.write(`${this.line()}\n`)
  }

  /** The line as it stands now; with a width, with a bar and no longer than that. */
  line(width?: number): string {
    const label = this.#label
    const { unit } = this.#options
    const seconds = (this.#now() - this.#startedMs) / 1_000
    const perSecond = seconds > 0 ? this.#count / seconds : 0
    const share = this.#share
    const parts = [`${count(this.#count)} ${unit}`, `${figure(perSecond)}/s`]
    if (share !== undefined) {
      parts.unshift(`${Math.floor(share * 100)} %`)
      if (share > 0 && share < 1) parts.push(`ETA ${duration((seconds * (1 - share)) / share)}`)
    }
    const text = parts.join('  ')
    if (width === undefined) return `${label}  ${text}`
    const bar = share === undefined ? '' : `${drawn(share)}  `
    return `${label}  ${bar}${text}`.slice(0, Math.max(0, width - 1))
  }
}

function drawn(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH)
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`
}
