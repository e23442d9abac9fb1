/**
 * Settles every delivery of a finished batch, once, by what became of its detections.
 *
 * ack: at least one was journalled before or now, or there was none in it; term: all of it is in dead letters;
 * nak with delay: the batch was abandoned, so the broker keeps it.
 */
import { backoffMs } from '../actors/kernel/backoff.ts'
import type { Fault } from '../src/fault/fault.ts'
import type { Clock } from '../src/port/clock.ts'
import type { Settlement } from '../src/port/delivery.ts'
import type { AppendResult } from '../src/port/journal.ts'
import type { Log } from '../src/port/log.ts'
import type { IngestStatus, Observer } from '../src/port/observer.ts'
import { type Batch, detectionOf, type Item } from './batch.ts'
import type { Admitted, Intake } from './intake.ts'
import type { FinishedBatch } from './pipeline.ts'

export interface SettleOptions {
  readonly intake: Intake
  readonly observer: Observer
  readonly log: Log
  readonly clock: Clock
  /** One line for people about one detection; the log decides how many it can take. */
  readonly onItem: (item: Item, status: IngestStatus, batch: Batch) => void
}

/** First and longest wait before an abandoned message is delivered again. */
const RETRY = { minMs: 250, maxMs: 30_000 }

/** Settles and reports a finished batch. */
export function settleBatch({ batch, results }: FinishedBatch, options: SettleOptions): void {
  if (batch.abandoned !== undefined) {
    handBack(batch, batch.abandoned, options)
    return
  }
  const passing = new Set<Admitted>()
  const dying = new Set<Admitted>()
  batch.items.forEach((item, i) => {
    const status = statusOf(results[i] as AppendResult)
    ;(status === 'dead' ? dying : passing).add(item.admitted)
    report(item, status, batch, results[i] as AppendResult, options)
  })
  for (const admitted of batch.admitted) {
    const poison = dying.has(admitted) && !passing.has(admitted)
    options.intake.settle(admitted, poison ? { kind: 'term' } : { kind: 'ack' })
  }
  observeBatch(batch, options)
}

function statusOf(result: AppendResult): IngestStatus {
  if (result.kind === 'appended') return 'accepted'
  return result.kind === 'duplicate' ? 'duplicate' : 'dead'
}

function report(
  item: Item,
  status: IngestStatus,
  batch: Batch,
  result: AppendResult,
  { observer, clock, onItem }: SettleOptions,
): void {
  const { delivery } = item.admitted
  observer.ingested(delivery.source, status, Math.max(0, clock.now() - delivery.publishedMs))
  if (item.dead !== undefined) observer.faulted(item.dead.stage, item.dead.fault.code, 1)
  else if (result.kind === 'conflict') observer.faulted('journal', 'id-conflict', 1)
  const detection = detectionOf(item)
  if (detection !== undefined) observer.skew(delivery.source, detection.timeMs - delivery.publishedMs)
  onItem(item, status, batch)
}

function observeBatch(batch: Batch, { observer }: SettleOptions): void {
  if (batch.items.length === 0) return
  const reached = itemsByStage(batch)
  const count = Math.max(1, reached.geolocate)
  for (const stage of ['validate', 'geolocate', 'cot', 'journal'] as const) {
    const elapsed = batch.spans[stage]
    if (elapsed !== undefined && reached[stage] > 0) observer.stage(stage, reached[stage], elapsed)
  }
  const eachMs = (batch.spans.geolocate ?? 0) / count
  const byFlag = new Map<string, number>()
  for (const { located } of batch.items) {
    if (located === undefined) continue
    const flag = located.kind === 'place' ? located.flag : 'none'
    byFlag.set(flag, (byFlag.get(flag) ?? 0) + 1)
  }
  for (const [flag, n] of byFlag) observer.located(flag as Parameters<Observer['located']>[0], n, eachMs)
}

/** How many items each stage was given. */
function itemsByStage({ items }: Batch): Record<'validate' | 'geolocate' | 'cot' | 'journal', number> {
  let geolocate = 0
  let cot = 0
  for (const { reading, located } of items) {
    if (reading?.ok === true) geolocate += 1
    if (located !== undefined) cot += 1
  }
  return { validate: items.length, geolocate, cot, journal: items.length }
}

function handBack(batch: Batch, because: Fault, { intake, log }: SettleOptions): void {
  log.warn(
    { code: because.code, reason: because.reason, messages: batch.admitted.length, traces: traces(batch) },
    'batch handed back to the broker',
  )
  for (const admitted of batch.admitted) intake.settle(admitted, retryLater(admitted, because))
}

function retryLater(admitted: Admitted, because: Fault): Settlement {
  const delayMs = because.retryAfterMs ?? backoffMs(RETRY, admitted.delivery.attempt)
  return { kind: 'nak', delayMs: Math.round(delayMs) }
}

/** Enough of the trace ids to find the messages, bounded. */
function traces(batch: Batch): string[] {
  return batch.admitted.slice(0, 10).map((a) => a.delivery.trace)
}
