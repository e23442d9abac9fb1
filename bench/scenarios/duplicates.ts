/** `duplicates`: every detection comes twice, as after a producer's retry; half of the work is to recognise that. */
import type { Bench } from '../bench.ts'
import { againstRates } from '../ceilings/against.ts'
import { twice } from '../load/streams.ts'
import { DRAIN_METRICS, drained } from './drain.ts'

/** A repeat comes so many messages after its first. */
const DISTANCE = 1_000

export function duplicates(messages: number): Bench {
  const numbers = messages >> 1
  return {
    name: 'duplicates',
    group: 'duplicates',
    kind: 'scenario',
    about: `Drains a stream in which every detection comes a second time, ${DISTANCE.toLocaleString('en')} messages later.`,
    load: { detections: messages },
    metrics: { ...DRAIN_METRICS, rate: { ...DRAIN_METRICS.rate, against: againstRates('bare-loop') } },
    round: (context) =>
      drained({ numbers, repeats: numbers, count: 2 * numbers, messages: () => twice(numbers, DISTANCE) }, context),
  }
}
