/**
 * Stopping in order, within one deadline: no new work, finish what is inside, prove what was sent, then close.
 *
 * What is not finished by the deadline is not lost: unsettled messages stay in the broker, unsettled events in the journal.
 */
import type { Clock } from '../src/port/clock.ts'
import type { Log } from '../src/port/log.ts'

export interface DrainSteps {
  /** Stops asking the broker and hands back what was not begun. */
  readonly stopIntake: () => Promise<void>
  /** Resolves when everything inside was journalled and settled. */
  readonly inFlight: () => Promise<void>
  /** Lets the sinks settle what they can within so many milliseconds, then closes them. */
  readonly finishSinks: (deadlineMs: number) => Promise<void>
}

/** Share of the time that the pipeline may take before the sinks get the rest. */
const PIPELINE_SHARE = 0.6

/** Answers true when everything that was inside came to its end in time. */
export async function drain(steps: DrainSteps, timeoutMs: number, clock: Clock, log: Log): Promise<boolean> {
  const start = clock.monotonic()
  const stopped = steps.stopIntake().then(steps.inFlight)
  const complete = await within(stopped, timeoutMs * PIPELINE_SHARE, clock)
  if (!complete)
    log.warn({ timeoutMs }, 'stopped before everything in flight was journalled; the broker delivers it again')
  const leftMs = Math.max(100, timeoutMs - (clock.monotonic() - start))
  const finished = await within(steps.finishSinks(leftMs), leftMs + 250, clock)
  if (!finished) log.warn({ timeoutMs }, 'a sink did not finish in time; what it had not confirmed is sent again')
  return complete
}

/** True when the work ended in time; its failure counts as not. */
async function within(work: Promise<void>, ms: number, clock: Clock): Promise<boolean> {
  let cancel = (): void => {}
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(ms, () => resolve(false))
  })
  const done = work.then(
    () => true,
    () => false,
  )
  const inTime = await Promise.race([done, late])
  cancel()
  return inTime
}
