/** A fixed rate of detections into the broker, and the latency of what comes out: shared by the service and its ceiling. */
import { until } from '../../test/support/until.ts'
import type { MetricSpec, RoundContext, Sample } from '../bench.ts'
import { BrokenRun } from '../broken-run.ts'
import { atRank, percentiles } from '../measure/percentile.ts'
import { type Paced, paced } from './pacer.ts'
import type { Rig } from './rig.ts'
import { Senders } from './senders.ts'
import { Watcher } from './watcher.ts'

export interface SteadyLoad {
  readonly perSecond: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** Producers with a connection each, which take turns. */
  readonly users: number
}

const SETTLE_MS = 30_000

export interface Sent {
  readonly sent: Paced
  /** By number: when it was seen on its CoT subject. */
  readonly subjectAtMs: Float64Array
  readonly numbers: number
}

/** Sends everything at its moment and waits until a subscriber has seen all of it come out. */
export async function sendAll(rig: Rig, load: SteadyLoad, context: RoundContext): Promise<Sent> {
  const { perSecond, seconds, users } = load
  const numbers = warmUp(load) + Math.round(seconds * perSecond)
  const watcher = await Watcher.subscribe(rig)
  const senders = await Senders.connect(rig, users)
  context.say(`publishing ${perSecond.toLocaleString('en')} a second`)
  const send = (n: number) => {
    senders.send(n)
    context.at(n / numbers)
  }
  const sent = await paced({ perSecond, count: numbers, send })
  await until(() => watcher.seen >= numbers, 'everything is on its CoT subject', SETTLE_MS)
  senders.close(numbers)
  return { sent, subjectAtMs: watcher.atMs(numbers), numbers }
}

const RANKS = { P50: 'p50', P90: 'p90', P95: 'p95', P99: 'p99', P999: 'p99.9', Max: 'max' } as const
/** A handful of events decide the last two: they are shown and never judged. */
const JUDGED: ReadonlySet<string> = new Set(['P50', 'P90', 'P95', 'P99'])

/** Names and meanings of the numbers of {@link latencies}. */
export function latencyMetrics(
  prefix: string,
  where: string,
  { askedP99, against }: { readonly askedP99?: number | undefined; readonly against?: string } = {},
): Record<string, MetricSpec> {
  return Object.fromEntries(
    Object.entries(RANKS).map(([rank, label]): [string, MetricSpec] => [
      `${prefix}${rank}`,
      {
        unit: 'ms',
        label: `${where}, ${label}`,
        ...(JUDGED.has(rank) && { better: 'lower' }),
        ...(rank === 'P99' && askedP99 !== undefined && { asked: askedP99 }),
        ...(against !== undefined && { against: [{ bench: against, metric: `${prefix}${rank}` }] }),
      },
    ]),
  )
}

/** Latencies in milliseconds from when each was due to when it came, warm-up left out. */
export function latencies(prefix: string, sent: Paced, atMs: Float64Array, load: SteadyLoad): Sample {
  const { firstMs, intervalMs } = sent
  const values = Array.from(atMs.subarray(warmUp(load)), (at, i) => {
    if (at === 0) throw new BrokenRun(`detection ${i + warmUp(load)} never came`)
    return at - (firstMs + (i + warmUp(load)) * intervalMs)
  })
  const { p50, p90, p95, p99, p999, max } = percentiles(values)
  const ranks = { P50: p50, P90: p90, P95: p95, P99: p99, P999: p999, Max: max }
  return Object.fromEntries(Object.entries(ranks).map(([rank, value]) => [`${prefix}${rank}`, value]))
}

/** How late the sender itself was, p99, milliseconds: that much of the latency is the bench's own. */
export function senderLateness({ latenessMs }: Paced, load: SteadyLoad): number {
  return atRank(latenessMs.slice(warmUp(load)).sort(), 0.99)
}

function warmUp({ warmUpSeconds, perSecond }: SteadyLoad): number {
  return Math.round(warmUpSeconds * perSecond)
}
