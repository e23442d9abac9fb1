/** Draws up the summary: what the account holds, against what the service counted and what its sinks confirmed. */
import type { SinkView, SystemView } from '../../src/port/gauge.ts'
import { count } from '../figures.ts'
import type { Account } from './account.ts'
import { RECEIVER_SINK, TAK_SINK } from './demo-settings.ts'
import type { Site } from './site.ts'
import type { Summary } from './summary.ts'

const PROBLEMS_KEPT = 100

/** @param interrupted true when the show was stopped before its end */
export function summaryOf(account: Account, { service, dataDir }: Site, interrupted: boolean): Summary {
  const { plan, ledger, legs, accuracy, unacknowledged } = account
  const { counts } = ledger
  const view = service.view()
  const receiver = sinkNamed(view, RECEIVER_SINK)
  const tak = sinkNamed(view, TAK_SINK)
  const sinks = [receiver, tak].filter((sink) => sink !== undefined)
  const problems = [...ledger.problems(unacknowledged), ...account.strange, ...shortfalls(account, view, sinks)]
  const problemCount = problems.length + account.strangeCount - account.strange.length
  return {
    ok: problemCount === 0,
    seed: plan.seed,
    seconds: Math.round(account.elapsedS * 10) / 10,
    interrupted,
    published: account.acked,
    unacknowledged,
    located: counts.located,
    bearings: counts.bearings,
    refused: counts.refused,
    unreadable: counts.unreadable,
    deadLetters: counts.letters,
    duplicates: view.counts.duplicate ?? 0,
    lost: Math.max(0, ledger.open - unacknowledged),
    onCot: counts.onCot,
    onTak: counts.onTak,
    confirmed: receiver?.delivered ?? 0,
    againOnCot: counts.againOnCot,
    againOnTak: counts.againOnTak,
    strangers: counts.strangers,
    latencyMs: legs.report(),
    positionErrorM: { ...accuracy.total(), bySource: accuracy.bySource() },
    outage: account.outage.report() ?? null,
    tak: tak === undefined ? null : { target: tak.target, delivered: tak.delivered, pending: tak.pending },
    problems: problems.slice(0, PROBLEMS_KEPT),
    problemCount,
    dataDir,
    nats: service.nats,
    http: service.http,
  }
}

/** What no single detection shows. */
function shortfalls(account: Account, view: SystemView, sinks: readonly SinkView[]): string[] {
  const { repeated, againOnCot } = account.ledger.counts
  const duplicates = view.counts.duplicate ?? 0
  const found: string[] = []
  // A message that the broker delivered again is one more duplicate.
  if (duplicates < repeated - account.unacknowledged || duplicates > repeated + view.intake.redelivered) {
    found.push(`${count(repeated)} were published twice, and the service counted ${count(duplicates)} duplicates`)
  }
  if (againOnCot > 0) found.push(`${count(againOnCot)} came twice on their CoT subjects`)
  for (const { target, pending, fault, state } of sinks) {
    if (pending > 0) found.push(`${target} has not confirmed ${count(pending)} events: ${fault?.reason ?? state}`)
  }
  return found
}

const sinkNamed = (view: SystemView, name: string): SinkView | undefined =>
  view.sinks.find((sink) => sink.name === name)
