/**
 * Sends at a fixed rate, whatever becomes of what was sent: the n-th goes out at its own moment or as soon after as can be.
 *
 * Latency is counted from the moment each was due, so that a stall counts against everything that had to wait behind it.
 * A sender that waits for answers would slow down with the system and hide just that (coordinated omission).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from './monotonic.ts'

export interface Pace {
  readonly perSecond: number
  readonly count: number
  /** Sends number n. */
  send(n: number): void
}

export interface Paced {
  /** When number n was due: `firstMs + n * intervalMs`, monotonic. */
  readonly firstMs: number
  readonly intervalMs: number
  /** How long after it was due each was really sent: the sender's own share of the latency. */
  readonly latenessMs: Float64Array
}

/** Resolves when the last one was sent. */
export async function paced({ perSecond, count, send }: Pace): Promise<Paced> {
  const intervalMs = 1_000 / perSecond
  const firstMs = monotonicMs() + 50
  const latenessMs = new Float64Array(count)
  for (let n = 0; n < count; ) {
    for (let now = monotonicMs(); n < count && firstMs + n * intervalMs <= now; now = monotonicMs()) {
      latenessMs[n] = now - (firstMs + n * intervalMs)
      send(n)
      n += 1
    }
    if (n < count) await sleep(Math.max(0, firstMs + n * intervalMs - monotonicMs()))
  }
  return { firstMs, intervalMs, latenessMs }
}
