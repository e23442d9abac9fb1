/** What a supervisor can hold: an actor or another supervisor. */
import type { Fault } from '../../src/fault/fault.ts'
import type { ActorView } from '../../src/port/gauge.ts'

export interface Child {
  readonly name: string
  /** Brings it up; rejects when that fails. May be called again after {@link Child.suspend}. */
  start(): Promise<void>
  /** Takes down the present incarnation; waiting work is kept for the next one. */
  suspend(): Promise<void>
  /** Ends it for good; waiting work is refused. */
  stop(): Promise<void>
  /** Goes on after a fault that needed nothing. */
  resume(): void
  view(): ActorView
  /** Set by the supervisor: where faults are reported. */
  onFailure: (fault: Fault) => void
}
