/** Latencies of the legs of a detection's way, each from its publishing. */
import { LatencyHistogram } from '../../src/watch/histogram.ts'

export interface Latency {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export class Legs {
  /** From the broker storing the message to the service acknowledging it, which it does once the journal is on disk. */
  readonly journal = new LatencyHistogram()
  /** To the event on its CoT subject, as a subscriber gets it. */
  readonly cot = new LatencyHistogram()
  /** To the event at the TAK receiver. */
  readonly tak = new LatencyHistogram()
  /** The same without those that the outage kept waiting. */
  readonly takWhileUp = new LatencyHistogram()

  report(): Record<'journal' | 'cot' | 'tak' | 'takWhileUp', Latency> {
    const { journal, cot, tak, takWhileUp } = this
    return { journal: latency(journal), cot: latency(cot), tak: latency(tak), takWhileUp: latency(takWhileUp) }
  }
}

export function latency(histogram: LatencyHistogram): Latency {
  return { count: histogram.count, p50Ms: histogram.percentileMs(50), p99Ms: histogram.percentileMs(99) }
}
