/** The series that are fed by what happens, read from the account. */
import type { Account } from './account.ts'
import type { Labels, Readers, Sample } from './registry.ts'

type EventMetric =
  | 'detection_ingestion_total'
  | 'ingestion_latency_seconds'
  | 'geolocation_calculation_seconds'
  | 'cot_generation_seconds'
  | 'tak_push_total'
  | 'tak_push_duration_seconds'
  | 'http_requests_total'
  | 'http_request_duration_seconds'
  | 'stage_latency_seconds'
  | 'sightline_stage_items_total'
  | 'sightline_faults_total'
  | 'sightline_sink_pushes_total'
  | 'sightline_redelivered_total'
  | 'sightline_actor_restarts_total'
  | 'sightline_unknown_class_total'
  | 'sightline_clock_skew_seconds'

const STATUSES = ['success', 'failure', 'queued'] as const

/** Labels of a request from its key `method endpoint status`. */
function requestLabels(key: string): Labels {
  const [method = '', endpoint = '', status = ''] = key.split(' ')
  return endpoint === '' ? { method: key, endpoint: key, status: key } : { method, endpoint, status }
}

export function eventReaders(account: Account): Pick<Readers, EventMetric> {
  return {
    *detection_ingestion_total(): Iterable<Sample> {
      for (const [source, counts] of account.sources.entries()) {
        for (const status of ['accepted', 'duplicate', 'dead'] as const) yield [{ source, status }, counts[status]]
      }
    },
    *ingestion_latency_seconds() {
      yield [{}, account.ingestion]
    },
    *geolocation_calculation_seconds() {
      for (const [flag, tally] of account.geolocation.entries()) yield [{ confidence_flag: flag }, tally]
    },
    *cot_generation_seconds() {
      yield [{}, account.cot]
    },
    *tak_push_total() {
      for (const status of STATUSES) yield [{ status }, account.takPushes.of(status).count]
    },
    *tak_push_duration_seconds() {
      for (const [status, tally] of account.takPushes.entries()) yield [{ status }, tally]
    },
    *http_requests_total() {
      for (const [key, tally] of account.requests.entries()) yield [requestLabels(key), tally.count]
    },
    *http_request_duration_seconds() {
      for (const [key, tally] of account.requests.entries()) yield [requestLabels(key), tally]
    },
    *stage_latency_seconds() {
      for (const [stage, { batches }] of account.stages) yield [{ stage }, batches]
    },
    *sightline_stage_items_total() {
      for (const [stage, { items }] of account.stages) yield [{ stage }, items]
    },
    *sightline_faults_total() {
      for (const [stage, codes] of account.faults) for (const [code, count] of codes) yield [{ stage, code }, count]
    },
    *sightline_sink_pushes_total() {
      for (const [sink, counts] of account.sinkPushes.entries()) {
        for (const status of STATUSES) yield [{ sink, status }, counts[status]]
      }
    },
    *sightline_redelivered_total() {
      yield [{}, account.redelivered]
    },
    *sightline_actor_restarts_total() {
      for (const [actor, { count }] of account.restarts.entries()) yield [{ actor }, count]
    },
    *sightline_unknown_class_total() {
      let total = 0
      for (const [, { count }] of account.unknownClasses.entries()) total += count
      yield [{}, total]
    },
    *sightline_clock_skew_seconds() {
      for (const [source, { skewMs }] of account.sources.entries()) {
        if (skewMs !== undefined) yield [{ source }, skewMs / 1000]
      }
    },
  }
}
