/**
 * `steady`: a fixed rate, and how long each detection takes to a subscriber of its CoT subject and to the TAK socket.
 *
 * Both are counted from the moment the detection was due to be sent. The first seconds warm up the process: they are
 * conserved and not counted. The subscriber lives in this process beside the sender, the sink in one of its own.
 */
import { until } from '../../test/support/until.ts'
import type { Bench, RoundContext, Sample } from '../bench.ts'
import { BrokenRun } from '../broken-run.ts'
import { monotonicMs } from '../load/monotonic.ts'
import { type Rig, withRig } from '../load/rig.ts'
import { latencies, latencyMetrics, type SteadyLoad, sendAll, senderLateness } from '../load/steady-load.ts'
import { account } from '../measure/ledger.ts'
import { cpuSeconds, MemoryMeter } from '../measure/process-meter.ts'

const SETTLE_MS = 30_000
/** Asked of the CoT subject at this rate, p99. */
const ASKED = { perSecond: 500, p99Ms: 50 }

export function steady(load: SteadyLoad): Bench {
  const { perSecond, seconds, warmUpSeconds, users } = load
  const asked = perSecond === ASKED.perSecond ? ASKED.p99Ms : undefined
  return {
    name: `steady-${perSecond}`,
    group: 'steady',
    kind: 'scenario',
    about: `Publishes ${perSecond.toLocaleString('en')} detections a second for ${seconds} s.`,
    load: { perSecond, seconds, warmUpSeconds, users },
    metrics: {
      ...latencyMetrics('subject', 'to the CoT subject', { askedP99: asked, against: `bare-steady-${perSecond}` }),
      ...latencyMetrics('tak', 'to the TAK socket'),
      late: { unit: 'ms', label: "sender's own lateness, p99" },
      cpu: { unit: 'cpu-seconds', label: 'CPU-seconds per 1,000', better: 'lower' },
      anonEnd: { unit: 'bytes', label: 'RssAnon at the end', better: 'lower' },
      anonPeak: { unit: 'bytes', label: 'RssAnon, peak', better: 'lower' },
      fileEnd: { unit: 'bytes', label: 'RssFile at the end' },
      filePeak: { unit: 'bytes', label: 'RssFile, peak' },
      sentAgain: { unit: 'count', label: 'sent to the sink again' },
    },
    round: (context) => withRig((rig) => round(rig, load, context)),
  }
}

async function round(rig: Rig, load: SteadyLoad, context: RoundContext): Promise<Sample> {
  const service = rig.launch({ profile: context.profile })
  await Promise.all([rig.firstPull(), service.up()])
  const memory = new MemoryMeter(service.pid)
  const cpuBefore = cpuSeconds(service.pid)
  const { sent, subjectAtMs, numbers } = await sendAll(rig, load, context)
  await until(() => rig.sink.distinct === numbers, 'everything is at the sink', SETTLE_MS)
  const cpuAfter = cpuSeconds(service.pid)
  const seen = memory.stop()
  await emptied(rig)
  context.say('counting what came out')
  const { atMs: takAtMs } = await rig.sink.arrivals()
  const { sentAgain } = await account(rig, { numbers })
  const profile = await service.stop()
  if (profile !== undefined) context.profiled(profile)
  return {
    ...latencies('subject', sent, subjectAtMs, load),
    ...latencies('tak', sent, takAtMs.subarray(0, numbers), load),
    late: senderLateness(sent, load),
    ...(cpuBefore !== undefined && cpuAfter !== undefined && { cpu: ((cpuAfter - cpuBefore) / numbers) * 1_000 }),
    ...seen,
    sentAgain,
  }
}

/** What was journalled is acknowledged a moment later. */
async function emptied(rig: Rig): Promise<void> {
  const end = monotonicMs() + SETTLE_MS
  while ((await rig.stored()).detections > 0) {
    if (monotonicMs() > end) throw new BrokenRun('the input stream did not become empty')
  }
}
