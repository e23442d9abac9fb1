/** Everything the pipeline reported, in plain numbers: cheap to add to, read when a page or a view is asked for. */
import type { Flag } from '../domain/location.ts'
import { FAULTS, type FaultCode, type Stage } from '../fault/table.ts'
import type { Clock } from '../port/clock.ts'
import type { StageView } from '../port/gauge.ts'
import type { IngestStatus } from '../port/observer.ts'
import { METRICS } from './catalogue.ts'
import { Rate, RecentLatency } from './recent.ts'
import { Roster } from './roster.ts'
import { Tally } from './tally.ts'

/** Sources, sinks, actors and classes that get a series of their own; beyond that they share `other`. */
const SOURCE_LIMIT = 200
const CLASS_LIMIT = 200
const NAME_LIMIT = 200
const REQUEST_LIMIT = 500
const REQUEST_KEY_LENGTH = 256

export type PushStatus = 'success' | 'failure' | 'queued'

interface SourceAccount {
  accepted: number
  duplicate: number
  dead: number
  skewMs: number | undefined
}

interface StageAccount {
  items: number
  readonly batches: Tally
  readonly recent: RecentLatency
  readonly rate: Rate
}

export class Account {
  readonly #clock: Clock
  readonly sources = new Roster<SourceAccount>(SOURCE_LIMIT, () => ({
    accepted: 0,
    duplicate: 0,
    dead: 0,
    skewMs: undefined,
  }))
  readonly ingestion = new Tally(METRICS.ingestion_latency_seconds.buckets)
  readonly recentIngestion: RecentLatency
  readonly stages = new Map<Stage, StageAccount>()
  readonly geolocation = new Roster<Tally>(NAME_LIMIT, () => new Tally(METRICS.geolocation_calculation_seconds.buckets))
  readonly cot = new Tally(METRICS.cot_generation_seconds.buckets)
  readonly faults = new Map<Stage, Map<FaultCode, number>>()
  readonly takPushes = new Roster<Tally>(NAME_LIMIT, () => new Tally(METRICS.tak_push_duration_seconds.buckets))
  readonly recentPushes = new Roster<RecentLatency>(NAME_LIMIT, () => new RecentLatency(this.#clock))
  readonly sinkPushes = new Roster<Record<PushStatus, number>>(NAME_LIMIT, () => ({
    success: 0,
    failure: 0,
    queued: 0,
  }))
  readonly restarts = new Roster<{ count: number }>(NAME_LIMIT, () => ({ count: 0 }))
  readonly unknownClasses = new Roster<{ count: number }>(CLASS_LIMIT, () => ({ count: 0 }))
  readonly requests = new Roster<Tally>(
    REQUEST_LIMIT,
    () => new Tally(METRICS.http_request_duration_seconds.buckets),
    REQUEST_KEY_LENGTH,
  )
  redelivered = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.recentIngestion = new RecentLatency(clock)
  }

  ingested(source: string, status: IngestStatus, latencyMs: number): void {
    this.sources.of(source)[status] += 1
    this.ingestion.record(latencyMs / 1000)
    this.recentIngestion.record(latencyMs)
  }

  stage(stage: Stage, items: number, elapsedMs: number): void {
    let account = this.stages.get(stage)
    if (!account) {
      const batches = new Tally(METRICS.stage_latency_seconds.buckets)
      account = { items: 0, batches, recent: new RecentLatency(this.#clock), rate: new Rate(this.#clock) }
      this.stages.set(stage, account)
    }
    account.items += items
    account.batches.record(elapsedMs / 1000)
    account.recent.record(elapsedMs)
    account.rate.count(items)
    if (stage === 'cot' && items > 0) this.cot.record(elapsedMs / items / 1000, items)
  }

  located(flag: Flag | 'none', count: number, eachMs: number): void {
    this.geolocation.of(flag).record(eachMs / 1000, count)
  }

  faulted(stage: Stage, code: FaultCode, count: number): void {
    const codes = this.faults.get(stage) ?? new Map<FaultCode, number>()
    this.faults.set(stage, codes)
    codes.set(code, (codes.get(code) ?? 0) + count)
  }

  pushed(sink: string, status: PushStatus, latencyMs: number, tak: boolean): void {
    this.sinkPushes.of(sink)[status] += 1
    if (status === 'success') this.recentPushes.of(sink).record(latencyMs)
    if (tak) this.takPushes.of(status).record(latencyMs / 1000)
  }

  requested(method: string, endpoint: string, status: number, elapsedMs: number): void {
    this.requests.of(`${method} ${endpoint} ${status}`).record(elapsedMs / 1000)
  }

  /** Stages in the order they first worked. Percentiles are of whole batches over the last minute. */
  stageViews(): StageView[] {
    return [...this.stages].map(([stage, { items, recent, rate }]) => {
      const latency = recent.snapshot()
      return {
        stage,
        items,
        perSecond: rate.perSecond(),
        p50Ms: latency.percentileMs(50),
        p95Ms: latency.percentileMs(95),
        p99Ms: latency.percentileMs(99),
      }
    })
  }

  /** Totals since the start: how detections ended, how many have a place, and what happened on the way. */
  counts(): Record<string, number> {
    const totals = {
      accepted: 0,
      duplicate: 0,
      dead: 0,
      located: 0,
      redelivered: this.redelivered,
      restarts: 0,
      unknownClass: 0,
    }
    for (const [, source] of this.sources.entries()) {
      totals.accepted += source.accepted
      totals.duplicate += source.duplicate
      totals.dead += source.dead
    }
    for (const [flag, tally] of this.geolocation.entries()) if (flag !== 'none') totals.located += tally.count
    for (const [, { count }] of this.restarts.entries()) totals.restarts += count
    for (const [, { count }] of this.unknownClasses.entries()) totals.unknownClass += count
    return totals
  }

  /** Detections that were refused for good, by code. */
  refusals(): Record<string, number> {
    const refused: Record<string, number> = {}
    for (const codes of this.faults.values()) {
      for (const [code, count] of codes) {
        if (FAULTS[code].class === 'dead') refused[code] = (refused[code] ?? 0) + count
      }
    }
    return refused
  }
}
