/**
 * The closed list of metrics: every series we export, with its labels.
 *
 * `docs/metrics.md` repeats it for people; a test compares the two and another sees each series move.
 * No label takes a value that producers choose without a bound: sources beyond the first 200 count as `other`.
 */

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
  /** Upper bounds of a histogram, seconds. */
  readonly buckets?: readonly number[]
}

/** Work on one detection: microseconds. */
const WORK = [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 0.1]
/** Work on a batch: a fraction of a millisecond to its deadline. */
const BATCH = [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 1, 5, 10]
/** From the broker to the journal: milliseconds to a minute behind. */
const ARRIVAL = [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** From the broker to a sink: an outage counts too. */
const DELIVERY = [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600]
const REQUEST = [1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const counter = (help: string, ...labels: string[]): MetricRow => ({ type: 'counter', labels, help })
const gauge = (help: string, ...labels: string[]): MetricRow => ({ type: 'gauge', labels, help })
const histogram = (
  buckets: readonly number[],
  help: string,
  ...labels: string[]
): MetricRow & { readonly buckets: readonly number[] } => ({
  type: 'histogram',
  labels,
  help,
  buckets,
})

export const METRICS = {
  // Fed by events
  detection_ingestion_total: counter(
    'Detections settled at the end of the pipeline: accepted, duplicate or dead.',
    'source',
    'status',
  ),
  ingestion_latency_seconds: histogram(ARRIVAL, 'From the broker storing a detection to its being settled.'),
  geolocation_calculation_seconds: histogram(
    WORK,
    'Geolocation of one detection (mean of its batch).',
    'confidence_flag',
  ),
  cot_generation_seconds: histogram(WORK, 'Making one CoT event (mean of its batch).'),
  tak_push_total: counter('Events pushed to TAK and HTTP sinks: success, failure or queued.', 'status'),
  tak_push_duration_seconds: histogram(
    DELIVERY,
    'From the broker storing a detection to the sink settling its event.',
    'status',
  ),
  http_requests_total: counter('Requests to the HTTP server.', 'method', 'endpoint', 'status'),
  http_request_duration_seconds: histogram(REQUEST, 'Time to answer a request.', 'method', 'endpoint', 'status'),
  stage_latency_seconds: histogram(BATCH, 'Time of one batch in a stage.', 'stage'),
  sightline_stage_items_total: counter('Detections that went through a stage.', 'stage'),
  sightline_faults_total: counter('Faults by stage and code.', 'stage', 'code'),
  sightline_sink_pushes_total: counter('Events pushed by sink, the CoT subjects included.', 'sink', 'status'),
  sightline_redelivered_total: counter('Messages that the broker delivered again.'),
  sightline_actor_restarts_total: counter('Restarts by actor.', 'actor'),
  sightline_unknown_class_total: counter('Detections of a class without a row in the type table.'),
  sightline_clock_skew_seconds: gauge(
    'Clock of a producer against ours at the last arrival; positive: it is ahead.',
    'source',
  ),

  // Read from the system when asked
  offline_queue_size: gauge('Events that TAK and HTTP sinks have not settled yet.'),
  offline_queue_oldest_seconds: gauge('Age of the oldest of them.'),
  db_pool_connections_active: gauge('Readers of the store in use.'),
  db_pool_connections_idle: gauge('Readers of the store free.'),
  background_tasks_active: gauge('Actors that run.'),
  sightline_state: gauge('1 for the state the process is in.', 'state'),
  sightline_uptime_seconds: gauge('Time since the start.'),
  sightline_memory_bytes: gauge('Resident memory: all, anon (ours alone), file (mapped, the store above all).', 'kind'),
  sightline_broker_connected: gauge('1 while connected to the broker.'),
  sightline_broker_reconnects_total: counter('Reconnections to the broker.'),
  sightline_intake_received_total: counter('Messages received.'),
  sightline_intake_in_flight: gauge('Detections in flight between broker and journal.'),
  sightline_intake_in_flight_peak: gauge('Most detections ever in flight.'),
  sightline_intake_in_flight_bytes: gauge('Message bytes in flight.'),
  sightline_intake_credit_limit: gauge('Most detections allowed in flight.'),
  sightline_intake_outstanding: gauge('Messages asked for and not yet come.'),
  sightline_mailbox_depth: gauge('Batches waiting in the mailbox of an actor.', 'actor'),
  sightline_sink_up: gauge('1 while the sink is up.', 'sink'),
  sightline_sink_pending: gauge('Events the sink has not settled yet.', 'sink'),
  sightline_sink_in_flight: gauge('Events sent to the sink and not yet settled.', 'sink'),
  sightline_sink_oldest_seconds: gauge('Age of the oldest event the sink has not settled.', 'sink'),
  sightline_sink_delivered_total: counter('Events the sink took.', 'sink'),
  sightline_sink_rejected_total: counter('Events the sink will never take.', 'sink'),
  sightline_sink_dropped_total: counter('Events dropped because the backlog of the sink was full.', 'sink'),
  sightline_store_events: gauge('Events in the journal.'),
  sightline_store_log_bytes: gauge('Bytes of events in the journal.'),
  sightline_store_file_bytes: gauge('Size of the file of the journal.'),
  sightline_store_free_disk_bytes: gauge('Free space on its disk.'),
  sightline_store_dead_letters: gauge('Dead letters in the store.'),
  sightline_store_commits_total: counter('Transactions committed.'),
  sightline_store_commit_seconds: gauge('Time of the last commits from asking to flushed.', 'quantile'),
  sightline_store_blocked: gauge('1 while the store takes nothing and intake waits.'),
} as const satisfies Record<string, MetricRow>

export type MetricName = keyof typeof METRICS
