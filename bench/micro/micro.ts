/** The microbenches: what each step costs by itself, warm, so that a profile can be checked against something. */
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { inChild } from '../load/in-child.ts'
import { discard, scratch } from '../load/scratch.ts'
import type { Duration } from './loop.ts'
import type { MicroAnswer, MicroName, MicroTask } from './task.ts'

const PROGRAM = join(import.meta.dirname, 'program.ts')

const ABOUT: Readonly<Record<MicroName, string>> = {
  read: 'Bytes to a checked detection, with its canonical form and hash.',
  locate: 'A pixel through the lens onto the ground, with its covariance.',
  event: 'A located detection to a finished event.',
  xml: 'A finished event to its bytes.',
  'journal-append': 'Into the journal in batches of 256, until flushed.',
  'journal-read': 'Out of the journal, from its file.',
}

export const MICRO_NAMES = Object.keys(ABOUT) as readonly MicroName[]

export function micro(name: MicroName, duration: Duration): Bench {
  return {
    name,
    group: 'micro',
    kind: 'micro',
    about: ABOUT[name],
    // How long it is measured changes how sure the number is, not what it counts.
    load: {},
    metrics: { us: { unit: 'us', label: 'a detection', better: 'lower' } },
    async round(context) {
      context.say('running')
      const dir = scratch(name)
      try {
        const task: MicroTask = { name, duration, dir }
        const { us } = await inChild<MicroAnswer>(PROGRAM, task)
        return { us }
      } finally {
        discard(dir)
      }
    },
  }
}
