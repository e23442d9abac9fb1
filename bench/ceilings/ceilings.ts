/**
 * What bounds the service on this machine, measured in the same run: the same messages with most of the work left out.
 *
 * Each runs in a fresh process against a fresh broker, as the service does, and is checked for having done all of it.
 */
import { join } from 'node:path'
import { until } from '../../test/support/until.ts'
import type { Bench, RoundContext, Sample } from '../bench.ts'
import { BrokenRun } from '../broken-run.ts'
import { inChild } from '../load/in-child.ts'
import { type Rig, withRig } from '../load/rig.ts'
import { discard, scratch } from '../load/scratch.ts'
import { singles } from '../load/streams.ts'
import type { CeilingAnswer, CeilingName, CeilingTask } from './task.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')
const ARRIVAL_MS = 30_000

interface Row {
  readonly about: string
  /** Messages in the input stream beforehand. */
  readonly filled: boolean
  /** Messages that must be on the CoT subjects afterwards. */
  readonly published: boolean
}

const ROWS: Readonly<Record<CeilingName, Row>> = {
  'bare-loop': {
    about: 'Pull, publish as it came, acknowledge: no work between.',
    filled: true,
    published: true,
  },
  'bare-loop-cot': {
    about: 'The same, with as many bytes and headers going out as an event has.',
    filled: true,
    published: true,
  },
  'pull-ack': { about: 'Pull and acknowledge, nothing published.', filled: true, published: false },
  publish: { about: 'Publish 300 bytes with acknowledgement, nothing pulled.', filled: false, published: true },
  journal: { about: 'Append finished events to the journal, flushed.', filled: false, published: false },
  tcp: { about: 'Write finished events to the TAK sink.', filled: false, published: false },
}

export const CEILINGS = Object.keys(ROWS) as readonly CeilingName[]

export function ceiling(name: CeilingName, count: number): Bench {
  return {
    name,
    group: 'ceilings',
    kind: 'ceiling',
    about: ROWS[name].about,
    load: { count },
    metrics: {
      rate: { unit: 'per-second', label: 'messages/s', better: 'higher' },
      cpu: { unit: 'cpu-seconds', label: 'CPU-seconds per 1,000', better: 'lower' },
    },
    round: (context) => withRig((rig) => round(rig, name, count, context)),
  }
}

async function round(rig: Rig, name: CeilingName, count: number, context: RoundContext): Promise<Sample> {
  const { filled, published } = ROWS[name]
  if (filled) {
    context.say('filling the stream')
    await rig.fill(singles(count), (stored) => context.at(stored / count))
  }
  context.say('running')
  const dir = scratch(name)
  try {
    const task: CeilingTask = { name, count, nats: rig.broker.url, sinkPort: rig.sink.port, dir }
    const { startMs, endMs, cpuSeconds } = await inChild<CeilingAnswer>(PROGRAM, task)
    if (name === 'tcp') await until(() => rig.sink.distinct === count, 'everything is at the sink', ARRIVAL_MS)
    const stored = await rig.stored()
    if (stored.detections !== 0) throw new BrokenRun(`${name} left ${stored.detections} messages in the stream`)
    if (published && stored.cot !== count) throw new BrokenRun(`${name} published ${stored.cot} of ${count} messages`)
    const seconds = ((endMs ?? rig.sink.lastMs) - startMs) / 1_000
    return { rate: count / seconds, cpu: (cpuSeconds / count) * 1_000 }
  } finally {
    discard(dir)
  }
}
