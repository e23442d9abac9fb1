/**
 * A pre-filled stream drained by the service: the measure behind `throughput`, `batch`, `duplicates` and `poison`.
 *
 * The clock starts with the service's first pull request, which the broker shows to whoever subscribes to its subject, and
 * stops when the last event is stored on its CoT subject, complete at the TAK sink, and the last dead letter stored.
 * Starting the process is not in it; its first, unoptimised second is.
 */

import type { MetricSpec, RoundContext, Sample } from '../bench.ts'
import { BrokenRun } from '../broken-run.ts'
import { fromWallMs, monotonicMs } from '../load/monotonic.ts'
import { type Rig, withRig } from '../load/rig.ts'
import { account, type Expected } from '../measure/ledger.ts'
import { cpuSeconds, MemoryMeter } from '../measure/process-meter.ts'

export interface Drain extends Expected {
  /** What the stream is filled with. */
  readonly messages: () => Iterable<Uint8Array>
  /** How many messages that makes. */
  readonly count: number
}

/** Between two looks at how far it is. */
const LOOK_MS = 50
/** Without any progress for so long, nothing more will come. */
const STALLED_MS = 30_000

/** The numbers of a drain, for a bench to declare. */
export const DRAIN_METRICS = {
  rate: { unit: 'per-second', label: 'detections/s', better: 'higher' },
  cpu: { unit: 'cpu-seconds', label: 'CPU-seconds per 1,000', better: 'lower' },
  brokerCpu: { unit: 'cpu-seconds', label: "broker's CPU-seconds per 1,000" },
  anonEnd: { unit: 'bytes', label: 'RssAnon at the end', better: 'lower' },
  anonPeak: { unit: 'bytes', label: 'RssAnon, peak', better: 'lower' },
  fileEnd: { unit: 'bytes', label: 'RssFile at the end' },
  filePeak: { unit: 'bytes', label: 'RssFile, peak' },
  sentAgain: { unit: 'count', label: 'sent to the sink again' },
} as const satisfies Record<string, MetricSpec>

/** One round on a rig of its own. */
export function drained(drain: Drain, context: RoundContext): Promise<Sample> {
  return withRig(async (rig) => {
    context.say('filling the stream')
    await rig.fill(drain.messages(), (stored) => context.at(stored / drain.count))
    context.say('draining it')
    const sample = await timed(rig, drain, context)
    context.say('counting what came out')
    const { sentAgain } = await account(rig, drain)
    const profile = await rig.service?.stop()
    if (profile !== undefined) context.profiled(profile)
    return { ...sample, sentAgain }
  })
}

async function timed(rig: Rig, drain: Drain, context: RoundContext): Promise<Sample> {
  const service = rig.launch({ profile: context.profile })
  const memory = new MemoryMeter(service.pid)
  const [startMs] = await Promise.all([rig.firstPull(), service.up()])
  const cpuBefore = cpuSeconds(service.pid)
  const brokerBefore = cpuSeconds(rig.broker.pid)
  const endMs = await allOut(rig, drain, context)
  const cpuAfter = cpuSeconds(service.pid)
  const brokerAfter = cpuSeconds(rig.broker.pid)
  const seen = memory.stop()
  const total = drain.numbers + (drain.repeats ?? 0)
  return {
    rate: (total / (endMs - startMs)) * 1_000,
    ...perThousand('cpu', cpuBefore, cpuAfter, total),
    ...perThousand('brokerCpu', brokerBefore, brokerAfter, total),
    ...seen,
  }
}

function perThousand(name: string, before: number | undefined, after: number | undefined, total: number): Sample {
  return before === undefined || after === undefined ? {} : { [name]: ((after - before) / total) * 1_000 }
}

/** Resolves with the moment at which the last of everything was where it belongs. */
async function allOut(
  rig: Rig,
  { numbers, dies = () => false, repeats = 0 }: Drain,
  context: RoundContext,
): Promise<number> {
  const dead = count(numbers, dies)
  const good = numbers - dead
  let progress = 0
  let progressMs = monotonicMs()
  for (;;) {
    const stored = await rig.stored()
    const settled = numbers + repeats - stored.detections
    const now = stored.cot + stored.dead + rig.sink.distinct + settled
    const whole = numbers + good + numbers + repeats
    context.at(now / whole)
    if (stored.cot >= good && rig.sink.distinct >= good && stored.dead >= dead && stored.detections === 0) {
      const ends = [fromWallMs(stored.cotLastMs), rig.sink.lastMs, ...(dead > 0 ? [fromWallMs(stored.deadLastMs)] : [])]
      return Math.max(...ends)
    }
    if (now > progress) {
      progress = now
      progressMs = monotonicMs()
    } else if (monotonicMs() - progressMs > STALLED_MS) {
      throw new BrokenRun(
        `nothing moved for ${STALLED_MS / 1_000} s: of ${good} events ${stored.cot} are on CoT subjects and ` +
          `${rig.sink.distinct} at the sink, ${stored.dead} of ${dead} dead letters are written, ` +
          `${stored.detections} messages still wait\n${rig.service?.lastWords}`,
      )
    }
    rig.service?.assertRunning()
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function count(numbers: number, holds: (n: number) => boolean): number {
  let found = 0
  for (let n = 0; n < numbers; n++) if (holds(n)) found += 1
  return found
}
