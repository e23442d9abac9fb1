/**
 * Brings journalled events to one sink, whatever the sink does meanwhile.
 *
 * Invariants: never more than the driver's window unsettled; an event is settled in the cursor only after the link said so;
 * after a lost link everything unsettled is read again from the cursor and sent again; a transient fault never dead-letters,
 * except an event that failed `maxFailures` times while others passed.
 */
import { type Answer, type Fault, failed, fault, faultFrom, passed } from '../../src/fault/fault.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { DeadLetter } from '../../src/port/deadletter.ts'
import type { Cursor, Journal, JournalEntry, Outcome } from '../../src/port/journal.ts'
import type { Log } from '../../src/port/log.ts'
import type { Observer } from '../../src/port/observer.ts'
import type { LinkHandlers, SinkDriver, SinkLink } from '../../src/port/sink.ts'
import type { ActorContext, Behavior } from '../kernel/actor.ts'
import { type Backoff, backoffMs } from '../kernel/backoff.ts'
import { openWithRetry } from './reopen.ts'
import { Retries } from './retries.ts'
import type { SinkStatus } from './status.ts'

export interface PushOptions {
  readonly driver: SinkDriver
  readonly journal: Journal
  readonly cursor: Cursor
  readonly status: SinkStatus
  readonly backoff: Backoff
  /** Failures of one event, while others pass, after which it is dead-lettered. */
  readonly maxFailures: number
  /** Told of every event that the sink was done with. */
  readonly onSettled: (entry: JournalEntry, outcome: Outcome) => void
  readonly observer: Observer
  readonly log: Log
  readonly clock: Clock
}

/**
 * What a push actor can be asked.
 * `finish`, once, at drain: settle what can be settled by then, then close.
 * `offer`: send one journalled event again; answered when the sink has taken it, or with the fault why not.
 */
export type PushRequest =
  | { readonly kind: 'finish'; readonly deadlineMs: number }
  | { readonly kind: 'offer'; readonly seq: number }

/** One reading from the journal, at most. */
const CHUNK_ITEMS = 512
const CHUNK_BYTES = 1024 * 1024

export class PushBehavior implements Behavior<PushRequest, Answer<void>> {
  readonly #options: PushOptions
  readonly #unsettled = new Map<number, JournalEntry>()
  /** Events offered again by a person, with whoever waits for them. */
  readonly #offers = new Map<number, (answer: Answer<void>) => void>()
  readonly #retries: Retries
  readonly #ending = new AbortController()
  #link: SinkLink | undefined
  #generation = 0
  /** Next sequence to read. */
  #next = 0
  /** After a failure, one event goes first. */
  #probing = false
  #feedQueued = false
  #finishing = false
  #losses = 0
  #seenHead = 0
  #forgetCommits: (() => void) | undefined
  #context: ActorContext | undefined

