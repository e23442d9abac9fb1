/**
 * The running service: everything made from the settings, started in order, watched, and stopped in order.
 *
 * Invariants: what was started is stopped, also when a later step of the start fails; nothing is pulled before the sinks
 * and the journal stand; the service ends once, with one exit code, whoever asked for it.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Locator } from '../actors/geolocate.ts'
import { Actor } from '../actors/kernel/actor.ts'
import type { Backoff } from '../actors/kernel/backoff.ts'
import type { Supervisor } from '../actors/kernel/supervisor.ts'
import { weigh } from '../src/domain/weigh.ts'
import { type Fault, fault, faultFrom } from '../src/fault/fault.ts'
import { startHttp } from '../src/http/server.ts'
import type { BrokerConnection } from '../src/nats/connection.ts'
import { LetterCopies } from '../src/nats/letters.ts'
import { provision } from '../src/nats/provision.ts'
import { publishAll } from '../src/nats/publisher.ts'
import { respond } from '../src/nats/requests.ts'
import { forgetConsumer, residueAt } from '../src/nats/residue.ts'
import { JetStreamSource } from '../src/nats/source.ts'
import { DETECTIONS } from '../src/nats/streams.ts'
import type { SystemState, SystemView } from '../src/port/gauge.ts'
import type { Journal } from '../src/port/journal.ts'
import { openJournal } from '../src/store/journal.ts'
import { type BudgetedLines, createBudgetedLines } from '../src/watch/line-budget.ts'
import { joinBroker, streamSettings } from './broker.ts'
import { destinationsFrom } from './destinations.ts'
import { drain } from './drain.ts'
import { elevationFrom } from './elevation.ts'
import { type Ending, type Ground, type GroundOptions, layGround, supervisorNamed } from './ground.ts'
import { Intake } from './intake.ts'
import { intakeBehavior } from './intake-actor.ts'
import { writeItemLine, writePushLine } from './item-lines.ts'
import { startLine } from './line.ts'
import { replayLetters } from './replay.ts'
import { answerers } from './requests.ts'
import { removeRuntime, writeRuntime } from './runtime.ts'
import { listenToSensors, sensorsFrom } from './sensors.ts'
import { Sinks } from './sinks.ts'
import { cotStageFrom, fusionFrom, locatorFrom } from './stages.ts'
import { Suspects } from './suspects.ts'
import { systemView } from './view.ts'

export interface ServiceOptions extends GroundOptions {
  /** Put around geolocation; for tests that need a stage to fail. */
  readonly aroundLocate?: (locate: Locator) => Locator
  /** Pauses between attempts to reach a sink again; for tests of outages that have to end in seconds. */
  readonly sinkBackoff?: Backoff
}

export interface Service {
  /** Where the broker listens, without secrets. */
  readonly nats: string
  /** Where the HTTP server listens. */
  readonly http: string
  view(): SystemView
  /** Begins to stop; {@link ended} tells when that is done. */
  stop(): void
  /** Resolves when everything is closed. */
  readonly ended: Promise<Ending>
}

/** How long a data directory that is still held is waited for. */
const HANDOVER_MS = 2_000
const HANDOVER_POLL_MS = 50
/** Log lines of one kind about single detections, per second. */
const LINES_PER_SECOND = 50

/** Starts the service. @throws FaultError naming what could not be started; what had been is closed again */
export async function startService(options: ServiceOptions): Promise<Service> {
  const opened = new AsyncDisposableStack()
  let giveUp: (because: Fault) => void = () => {}
  const given = new Promise<Fault>((resolve) => {
    giveUp = resolve
  })
  const asked = new AbortController()
  try {
    const ground = layGround(options, opened, (because) => giveUp(because))
    const parts = await assemble(ground, options)
    const view = (): SystemView => systemView(parts, parts.phase.now)
    ground.observer.attach(view)
    const http = await openDoors(ground, parts, view)
    await parts.root.adopt(intakeActor(ground, parts))
    parts.phase.now = 'UP'
    ground.log.info({ nats: parts.link.server, http, version: options.version }, 'sightline is up')
    const ended = untilTheEnd(ground, parts, asked.signal, given)
    return { nats: parts.link.server, http, view, stop: () => asked.abort(), ended }
  } catch (thrown) {
    await opened.disposeAsync()
    throw thrown
  }
}

