/** The processing line: the stage actors under their supervisor, the intake in front of them, and settling at the end. */
import { type CotStage, cotBehavior } from '../actors/cot.ts'
import { type FusionOptions, fusionBehavior } from '../actors/fusion.ts'
import { geolocateBehavior, type Locator } from '../actors/geolocate.ts'
import { journalBehavior } from '../actors/journal.ts'
import { Actor, type Behavior } from '../actors/kernel/actor.ts'
import type { Supervisor } from '../actors/kernel/supervisor.ts'
import { validateBehavior } from '../actors/validate.ts'
import type { Settings } from '../src/config/settings.ts'
import type { Clock } from '../src/port/clock.ts'
import type { Journal } from '../src/port/journal.ts'
import type { Log } from '../src/port/log.ts'
import type { Observer } from '../src/port/observer.ts'
import type { Intake } from './intake.ts'
import { pipeline, type Stages } from './pipeline.ts'
import { type SettleOptions, settleBatch } from './settle.ts'

export interface LineOptions {
  readonly settings: Settings
  readonly intake: Intake
  readonly journal: Journal
  readonly locate: Locator
  readonly fusion: FusionOptions
  readonly cot: () => CotStage
  readonly supervisor: Supervisor
  readonly observer: Observer
  readonly onItem: SettleOptions['onItem']
  /** Told of what should not be able to happen: the line itself broke. */
  readonly onBroken: (because: unknown) => void
  readonly log: Log
  readonly clock: Clock
}

/** Starts the stages and connects them. Nothing flows until the intake has a source. */
export async function startLine(options: LineOptions): Promise<void> {
  const { settings, intake, supervisor, clock } = options
  const stages = stageActors(options)
  await supervisor.start()
  const settling: SettleOptions = { ...options }
  pipeline(intake.admitted, {
    stages,
    batch: settings.batch,
    concurrency: settings.stages.concurrency,
    clock,
  }).subscribe({
    next: (finished) => settleBatch(finished, settling),
    error: options.onBroken,
  })
}

function stageActors({ settings, journal, locate, fusion, cot, supervisor, clock }: LineOptions): Stages {
  const { deadlineMs, mailbox } = settings.stages
  const stage = <In, Out>(name: string, deadline: number, create: () => Behavior<In, Out>): Actor<In, Out> =>
    supervisor.add(new Actor({ name, mailbox, deadlineMs: deadline, clock, create }))
  return {
    validate: stage('validate', deadlineMs.validate, () => validateBehavior(settings.clock)),
    geolocate: stage('geolocate', deadlineMs.geolocate, () => geolocateBehavior(locate)),
    fusion: stage('fusion', deadlineMs.geolocate, () => fusionBehavior(fusion)),
    cot: stage('cot', deadlineMs.cot, () => cotBehavior(cot())),
    // No deadline: a full store makes it wait, and a commit that fails or hangs has the store's own.
    journal: supervisor.add(
      new Actor({ name: 'journal', mailbox, concurrency: mailbox, clock, create: () => journalBehavior(journal) }),
    ),
  }
}