  constructor(options: PushOptions) {
    this.#options = options
    this.#retries = new Retries({
      backoff: options.backoff,
      clock: options.clock,
      resend: (seq) => this.#resend(seq),
      sendFresh: () => this.#sendFresh(),
    })
  }

  start(context: ActorContext): void {
    const { journal } = this.#options
    this.#context = context
    this.#seenHead = journal.head
    this.#forgetCommits = journal.onCommit(() => this.#committed())
    this.#open()
  }

  async receive(request: PushRequest): Promise<Answer<void>> {
    if (request.kind === 'offer') return this.#offer(request.seq)
    this.#finishing = true
    this.#ending.abort()
    await this.#link?.finish(request.deadlineMs)
    this.#options.status.become('stopped')
    return passed(undefined)
  }

  stop(): void {
    this.#finishing = true
    this.#generation += 1
    this.#ending.abort()
    this.#forgetCommits?.()
    for (const seq of [...this.#offers.keys()]) this.#answerOffer(seq, fault('shutting-down'))
    this.#retries.stop()
    this.#link?.abort()
    this.#link = undefined
    this.#options.status.inFlight = 0
    this.#options.status.become('stopped')
  }

  #open(): void {
    const { driver, backoff, status, cursor } = this.#options
    const generation = ++this.#generation
    if (status.state !== 'down') status.become('opening')
    openWithRetry(driver, this.#handlers(generation), backoff, this.#ending.signal, (f) => {
      if (generation === this.#generation) status.become('down', f)
    }).then(
      (link) => {
        if (generation !== this.#generation || this.#finishing) {
          link.abort()
          return
        }
        this.#link = link
        this.#next = cursor.low + 1
        this.#probing = driver.probes && this.#losses > 0
        if (!this.#probing) status.become('up')
        link.onReady(() => this.#feed())
        this.#feed()
      },
      (thrown) => {
        if (!this.#finishing && generation === this.#generation) {
          this.#context?.fail(fault('internal', `opening ${driver.name} ended unexpectedly`, { cause: thrown }))
        }
      },
    )
  }

  /** Handlers of one link; those of an earlier one are no longer heard. */
  #handlers(generation: number): LinkHandlers {
    const heard =
      <A extends unknown[]>(listener: (...args: A) => void) =>
      (...args: A) => {
        if (generation === this.#generation) listener(...args)
      }
    return {
      settled: heard((seq, outcome) => this.#settled(seq, outcome)),
      rejected: heard((seq, f) => this.#rejected(seq, f)),
      retry: heard((seq, f) => this.#failed(seq, f)),
      lost: heard((f) => this.#lost(f)),
    }
  }

  #committed(): void {
    const { journal, status, observer, driver } = this.#options
    if (status.state === 'down') {
      for (let seq = this.#seenHead; seq < journal.head; seq++) observer.pushed(driver.name, 'queued', 0)
    }
    this.#seenHead = journal.head
    this.#feed()
  }

  async #offer(seq: number): Promise<Answer<void>> {
    const { journal, driver } = this.#options
    const entry = journal.read(seq, 1, CHUNK_BYTES)[0]
    if (entry?.seq !== seq) return failed(fault('bad-field', `event ${seq} is no longer in the journal`))
    if (this.#link === undefined) return failed(fault('sink-unreachable', `${driver.name} is not open`))
    const answer = new Promise<Answer<void>>((resolve) => this.#offers.set(seq, resolve))
    this.#unsettled.set(seq, entry)
    this.#link.send([entry])
    return answer
  }

  /** Tells whoever offered the event; true when somebody did. */
  #answerOffer(seq: number, problem?: Fault): boolean {
    const offer = this.#offers.get(seq)
    if (offer === undefined) return false
    this.#offers.delete(seq)
    offer(problem === undefined ? passed(undefined) : failed(problem))
    return true
  }

  /** Sends what the link takes, as far as window, readiness and journal allow. */
  #feed(): void {
    const { driver, status } = this.#options
    while (!this.#retries.holding) {
      if (this.#sendNext(this.#probing ? 1 : driver.window, CHUNK_ITEMS) === undefined) break
    }
    status.inFlight = this.#unsettled.size
  }

  /** Sends events from where reading stopped, up to so many, and answers them; undefined when none can be sent now. */
  #sendNext(window: number, most: number): readonly JournalEntry[] | undefined {
    const { cursor } = this.#options
    if (!this.#link?.ready || this.#finishing) return undefined
    const room = Math.min(window - this.#unsettled.size, cursor.reach - this.#next, most)
    const read = room < 1 ? [] : this.#read(room)
    const last = read.at(-1)
    if (last === undefined) return undefined
    this.#next = last.seq + 1
    const entries = read.filter((entry) => !cursor.isSettled(entry.seq))
    for (const entry of entries) this.#unsettled.set(entry.seq, entry)
    if (entries.length > 0) this.#link.send(entries)
    return entries
  }

  /** Nobody waits for this reading: what cannot be read is told to the supervisor, and nothing is passed over. */
  #read(count: number): JournalEntry[] {
    try {
      return this.#options.journal.read(this.#next, count, CHUNK_BYTES)
    } catch (thrown) {
      this.#context?.fail(faultFrom(thrown))
      return []
    }
  }

  /** While the sink is held: lets one event try whose uid has none that failed; the link keeps those of the others back. */
  #sendFresh(): boolean {
    const { driver, status } = this.#options
    const waiting = new Set([...this.#unsettled.values()].map(({ event }) => event.uid))
    let sent: readonly JournalEntry[] | undefined
    do sent = this.#sendNext(driver.window, 1)
    while (sent?.every(({ event }) => waiting.has(event.uid)))
    status.inFlight = this.#unsettled.size
    return sent !== undefined
  }

  /** Settlements come in bursts: feed once after each. */
  #feedSoon(): void {
    if (this.#feedQueued) return
    this.#feedQueued = true
    queueMicrotask(() => {
      this.#feedQueued = false
      this.#feed()
    })
  }

  #settled(seq: number, outcome: Outcome): void {
    const entry = this.#unsettled.get(seq)
    if (entry === undefined) return
    const { cursor, status, observer, driver, clock } = this.#options
    this.#unsettled.delete(seq)
    cursor.settle(seq, outcome)
    this.#answerOffer(seq)
    const now = clock.now()
    status.delivered += 1
    status.lastDeliveredMs = now
    observer.pushed(driver.name, 'success', Math.max(0, now - entry.publishedMs))
    this.#options.onSettled(entry, outcome)
    this.#losses = 0
    this.#probing = false
    this.#retries.passed(seq)
    status.become('up')
    this.#feedSoon()
  }

  #rejected(seq: number, because: Fault): void {
    const entry = this.#unsettled.get(seq)
    if (entry === undefined) return
    if (this.#answerOffer(seq, because)) {
      // Its dead letter is still there: a second one would say the same.
      this.#unsettled.delete(seq)
      this.#feedSoon()
      return
    }
    const { cursor, status, journal, observer, driver, clock, log } = this.#options
    const generation = this.#generation
    observer.pushed(driver.name, 'failure', Math.max(0, clock.now() - entry.publishedMs))
    observer.faulted('push', because.code, 1)
    log.warn(
      { sink: driver.name, trace: entry.trace, seq, code: because.code, reason: because.reason },
      'event rejected',
    )
    // The letter is durable before the cursor moves: a crash between the two writes a second letter, never none.
    journal.letters.append(letterOf(entry, because, driver.name, clock.now())).then(
      () => {
        cursor.settle(seq, 'rejected')
        this.#options.onSettled(entry, 'rejected')
        status.rejected += 1
        if (generation !== this.#generation) return
        this.#unsettled.delete(seq)
        this.#probing = false
        this.#link?.forget?.(seq)
        this.#retries.passed(seq)
        this.#feedSoon()
      },
      (thrown) => this.#context?.fail(fault('store-commit', 'a dead letter could not be written', { cause: thrown })),
    )
  }

  #failed(seq: number, because: Fault): void {
    const entry = this.#unsettled.get(seq)
    if (entry === undefined) return
    if (this.#answerOffer(seq, because)) {
      this.#unsettled.delete(seq)
      return
    }
    const { status, observer, driver, clock, maxFailures } = this.#options
    observer.pushed(driver.name, 'failure', Math.max(0, clock.now() - entry.publishedMs))
    observer.faulted('push', because.code, 1)
    const failures = this.#retries.failed(seq, because)
    if (failures >= maxFailures) {
      this.#rejected(seq, fault('push-exhausted', `failed ${failures} times while others passed: ${because.reason}`))
      return
    }
    if (this.#retries.holding) status.become('down', because)
  }

  #resend(seq: number): void {
    const entry = this.#unsettled.get(seq)
    if (entry !== undefined && !this.#finishing) this.#link?.send([entry])
  }

  #lost(because: Fault): void {
    const { status, observer, driver, clock, backoff, log } = this.#options
    this.#generation += 1
    this.#link = undefined
    this.#losses += 1
    observer.faulted('push', because.code, 1)
    for (let n = this.#unsettled.size; n > 0; n--) observer.pushed(driver.name, 'queued', 0)
    log.warn(
      { sink: driver.name, code: because.code, reason: because.reason, inDoubt: this.#unsettled.size },
      'sink lost',
    )
    for (const seq of [...this.#offers.keys()]) this.#answerOffer(seq, because)
    this.#unsettled.clear()
    this.#retries.forgetSchedules()
    status.inFlight = 0
    status.become('down', because)
    if (this.#finishing) return
    const generation = this.#generation
    clock.after(because.retryAfterMs ?? backoffMs(backoff, this.#losses), () => {
      if (generation === this.#generation && !this.#finishing) this.#open()
    })
  }
}

/** The dead letter of an event that a sink would not take; its original is the detection as it was journalled. */
function letterOf(entry: JournalEntry, because: Fault, sink: string, nowMs: number): DeadLetter {
  return {
    code: because.code,
    reason: because.reason,
    stage: 'push',
    source: entry.source,
    detectionId: entry.id,
    trace: entry.trace,
    attempt: 1,
    timeMs: nowMs,
    subject: `detections.${entry.source}`,
    original: entry.detection,
    sink,
    journalSeq: entry.seq,
  }
}