/** Everything but the doors to the outside, standing and connected, with nothing flowing yet. */
interface Parts {
  readonly version: string
  readonly startedMs: number
  readonly phase: { now: SystemState }
  readonly root: Supervisor
  readonly link: BrokerConnection
  readonly embedded: boolean
  readonly journal: Journal
  readonly sinks: Sinks
  readonly intake: Intake
  readonly watched: Ground['observer']['views']
  readonly clock: Ground['clock']
}

async function assemble(ground: Ground, options: ServiceOptions): Promise<Parts> {
  const { settings, observer, clock, opened, version, giveUp } = ground
  const startedMs = clock.now()
  const sensors = sensorsFrom(settings)
  const journal = await openStore(ground)
  const root = supervisorNamed('sightline', ground)
  root.onFailure = giveUp
  opened.defer(() => root.stop())
  await root.start()
  const { link, embedded } = await joinBroker(settings, { ...ground, supervisor: root })
  opened.defer(() => link.close())
  link.onClosed(giveUp)
  await provision(link, streamSettings(settings))
  await listenToSensors(ground, link, sensors)
  const sinks = await startSinks(ground, options, { root, link, journal })
  const intake = newIntake(ground)
  const lines = budgetedLines(ground, 'detection')
  const locate = locatorFrom(settings, sensors.registry, elevationFrom(settings, ground.log))
  await startLine({
    settings,
    intake,
    journal,
    locate: options.aroundLocate?.(locate) ?? locate,
    fusion: fusionFrom(settings, observer),
    cot: () => cotStageFrom(settings, journal, observer, () => clock.now()),
    supervisor: root.add(supervisorNamed('stages', ground)),
    observer,
    onItem: (item, status, batch) => writeItemLine(lines, item, status, batch),
    onBroken: (because) =>
      giveUp(fault('internal', `the processing line broke: ${String(because)}`, { cause: because })),
    log: ground.log,
    clock,
  })
  const phase = { now: 'STARTING' as SystemState }
  return { version, startedMs, phase, root, link, embedded, journal, sinks, intake, watched: observer.views, clock }
}

async function openStore({ settings, dataDir, clock, log, opened, giveUp }: Ground): Promise<Journal> {
  const options = { ...settings.store, dir: dataDir, clock, log: log.child({ part: 'store' }), onFatal: giveUp }
  const deadline = clock.monotonic() + HANDOVER_MS
  for (;;) {
    try {
      const journal = await openJournal(options)
      opened.defer(() => journal.close())
      return journal
    } catch (thrown) {
      // A predecessor that was told to stop, or whose launcher was killed, is about to give the directory back.
      const { code } = faultFrom(thrown)
      if (code !== 'store-locked' || clock.monotonic() > deadline) throw thrown
      await sleep(HANDOVER_POLL_MS)
    }
  }
}

async function startSinks(
  ground: Ground,
  { sinkBackoff }: ServiceOptions,
  { root, link, journal }: Pick<Parts, 'root' | 'link' | 'journal'>,
): Promise<Sinks> {
  const { settings, instance, observer, log, clock } = ground
  const copies = new LetterCopies(link)
  const lines = budgetedLines(ground, 'pushed')
  const sinks = new Sinks({
    destinations: destinationsFrom(settings, { link, instance, log, clock }),
    journal,
    copyLetter: (letter) => copies.copy(letter),
    supervisor: root.add(supervisorNamed('sinks', ground)),
    backoff: sinkBackoff,
    onSettled: (sink, entry, outcome) => writePushLine(lines, sink, entry, outcome, clock.now()),
    observer,
    log,
    clock,
  })
  await sinks.start()
  return sinks
}

function budgetedLines({ log, clock, opened }: Ground, message: string): BudgetedLines {
  const lines = createBudgetedLines(log, clock, message, LINES_PER_SECOND)
  opened.defer(() => lines.close())
  return lines
}

