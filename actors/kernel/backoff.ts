/** How long to wait before trying again: exponential with full jitter between half and the whole. */

export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
}

/**
 * Delay in milliseconds before attempt `n + 1` after `n` failures in a row (n >= 1).
 * @param random a number in [0, 1), given by tests
 */
export function backoffMs(backoff: Backoff, failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
  return ceiling * (0.5 + random() / 2)
}
