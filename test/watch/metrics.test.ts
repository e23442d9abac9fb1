/** Every documented series exists and moves when what it counts happens. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { METRICS_PAGE, metricsPage } from '../../docs/generate/metrics.ts'
import { fault } from '../../src/fault/fault.ts'
import { METRICS, type MetricRow } from '../../src/watch/catalogue.ts'
import { createObserver, type SystemObserver } from '../../src/watch/observer.ts'
import { heldClock } from './clock.ts'
import { sinkView, systemView } from './system.ts'

/** Every sample of a page: `name{labels}` to value. */
async function samplesOf(observer: SystemObserver): Promise<Map<string, number>> {
  const lines = (await observer.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

/** Does each of these things once. */
function drive(observer: SystemObserver): void {
  observer.ingested('tower', 'accepted', 12)
  observer.ingested('tower', 'duplicate', 3)
  observer.ingested('tower', 'dead', 1)
  observer.stage('cot', 10, 2)
  observer.located('GREEN', 10, 0.004)
  observer.faulted('validate', 'bad-json', 2)
  observer.redelivered(3)
  observer.pushed('ops', 'success', 40)
  observer.pushed('ops', 'failure', 50)
  observer.pushed('ops', 'queued', 0)
  observer.restarted('push:ops', fault('actor-crashed'))
  observer.unknownClass('quokka')
  observer.skew('tower', 1500)
  observer.requested('GET', '/livez', 200, 0.7)
}

const quiet = () => createObserver({ clock: heldClock(), processMetrics: false })

describe('the metrics page', () => {
  it('moves every documented series, each under exactly the documented labels', async () => {
    const observer = quiet()
    const before = await samplesOf(observer)
    drive(observer)
    observer.attach(() => systemView({ blocked: { code: 'disk-low', reason: 'x' } }))
    const after = await samplesOf(observer)
    for (const [name, { type, labels }] of Object.entries(METRICS) as [string, MetricRow][]) {
      const suffix = type === 'histogram' ? '_count' : ''
      const series = [...after].filter(([key]) => key.split('{')[0] === `${name}${suffix}`)
      expect(series.length, name).toBeGreaterThan(0)
      const moved = series.filter(([key, value]) => value !== 0 && value !== before.get(key))
      expect(moved.length, `${name} never moved`).toBeGreaterThan(0)
      for (const [key] of series) {
        const found = [...key.matchAll(/([a-z_]+)="/g)].map((match) => match[1])
        expect(found, key).toEqual(labels)
      }
    }
    const names = new Set([...after.keys()].map((key) => key.split('{')[0]?.replace(/_(bucket|sum|count)$/, '')))
    expect([...names].filter((name) => !((name ?? '') in METRICS))).toEqual([])
  })

  it('counts what was reported', async () => {
    const observer = quiet()
    drive(observer)
    observer.attach(() => systemView())
    const samples = await samplesOf(observer)
    const expected: Record<string, number> = {
      'detection_ingestion_total{source="tower",status="accepted"}': 1,
      'detection_ingestion_total{source="tower",status="duplicate"}': 1,
      'detection_ingestion_total{source="tower",status="dead"}': 1,
      ingestion_latency_seconds_count: 3,
      ingestion_latency_seconds_sum: 0.016,
      'ingestion_latency_seconds_bucket{le="0.005"}': 2,
      'ingestion_latency_seconds_bucket{le="+Inf"}': 3,
      cot_generation_seconds_count: 10,
      'geolocation_calculation_seconds_count{confidence_flag="GREEN"}': 10,
      'tak_push_total{status="success"}': 1,
      'tak_push_duration_seconds_sum{status="failure"}': 0.05,
      'http_requests_total{method="GET",endpoint="/livez",status="200"}': 1,
      'sightline_faults_total{stage="validate",code="bad-json"}': 2,
      sightline_redelivered_total: 3,
      'sightline_clock_skew_seconds{source="tower"}': 1.5,
      offline_queue_size: 11,
      offline_queue_oldest_seconds: 13,
      db_pool_connections_active: 49,
      db_pool_connections_idle: 77,
      background_tasks_active: 3,
      'sightline_state{state="UP"}': 1,
      'sightline_state{state="DEGRADED"}': 0,
      'sightline_memory_bytes{kind="anon"}': 52,
      'sightline_mailbox_depth{actor="validate"}': 5,
      'sightline_sink_pending{sink="cot"}': 900,
      sightline_store_events: 100,
      'sightline_store_commit_seconds{quantile="0.99"}': 0.048,
      sightline_store_blocked: 0,
    }
    for (const [key, value] of Object.entries(expected)) expect(samples.get(key), key).toBeCloseTo(value, 9)
  })

  it('counts the CoT subjects as a sink, not as TAK', async () => {
    const observer = quiet()
    observer.pushed('cot', 'success', 5)
    const samples = await samplesOf(observer)
    expect(samples.get('sightline_sink_pushes_total{sink="cot",status="success"}')).toBe(1)
    expect(samples.get('tak_push_total{status="success"}')).toBe(0)
  })

  it('has no more than 200 sources, however many there are', async () => {
    const observer = quiet()
    for (let i = 0; i < 1000; i++) observer.ingested(`source-${i}`, 'accepted', 1)
    const samples = await samplesOf(observer)
    const sources = [...samples.keys()].filter(
      (key) => key.startsWith('detection_ingestion_total') && key.includes('accepted'),
    )
    expect(sources).toHaveLength(201)
    expect(samples.get('detection_ingestion_total{source="other",status="accepted"}')).toBe(800)
  })

  it('keeps label values from breaking it', async () => {
    const observer = quiet()
    observer.attach(() => systemView({ sinks: [sinkView({ name: 'a"b\nc\\' })] }))
    expect(await observer.metrics()).toContain('sightline_sink_up{sink="a\\"b\\nc\\\\"} 1')
  })

  it('asks the system once for a whole page', async () => {
    const observer = quiet()
    let asked = 0
    observer.attach(() => {
      asked += 1
      return systemView()
    })
    await observer.metrics()
    expect(asked).toBe(1)
  })

  it('has the metrics of the process beside ours unless told otherwise', async () => {
    const page = await createObserver().metrics()
    expect(page).toContain('process_cpu_seconds_total')
    expect(page).toContain('nodejs_eventloop_lag_seconds')
    expect(await quiet().metrics()).not.toContain('process_cpu_seconds_total')
  })
})

describe('the views of the observer', () => {
  it('say what happened, for status', () => {
    const observer = quiet()
    drive(observer)
    expect(observer.views.counts()).toEqual({
      accepted: 1,
      duplicate: 1,
      dead: 1,
      located: 10,
      redelivered: 3,
      restarts: 1,
      unknownClass: 1,
    })
    expect(observer.views.refusals()).toEqual({ 'bad-json': 2 })
    expect(observer.views.unknownClasses()).toEqual({ quokka: 1 })
    expect(observer.views.skewMs()).toEqual({ tower: 1500 })
    expect(observer.views.redelivered).toBe(3)
    expect(observer.views.ingestion().count).toBe(3)
    expect(observer.views.pushes().ops?.maxMs).toBe(40)
  })

  it('leave transient faults out of the refusals', () => {
    const observer = quiet()
    observer.faulted('push', 'sink-timeout', 5)
    observer.faulted('geolocate', 'above-horizon', 2)
    expect(observer.views.refusals()).toEqual({ 'above-horizon': 2 })
  })

  it('give each stage its rate and its percentiles', () => {
    const clock = heldClock()
    const observer = createObserver({ clock, processMetrics: false })
    for (let i = 1; i <= 100; i++) observer.stage('geolocate', 10, i)
    clock.advance(2000)
    const [view] = observer.views.stages()
    expect(view).toMatchObject({ stage: 'geolocate', items: 1000, perSecond: 500 })
    expect(view?.p50Ms).toBeCloseTo(50, -0.5)
    expect(view?.p99Ms).toBeGreaterThan(97)
    expect(view?.p99Ms).toBeLessThanOrEqual(100)
  })
})

describe('docs/metrics.md', () => {
  it('is what the catalogue says (npm run docs)', () => {
    expect(readFileSync(METRICS_PAGE, 'utf8')).toBe(metricsPage())
  })

  it('is complete to the names that were asked for', () => {
    const asked: Record<string, readonly string[]> = {
      http_requests_total: ['method', 'endpoint', 'status'],
      http_request_duration_seconds: ['method', 'endpoint', 'status'],
      detection_ingestion_total: ['source', 'status'],
      ingestion_latency_seconds: [],
      geolocation_calculation_seconds: ['confidence_flag'],
      cot_generation_seconds: [],
      tak_push_duration_seconds: ['status'],
      tak_push_total: ['status'],
      offline_queue_size: [],
      offline_queue_oldest_seconds: [],
      db_pool_connections_active: [],
      db_pool_connections_idle: [],
      background_tasks_active: [],
    }
    for (const [name, labels] of Object.entries(asked))
      expect((METRICS as Record<string, MetricRow>)[name]?.labels).toEqual(labels)
  })
})
