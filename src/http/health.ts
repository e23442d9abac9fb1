/** What `/readyz` and `/api/v1/health` answer, made from the view of the system. */
import type { SinkView, SystemView } from '../port/gauge.ts'

/** One thing that keeps us from being ready. */
export interface Unready {
  readonly check: 'state' | 'broker' | 'store'
  readonly reason: string
}

export interface Readiness {
  readonly ready: boolean
  readonly status: SystemView['state']
  readonly unready: readonly Unready[]
}

/** Ready means: detections published now are taken in. A sink that is down does not change that, its events wait. */
export function readinessOf(view: SystemView): Readiness {
  const unready: Unready[] = []
  if (view.state === 'STARTING') unready.push({ check: 'state', reason: 'starting' })
  if (view.state === 'SHUTTING_DOWN') unready.push({ check: 'state', reason: 'draining' })
  if (!view.broker.connected) unready.push({ check: 'broker', reason: `not connected to ${view.broker.server}` })
  if (view.blocked) unready.push({ check: 'store', reason: `${view.blocked.code}: ${view.blocked.reason}` })
  return { ready: unready.length === 0, status: view.state, unready }
}

const instant = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())

const word = (healthy: boolean): 'UP' | 'DOWN' => (healthy ? 'UP' : 'DOWN')

function sinkHealth(sink: SinkView) {
  return {
    healthy: sink.state === 'up',
    status: sink.state,
    kind: sink.kind,
    target: sink.target,
    pending: sink.pending,
    in_flight: sink.inFlight,
    oldest_seconds: sink.oldestSeconds,
    delivered: sink.delivered,
    rejected: sink.rejected,
    dropped: sink.dropped,
    last_push: instant(sink.lastDeliveredMs),
    ...(sink.fault && {
      fault: { code: sink.fault.code, reason: sink.fault.reason, time: instant(sink.fault.timeMs) },
    }),
  }
}

function takHealth(sinks: readonly SinkView[]) {
  const tak = sinks.filter((sink) => sink.kind === 'tak')
  const last = tak.reduce<number | undefined>((latest, { lastDeliveredMs }) => {
    return lastDeliveredMs === undefined ? latest : Math.max(latest ?? 0, lastDeliveredMs)
  }, undefined)
  const healthy = tak.every((sink) => sink.state === 'up')
  return { healthy, status: tak.length === 0 ? 'NOT_CONFIGURED' : word(healthy), last_push: instant(last) }
}

/** The offline queue is what TAK and HTTP sinks have not settled; the CoT subjects are counted as a sink of their own. */
export function healthOf(view: SystemView) {
  const offline = view.sinks.filter((sink) => sink.kind !== 'cot-subjects')
  const pending = offline.reduce((sum, sink) => sum + sink.pending, 0)
  const oldest = Math.max(0, ...offline.map((sink) => sink.oldestSeconds))
  return {
    status: view.state,
    version: view.version,
    uptime_seconds: Math.floor(view.uptimeSeconds),
    reasons: view.reasons,
    components: {
      database: {
        healthy: !view.blocked,
        status: view.blocked ? 'BLOCKED' : 'UP',
        ...(view.blocked && { code: view.blocked.code, reason: view.blocked.reason }),
        events: view.store.headSeq - view.store.tailSeq + 1,
        dead_letters: view.store.deadLetters,
        log_bytes: view.store.logBytes,
        free_disk_bytes: view.store.freeDiskBytes,
        commit_ms_p99: view.store.commitMsP99,
      },
      broker: {
        healthy: view.broker.connected,
        status: word(view.broker.connected),
        server: view.broker.server,
        embedded: view.broker.embedded,
        reconnects: view.broker.reconnects,
      },
      tak_server: takHealth(view.sinks),
      offline_queue: { healthy: offline.every((sink) => sink.dropped === 0), pending, oldest_seconds: oldest },
      sinks: Object.fromEntries(view.sinks.map((sink) => [sink.name, sinkHealth(sink)])),
    },
  }
}

export type Health = ReturnType<typeof healthOf>
