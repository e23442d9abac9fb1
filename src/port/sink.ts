/** What a push actor drives: one destination, opened and reopened by its supervisor. */
import type { Fault } from '../fault/fault.ts'
import type { JournalEntry, Outcome } from './journal.ts'

/** What a link tells its push actor. Every sent entry ends in exactly one of `settled`, `rejected`, `retry`, or in `lost` for the link. */
export interface LinkHandlers {
  settled(seq: number, outcome: Outcome): void
  /** The destination will never take this event: it is dead-lettered for this sink. */
  rejected(seq: number, fault: Fault): void
  /** This event failed for now (its own attempts are used up); the link stays. */
  retry(seq: number, fault: Fault): void
  /** The link is gone: everything it holds unsettled is in doubt and is sent again on the next one. Called at most once. */
  lost(fault: Fault): void
}

/** One open connection (or pool) to a destination. */
export interface SinkLink {
  /** False while the destination takes no more (its buffer is full); `onReady` says when it does again. */
  readonly ready: boolean
  onReady(listener: () => void): void
  /** Takes entries in order; the push actor never has more than `window` unsettled. */
  send(entries: readonly JournalEntry[]): void
  /**
   * An entry that was reported by `retry` will not be sent again on this link (it was dead-lettered):
   * what the link holds back behind it may go. Links that hold nothing back do without.
   */
  forget?(seq: number): void
  /** No more will be sent: settle what can be settled within so many milliseconds, then close. No `lost` after this. */
  finish(deadlineMs: number): Promise<void>
  /** Closes at once. */
  abort(): void
}

export interface SinkDriver {
  readonly name: string
  readonly kind: 'cot-subjects' | 'tak' | 'http'
  /** Where it goes, without secrets. */
  readonly target: string
  /** Most events unsettled at once. */
  readonly window: number
  /** True where opening proves nothing, so that after a failure one event is tried before the rest. */
  readonly probes: boolean
  /** Resolves with an open link, rejects with a FaultError. */
  open(handlers: LinkHandlers, signal: AbortSignal): Promise<SinkLink>
}
