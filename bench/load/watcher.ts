/** A subscriber of the CoT subjects that notes when each numbered event came. */
import type { Msg } from '@nats-io/transport-node'
import { BrokenRun } from '../broken-run.ts'
import { numberInBytes } from './detections.ts'
import { monotonicMs } from './monotonic.ts'
import type { Rig } from './rig.ts'

export class Watcher {
  readonly #messages: Msg[] = []
  readonly #momentsMs: number[] = []

  /** Resolves when the broker knows the subscription. */
  static async subscribe(rig: Rig): Promise<Watcher> {
    const link = await rig.connect('watcher')
    const watcher = new Watcher()
    link.nc.subscribe('cot.>', {
      callback: (_error, message) => {
        // What is in the message is read afterwards: reading it here would delay the next note.
        watcher.#momentsMs.push(monotonicMs())
        watcher.#messages.push(message)
      },
    })
    await link.nc.flush()
    return watcher
  }

  get seen(): number {
    return this.#messages.length
  }

  /** By number: when it came, monotonic; 0 where it did not. */
  atMs(numbers: number): Float64Array {
    const atMs = new Float64Array(numbers)
    this.#messages.forEach((message, i) => {
      const n = numberInBytes(message.data)
      if (n === undefined || n >= numbers) throw new BrokenRun('an event came on a CoT subject that nobody published')
      atMs[n] = this.#momentsMs[i] as number
    })
    return atMs
  }
}
