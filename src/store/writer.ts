/**
 * Group commit: whatever was asked for while a transaction was under way goes into the next one.
 *
 * At most two transactions overlap (one is flushed while the next is written), started as soon as there is work and a
 * place, with no timer in between. They are acknowledged in the order they were made. The first that fails, or is not
 * flushed in time, ends it all: everything that waits is rejected, nothing later is accepted, and nobody is told yes.
 */
import { type Fault, FaultError, fault, faultFrom } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { AppendResult, Draft } from '../port/journal.ts'
import { storeFault } from './breakage.ts'
import { flushedWithin } from './deadline.ts'
import type { Committer, Write } from './environment.ts'

const OVERLAP = 2
/** A transaction takes no more requests beyond these; they bound the time spent on it in one go. */
const GROUP_DRAFTS = 1_024
const GROUP_BYTES = 8 * 2 ** 20

/** Something to be written, and who waits for it. */
export interface Request {
  readonly drafts: readonly Draft[]
  /** Letters to be removed. */
  readonly removals: readonly number[]
  resolve(outcome: RequestOutcome): void
  reject(thrown: FaultError): void
}

export interface RequestOutcome {
  readonly results: AppendResult[]
  readonly removed: number
}

/** A transaction that was put together. */
export interface Prepared {
  readonly writes: readonly Write[]
  /** False when there is nothing to write and it only waits for its turn. */
  readonly needed: boolean
  readonly state: Uint8Array
  readonly number: number
  /** Called when it is on disk: makes it visible and answers. */
  publish(): void
  /** Called when it is not, with the reason. */
  fail(thrown: FaultError): void
}

/** What the writer writes for. */
export interface WriterHost {
  /** Puts a transaction together from requests. */
  prepare(requests: readonly Request[]): Prepared
  /** Appends must wait. */
  isBlocked(): boolean
  /** There is something to write besides requests. */
  hasDuties(): boolean
  onBroken(because: Fault): void
}

const bytesOf = (drafts: readonly Draft[]): number => {
  let bytes = 0
  for (const draft of drafts) bytes += draft.kind === 'event' ? draft.detection.length : draft.letter.original.length
  return bytes
}

export class Writer {
  /** Set once the store broke or was closed: why nothing is accepted any more. */
  ended: FaultError | undefined
  /** Set once the store broke. */
  broken: FaultError | undefined
  commits = 0
  private readonly host: WriterHost
  private readonly committer: Committer
  private readonly clock: Clock
  private readonly deadlineMs: number
  private appends: Request[] = []
  private urgent: Request[] = []
  private underWay = 0
  private scheduled = false
  /** Settles when every transaction made so far is on disk. */
  private last: Promise<void> = Promise.resolve()
  private readonly durations = new Float64Array(512)
  private idle: (() => void)[] = []

  constructor(host: WriterHost, committer: Committer, clock: Clock, deadlineMs: number) {
    this.host = host
    this.committer = committer
    this.clock = clock
    this.deadlineMs = deadlineMs
  }

  /** Appends wait while the store is blocked; `urgent` requests do not. */
  submit(drafts: readonly Draft[], removals: readonly number[], urgent: boolean): Promise<RequestOutcome> {
    if (this.ended !== undefined) return Promise.reject(this.ended)
    return new Promise((resolve, reject) => {
      const queue = urgent ? this.urgent : this.appends
      queue.push({ drafts, removals, resolve, reject })
      this.wake()
    })
  }

  /** Looks for work at the end of this turn, so that all that is asked for within it goes together. */
  wake(): void {
    if (this.scheduled || this.ended !== undefined) return
    this.scheduled = true
    queueMicrotask(() => {
      this.scheduled = false
      while (this.ended === undefined && this.underWay < OVERLAP && this.hasWork()) this.start()
      this.announceIdle()
    })
  }

  /** Refuses what comes from now on, and what waits behind a block; resolves when the rest is on disk. */
  async finish(): Promise<void> {
    await this.whenIdle()
    this.end(new FaultError(fault('shutting-down', 'The store is closed.')))
    await this.last.catch(() => {})
  }

  /** Resolves when nothing is under way and nothing can be started. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.idle.push(resolve)
      this.wake()
      if (this.ended !== undefined) this.announceIdle()
    })
  }

  /** Time from making a transaction to having it on disk, milliseconds, at this quantile of the last ones. */
  commitMs(quantile: number): number {
    const count = Math.min(this.commits, this.durations.length)
    const sorted = this.durations.slice(0, count).sort()
    return sorted[Math.min(count - 1, Math.floor(quantile * count))] ?? 0
  }

  private hasWork(): boolean {
    if (this.urgent.length > 0) return true
    // Asked each time: it also tells others that the store is blocked.
    const blocked = this.host.isBlocked()
    return (this.appends.length > 0 && !blocked) || this.host.hasDuties()
  }

  private start(): void {
    const requests = this.take()
    let prepared: Prepared
    try {
      prepared = this.host.prepare(requests)
    } catch (thrown) {
      const error = new FaultError(storeFault(thrown, 'store-commit', 'A transaction could not be put together'))
      for (const request of requests) request.reject(error)
      this.break(error)
      return
    }
    this.underWay++
    const before = this.last
    const mine = this.write(prepared)
    this.last = Promise.all([before, mine]).then(() => {
      if (this.broken !== undefined) throw this.broken
    })
    this.last.then(
      () => {
        this.underWay--
        try {
          prepared.publish()
        } catch (thrown) {
          this.break(new FaultError(faultFrom(thrown, 'store-commit')))
        }
        this.wake()
      },
      (thrown) => {
        this.underWay--
        const error = new FaultError(faultFrom(thrown, 'store-commit'))
        prepared.fail(error)
        this.break(error)
      },
    )
  }

  private async write(prepared: Prepared): Promise<void> {
    if (!prepared.needed) return
    const started = this.clock.monotonic()
    const ticket = this.committer.commit(prepared.writes, prepared.state, prepared.number)
    await flushedWithin(ticket, this.deadlineMs, this.clock)
    this.durations[this.commits++ % this.durations.length] = this.clock.monotonic() - started
  }

  /** What waited longest, up to the bounds of a group, but at least one request. */
  private take(): Request[] {
    const taken: Request[] = []
    let drafts = 0
    let bytes = 0
    const from = (queue: Request[]): Request[] => {
      let count = 0
      for (const request of queue) {
        if (taken.length > 0 && (drafts >= GROUP_DRAFTS || bytes >= GROUP_BYTES)) break
        taken.push(request)
        drafts += request.drafts.length
        bytes += bytesOf(request.drafts)
        count++
      }
      return count === queue.length ? [] : queue.slice(count)
    }
    this.urgent = from(this.urgent)
    if (!this.host.isBlocked()) this.appends = from(this.appends)
    return taken
  }

  private break(error: FaultError): void {
    if (this.broken !== undefined) return
    this.broken = error
    this.end(error)
    this.host.onBroken(error.fault)
  }

  private end(error: FaultError): void {
    this.ended ??= error
    const waiting = [...this.urgent, ...this.appends]
    this.urgent = []
    this.appends = []
    for (const request of waiting) request.reject(error)
    this.announceIdle()
  }

  private announceIdle(): void {
    if (this.ended === undefined && (this.underWay > 0 || this.hasWork())) return
    const waiting = this.idle
    this.idle = []
    for (const resolve of waiting) resolve()
  }
}
