/** Waits for something that has to be asked for: a stream's count, a metric, a health answer. */
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

/**
 * Rejects, naming what was waited for and what was seen last, when it does not hold within the limit.
 * A question that fails (the service is not up, the broker is away) counts as one that does not hold yet.
 */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  what: string,
  limitMs = 30_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    let last: string
    try {
      const seen = await ask()
      if (holds(seen)) return seen
      last = JSON.stringify(seen)?.slice(0, 500) ?? String(seen)
    } catch (thrown) {
      last = thrown instanceof Error ? thrown.message : String(thrown)
    }
    if (performance.now() > end) throw new Error(`gave up after ${limitMs} ms waiting until ${what}; last: ${last}`)
    await sleep(POLL_MS)
  }
}
