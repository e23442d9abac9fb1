/**
 * What the store may forget: old and surplus events, the backlog of sinks that may drop, expired keys and letters.
 *
 * Everything is deleted in bounded chunks inside normal transactions. An event goes only when every sink that is in use
 * is done with it; a `block` sink holds it as long as it takes, a `drop` sink up to its bounds, after which its oldest
 * events are settled as dropped, in ranges. Nothing is deleted before this process appended its first event: by then the
 * sinks are set up, and what no sink of this process uses holds nothing back.
 */
import type { Clock } from '../port/clock.ts'
import type { CursorOptions } from '../port/journal.ts'
import type { Log } from '../port/log.ts'
import type { Cursors, SinkCursor } from './cursors.ts'
import type { Environment, Write } from './environment.ts'
import type { StoreLetters } from './letters.ts'
import type { EventLog } from './log.ts'
import type { StoreSettings } from './options.ts'
import type { SeenKeys } from './seen.ts'
import type { StoreState } from './state-codec.ts'

/** Events, keys or letters handled in one transaction beyond what it brings itself. */
const CHUNK = 1_024
/** Forgotten keys deleted now and then, so that they go even when nothing is appended. */
const LARGE_SWEEP = 8_192
/** Looking for old letters reads the oldest one, which may be large. */
const LETTERS_EVERY_MS = 1_000

export interface RetentionParts {
  readonly env: Environment
  readonly state: StoreState
  readonly log: EventLog
  readonly cursors: Cursors
  readonly letters: StoreLetters
  readonly seen: SeenKeys
  readonly settings: StoreSettings
}

export class Retention {
  /** Events may be deleted: the sinks are known. */
  armed = false
  private readonly parts: RetentionParts
  private readonly clock: Clock
  private readonly log: Log
  private lettersDueMs = 0

  constructor(parts: RetentionParts) {
    this.parts = parts
    this.clock = parts.settings.clock
    this.log = parts.settings.log
  }

  /** Bytes of the events kept. */
  get logBytes(): number {
    const { state } = this.parts
    return state.headOffset - state.tailOffset
  }

  /** The `block` sink whose backlog alone fills the log, if one does: appends wait for it. */
  get filledBy(): string | undefined {
    const { cursors, log, state, settings } = this.parts
    if (this.logBytes < settings.maxBytes) return undefined
    for (const cursor of cursors.all) {
      if (cursor.options?.whenFull !== 'block') continue
      if (state.headOffset - log.offsetOf(cursor.low + 1) >= settings.maxBytes) return cursor.name
    }
    return undefined
  }

  /**
   * Adds deletions to a transaction that brings so many events, more of them when it is made for the purpose; returns
   * whether more events wait to be deleted.
   */
  plan(events: number, onPurpose: boolean, writes: Write[]): boolean {
    const { seen, cursors, state } = this.parts
    const now = this.clock.now()
    const chunk = CHUNK + 2 * events
    seen.rotate(now)
    // Twice as fast as keys come in is fast enough: forgotten keys are in nobody's way.
    seen.sweep(onPurpose ? LARGE_SWEEP : 2 * events + 64, writes)
    this.expireLetters(now, writes)
    if (!this.armed) return false
    let dropping = false
    for (const cursor of cursors.all) {
      if (cursor.options?.whenFull === 'drop') dropping = this.drop(cursor, cursor.options, now, chunk) || dropping
    }
    const before = state.tail
    const deleting = this.deleteEvents(now, chunk, writes)
    if (state.tail !== before) cursors.prune(state.tail, CHUNK, writes)
    return dropping || deleting
  }

  /** Last sequence that every sink in use is done with. */
  private hold(): number {
    const { cursors, log } = this.parts
    let hold = log.head
    for (const cursor of cursors.all) if (cursor.options !== undefined) hold = Math.min(hold, cursor.low)
    return hold
  }

  private deleteEvents(now: number, chunk: number, writes: Write[]): boolean {
    const { state, log, env, settings } = this.parts
    const hold = this.hold()
    const before = now - settings.retentionMs
    let header = log.headerFrom(state.tail)
    for (let count = 0; header !== undefined && header.seq <= hold; count++) {
      if (header.journalledMs >= before && state.headOffset - header.offset <= settings.maxBytes) break
      if (count === chunk) return true
      writes.push({ table: env.log, key: header.seq, value: undefined })
      state.tail = header.seq + 1
      header = log.headerFrom(state.tail)
      state.tailOffset = header?.offset ?? log.endOffset
    }
    while (state.lost.length > 0 && (state.lost[1] ?? 0) < state.tail) state.lost.splice(0, 2)
    return false
  }

  /** Settles the oldest of a sink's backlog as dropped while it is beyond its bounds; returns whether more is. */
  private drop(cursor: SinkCursor, options: CursorOptions, now: number, chunk: number): boolean {
    const { log, settings } = this.parts
    // A sink that may drop never fills the log, whatever it was promised.
    const maxBytes = Math.min(options.maxPendingBytes, settings.maxBytes)
    const before = now - options.maxPendingMs
    const from = cursor.low + 1
    let dropped = 0
    for (let count = 0; count < chunk; count++) {
      const header = log.headerFrom(cursor.low + 1)
      if (header === undefined) break
      if (log.endOffset - header.offset < maxBytes && header.journalledMs >= before) break
      dropped += cursor.drop(cursor.low + 1, header.seq, header.staleMs < now)
    }
    if (dropped > 0) this.log.warn({ sink: cursor.name, dropped, from }, 'A sink dropped the oldest of its backlog')
    return dropped >= chunk
  }

  private expireLetters(now: number, writes: Write[]): void {
    const { letters, settings } = this.parts
    if (this.clock.monotonic() < this.lettersDueMs) return
    this.lettersDueMs = this.clock.monotonic() + LETTERS_EVERY_MS
    const count = letters.expire(now - settings.letterRetentionMs, settings.letterMaxBytes, CHUNK, writes)
    if (count > 0) this.log.warn({ count }, 'Old dead letters were let go')
  }
}
