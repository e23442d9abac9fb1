/** Keeps what a link reports, and holds it to the rule that each event ends exactly once. */
import type { Fault } from '../../src/fault/fault.ts'
import type { Outcome } from '../../src/port/journal.ts'
import type { LinkHandlers } from '../../src/port/sink.ts'
import { until } from './until.ts'

type Report =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'rejected' | 'retry'; readonly fault: Fault }

export class LinkLog implements LinkHandlers {
  readonly settledSeqs: number[] = []
  readonly outcomes: Outcome[] = []
  readonly rejections: { readonly seq: number; readonly fault: Fault }[] = []
  readonly retries: { readonly seq: number; readonly fault: Fault }[] = []
  readonly losses: Fault[] = []
  /** Breaches of the rule, in words; must stay empty. */
  readonly breaches: string[] = []
  readonly #ended = new Map<number, Report>()

  settled(seq: number, outcome: Outcome): void {
    this.#note(seq, { kind: 'settled', outcome })
    this.settledSeqs.push(seq)
    this.outcomes.push(outcome)
  }

  rejected(seq: number, fault: Fault): void {
    this.#note(seq, { kind: 'rejected', fault })
    this.rejections.push({ seq, fault })
  }

  retry(seq: number, fault: Fault): void {
    this.#note(seq, { kind: 'retry', fault })
    this.retries.push({ seq, fault })
  }

  lost(fault: Fault): void {
    if (this.losses.length > 0) this.breaches.push('lost was told twice')
    this.losses.push(fault)
  }

  /** An event that was handed back is about to be sent again. */
  resending(seq: number): void {
    if (this.#ended.get(seq)?.kind !== 'retry')
      this.breaches.push(`${seq} is sent again without having been handed back`)
    this.#ended.delete(seq)
  }

  /** Waits until so many events are settled. */
  untilSettled(count: number, limitMs?: number): Promise<void> {
    return until(() => this.settledSeqs.length >= count, `${count} events are settled`, limitMs)
  }

  async untilLost(limitMs?: number): Promise<Fault> {
    await until(() => this.losses.length > 0, 'the link is lost', limitMs)
    return this.losses[0] as Fault
  }

  #note(seq: number, report: Report): void {
    if (this.losses.length > 0) this.breaches.push(`${seq} ended ${report.kind} after the link was lost`)
    const before = this.#ended.get(seq)
    if (before !== undefined) this.breaches.push(`${seq} ended ${report.kind} after it had ended ${before.kind}`)
    this.#ended.set(seq, report)
  }
}
