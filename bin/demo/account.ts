/** Everything the demo knows while it runs: what was published, what came of it, how long it took, how it stands. */

import { Accuracy } from './accuracy.ts'
import type { Books } from './far-ends.ts'
import { MOST_EVENTS } from './frame.ts'
import { Ledger } from './ledger.ts'
import { Legs } from './legs.ts'
import { type Mortal, Outage } from './outage.ts'
import { Reel } from './reel.ts'
import { wallMs } from './wall-clock.ts'

export interface Plan {
  readonly seed: number
  readonly durationS: number
  /** Detections a second. */
  readonly rate: number
  /** How long the receiver is dead; 0: it is not killed. */
  readonly outageS: number
}

export type Phase = 'playing' | 'delivering' | 'done'

/** Share of the duration after which the receiver is killed. */
export const OUTAGE_AT = 0.4

const EVENT_EVERY_MS = 900
/** Sentences kept of things that should not be; more are only counted. */
const STRANGE_KEPT = 100
const RATE_OVER_MS = 1_000

export class Account {
  readonly plan: Plan
  readonly ledger = new Ledger()
  readonly legs = new Legs()
  readonly accuracy = new Accuracy()
  readonly reel = new Reel(MOST_EVENTS, EVENT_EVERY_MS)
  readonly outage: Outage
  readonly strange: string[] = []
  strangeCount = 0
  phase: Phase = 'playing'
  /** Messages that the broker has acknowledged. */
  acked = 0
  #startMs = 0
  #endMs: number | undefined
  #recent: { readonly atMs: number; readonly published: number }[] = []

  /** @param receiver what the outage kills and starts again */
  constructor(plan: Plan, receiver: Mortal) {
    this.plan = plan
    const { counts } = this.ledger
    this.outage = new Outage(receiver, () => ({ out: counts.onCot, received: counts.onTak }))
  }

  /** What the far ends write into. */
  get books(): Books {
    const { ledger, legs, accuracy, reel } = this
    return { ledger, legs, accuracy, onEvent: (event) => reel.seen(event), onStrange: (reason) => this.wonder(reason) }
  }

  /** An event reached the receiver; `atMs` is the time of day there. */
  received(source: string, id: string, atMs: number): void {
    const first = this.ledger.onTak(source, id)
    if (first === undefined) return
    const tookMs = atMs - first.publishedMs
    this.legs.tak.record(tookMs)
    if (!this.outage.received(first.publishedMs, atMs)) this.legs.takWhileUp.record(tookMs)
  }

  /** Something is not as it should be, and no single detection shows it. */
  wonder(reason: string): void {
    this.strangeCount += 1
    if (this.strange.length < STRANGE_KEPT) this.strange.push(reason)
  }

  /** Begins now; answers the time of day, whole milliseconds. */
  begin(): number {
    this.#startMs = Math.ceil(wallMs())
    return this.#startMs
  }

  end(): void {
    this.#endMs = wallMs()
  }

  get elapsedS(): number {
    return Math.max(0, (this.#endMs ?? wallMs()) - this.#startMs) / 1_000
  }

  /** Handed over and not acknowledged by the broker: what became of these is not the service's doing. */
  get unacknowledged(): number {
    return Math.max(0, this.ledger.counts.published - this.acked)
  }

  /** Published a second, lately; 0 when nothing is published any more. Asked several times a second. */
  perSecond(): number {
    if (this.phase !== 'playing') return 0
    const now = { atMs: wallMs(), published: this.ledger.counts.published }
    this.#recent = [...this.#recent.filter(({ atMs }) => atMs > now.atMs - RATE_OVER_MS), now]
    const first = this.#recent[0] ?? now
    return first === now ? 0 : ((now.published - first.published) * 1_000) / (now.atMs - first.atMs)
  }
}
