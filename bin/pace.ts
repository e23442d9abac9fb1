/** Holds work to so many turns a second, without hurrying after what was missed while it could not go on. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Shorter waits are not worth a timer; the turns even out over the next ones. */
const LEAST_MS = 2
/** Turns missed by more than this are given up instead of made up for. */
const MOST_BEHIND_MS = 200

export class Pace {
  readonly #intervalMs: number
  #dueMs: number | undefined

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond
  }

  /** Resolves when it is this one's turn, or when the signal says that nobody waits any more. */
  async turn(signal: AbortSignal): Promise<void> {
    const nowMs = performance.now()
    const dueMs = Math.max(this.#dueMs ?? nowMs, nowMs - MOST_BEHIND_MS)
    const aheadMs = dueMs - nowMs
    this.#dueMs = dueMs + this.#intervalMs
    if (aheadMs >= LEAST_MS) await sleep(aheadMs, undefined, { signal }).catch(() => undefined)
  }
}