function newIntake({ settings, dataDir, observer, clock }: Ground): Intake {
  const { intake, nats } = settings
  return new Intake({
    credits: { detections: intake.credits, bytes: intake.creditBytes },
    soloFrom: nats.consumer.soloFrom,
    maxDeliveries: nats.consumer.maxDeliveries,
    ackWaitMs: nats.consumer.ackWaitMs,
    weigh,
    suspects: new Suspects(join(dataDir, 'suspects.json')),
    observer,
    clock,
  })
}

/** Draws from the stream; when the consumer is lost it is made again. */
function intakeActor(ground: Ground, { link, intake }: Parts): Actor<never, void> {
  const { settings, log, clock } = ground
  const { durable, ackWaitMs } = settings.nats.consumer
  const create = () =>
    intakeBehavior({
      intake,
      residueAt: () => residueAt(link, DETECTIONS, durable),
      forgetConsumer: () => forgetConsumer(link, DETECTIONS, durable),
      lookEveryMs: ackWaitMs,
      log,
      clock,
      provision: async () => void (await provision(link, streamSettings(settings))),
      openSource: (handlers, onFault) =>
        new JetStreamSource(link, handlers, {
          stream: DETECTIONS,
          consumer: durable,
          log,
          onFault,
          clock,
        }),
    })
  return new Actor({ name: 'intake', mailbox: 1, clock, create })
}

/** HTTP, requests over the broker, and runtime.json. Answers where HTTP listens. */
async function openDoors(ground: Ground, parts: Parts, view: () => SystemView): Promise<string> {
  const { settings, observer, log, opened, version, instance, dataDir, clock } = ground
  const { link, journal, sinks } = parts
  const { host, port } = hostAndPort(settings.http)
  const http = await startHttp({
    host,
    port,
    view,
    metrics: () => observer.metrics(),
    metricsType: observer.metricsType,
    log: log.child({ part: 'http' }),
    onAnswer: (...answer) => observer.requested(...answer),
  })
  opened.defer(() => http.close())
  const replay = answerers({
    view,
    journal,
    replay: (request) =>
      replayLetters(request, {
        journal,
        publish: async (subject, payload) => void (await publishAll(link, [{ subject, payload }])),
        offer: (sink, seq) => sinks.offer(sink, seq),
      }),
  })
  for (const [name, answer] of Object.entries(replay)) {
    for (const subject of [`sightline.${name}`, `sightline.${name}.${instance}`])
      opened.defer(respond(link, subject, answer))
  }
  writeRuntime(dataDir, {
    pid: process.pid,
    instance,
    version,
    startedAt: new Date(clock.now()).toISOString(),
    nats: link.server,
    embedded: parts.embedded,
    http: http.address,
  })
  opened.defer(() => removeRuntime(dataDir))
  return http.address
}

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}

/** Waits for whoever ends the service first, then stops everything in order. */
async function untilTheEnd(
  { settings, clock, log, opened }: Ground,
  { intake, sinks, phase }: Parts,
  asked: AbortSignal,
  given: Promise<Fault>,
): Promise<Ending> {
  const stopping = new Promise<undefined>((resolve) => asked.addEventListener('abort', () => resolve(undefined)))
  const because = await Promise.race([stopping, given])
  phase.now = 'SHUTTING_DOWN'
  let complete = false
  if (because === undefined) {
    log.info({}, 'stopping')
    const steps = {
      stopIntake: () => intake.stop(),
      inFlight: () => intake.drained(),
      finishSinks: (deadlineMs: number) => sinks.finish(deadlineMs),
    }
    complete = await drain(steps, settings.drain.timeoutMs, clock, log)
  } else {
    intake.abandon()
    log.error({ code: because.code, reason: because.reason }, 'giving up')
  }
  await opened.disposeAsync().catch((thrown: unknown) => log.error({ err: thrown }, 'something did not close'))
  if (because !== undefined) return { exitCode: 5, fault: because }
  return { exitCode: complete ? 0 : 4 }
}
