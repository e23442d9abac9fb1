/**
 * Draws deliveries from the broker, never more than there are credits for, and hands them to the pipeline.
 *
 * Invariants: what is inside never exceeds the credits (a single message heavier than all of them passes alone);
 * every delivery is settled exactly once, here; a message delivered `soloFrom` times or more is handed on alone,
 * with nothing else inside, and one delivered more than `maxDeliveries` times is marked as spent instead of being tried.
 * Of those handed on alone, one that a process died of comes last: after everything that was in flight beside it then.
 */
import { type Observable, Subject } from 'rxjs'
import type { Clock } from '../src/port/clock.ts'
import type { Delivery, DeliverySource, Settlement } from '../src/port/delivery.ts'
import type { IntakeView } from '../src/port/gauge.ts'
import type { Observer } from '../src/port/observer.ts'
import { type CreditLimits, Credits, type Weight } from './credits.ts'
import type { Suspects } from './suspects.ts'

/** A delivery on its way through, with what it was charged. */
export interface Admitted {
  readonly delivery: Delivery
  readonly weight: Weight
  /** Delivered too often: to be dead-lettered unparsed. */
  readonly spent: boolean
}

export interface IntakeOptions {
  readonly credits: CreditLimits
  readonly soloFrom: number
  readonly maxDeliveries: number
  /** The broker's redelivery time; work that takes longer than a third of it is announced. */
  readonly ackWaitMs: number
  /** How many detections a message holds, without reading it whole. */
  readonly weigh: (data: Uint8Array) => number
  readonly suspects: Suspects
  readonly observer: Observer
  readonly clock: Clock
}

/** Bookkeeping of a message costs about this much beside its bytes. */
const OVERHEAD_BYTES = 256

