/** What is known about a sink from outside; outlives restarts of its actor. */
import type { Fault } from '../../src/fault/fault.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { SinkView } from '../../src/port/gauge.ts'
import type { Cursor } from '../../src/port/journal.ts'
import type { Observer } from '../../src/port/observer.ts'
import type { SinkDriver } from '../../src/port/sink.ts'

export type SinkState = SinkView['state']

export class SinkStatus {
  state: SinkState = 'opening'
  inFlight = 0
  delivered = 0
  rejected = 0
  lastDeliveredMs: number | undefined
  #fault: SinkView['fault']
  readonly #driver: SinkDriver
  readonly #cursor: Cursor
  readonly #observer: Observer
  readonly #clock: Clock

  constructor(driver: SinkDriver, cursor: Cursor, observer: Observer, clock: Clock) {
    this.#driver = driver
    this.#cursor = cursor
    this.#observer = observer
    this.#clock = clock
  }

  /** Changes state, remembering why; repeated faults in the same state refresh the reason. */
  become(state: SinkState, because?: Fault): void {
    if (because !== undefined) {
      this.#fault = { code: because.code, reason: because.reason, timeMs: this.#clock.now() }
    } else if (state === 'up') this.#fault = undefined
    if (state === this.state) return
    this.state = state
    this.#observer.sinkState(this.#driver.name, state, because)
  }

  view(): SinkView {
    const oldest = this.#cursor.oldestMs()
    return {
      name: this.#driver.name,
      kind: this.#driver.kind,
      target: this.#driver.target,
      state: this.state,
      pending: this.#cursor.pending,
      inFlight: this.inFlight,
      oldestSeconds: oldest === undefined ? 0 : Math.max(0, (this.#clock.now() - oldest) / 1_000),
      delivered: this.delivered,
      rejected: this.rejected,
      dropped: this.#cursor.dropped,
      lastDeliveredMs: this.lastDeliveredMs,
      fault: this.#fault,
    }
  }
}
