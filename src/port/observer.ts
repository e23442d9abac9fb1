/**
 * What the running system reports about itself; `src/watch` turns it into metrics and log lines.
 * The pipeline calls these and knows nothing of counters, so its core stays free of instrumentation.
 */
import type { Flag } from '../domain/location.ts'
import type { Fault } from '../fault/fault.ts'
import type { FaultCode, Stage } from '../fault/table.ts'

export type IngestStatus = 'accepted' | 'duplicate' | 'dead'

export interface Observer {
  /** A detection was settled at the end of the pipeline: its source, how it ended, and publish-to-journal latency. */
  ingested(source: string, status: IngestStatus, latencyMs: number): void
  /** A batch went through a stage. */
  stage(stage: Stage, items: number, elapsedMs: number): void
  /** Positions found in a batch; `each` is the mean time per detection. */
  located(flag: Flag | 'none', count: number, eachMs: number): void
  /** A detection was refused or failed. */
  faulted(stage: Stage, code: FaultCode, count: number): void
  /** A message was delivered again by the broker. */
  redelivered(count: number): void
  /** An event was settled, held back or failed by a sink; latency is from the broker storing the detection. */
  pushed(sink: string, status: 'success' | 'failure' | 'queued', latencyMs: number): void
  /** A sink changed state. */
  sinkState(sink: string, state: 'up' | 'down' | 'opening' | 'stopped', because?: Fault): void
  /** An actor was restarted. */
  restarted(actor: string, because: Fault): void
  /** A class had no row in the type table. */
  unknownClass(name: string): void
  /** Producer clock against ours at arrival, milliseconds (positive: the producer is ahead). */
  skew(source: string, aheadMs: number): void
}
