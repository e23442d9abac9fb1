/** `throughput`: as fast as it goes from a pre-filled stream, durable, every stage on, CoT subjects and one TAK server. */
import type { Bench } from '../bench.ts'
import { againstRates } from '../ceilings/against.ts'
import { singles } from '../load/streams.ts'
import { DRAIN_METRICS, drained } from './drain.ts'

export function throughput(detections: number): Bench {
  return {
    name: 'throughput',
    group: 'throughput',
    kind: 'scenario',
    about: 'Drains a stream of 300-byte detections, one a message, half of them rays cast onto the ground.',
    load: { detections },
    metrics: {
      ...DRAIN_METRICS,
      rate: {
        ...DRAIN_METRICS.rate,
        asked: 5_000,
        against: againstRates('bare-loop', 'bare-loop-cot', 'journal', 'tcp'),
      },
    },
    round: (context) =>
      drained({ numbers: detections, count: detections, messages: () => singles(detections) }, context),
  }
}
