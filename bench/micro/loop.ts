/**
 * The measuring loop for things that take microseconds: warm up, then several rounds, and the median of them.
 *
 * A round runs long enough for the clock, and what is called answers a number that is kept, so that no compiler can
 * leave out work whose result nobody sees.
 */
import { monotonicMs } from '../load/monotonic.ts'
import { spreadOf } from '../measure/spread.ts'

export interface Duration {
  readonly warmUpMs: number
  readonly roundMs: number
  readonly rounds: number
}

/** Something to measure; `run` does `each` operations and answers any number that depends on what it did. */
export interface Subject {
  readonly each: number
  run(): number | Promise<number>
}

let kept = 0

/** Microseconds an operation takes: the median of the rounds. */
export async function microseconds(subject: Subject, { warmUpMs, roundMs, rounds }: Duration): Promise<number> {
  await during(subject, warmUpMs)
  const taken: number[] = []
  for (let round = 0; round < rounds; round++) taken.push(await during(subject, roundMs))
  if (!Number.isFinite(kept)) throw new Error('what was measured did not answer a number')
  return spreadOf(taken).median
}

/** Repeats for so long; answers microseconds an operation. */
async function during({ each, run }: Subject, ms: number): Promise<number> {
  const startMs = monotonicMs()
  let times = 0
  let nowMs = startMs
  do {
    const value = run()
    kept += typeof value === 'number' ? value : await value
    times += 1
    nowMs = monotonicMs()
  } while (nowMs - startMs < ms)
  return ((nowMs - startMs) * 1_000) / (times * each)
}
