/** A clock that stands still until a test moves it. */
import type { Clock } from '../../src/port/clock.ts'

interface Alarm {
  readonly atMs: number
  readonly callback: () => void
}

export class ManualClock implements Clock {
  #nowMs: number
  #alarms: Alarm[] = []

  constructor(nowMs = Date.parse('2024-07-24T16:00:00Z')) {
    this.#nowMs = nowMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { atMs: this.#nowMs + ms, callback }
    this.#alarms.push(alarm)
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm)
    }
  }

  /** Moves time forward, firing what falls due on the way, in order. */
  advance(ms: number): void {
    const until = this.#nowMs + ms
    for (;;) {
      const due = this.#alarms.filter((a) => a.atMs <= until).toSorted((a, b) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#alarms = this.#alarms.filter((each) => each !== due)
      this.#nowMs = due.atMs
      due.callback()
    }
    this.#nowMs = until
  }

  /** Alarms still set. */
  get pending(): number {
    return this.#alarms.length
  }
}
