/** What every part of the service stands on: settings, identity, time, log, observer, and the list of what to close. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Supervisor } from '../actors/kernel/supervisor.ts'
import type { Settings } from '../src/config/settings.ts'
import type { Fault } from '../src/fault/fault.ts'
import { type Clock, systemClock } from '../src/port/clock.ts'
import type { Log } from '../src/port/log.ts'
import { createObserver, type SystemObserver } from '../src/watch/observer.ts'

/** How the service ended. */
export interface Ending {
  /** 0 stopped as asked; 4 stopped with work handed back; 5 given up by the supervisor. */
  readonly exitCode: 0 | 4 | 5
  readonly fault?: Fault
}

export interface Ground {
  readonly settings: Settings
  readonly version: string
  /** Absolute. */
  readonly dataDir: string
  /** Names this data directory's service for ever: in reply subjects, in pings, in log lines. */
  readonly instance: string
  readonly clock: Clock
  readonly log: Log
  readonly observer: SystemObserver
  /** Closed in reverse order, however the service ends. */
  readonly opened: AsyncDisposableStack
  /** Called when the service cannot go on. */
  readonly giveUp: (because: Fault) => void
}

export interface GroundOptions {
  readonly settings: Settings
  readonly version: string
  readonly log: Log
  readonly clock?: Clock
}

/** Name of the sink that publishes CoT subjects; reserved. */
export const COT_SINK = 'cot'

export function layGround(
  options: GroundOptions,
  opened: AsyncDisposableStack,
  giveUp: (because: Fault) => void,
): Ground {
  const { settings, version } = options
  const clock = options.clock ?? systemClock
  const dataDir = resolve(settings.dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const instance = instanceOf(dataDir)
  const log = options.log.child({ instance })
  const observer = createObserver({ log, clock, isTakSink: (sink) => sink !== COT_SINK })
  opened.defer(() => observer.close())
  return { settings, version, dataDir, instance, clock, log, observer, opened, giveUp }
}

/** A supervisor that restarts one for one, with the intensity of the settings. */
export function supervisorNamed(name: string, { settings, observer, clock }: Ground): Supervisor {
  const { maxRestarts, withinMs, minBackoffMs, maxBackoffMs } = settings.supervision
  return new Supervisor({
    name,
    strategy: 'one-for-one',
    intensity: { maxRestarts, withinMs },
    backoff: { minMs: minBackoffMs, maxMs: maxBackoffMs },
    clock,
    onRestart: (actor, because) => observer.restarted(actor, because),
  })
}

function instanceOf(dataDir: string): string {
  const path = join(dataDir, 'instance')
  try {
    const known = readFileSync(path, 'utf8').trim()
    if (/^[0-9a-f]{8}$/.test(known)) return known
  } catch {
    // The first start in this directory.
  }
  const instance = randomBytes(4).toString('hex')
  writeFileSync(path, `${instance}\n`, { mode: 0o600 })
  return instance
}
