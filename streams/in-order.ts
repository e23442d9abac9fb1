/** Puts numbered items back into the order of their numbers after a concurrent step. */
import { Observable, type OperatorFunction } from 'rxjs'

/**
 * Emits items by ascending `seqOf`, starting at `first`, holding back those that came early.
 * What it holds is bounded by the concurrency in front of it, since every number arrives exactly once.
 */
export function inOrder<T>(seqOf: (item: T) => number, first: number): OperatorFunction<T, T> {
  return (source) =>
    new Observable((subscriber) => {
      const early = new Map<number, T>()
      let expected = first
      return source.subscribe({
        next: (item) => {
          early.set(seqOf(item), item)
          for (let next = early.get(expected); next !== undefined; next = early.get(expected)) {
            early.delete(expected)
            expected += 1
            subscriber.next(next)
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}