export class Intake {
  readonly #options: IntakeOptions
  readonly #credits: Credits
  readonly #out = new Subject<Admitted>()
  readonly #inside = new Set<Admitted>()
  #held: Admitted[] = []
  #suspects: Admitted[] = []
  /** Suspects that a process died of. */
  #fatal: Admitted[] = []
  /** When a message last came that had been delivered before, on the monotonic clock. */
  #redeliveredAt = 0
  #heldBytes = 0
  #heldDetections = 0
  #solo: Admitted | undefined
  #source: DeliverySource | undefined
  #stopped = false
  #received = 0
  #redelivered = 0
  /** Detections per message, smoothed, so that asking for messages asks for about the right number of detections. */
  #meanWeight = 1
  #stopHeartbeat: (() => void) | undefined
  readonly #idleWaiters: (() => void)[] = []

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#credits = new Credits(options.credits)
  }

  /** Deliveries as the pipeline may work on them. Subscribe once, before {@link start}. */
  get admitted(): Observable<Admitted> {
    return this.#out
  }

  /** Begins to draw from a source; again, with another one, after {@link detach}. */
  start(source: DeliverySource): void {
    this.#source = source
    if (this.#stopHeartbeat === undefined) this.#heartbeat()
    this.#pull()
  }

  /** Lets go of a source that is to be replaced; what came from it goes on. */
  detach(): void {
    this.#source = undefined
  }

  /** Called by the source for each message. */
  arrived(delivery: Delivery): void {
    const { soloFrom, maxDeliveries, observer, weigh, suspects, clock } = this.#options
    this.#received += 1
    if (delivery.attempt > 1) {
      this.#redelivered += 1
      this.#redeliveredAt = clock.monotonic()
      observer.redelivered(1)
    }
    if (this.#stopped) {
      delivery.settle({ kind: 'nak', delayMs: 0 })
      return
    }
    const spent = delivery.attempt > maxDeliveries
    const detections = spent ? 1 : Math.max(1, weigh(delivery.data))
    this.#meanWeight += (detections - this.#meanWeight) / 64
    const admitted = { delivery, weight: { detections, bytes: delivery.data.length + OVERHEAD_BYTES }, spent }
    this.#heldBytes += admitted.weight.bytes
    this.#heldDetections += detections
    if (delivery.attempt < soloFrom || spent) this.#held.push(admitted)
    else if (suspects.wasFatal(delivery.streamSeq)) this.#fatal.push(admitted)
    else this.#suspects.push(admitted)
    this.#dispatch()
    this.#pull()
  }

  /** Called by the source when something asked for will not come. */
  idle(): void {
    this.#pull()
  }

  /** Settles a delivery and frees its credits. */
  settle(admitted: Admitted, how: Settlement): void {
    admitted.delivery.settle(how)
    if (!this.#inside.delete(admitted)) return
    this.#credits.release(admitted.weight)
    if (this.#solo === admitted) {
      this.#solo = undefined
      this.#options.suspects.survived(admitted.delivery.streamSeq)
    }
    this.#dispatch()
    this.#pull()
    if (this.#inside.size === 0) for (const waiter of this.#idleWaiters.splice(0)) waiter()
  }

  /** Stops asking and hands back what was not begun. Resolves when nothing can arrive any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    const waiting = [...this.#held, ...this.#suspects, ...this.#fatal]
    this.#held = []
    this.#suspects = []
    this.#fatal = []
    this.#heldBytes = 0
    this.#heldDetections = 0
    for (const { delivery } of waiting) delivery.settle({ kind: 'nak', delayMs: 0 })
    await this.#source?.stop()
  }

  /** Resolves when everything inside was settled; after {@link stop}. */
  async drained(): Promise<void> {
    if (this.#inside.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve))
    this.#stopHeartbeat?.()
    this.#out.complete()
  }

  /** Gives up on what is inside: it is left unsettled and the broker delivers it again. */
  abandon(): void {
    this.#stopped = true
    this.#stopHeartbeat?.()
  }

  view(): IntakeView {
    return {
      inFlight: this.#credits.detections,
      inFlightPeak: this.#credits.peak,
      creditLimit: this.#credits.limits.detections,
      inFlightBytes: this.#credits.bytes,
      outstanding: this.#source?.outstanding ?? 0,
      redelivered: this.#redelivered,
      received: this.#received,
    }
  }

  #dispatch(): void {
    while (this.#solo === undefined && !this.#stopped) {
      // Suspects go first but need an empty house, so nothing else is let in while one waits.
      const next = this.#suspects.length > 0 ? this.#alone(this.#suspects) : (this.#nextHeld() ?? this.#nextFatal())
      if (next === undefined) return
      this.#heldBytes -= next.weight.bytes
      this.#heldDetections -= next.weight.detections
      this.#credits.charge(next.weight)
      this.#inside.add(next)
      this.#out.next(next)
    }
  }

  #nextHeld(): Admitted | undefined {
    const first = this.#held[0]
    if (first === undefined || !this.#credits.fits(first.weight)) return undefined
    return this.#held.shift()
  }

  /** Its neighbours of then come again within the broker's redelivery time, and must have passed when the process dies anew. */
  #nextFatal(): Admitted | undefined {
    const { ackWaitMs, clock } = this.#options
    const quiet = clock.monotonic() - this.#redeliveredAt >= ackWaitMs
    return quiet && this.#held.length === 0 ? this.#alone(this.#fatal) : undefined
  }

  /** The first of these, when nothing else is inside. */
  #alone(waiting: Admitted[]): Admitted | undefined {
    if (this.#inside.size > 0) return undefined
    const next = waiting.shift()
    if (next === undefined) return undefined
    this.#solo = next
    this.#options.suspects.trying(next.delivery.streamSeq)
    return next
  }

  /** Asks for what fits beside what is inside, held, and already asked for. */
  #pull(): void {
    const source = this.#source
    if (source === undefined || this.#stopped) return
    const { limits } = this.#credits
    const taken = this.#credits.detections + this.#heldDetections + source.outstanding * this.#meanWeight
    const free = limits.detections - taken
    const freeBytes = limits.bytes - this.#credits.bytes - this.#heldBytes - source.outstandingBytes
    // Small top-ups cost a request each: wait until an eighth is free, unless nothing is on its way.
    const worthwhile = source.outstanding === 0 || free >= limits.detections / 8
    // Messages heavier than all credits must not raise the mean so far that nothing is asked for any more.
    const least = source.outstanding === 0 && free > 0 ? 1 : 0
    const messages = Math.max(least, Math.floor(free / this.#meanWeight))
    if (worthwhile && messages >= 1 && freeBytes >= limits.bytes / 4)
      source.pull(messages, Math.min(freeBytes, limits.bytes / 4))
  }

  #heartbeat(): void {
    const { ackWaitMs, clock } = this.#options
    const interval = Math.max(50, ackWaitMs / 3)
    this.#stopHeartbeat = clock.after(interval, () => {
      const now = clock.now()
      for (const group of [this.#inside, this.#held, this.#suspects, this.#fatal]) {
        for (const { delivery } of group) if (now - delivery.receivedMs >= interval) delivery.working()
      }
      this.#dispatch()
      if (!this.#stopped || this.#inside.size > 0) this.#heartbeat()
    })
  }
}
