/** Gathers what arrives together into small arrays: by count, and by a few milliseconds at most. */
import { Observable, type OperatorFunction } from 'rxjs'

export interface MicroBatchOptions {
  readonly maxItems: number
  /** How long the first item may wait for company. 0: only for what is already on its way in this turn of the event loop. */
  readonly lingerMs: number
}

/**
 * Emits a batch when it is full, or when its first item has waited long enough.
 * Holds at most `maxItems` items; keeps their order; on completion emits what it holds.
 */
export function microBatch<T>(options: MicroBatchOptions): OperatorFunction<T, T[]> {
  const { maxItems, lingerMs } = options
  return (source) =>
    new Observable((subscriber) => {
      let held: T[] = []
      let cancel: (() => void) | undefined
      const flush = (): void => {
        cancel?.()
        cancel = undefined
        if (held.length === 0) return
        const batch = held
        held = []
        subscriber.next(batch)
      }
      const subscription = source.subscribe({
        next: (item) => {
          held.push(item)
          if (held.length >= maxItems) flush()
          else cancel ??= later(lingerMs, flush)
        },
        error: (error) => {
          cancel?.()
          subscriber.error(error)
        },
        complete: () => {
          flush()
          subscriber.complete()
        },
      })
      return () => {
        cancel?.()
        subscription.unsubscribe()
      }
    })
}

function later(ms: number, callback: () => void): () => void {
  if (ms === 0) {
    const handle = setImmediate(callback)
    return () => clearImmediate(handle)
  }
  const handle = setTimeout(callback, ms)
  return () => clearTimeout(handle)
}
