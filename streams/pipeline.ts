/**
 * The way of a detection from its arrival to the journal: validate, geolocate, cot, journal, then settle.
 *
 * RxJS carries batches between the actors and caps how many are in each stage; credits at the intake bound the whole.
 * A stage that fails as a whole (crash, deadline, overload) loses nothing: the batch is handed back to the broker
 * with a delay. User data never gets that far: its faults are answers, item by item.
 */
import { from, map, mergeMap, type Observable } from 'rxjs'
import type { LocatedDetection } from '../actors/cot.ts'
import type { ActorRef } from '../actors/kernel/actor.ts'
import type { CotEvent } from '../src/cot/event.ts'
import type { Detection } from '../src/domain/detection.ts'
import type { Located } from '../src/domain/location.ts'
import type { MessageReading } from '../src/domain/message.ts'
import { type Answer, type Fault, fault, faultFrom } from '../src/fault/fault.ts'
import type { Stage } from '../src/fault/table.ts'
import type { Clock } from '../src/port/clock.ts'
import type { Delivery } from '../src/port/delivery.ts'
import type { AppendResult, Draft } from '../src/port/journal.ts'
import { type Batch, type Item, type LiveItem, live, newBatch } from './batch.ts'
import { draftOf } from './drafts.ts'
import { inOrder } from './in-order.ts'
import type { Admitted } from './intake.ts'
import { microBatch } from './micro-batch.ts'

export interface Stages {
  readonly validate: ActorRef<readonly Delivery[], MessageReading[]>
  readonly geolocate: ActorRef<readonly Detection[], Answer<Located>[]>
  /** Crosses the lines of bearing among its inputs with those of other sensors; the rest comes back as it is. */
  readonly fusion: ActorRef<readonly LocatedDetection[], Located[]>
  readonly cot: ActorRef<readonly LocatedDetection[], Answer<CotEvent>[]>
  readonly journal: ActorRef<readonly Draft[], AppendResult[]>
}

export interface PipelineOptions {
  readonly stages: Stages
  readonly batch: { readonly maxItems: number; readonly lingerMs: number }
  /** Batches that may be inside one stage at once. */
  readonly concurrency: number
  readonly clock: Clock
}

/** A batch at its end: journalled with one result per item, or abandoned with none. */
export interface FinishedBatch {
  readonly batch: Batch
  readonly results: readonly AppendResult[]
}

/** Batches that may wait for the journal at once; it commits whatever has gathered. */
const JOURNAL_CONCURRENCY = 8

/** Runs admitted deliveries through the stages. Emits every batch exactly once, in order of arrival. */
export function pipeline(admitted: Observable<Admitted>, options: PipelineOptions): Observable<FinishedBatch> {
  const { stages, concurrency, clock } = options
  let seq = 0
  const inStage = (stage: Stage, work: (batch: Batch) => Promise<void>) =>
    mergeMap((batch: Batch) => from(timed(stage, batch, work, clock)), concurrency)
  return admitted.pipe(
    microBatch(options.batch),
    map((group) => newBatch(seq++, group)),
    inStage('validate', (batch) => validate(batch, stages)),
    inStage('geolocate', (batch) => geolocate(batch, stages)),
    inStage('cot', (batch) => buildEvents(batch, stages)),
    inOrder((batch) => batch.seq, 0),
    mergeMap((batch) => from(journal(batch, stages, clock)), JOURNAL_CONCURRENCY),
    inOrder(({ batch }) => batch.seq, 0),
  )
}

async function timed(stage: Stage, batch: Batch, work: (batch: Batch) => Promise<void>, clock: Clock): Promise<Batch> {
  if (batch.abandoned !== undefined) return batch
  const start = clock.monotonic()
  try {
    await work(batch)
  } catch (thrown) {
    batch.abandoned = faultFrom(thrown, 'actor-crashed')
  }
  batch.spans[stage] = clock.monotonic() - start
  return batch
}

async function validate(batch: Batch, stages: Stages): Promise<void> {
  const readable = batch.admitted.filter((a) => !a.spent)
  const readings = readable.length === 0 ? [] : await stages.validate.ask(readable.map((a) => a.delivery))
  const items = batch.admitted.filter((a) => a.spent).map(spentItem)
  readings.forEach((reading, i) => {
    const admitted = readable[i] as Admitted
    if (reading.kind === 'unreadable') items.push(stopped(admitted, 'validate', reading.fault))
    else for (const element of reading.elements) items.push(itemOf(admitted, element))
  })
  batch.items = items
}

function itemOf(admitted: Admitted, reading: NonNullable<Item['reading']>): Item {
  const dead = reading.ok ? undefined : { stage: 'validate' as const, fault: reading.fault }
  return { admitted, index: reading.index, reading, located: undefined, event: undefined, dead }
}

/** An item for a whole message that goes no further. */
function stopped(admitted: Admitted, stage: Stage, f: Fault): Item {
  return { admitted, index: 0, reading: undefined, located: undefined, event: undefined, dead: { stage, fault: f } }
}

function spentItem(admitted: Admitted): Item {
  const reason = `delivered ${admitted.delivery.attempt} times without being settled`
  return stopped(admitted, 'intake', fault('redelivery-limit', reason))
}

async function geolocate(batch: Batch, stages: Stages): Promise<void> {
  const items = live(batch)
  if (items.length === 0) return
  const answers = await stages.geolocate.ask(items.map((item) => item.reading.detection))
  apply(items, answers, 'geolocate', (item, located) => {
    item.located = located
  })
  await crossBearings(items, stages)
}

/** Lines of bearing become places where another sensor saw the same target. */
async function crossBearings(items: readonly LiveItem[], stages: Stages): Promise<void> {
  const lines = items.filter((item) => item.located?.kind === 'bearing')
  if (lines.length === 0) return
  const inputs = lines.map((item) => ({ detection: item.reading.detection, located: item.located as Located }))
  const crossed = await stages.fusion.ask(inputs)
  lines.forEach((item, i) => {
    item.located = crossed[i] ?? item.located
  })
}

async function buildEvents(batch: Batch, stages: Stages): Promise<void> {
  const items = live(batch)
  if (items.length === 0) return
  const inputs = items.map((item) => ({ detection: item.reading.detection, located: item.located as Located }))
  apply(items, await stages.cot.ask(inputs), 'cot', (item, event) => {
    item.event = event
  })
}

function apply<T>(
  items: readonly LiveItem[],
  answers: readonly Answer<T>[],
  stage: Stage,
  take: (item: Item, value: T) => void,
): void {
  items.forEach((item, i) => {
    const answer = answers[i]
    if (answer?.ok) take(item, answer.value)
    else item.dead = { stage, fault: answer?.fault ?? fault('internal', `${stage} answered too few items`) }
  })
}

async function journal(batch: Batch, stages: Stages, clock: Clock): Promise<FinishedBatch> {
  let results: readonly AppendResult[] = []
  await timed(
    'journal',
    batch,
    async () => {
      const nowMs = clock.now()
      if (batch.items.length > 0) results = await stages.journal.ask(batch.items.map((item) => draftOf(item, nowMs)))
    },
    clock,
  )
  return { batch, results }
}
