/** What is being measured right now, on standard error: one line that is redrawn on a terminal, lines elsewhere. */

const REDRAW_MS = 100
const WIDTH = 20
const CLEAR = '\r\x1b[K'

export class RunProgress {
  readonly #stream: NodeJS.WriteStream = process.stderr
  #what = ''
  #doing = ''
  #share = 0
  #timer: NodeJS.Timeout | undefined

  /** A bench begins. */
  begin(what: string): void {
    this.#what = what
    this.#doing = 'starting'
    this.#share = 0
    if (this.#stream.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref()
  }

  say(doing: string): void {
    this.#doing = doing
    this.#share = 0
  }

  /** @param share 0 to 1 */
  at(share: number): void {
    this.#share = share
  }

  /** It ended, with its main result in words. */
  end(result: string): void {
    clearInterval(this.#timer)
    this.#stream.write(`${this.#stream.isTTY ? CLEAR : ''}${this.#what}: ${result}\n`)
  }

  #draw(): void {
    const filled = Math.round(Math.min(1, Math.max(0, this.#share)) * WIDTH)
    const bar = this.#share > 0 ? ` [${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}]` : ''
    this.#stream.write(`${CLEAR}${`${this.#what}: ${this.#doing}${bar}`.slice(0, (this.#stream.columns ?? 80) - 1)}`)
  }
}
