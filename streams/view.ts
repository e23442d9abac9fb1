/** Everything about the running system at one moment, for the status command, the health answer and the metrics page. */
import type { Supervisor } from '../actors/kernel/supervisor.ts'
import type { BrokerConnection } from '../src/nats/connection.ts'
import type { Clock } from '../src/port/clock.ts'
import type { SystemState, SystemView } from '../src/port/gauge.ts'
import type { Journal } from '../src/port/journal.ts'
import { readMemory } from '../src/watch/memory.ts'
import type { ObserverViews } from '../src/watch/observer.ts'
import type { Intake } from './intake.ts'
import type { Sinks } from './sinks.ts'

export interface ViewParts {
  readonly version: string
  readonly startedMs: number
  readonly root: Supervisor
  readonly link: BrokerConnection
  readonly embedded: boolean
  readonly intake: Intake
  readonly sinks: Sinks
  readonly journal: Journal
  readonly watched: ObserverViews
  readonly clock: Clock
}

/** @param phase what the life cycle says; `UP` is looked into and may turn out to be DEGRADED */
export function systemView(parts: ViewParts, phase: SystemState): SystemView {
  const { link, journal, watched, clock } = parts
  const sinks = parts.sinks.views()
  const actors = parts.root.view()
  const reasons = [
    ...(link.connected ? [] : [`the broker at ${link.server} is not connected`]),
    ...(journal.blocked === undefined ? [] : [`the journal takes nothing: ${journal.blocked.reason}`]),
    ...sinks
      .filter((sink) => sink.state === 'down')
      .map((sink) => `sink ${sink.name} is down: ${sink.fault?.reason ?? ''}`),
  ]
  return {
    state: phase === 'UP' && reasons.length > 0 ? 'DEGRADED' : phase,
    version: parts.version,
    uptimeSeconds: (clock.now() - parts.startedMs) / 1_000,
    pid: process.pid,
    reasons,
    broker: { connected: link.connected, server: link.server, embedded: parts.embedded, reconnects: link.reconnects },
    intake: parts.intake.view(),
    stages: watched.stages(),
    sinks,
    store: journal.stats(),
    blocked: journal.blocked,
    actors,
    counts: watched.counts(),
    refusals: watched.refusals(),
    unknownClasses: watched.unknownClasses(),
    skewMs: watched.skewMs(),
    memory: readMemory(),
  }
}
