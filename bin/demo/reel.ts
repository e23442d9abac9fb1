/** The few events that the live view shows: one more every now and then, so that each can be read. */
import type { SeenEvent } from './far-ends.ts'

export class Reel {
  readonly #most: number
  readonly #everyMs: number
  readonly #shown: SeenEvent[] = []
  #newest: SeenEvent | undefined
  #advancedMs = Number.NEGATIVE_INFINITY

  /** @param most events kept  @param everyMs pause between one and the next */
  constructor(most: number, everyMs: number) {
    this.#most = most
    this.#everyMs = everyMs
  }

  /** Newest last. */
  get shown(): readonly SeenEvent[] {
    return this.#shown
  }

  /** An event came. Of those that come between two turns, one that is not to be seen already is preferred. */
  seen(event: SeenEvent): void {
    const isShown = this.#shown.some(({ callsign }) => callsign === event.callsign)
    if (this.#newest === undefined || !isShown) this.#newest = event
  }

  /** Shows the next event when its time has come. @param nowMs milliseconds that only go forward */
  turn(nowMs: number): void {
    if (this.#newest === undefined || nowMs - this.#advancedMs < this.#everyMs) return
    this.#advancedMs = nowMs
    this.#shown.push(this.#newest)
    this.#newest = undefined
    if (this.#shown.length > this.#most) this.#shown.shift()
  }
}
