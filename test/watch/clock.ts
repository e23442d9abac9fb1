/** A clock that stands still until a test moves it. */
import type { Clock } from '../../src/port/clock.ts'

export interface HeldClock extends Clock {
  advance(ms: number): void
  /** Timers not yet run or cancelled. */
  readonly waiting: number
}

export function heldClock(): HeldClock {
  let now = 1000
  let timers: { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => 1_700_000_000_000 + now,
    monotonic: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      now += ms
      for (const timer of timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)) {
        timers = timers.filter((other) => other !== timer)
        timer.run()
      }
    },
    get waiting() {
      return timers.length
    },
  }
}
