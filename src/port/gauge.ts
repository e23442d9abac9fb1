/** What a metrics page or a health answer asks the running system at the moment it is read. */
import type { Blocked, StoreStats } from './journal.ts'

export type SystemState = 'STARTING' | 'UP' | 'DEGRADED' | 'SHUTTING_DOWN'

export interface ActorView {
  readonly name: string
  readonly state: 'starting' | 'running' | 'restarting' | 'stopped' | 'failed'
  readonly mailbox: number
  readonly mailboxLimit: number
  readonly restarts: number
  readonly lastFault?: { readonly code: string; readonly reason: string; readonly timeMs: number }
  readonly children: readonly ActorView[]
}

export interface SinkView {
  readonly name: string
  readonly kind: string
  readonly target: string
  readonly state: 'up' | 'down' | 'opening' | 'stopped'
  readonly pending: number
  readonly inFlight: number
  readonly oldestSeconds: number
  readonly delivered: number
  readonly rejected: number
  readonly dropped: number
  readonly lastDeliveredMs?: number
  readonly fault?: { readonly code: string; readonly reason: string; readonly timeMs: number }
}

export interface StageView {
  readonly stage: string
  readonly items: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

export interface IntakeView {
  readonly inFlight: number
  readonly inFlightPeak: number
  readonly creditLimit: number
  readonly inFlightBytes: number
  readonly outstanding: number
  readonly redelivered: number
  readonly received: number
}

export interface BrokerView {
  readonly connected: boolean
  readonly server: string
  readonly embedded: boolean
  readonly reconnects: number
}

/** Everything `sightline status` and `/api/v1/health` show. */
export interface SystemView {
  readonly state: SystemState
  readonly version: string
  readonly uptimeSeconds: number
  readonly pid: number
  readonly reasons: readonly string[]
  readonly broker: BrokerView
  readonly intake: IntakeView
  readonly stages: readonly StageView[]
  readonly sinks: readonly SinkView[]
  readonly store: StoreStats
  readonly blocked: Blocked
  readonly actors: ActorView
  readonly counts: Readonly<Record<string, number>>
  readonly refusals: Readonly<Record<string, number>>
  readonly unknownClasses: Readonly<Record<string, number>>
  readonly skewMs: Readonly<Record<string, number>>
  readonly memory: { readonly rssBytes: number; readonly rssAnonBytes: number; readonly rssFileBytes: number }
}
