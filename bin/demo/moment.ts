/** One moment of the show, as the live view needs it: the account, and what the service says about itself. */
import type { SinkView, SystemView } from '../../src/port/gauge.ts'
import { COT_SINK } from '../../streams/ground.ts'
import { count } from '../figures.ts'
import { type Account, OUTAGE_AT } from './account.ts'
import { RECEIVER_SINK, TAK_SINK } from './demo-settings.ts'
import { clock, type Moment, type Note, type SinkRow } from './frame.ts'
import { latency } from './legs.ts'

export function momentOf(account: Account, { counts, sinks, blocked }: SystemView): Moment {
  const { plan, ledger, legs, elapsedS, phase } = account
  const { seed, durationS, rate, outageS } = plan
  return {
    seed,
    durationS,
    elapsedS,
    phase,
    outage: outageS === 0 ? undefined : { from: OUTAGE_AT, to: OUTAGE_AT + outageS / durationS },
    counts: ledger.counts,
    duplicates: counts.duplicate ?? 0,
    perSecond: account.perSecond(),
    open: ledger.open,
    journal: {
      state: blocked === undefined ? 'up' : 'blocked',
      events: legs.journal.count,
      latency: latency(legs.journal),
    },
    sinks: sinks.map((sink) => rowOf(sink, account)),
    // It grows on until the sink tries again.
    fullQueue: 1.6 * rate * outageS,
    note: noteOf(account),
    events: account.reel.shown,
  }
}

function rowOf({ name, state, pending, inFlight, delivered, target }: SinkView, { ledger, legs }: Account): SinkRow {
  const queued = Math.max(0, pending - inFlight)
  const { onCot, onTak } = ledger.counts
  if (name === COT_SINK) {
    return { label: 'CoT subjects', state, delivered: onCot, queued, latency: latency(legs.cot) }
  }
  if (name === RECEIVER_SINK) {
    return { label: 'TAK receiver', state, delivered: onTak, queued, latency: latency(legs.takWhileUp) }
  }
  return { label: name === TAK_SINK ? 'TAK server' : target, state, delivered, queued, latency: undefined }
}

/** Where the outage stands, in one sentence. */
export function noteOf({ outage, plan }: Account): Note {
  if (plan.outageS === 0) return { text: '', mood: 'faint' }
  switch (outage.phase) {
    case 'before':
      return { text: `at ${clock(plan.durationS * OUTAGE_AT)} the TAK receiver will be killed with -9`, mood: 'faint' }
    case 'down': {
      const since = (outage.sinceKillMs / 1_000).toFixed(1)
      return { text: `TAK receiver killed with -9, ${since} s ago; its events wait in the journal`, mood: 'warn' }
    }
    case 'reconnecting':
      return { text: 'TAK receiver is back; the sink tries again, with growing pauses', mood: 'warn' }
    case 'catching-up':
      return { text: 'TAK receiver is connected again and gets what waited', mood: 'warn' }
    case 'over': {
      const late = count(outage.report()?.deliveredAfter ?? 0)
      return { text: `TAK receiver has caught up: ${late} events that waited were delivered`, mood: 'good' }
    }
  }
}
