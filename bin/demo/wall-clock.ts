/** The time of day, finer than a millisecond: what two processes of one machine can compare. */

/** Milliseconds since the Unix epoch, with fractions. */
export const wallMs = (): number => performance.timeOrigin + performance.now()
