/** Plays the scenario: each detection goes to the broker at its moment, and into the account just before. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SimulatedDetection } from '../../examples/simulator/scenario.ts'
import type { Outgoing } from '../../src/nats/publisher.ts'
import type { Ledger } from './ledger.ts'
import { wallMs } from './wall-clock.ts'

/** Shorter waits are not worth a timer. */
const LEAST_MS = 2

/** @param startMs time of day at which the scenario begins; when the signal comes, it is over */
export async function* play(
  detections: Iterable<SimulatedDetection>,
  startMs: number,
  ledger: Ledger,
  signal: AbortSignal,
): AsyncGenerator<Outgoing> {
  for (const detection of detections) {
    const aheadMs = startMs + detection.atMs - wallMs()
    if (aheadMs >= LEAST_MS) await sleep(aheadMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const payload = Buffer.from(JSON.stringify(detection.payload))
    ledger.published(detection, wallMs())
    yield { subject: detection.subject, payload }
  }
}
