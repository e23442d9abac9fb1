/** What happened lately: latencies of the last minute or so, and a rate over the last ten seconds. */
import type { Clock } from '../port/clock.ts'
import { LatencyHistogram } from './histogram.ts'

const WINDOW_MS = 30_000

/** Latencies of the last 30 to 60 seconds: two histograms that take turns. */
export class RecentLatency {
  readonly #clock: Clock
  #current = new LatencyHistogram()
  #previous = new LatencyHistogram()
  #endsMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endsMs = clock.monotonic() + WINDOW_MS
  }

  record(ms: number, times = 1): void {
    this.#turn()
    this.#current.record(ms, times)
  }

  /** Everything in the window, as a histogram of its own. */
  snapshot(): LatencyHistogram {
    this.#turn()
    const all = new LatencyHistogram()
    all.add(this.#previous)
    all.add(this.#current)
    return all
  }

  #turn(): void {
    const now = this.#clock.monotonic()
    if (now < this.#endsMs) return
    const oldest = this.#previous
    this.#previous = this.#current
    this.#current = oldest
    this.#current.reset()
    // After a silence longer than a window, what is left is not recent either.
    if (now >= this.#endsMs + WINDOW_MS) this.#previous.reset()
    this.#endsMs = now + WINDOW_MS
  }
}

const SLOTS = 10

/** Items a second over the last ten full seconds, or over the time since the start when that is shorter. */
export class Rate {
  readonly #clock: Clock
  readonly #startMs: number
  readonly #slots = new Float64Array(SLOTS + 1)
  #second = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startMs = clock.monotonic()
  }

  count(items: number): void {
    const second = this.#advance()
    const slot = second % this.#slots.length
    this.#slots[slot] = (this.#slots[slot] ?? 0) + items
  }

  perSecond(): number {
    const second = this.#advance()
    const current = this.#slots[second % this.#slots.length] ?? 0
    const all = this.#slots.reduce((sum, items) => sum + items, 0)
    if (second === 0) return all
    return (all - current) / Math.min(second, SLOTS)
  }

  /** Empties the slots of the seconds that passed since the last call. */
  #advance(): number {
    const second = Math.max(this.#second, Math.floor((this.#clock.monotonic() - this.#startMs) / 1000))
    const passed = Math.min(second - this.#second, this.#slots.length)
    for (let i = 0; i < passed; i++) this.#slots[(second - i) % this.#slots.length] = 0
    this.#second = second
    return second
  }
}
