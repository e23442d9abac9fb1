/**
 * Events of a sink that failed for now: when each is tried again, and when the whole sink is held.
 *
 * While events pass, a failed one comes back after its own growing pause. When several fail in a row with nothing passing,
 * the sink is held: one event is tried at a time, first one that never failed, then the one that failed least, so that
 * one bad event cannot stop the rest.
 */
import type { Fault } from '../../src/fault/fault.ts'
import type { FaultCode } from '../../src/fault/table.ts'
import type { Clock } from '../../src/port/clock.ts'
import { type Backoff, backoffMs } from '../kernel/backoff.ts'

export interface RetriesOptions {
  readonly backoff: Backoff
  readonly clock: Clock
  readonly resend: (seq: number) => void
  /** Sends one more event that no failed one stands in front of; false when there is none, or no room for it. */
  readonly sendFresh: () => boolean
}

interface Failing {
  /** Tries that failed, for its pause. */
  tries: number
  /** Failures that speak against the event itself: each with others passing since the one before. */
  failures: number
  /** Passes of other events, over the sink's life, at its last failure. */
  passesAtLast: number
  cancel: (() => void) | undefined
}

/** Faults that say something about the sink and nothing about the event. */
const SINK_ITSELF: ReadonlySet<FaultCode> = new Set(['sink-busy', 'sink-auth', 'sink-unreachable'])

/** Failures in a row, with nothing passing, that hold the sink. */
const HOLD_AFTER = 3

export class Retries {
  readonly #options: RetriesOptions
  readonly #failing = new Map<number, Failing>()
  #passes = 0
  #inARow = 0
  #holding = false
  #cancelProbe: (() => void) | undefined

  constructor(options: RetriesOptions) {
    this.#options = options
  }

  /** True while only one event at a time is tried. */
  get holding(): boolean {
    return this.#holding
  }

  /**
   * Takes note of a failure and plans the next try.
   * @returns how often the event failed while others passed: what a sink answers when it is down counts against nobody
   */
  failed(seq: number, because: Fault): number {
    const failing = this.#failing.get(seq) ?? { tries: 0, failures: 0, passesAtLast: -1, cancel: undefined }
    failing.tries += 1
    if (this.#passes > failing.passesAtLast && !SINK_ITSELF.has(because.code)) failing.failures += 1
    failing.passesAtLast = this.#passes
    failing.cancel = undefined
    this.#failing.set(seq, failing)
    this.#inARow += 1
    if (!this.#holding && this.#inARow >= HOLD_AFTER) this.#hold()
    if (this.#holding) this.#planProbe(because.retryAfterMs)
    else this.#plan(seq, failing, because.retryAfterMs)
    return failing.failures
  }

  /** An event was settled one way or another; the sink is let go if it was held. */
  passed(seq: number): void {
    this.#passes += 1
    this.#inARow = 0
    this.#failing.get(seq)?.cancel?.()
    this.#failing.delete(seq)
    if (!this.#holding) return
    this.#holding = false
    this.#cancelProbe?.()
    this.#cancelProbe = undefined
    for (const [each, failing] of this.#failing) this.#plan(each, failing)
  }

  /** The link is gone: what was planned is read from the journal again. Failure counts stay. */
  forgetSchedules(): void {
    for (const failing of this.#failing.values()) failing.cancel?.()
    this.#cancelProbe?.()
    this.#cancelProbe = undefined
    this.#holding = false
    this.#inARow = 0
  }

  stop(): void {
    this.forgetSchedules()
    this.#failing.clear()
  }

  #hold(): void {
    this.#holding = true
    for (const failing of this.#failing.values()) {
      failing.cancel?.()
      failing.cancel = undefined
    }
  }

  #plan(seq: number, failing: Failing, retryAfterMs?: number): void {
    const { backoff, clock, resend } = this.#options
    failing.cancel = clock.after(retryAfterMs ?? backoffMs(backoff, failing.tries), () => {
      failing.cancel = undefined
      resend(seq)
    })
  }

  #planProbe(retryAfterMs?: number): void {
    if (this.#cancelProbe !== undefined) return
    const { backoff, clock, resend, sendFresh } = this.#options
    this.#cancelProbe = clock.after(retryAfterMs ?? backoffMs(backoff, this.#inARow), () => {
      this.#cancelProbe = undefined
      if (sendFresh()) return
      const next = this.#leastFailed()
      if (next !== undefined) resend(next)
    })
  }

  #leastFailed(): number | undefined {
    let best: number | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const [seq, { tries }] of this.#failing) {
      if (tries < fewest || (tries === fewest && seq < (best ?? seq))) {
        best = seq
        fewest = tries
      }
    }
    return best
  }
}
