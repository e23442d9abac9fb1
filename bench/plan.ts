/** Which benches are run, how large and how often: from what was asked for on the command line. */
import type { Bench } from './bench.ts'
import { bareSteady } from './ceilings/bare-steady.ts'
import { CEILINGS, ceiling } from './ceilings/ceilings.ts'
import type { SteadyLoad } from './load/steady-load.ts'
import { MICRO_NAMES, micro } from './micro/micro.ts'
import { BATCH_SIZES, batch } from './scenarios/batch.ts'
import { duplicates } from './scenarios/duplicates.ts'
import { poison } from './scenarios/poison.ts'
import { steady } from './scenarios/steady.ts'
import { throughput } from './scenarios/throughput.ts'

/** What `--scenario` takes, with a sentence each. */
export const GROUPS = {
  throughput: 'detections a second from a pre-filled stream to CoT subjects and a TAK sink',
  steady: 'latency at a fixed rate, from when each detection was due',
  batch: 'the same as throughput, in arrays of 1, 10, 100 and 1,000 a message',
  duplicates: 'every detection twice',
  poison: '5 % of bad detections',
  ceilings: 'the broker, the journal and the socket without the service',
  micro: 'single steps, in microseconds a detection',
} as const

export type Group = keyof typeof GROUPS

export const GROUP_NAMES = Object.keys(GROUPS) as readonly Group[]

/** Without a word about what to run. */
const USUAL: readonly Group[] = ['throughput', 'steady', 'ceilings']

/** What was asked for; absent is the plan's own choice. */
export interface Wish {
  readonly groups?: readonly Group[]
  readonly all?: boolean
  readonly smoke?: boolean
  readonly requests?: number
  readonly rates?: readonly number[]
  readonly durationSeconds?: number
  readonly users?: number
  readonly rounds?: number
}

export interface Plan {
  readonly rounds: number
  readonly benches: readonly Bench[]
}

interface Sizes {
  readonly rounds: number
  readonly detections: number
  readonly rates: readonly number[]
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly batches: readonly number[]
  readonly microMs: { readonly warmUpMs: number; readonly roundMs: number; readonly rounds: number }
}

const FULL: Sizes = {
  rounds: 3,
  detections: 50_000,
  rates: [500, 1_000],
  seconds: 10,
  warmUpSeconds: 3,
  batches: BATCH_SIZES,
  microMs: { warmUpMs: 500, roundMs: 200, rounds: 7 },
}

/** Enough to see that everything still works, and nothing of how fast it is. */
const SMOKE: Sizes = {
  rounds: 1,
  detections: 2_000,
  rates: [500],
  seconds: 2,
  warmUpSeconds: 1,
  batches: [1, 100],
  microMs: { warmUpMs: 50, roundMs: 20, rounds: 3 },
}

/** What was asked for, and beside it what it is set against. */
export function planFor(wish: Wish): Plan {
  const sizes = wish.smoke ? SMOKE : FULL
  const groups = wish.groups ?? (wish.all || wish.smoke ? GROUP_NAMES : USUAL)
  const detections = wish.requests ?? sizes.detections
  const all = every(sizes, wish, detections)
  const asked = new Set(groups.flatMap((group) => all.filter((bench) => bench.group === group)))
  // What a number is set against has to be measured beside it.
  const needed = new Set([...asked].flatMap(({ metrics }) => Object.values(metrics)).flatMap(referred))
  const benches = all.filter((bench) => asked.has(bench) || needed.has(bench.name))
  return { rounds: wish.rounds ?? sizes.rounds, benches }
}

function referred({ against = [] }: Bench['metrics'][string]): string[] {
  return against.map(({ bench }) => bench)
}

/** Every bench there is, what bounds a scenario right beside it. */
function every(sizes: Sizes, wish: Wish, detections: number): Bench[] {
  const rates = wish.rates ?? sizes.rates
  const loads = rates.map(
    (perSecond): SteadyLoad => ({
      perSecond,
      seconds: wish.durationSeconds ?? sizes.seconds,
      warmUpSeconds: sizes.warmUpSeconds,
      users: wish.users ?? 1,
    }),
  )
  return [
    ...CEILINGS.map((name) => ceiling(name, detections)),
    throughput(detections),
    ...loads.flatMap((load) => [bareSteady(load), steady(load)]),
    ...sizes.batches.map((size) => batch(size, detections)),
    duplicates(detections),
    poison(detections),
    ...MICRO_NAMES.map((name) => micro(name, sizes.microMs)),
  ]
}
