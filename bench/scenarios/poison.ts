/** `poison`: one in twenty is bad, in six ways; good neighbours must neither wait for them nor be lost with them. */
import type { Bench } from '../bench.ts'
import { againstRates } from '../ceilings/against.ts'
import { isPoison, poisoned } from '../load/streams.ts'
import { DRAIN_METRICS, drained } from './drain.ts'

export function poison(detections: number): Bench {
  return {
    name: 'poison',
    group: 'poison',
    kind: 'scenario',
    about: 'Drains a stream with 5 % of bad messages: each ends as a dead letter with its bytes and a reason.',
    load: { detections },
    metrics: { ...DRAIN_METRICS, rate: { ...DRAIN_METRICS.rate, against: againstRates('bare-loop') } },
    round: (context) =>
      drained(
        { numbers: detections, count: detections, dies: isPoison, messages: () => poisoned(detections) },
        context,
      ),
  }
}
