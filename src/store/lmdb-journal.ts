/**
 * The journal over LMDB: puts log, dedupe, letters, cursors and retention together around one writer.
 *
 * What must hold: nothing is answered, visible or counted before it is on disk; a sequence is given out once and in
 * order; events, their keys, the letters that take their place and the cursors beside them are in one transaction.
 */
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import type { DeadLetter } from '../port/deadletter.ts'
import type {
  AppendResult,
  Blocked,
  CursorOptions,
  Draft,
  Journal,
  JournalEntry,
  OutcomeRange,
  StoreStats,
} from '../port/journal.ts'
import { Cursors, type SinkCursor } from './cursors.ts'
import type { Disk } from './disk.ts'
import type { Environment } from './environment.ts'
import { FrameWriter } from './frame.ts'
import { StoreLetters } from './letters.ts'
import type { DirectoryLock } from './lock.ts'
import { EventLog } from './log.ts'
import type { StoreSettings } from './options.ts'
import { Retention } from './retention.ts'
import { SeenKeys } from './seen.ts'
import { type Stage, Staging } from './staging.ts'
import { type StoreState, writeState } from './state-codec.ts'
import { type Prepared, type Request, type RequestOutcome, Writer, type WriterHost } from './writer.ts'

/** How often the store looks for old data when nobody appends. */
const MAINTAIN_MS = 10_000
/** How often a blocked store looks again. */
const RECHECK_MS = 1_000
/** A broken environment may never close; the process is about to end anyway. */
const BROKEN_CLOSE_MS = 1_000
const NO_SEQS: readonly number[] = []

export class LmdbJournal implements Journal, WriterHost {
  readonly letters: StoreLetters
  private readonly settings: StoreSettings
  private readonly env: Environment
  private readonly lock: DirectoryLock
  private readonly state: StoreState
  private readonly log: EventLog
  private readonly seen: SeenKeys
  private readonly cursors: Cursors
  private readonly retention: Retention
  private readonly staging: Staging
  private readonly disk: Disk
  private readonly writer: Writer
  private readonly frames = new FrameWriter()
  private readonly listeners = new Set<() => void>()
  private block: Blocked
  /** Cursors (or the state) moved and are to be written when the timer is over. */
  private flushArmed = false
  /** They are to be written with the next transaction, which is made for it. */
  private flushDue = false
  private lastFlushMs = Number.NEGATIVE_INFINITY
  private maintenanceDue = false
  /** The state changed without anything else to write. */
  private touched = false
  private cancelMaintenance: () => void
  private closing: Promise<void> | undefined

  constructor(settings: StoreSettings, env: Environment, state: StoreState, lock: DirectoryLock, disk: Disk) {
    this.settings = settings
    this.env = env
    this.lock = lock
    this.state = state
    this.disk = disk
    const { clock, log } = settings
    this.log = new EventLog(env.log, state, settings.tailBytes)
    this.seen = new SeenKeys(env.seen, state, {
      windowMs: settings.dedupeWindowMs,
      maxBytes: settings.dedupeMaxBytes,
      log,
    })
    this.letters = new StoreLetters(env.letters, state, {
      append: (letter) => this.appendLetter(letter),
      remove: async (seqs) => (await this.writer.submit([], seqs, true)).removed,
      announce: (listeners) => this.announce(listeners),
      touch: () => {
        this.touched = true
        this.armFlush()
      },
    })
    this.cursors = new Cursors(env, {
      log: this.log,
      state,
      clock,
      moved: (cursor) => this.cursorMoved(cursor),
      flush: () => this.flushNow(),
    })
    const { letters, seen, cursors, frames } = this
    this.retention = new Retention({ env, state, log: this.log, cursors, letters, seen, settings })
    this.staging = new Staging({ env, state, seen, letters, frames })
    this.writer = new Writer(this, env, clock, settings.commitDeadlineMs)
    this.cancelMaintenance = clock.after(MAINTAIN_MS, () => this.maintain())
  }

  get head(): number {
    return this.log.head
  }

  get blocked(): Blocked {
    return this.block
  }

  /** Names of the sinks with a position here, whether they are in use or not. */
  get sinks(): string[] {
    return this.cursors.all.filter((cursor) => !cursor.removed).map((cursor) => cursor.name)
  }

  async append(drafts: readonly Draft[]): Promise<AppendResult[]> {
    return (await this.writer.submit(drafts, NO_SEQS, false)).results
  }

  read(fromSeq: number, maxItems: number, maxBytes: number): JournalEntry[] {
    return this.log.read(fromSeq, maxItems, maxBytes)
  }

