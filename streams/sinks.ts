/** The push actors of all sinks and the copier of dead letters, each on its own: a slow or dead sink delays nobody else. */
import { Actor } from '../actors/kernel/actor.ts'
import type { Backoff } from '../actors/kernel/backoff.ts'
import type { Supervisor } from '../actors/kernel/supervisor.ts'
import { LetterCopyBehavior } from '../actors/letters.ts'
import { PushBehavior, type PushRequest } from '../actors/push/push.ts'
import { SinkStatus } from '../actors/push/status.ts'
import { type Answer, FaultError, fault } from '../src/fault/fault.ts'
import type { Clock } from '../src/port/clock.ts'
import type { StoredDeadLetter } from '../src/port/deadletter.ts'
import type { SinkView } from '../src/port/gauge.ts'
import type { Journal, JournalEntry, Outcome } from '../src/port/journal.ts'
import type { Log } from '../src/port/log.ts'
import type { Observer } from '../src/port/observer.ts'
import type { Destination } from './destinations.ts'

export interface SinksOptions {
  readonly destinations: readonly Destination[]
  readonly journal: Journal
  readonly copyLetter: (letter: StoredDeadLetter) => Promise<void>
  readonly supervisor: Supervisor
  /** Between attempts to reach a sink again; {@link BACKOFF} where nothing is given. */
  readonly backoff?: Backoff
  /** Told of every event that a sink was done with. */
  readonly onSettled: (sink: string, entry: JournalEntry, outcome: Outcome) => void
  readonly observer: Observer
  readonly log: Log
  readonly clock: Clock
}

/** Between attempts to reach a sink again. */
const BACKOFF: Backoff = { minMs: 250, maxMs: 30_000 }
/** Failures of one event, while others pass, after which it is dead-lettered. */
const MAX_FAILURES = 20
/** Questions to a push actor at once: offers of dead letters, and the end. */
const MAILBOX = 64

interface Pusher {
  readonly actor: Actor<PushRequest, Answer<void>>
  readonly status: SinkStatus
}

export class Sinks {
  readonly #pushers: ReadonlyMap<string, Pusher>
  readonly #supervisor: Supervisor

  constructor(options: SinksOptions) {
    const { supervisor, clock, log, journal } = options
    this.#supervisor = supervisor
    this.#pushers = new Map(options.destinations.map((each) => [each.driver.name, pusherOf(each, options)]))
    for (const { actor } of this.#pushers.values()) supervisor.add(actor)
    const create = () =>
      new LetterCopyBehavior({ letters: journal.letters, publish: options.copyLetter, backoff: BACKOFF, log, clock })
    supervisor.add(new Actor<never, void>({ name: 'letters', mailbox: 1, clock, create }))
  }

  async start(): Promise<void> {
    await this.#supervisor.start()
  }

  views(): SinkView[] {
    return [...this.#pushers.values()].map(({ status }) => status.view())
  }

  /** Offers a journalled event to one sink again. @throws FaultError with the sink's fault */
  async offer(sink: string, seq: number): Promise<void> {
    const pusher = this.#pushers.get(sink)
    if (pusher === undefined) throw new FaultError(fault('not-found', `There is no sink "${sink}" any more.`))
    const answer = await pusher.actor.ask({ kind: 'offer', seq })
    if (!answer.ok) throw new FaultError(answer.fault)
  }

  /** Lets every sink settle what it can by the deadline. */
  async finish(deadlineMs: number): Promise<void> {
    const asked = [...this.#pushers.values()].map(({ actor }) => actor.ask({ kind: 'finish', deadlineMs }))
    await Promise.allSettled(asked)
  }
}

function pusherOf({ driver, cursor: cursorOptions }: Destination, options: SinksOptions): Pusher {
  const { journal, observer, log, clock } = options
  const cursor = journal.cursor(cursorOptions)
  const status = new SinkStatus(driver, cursor, observer, clock)
  const create = () =>
    new PushBehavior({
      driver,
      journal,
      cursor,
      status,
      backoff: options.backoff ?? BACKOFF,
      maxFailures: MAX_FAILURES,
      onSettled: (entry, outcome) => options.onSettled(driver.name, entry, outcome),
      observer,
      log,
      clock,
    })
  const actor = new Actor({ name: `push ${driver.name}`, mailbox: MAILBOX, concurrency: MAILBOX, clock, create })
  return { actor, status }
}
