/** The observer of the running system: its account, its metrics page and its log lines. */
import { type Fault, fault } from '../fault/fault.ts'
import type { FaultCode, Stage } from '../fault/table.ts'
import { type Clock, systemClock } from '../port/clock.ts'
import type { StageView, SystemView } from '../port/gauge.ts'
import type { Log } from '../port/log.ts'
import type { Observer } from '../port/observer.ts'
import { Account } from './account.ts'
import { eventReaders } from './event-series.ts'
import type { LatencyHistogram } from './histogram.ts'
import { createFaultLines } from './line-budget.ts'
import { createRegistry } from './registry.ts'
import { systemReaders } from './system-series.ts'

export interface ObserverOptions {
  /** Told of sinks that change, actors that restart, and faults (the first of a kind, then counts). */
  readonly log?: Log
  readonly clock?: Clock
  /** Is this sink one of TAK or HTTP, whose pushes count as tak_push_*? Default: every sink but `cot`. */
  readonly isTakSink?: (sink: string) => boolean
  /** Readers that the store allows at once; 126 is LMDB's default. */
  readonly maxReaders?: number
  /** Export the metrics of Node and the process too; default true. */
  readonly processMetrics?: boolean
}

/** What the observer knows, for `sightline status` and for the {@link SystemView}. */
export interface ObserverViews {
  stages(): StageView[]
  counts(): Record<string, number>
  refusals(): Record<string, number>
  unknownClasses(): Record<string, number>
  /** Last skew by source, milliseconds. */
  skewMs(): Record<string, number>
  readonly redelivered: number
  /** From the broker storing a detection to its being settled, over the last minute. */
  ingestion(): LatencyHistogram
  /** From the broker storing a detection to each sink settling it, over the last minute. */
  pushes(): Record<string, LatencyHistogram>
}

export interface SystemObserver extends Observer {
  /** An HTTP request was answered; `endpoint` is the route's pattern, never the path that was asked for. */
  requested(method: string, endpoint: string, status: number, elapsedMs: number): void
  /** Where gauges are read from, once there is a system to read. */
  attach(view: () => SystemView): void
  /** The metrics page in Prometheus' text format. */
  metrics(): Promise<string>
  readonly metricsType: string
  readonly views: ObserverViews
  /** Writes what log lines are still owed. */
  close(): void
}

export function createObserver(options: ObserverOptions = {}): SystemObserver {
  const { log, clock = systemClock, isTakSink = (sink) => sink !== 'cot', maxReaders = 126 } = options
  const account = new Account(clock)
  const faultLines = log && createFaultLines(log, clock)
  const sinkNews = new Map<string, string>()
  let attached: (() => SystemView) | undefined
  // One view for a whole page: its numbers belong together, and it costs more than a number.
  let page: SystemView | undefined
  const readers = { ...eventReaders(account), ...systemReaders(() => page, maxReaders) }
  const registry = createRegistry(readers, options.processMetrics ?? true)

  return {
    ingested: (source, status, latencyMs) => account.ingested(source, status, latencyMs),
    stage: (stage, items, elapsedMs) => account.stage(stage, items, elapsedMs),
    located: (flag, count, eachMs) => account.located(flag, count, eachMs),
    faulted(stage: Stage, code: FaultCode, count: number) {
      account.faulted(stage, code, count)
      faultLines?.fault(stage, fault(code), count)
    },
    redelivered(count) {
      account.redelivered += count
    },
    pushed: (sink, status, latencyMs) => account.pushed(sink, status, latencyMs, isTakSink(sink)),
    sinkState(sink, state, because?: Fault) {
      const fields = { sink, state, ...(because && { code: because.code, reason: because.reason }) }
      // A sink that is tried again and again for one reason is one piece of news.
      const news = state === 'opening' ? undefined : `${state} ${because?.code ?? ''}`
      if (news === undefined || sinkNews.get(sink) === news) return log?.debug(fields, `sink is ${state}`)
      sinkNews.set(sink, news)
      if (state === 'down') log?.warn(fields, 'sink is down')
      else log?.info(fields, `sink is ${state}`)
    },
    restarted(actor, because) {
      account.restarts.of(actor).count += 1
      log?.warn({ actor, code: because.code, reason: because.reason, cause: because.cause }, 'actor restarted')
    },
    unknownClass(name) {
      const known = account.unknownClasses.of(name)
      known.count += 1
      if (known.count === 1) log?.info({ class: name }, 'class without a row in the type table')
    },
    skew(source, aheadMs) {
      account.sources.of(source).skewMs = aheadMs
    },
    requested: (method, endpoint, status, elapsedMs) => account.requested(method, endpoint, status, elapsedMs),
    attach(view) {
      attached = view
    },
    metrics() {
      page = attached?.()
      return registry.metrics()
    },
    metricsType: registry.contentType,
    views: {
      stages: () => account.stageViews(),
      counts: () => account.counts(),
      refusals: () => account.refusals(),
      unknownClasses: () =>
        Object.fromEntries([...account.unknownClasses.entries()].map(([name, { count }]) => [name, count])),
      skewMs: () =>
        Object.fromEntries(
          [...account.sources.entries()].flatMap(([name, { skewMs }]) =>
            skewMs === undefined ? [] : [[name, skewMs]],
          ),
        ),
      get redelivered() {
        return account.redelivered
      },
      ingestion: () => account.recentIngestion.snapshot(),
      pushes: () =>
        Object.fromEntries([...account.recentPushes.entries()].map(([sink, recent]) => [sink, recent.snapshot()])),
    },
    close: () => faultLines?.close(),
  }
}