  onCommit(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  cursor(options: CursorOptions): SinkCursor {
    const cursor = this.cursors.open(options)
    this.writer.wake()
    return cursor
  }

  outcomes(seq: number): OutcomeRange[] {
    return this.cursors.outcomesOf(seq)
  }

  stats(): StoreStats {
    return {
      headSeq: this.log.head,
      tailSeq: this.state.tail,
      logBytes: Math.max(0, this.log.endOffset - this.state.tailOffset),
      deadLetters: this.letters.count(),
      fileBytes: this.env.fileBytes(),
      freeDiskBytes: this.disk.freeBytes,
      commits: this.writer.commits,
      commitMsP50: this.writer.commitMs(0.5),
      commitMsP99: this.writer.commitMs(0.99),
      readersInUse: this.env.readers(),
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown()
    return this.closing
  }

  // What the writer asks for.

  prepare(requests: readonly Request[]): Prepared {
    const { clock } = this.settings
    const now = clock.now()
    const stage: Stage = { writes: [], entries: [], keys: [] }
    const { writes, entries, keys } = stage
    this.seen.rotate(now)
    const answers: { readonly request: Request; readonly outcome: RequestOutcome }[] = []
    for (const request of requests) {
      const outcome = this.staging.add(stage, request, now)
      if (outcome !== undefined) answers.push({ request, outcome })
    }
    if (entries.length > 0) this.retention.armed = true
    const { tail } = this.state
    this.maintenanceDue = this.retention.plan(entries.length, this.maintenanceDue, writes)
    const number = this.state.commit + 1
    const sinceFlushMs = clock.monotonic() - this.lastFlushMs
    // A sink's progress goes with the deletion it allowed.
    const flush = this.flushDue || this.state.tail !== tail || sinceFlushMs >= this.settings.cursorFlushMs
    if (flush) {
      this.flushDue = false
      this.lastFlushMs = clock.monotonic()
      this.cursors.flush(this.frames, number, writes)
    }
    const needed = writes.length > 0 || (flush && this.touched)
    if (needed) {
      this.state.commit = number
      this.touched = false
    }
    const { letterHead } = this.state
    return {
      writes,
      needed,
      number,
      state: writeState(this.frames, this.state),
      publish: () => {
        this.log.publish(entries)
        this.seen.settle(keys)
        if (flush) this.cursors.flushed()
        for (const { request, outcome } of answers) request.resolve(outcome)
        this.letters.publish(letterHead)
        if (entries.length > 0 || this.state.tail !== tail) this.announce(this.listeners)
      },
      fail: (thrown) => {
        for (const { request } of answers) request.reject(thrown)
      },
    }
  }

  isBlocked(): boolean {
    this.disk.refresh(() => this.writer.wake())
    const filledBy = this.disk.low ? undefined : this.retention.filledBy
    const code = this.disk.low ? 'disk-low' : filledBy !== undefined ? 'store-full' : undefined
    if (code === this.block?.code) return code !== undefined
    if (code === undefined) {
      this.settings.log.info({}, 'The store takes events again')
      this.block = undefined
      return false
    }
    const reason =
      code === 'disk-low'
        ? `${this.disk.freeBytes} bytes are free on the disk, less than ${this.settings.minFreeBytes}.`
        : `The log holds ${this.settings.maxBytes} bytes that sink ${filledBy} did not take.`
    this.settings.log.warn({ code }, reason)
    const unblocked = this.block === undefined
    this.block = { code, reason }
    if (unblocked) this.recheck()
    return true
  }

  hasDuties(): boolean {
    return this.flushDue || (this.maintenanceDue && this.closing === undefined)
  }

  onBroken(because: Fault): void {
    this.cancelMaintenance()
    this.settings.log.error({ code: because.code, reason: because.reason }, 'The store broke; nothing is acknowledged')
    this.settings.onFatal(because)
  }

  private async appendLetter(letter: DeadLetter): Promise<number> {
    // Not held back by a full store: a sink that cannot reject would hold it full for ever.
    const { results } = await this.writer.submit([{ kind: 'dead', letter, origin: '' }], NO_SEQS, true)
    const result = results[0]
    if (result?.kind !== 'dead') throw new FaultError(fault('internal', 'A letter was not answered as one.'))
    return result.letterSeq
  }

  private cursorMoved(cursor: SinkCursor): void {
    if (!cursor.dirty) {
      cursor.dirty = true
      // A cursor never written must be there before the events it is to see.
      if (!cursor.written) this.flushDue = true
      this.armFlush()
    }
    if (this.block?.code === 'store-full' && !this.maintenanceDue) {
      this.maintenanceDue = true
      this.writer.wake()
    }
  }

  private armFlush(): void {
    if (this.flushArmed) return
    this.flushArmed = true
    this.settings.clock.after(this.settings.cursorFlushMs, () => {
      this.flushArmed = false
      this.flushDue = true
      this.writer.wake()
    })
  }

  private async flushNow(): Promise<void> {
    this.flushDue = true
    await this.writer.submit([], NO_SEQS, true)
  }

  private maintain(): void {
    this.maintenanceDue = true
    this.writer.wake()
    this.cancelMaintenance = this.settings.clock.after(MAINTAIN_MS, () => this.maintain())
  }

  private recheck(): void {
    this.settings.clock.after(RECHECK_MS, () => {
      if (this.block === undefined || this.writer.ended !== undefined) return
      this.writer.wake()
      this.recheck()
    })
  }

  /** What a listener does wrong is its own affair: the transaction stands. */
  private announce(listeners: Iterable<() => void>): void {
    for (const listener of listeners) {
      try {
        listener()
      } catch (thrown) {
        this.settings.log.error({ err: thrown }, 'A listener of the journal failed')
      }
    }
  }

  private async shutDown(): Promise<void> {
    this.cancelMaintenance()
    if (this.writer.broken === undefined) {
      this.flushDue = true
      await this.writer.finish()
    }
    const closed = this.env.close().then(() => true)
    if (this.writer.broken === undefined) await closed
    else {
      const timeout = new Promise<boolean>((resolve) => setTimeout(resolve, BROKEN_CLOSE_MS, false))
      // While a stuck transaction may still come through, nobody else may have the directory.
      if (!(await Promise.race([closed.catch(() => false), timeout]))) return
    }
    this.lock.release()
  }
}
