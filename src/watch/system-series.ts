/** The series that are read from the running system at the moment of the scrape. */
import type { ActorView, SinkView, SystemView } from '../port/gauge.ts'
import type { eventReaders } from './event-series.ts'
import type { Readers, Sample } from './registry.ts'

type SystemMetric = Exclude<keyof Readers, keyof ReturnType<typeof eventReaders>>

const STATES = ['STARTING', 'UP', 'DEGRADED', 'SHUTTING_DOWN'] as const

/** All actors of a tree. */
export function* actorsOf(root: ActorView): Generator<ActorView> {
  yield root
  for (const child of root.children) yield* actorsOf(child)
}

/** Sinks that make up the offline queue: all but the CoT subjects, whose backlog is the broker's absence, not TAK's. */
export function offlineSinks(view: SystemView): readonly SinkView[] {
  return view.sinks.filter((sink) => sink.kind !== 'cot-subjects')
}

/** `view` is undefined until the system is there: then these series have no values. `maxReaders` is the store's limit. */
export function systemReaders(view: () => SystemView | undefined, maxReaders: number): Pick<Readers, SystemMetric> {
  const one = (read: (view: SystemView) => number) =>
    function* (): Iterable<Sample> {
      const now = view()
      if (now) yield [{}, read(now)]
    }
  const bySink = (read: (sink: SinkView) => number) =>
    function* (): Iterable<Sample> {
      for (const sink of view()?.sinks ?? []) yield [{ sink: sink.name }, read(sink)]
    }
  const oldest = (sinks: readonly SinkView[]) => Math.max(0, ...sinks.map((sink) => sink.oldestSeconds))
  const running = (now: SystemView) => [...actorsOf(now.actors)].filter((actor) => actor.state === 'running').length

  return {
    offline_queue_size: one((now) => offlineSinks(now).reduce((sum, sink) => sum + sink.pending, 0)),
    offline_queue_oldest_seconds: one((now) => oldest(offlineSinks(now))),
    db_pool_connections_active: one((now) => now.store.readersInUse),
    db_pool_connections_idle: one((now) => Math.max(0, maxReaders - now.store.readersInUse)),
    background_tasks_active: one(running),
    *sightline_state(): Iterable<Sample> {
      const now = view()
      if (now) for (const state of STATES) yield [{ state }, now.state === state ? 1 : 0]
    },
    sightline_uptime_seconds: one((now) => now.uptimeSeconds),
    *sightline_memory_bytes(): Iterable<Sample> {
      const now = view()
      if (!now) return
      yield [{ kind: 'all' }, now.memory.rssBytes]
      yield [{ kind: 'anon' }, now.memory.rssAnonBytes]
      yield [{ kind: 'file' }, now.memory.rssFileBytes]
    },
    sightline_broker_connected: one((now) => (now.broker.connected ? 1 : 0)),
    sightline_broker_reconnects_total: one((now) => now.broker.reconnects),
    sightline_intake_received_total: one((now) => now.intake.received),
    sightline_intake_in_flight: one((now) => now.intake.inFlight),
    sightline_intake_in_flight_peak: one((now) => now.intake.inFlightPeak),
    sightline_intake_in_flight_bytes: one((now) => now.intake.inFlightBytes),
    sightline_intake_credit_limit: one((now) => now.intake.creditLimit),
    sightline_intake_outstanding: one((now) => now.intake.outstanding),
    *sightline_mailbox_depth(): Iterable<Sample> {
      const now = view()
      if (!now) return
      // Actors of one name, such as a pool, are one series.
      const depths = new Map<string, number>()
      for (const { name, mailbox, mailboxLimit } of actorsOf(now.actors)) {
        if (mailboxLimit > 0) depths.set(name, (depths.get(name) ?? 0) + mailbox)
      }
      for (const [actor, depth] of depths) yield [{ actor }, depth]
    },
    sightline_sink_up: bySink((sink) => (sink.state === 'up' ? 1 : 0)),
    sightline_sink_pending: bySink((sink) => sink.pending),
    sightline_sink_in_flight: bySink((sink) => sink.inFlight),
    sightline_sink_oldest_seconds: bySink((sink) => sink.oldestSeconds),
    sightline_sink_delivered_total: bySink((sink) => sink.delivered),
    sightline_sink_rejected_total: bySink((sink) => sink.rejected),
    sightline_sink_dropped_total: bySink((sink) => sink.dropped),
    sightline_store_events: one((now) => now.store.headSeq - now.store.tailSeq + 1),
    sightline_store_log_bytes: one((now) => now.store.logBytes),
    sightline_store_file_bytes: one((now) => now.store.fileBytes),
    sightline_store_free_disk_bytes: one((now) => now.store.freeDiskBytes),
    sightline_store_dead_letters: one((now) => now.store.deadLetters),
    sightline_store_commits_total: one((now) => now.store.commits),
    *sightline_store_commit_seconds(): Iterable<Sample> {
      const now = view()
      if (!now) return
      yield [{ quantile: '0.5' }, now.store.commitMsP50 / 1000]
      yield [{ quantile: '0.99' }, now.store.commitMsP99 / 1000]
    },
    sightline_store_blocked: one((now) => (now.blocked ? 1 : 0)),
  }
}
