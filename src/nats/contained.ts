/** Keeps what our own callbacks throw out of the client's parser, which would stop reading without a word. */

/** Runs the work at once; an error is thrown again on its own, where the process notices it as the bug it is. */
export function contained(work: () => void): void {
  try {
    work()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
