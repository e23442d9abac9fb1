/** Waits for something to become true, with a limit that fails loudly. */

const POLL_MS = 5

/** Rejects, naming what was waited for, when it does not hold within the limit. */
export async function until(holds: () => boolean, what: string, limitMs = 15_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`gave up after ${limitMs} ms waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
