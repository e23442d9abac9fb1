/** One clock for all processes of a run: milliseconds since the machine started, with fractions. */

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Brings a wall-clock time of this machine (milliseconds since the Unix epoch) onto the same scale, within a millisecond. */
export function fromWallMs(wallMs: number): number {
  return monotonicMs() + (wallMs - Date.now())
}
