/** The bare loop at a fixed rate: how long a message takes through the broker twice when nothing is done between. */
import { join } from 'node:path'
import type { Bench, RoundContext, Sample } from '../bench.ts'
import { inChild } from '../load/in-child.ts'
import { type Rig, withRig } from '../load/rig.ts'
import { latencies, latencyMetrics, type SteadyLoad, sendAll, senderLateness } from '../load/steady-load.ts'
import type { CeilingAnswer, CeilingTask } from './task.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')

export function bareSteady(load: SteadyLoad): Bench {
  const { perSecond, seconds, warmUpSeconds, users } = load
  return {
    name: `bare-steady-${perSecond}`,
    group: 'steady',
    kind: 'ceiling',
    about: `The bare loop at ${perSecond.toLocaleString('en')} a second.`,
    load: { perSecond, seconds, warmUpSeconds, users },
    metrics: {
      ...latencyMetrics('subject', 'to the CoT subject'),
      late: { unit: 'ms', label: "sender's own lateness, p99" },
    },
    round: (context) => withRig((rig) => round(rig, load, context)),
  }
}

async function round(rig: Rig, load: SteadyLoad, context: RoundContext): Promise<Sample> {
  const count = Math.round((load.seconds + load.warmUpSeconds) * load.perSecond)
  const task: CeilingTask = { name: 'bare-loop', count, nats: rig.broker.url, sinkPort: 0, dir: '' }
  const relayed = inChild<CeilingAnswer>(PROGRAM, task)
  await Promise.race([rig.firstPull(), relayed])
  const { sent, subjectAtMs } = await sendAll(rig, load, context)
  await relayed
  return { ...latencies('subject', sent, subjectAtMs, load), late: senderLateness(sent, load) }
}
