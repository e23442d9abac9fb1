/**
 * Copies dead letters from the store to the broker, in order, at least once each.
 *
 * The store's letter is the authority: when the broker refuses or is away, letters wait and nothing else does.
 */
import { faultFrom } from '../src/fault/fault.ts'
import type { Clock } from '../src/port/clock.ts'
import type { StoredDeadLetter } from '../src/port/deadletter.ts'
import type { Letters } from '../src/port/journal.ts'
import type { Log } from '../src/port/log.ts'
import type { Behavior } from './kernel/actor.ts'
import { type Backoff, backoffMs } from './kernel/backoff.ts'

export interface LetterCopyOptions {
  readonly letters: Letters
  /** Resolves when the broker has stored the copy. */
  readonly publish: (letter: StoredDeadLetter) => Promise<void>
  readonly backoff: Backoff
  readonly log: Log
  readonly clock: Clock
}

/** Letters under way at once. */
const WINDOW = 64

export class LetterCopyBehavior implements Behavior<never, void> {
  readonly #options: LetterCopyOptions
  #running = false
  #stopped = false
  #failures = 0
  #forget: (() => void) | undefined
  #cancelRetry: (() => void) | undefined

  constructor(options: LetterCopyOptions) {
    this.#options = options
  }

  start(): void {
    this.#forget = this.#options.letters.onAppend(() => this.#wake())
    this.#wake()
  }

  receive(): void {}

  stop(): void {
    this.#stopped = true
    this.#forget?.()
    this.#cancelRetry?.()
  }

  #wake(): void {
    if (this.#running || this.#stopped || this.#cancelRetry !== undefined) return
    this.#running = true
    this.#copy().then(
      () => {
        this.#running = false
        this.#failures = 0
      },
      (thrown) => this.#pause(thrown),
    )
  }

  async #copy(): Promise<void> {
    const { letters, publish } = this.#options
    while (!this.#stopped) {
      const waiting = letters.list({ fromSeq: letters.copied + 1 }, WINDOW)
      const last = waiting.at(-1)
      if (last === undefined) return
      await Promise.all(waiting.map(publish))
      letters.markCopied(last.seq)
    }
  }

  #pause(thrown: unknown): void {
    const { clock, backoff, log } = this.#options
    const because = faultFrom(thrown, 'publish-refused')
    this.#running = false
    this.#failures += 1
    if (this.#failures === 1) log.warn({ code: because.code, reason: because.reason }, 'dead letters wait to be copied')
    this.#cancelRetry = clock.after(backoffMs(backoff, this.#failures), () => {
      this.#cancelRetry = undefined
      this.#wake()
    })
  }
}
