/** `batch`: the same detections in arrays, to see what a message costs beside what is in it. */
import type { Bench } from '../bench.ts'
import { againstRates } from '../ceilings/against.ts'
import { arrays } from '../load/streams.ts'
import { DRAIN_METRICS, drained } from './drain.ts'

export const BATCH_SIZES = [1, 10, 100, 1_000] as const

export function batch(size: number, detections: number): Bench {
  const against = size === 1 ? againstRates('bare-loop') : [{ bench: 'batch-1', metric: 'rate' }]
  return {
    name: `batch-${size}`,
    group: 'batch',
    kind: 'scenario',
    about: `Drains a stream whose messages are arrays of ${size.toLocaleString('en')}.`,
    load: { detections, size },
    metrics: { ...DRAIN_METRICS, rate: { ...DRAIN_METRICS.rate, against } },
    round: (context) =>
      drained(
        { numbers: detections, count: Math.ceil(detections / size), messages: () => arrays(detections, size) },
        context,
      ),
  }
}
