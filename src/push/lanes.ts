/**
 * Keeps events of one uid in order while many are under way.
 *
 * Invariants: a uid always maps to the same lane, and a lane has at most one event under way; so at most `count` are.
 * An event that is handed back blocks its uid: later events of the uid wait here, uncounted and untried, until it comes
 * again (it then goes first, they follow in order) or is given up. Other uids of the lane go on meanwhile.
 */
import type { JournalEntry } from '../port/journal.ts'

interface Lane {
  waiting: JournalEntry[]
  /** Index of the next one in `waiting`. */
  next: number
  busy: boolean
}

/** Taken entries are let go of after so many, even in a lane that never runs empty. */
const COMPACT_AT = 256

interface Blocked {
  readonly seq: number
  readonly sinceMs: number
  readonly held: JournalEntry[]
}

export class Lanes {
  readonly #lanes: readonly Lane[]
  readonly #blocked = new Map<string, Blocked>()
  /** Where the search for work begins, so that no lane is always the last. */
  #turn = 0
  #busy = 0

  constructor(count: number) {
    this.#lanes = Array.from({ length: count }, () => ({ waiting: [], next: 0, busy: false }))
  }

  /** Events under way. */
  get busy(): number {
    return this.#busy
  }

  /** True when nothing is under way and nothing could be: at most held events are left. */
  get idle(): boolean {
    return this.#busy === 0 && this.#lanes.every((lane) => lane.next >= lane.waiting.length)
  }

  /** Since when events wait behind one that was handed back; undefined when none do. */
  get heldSinceMs(): number | undefined {
    let since: number | undefined
    for (const { held, sinceMs } of this.#blocked.values()) {
      if (held.length > 0 && (since === undefined || sinceMs < since)) since = sinceMs
    }
    return since
  }

  add(entry: JournalEntry): void {
    const { uid } = entry.event
    const blocked = this.#blocked.get(uid)
    if (blocked === undefined) this.#laneOf(uid).waiting.push(entry)
    else if (blocked.seq !== entry.seq) blocked.held.push(entry)
    else {
      this.#laneOf(uid).waiting.push(entry)
      this.#release(uid, blocked)
    }
  }

  /** The next event to try, which then is under way; undefined when no free lane has one. */
  take(): JournalEntry | undefined {
    const { length } = this.#lanes
    for (let i = 0; i < length; i++) {
      const at = (this.#turn + i) % length
      const lane = this.#lanes[at]
      const entry = lane?.busy === false ? lane.waiting[lane.next] : undefined
      if (lane === undefined || entry === undefined) continue
      lane.busy = true
      lane.next++
      if (lane.next === lane.waiting.length || lane.next >= COMPACT_AT) {
        lane.waiting = lane.waiting.slice(lane.next)
        lane.next = 0
      }
      this.#busy++
      this.#turn = at + 1
      return entry
    }
    return undefined
  }

  /** The event is no longer under way. */
  free(entry: JournalEntry): void {
    this.#laneOf(entry.event.uid).busy = false
    this.#busy--
  }

  /** The event was handed back: its uid is blocked until it comes again. Call before {@link free}. */
  block(entry: JournalEntry, nowMs: number): void {
    const { uid } = entry.event
    const lane = this.#laneOf(uid)
    const rest = lane.waiting.slice(lane.next)
    lane.waiting = rest.filter((other) => other.event.uid !== uid)
    lane.next = 0
    const held = rest.filter((other) => other.event.uid === uid)
    this.#blocked.set(uid, { seq: entry.seq, sinceMs: nowMs, held })
  }

  /** An event that was handed back will not come again: what waits behind it may go. */
  forget(seq: number): void {
    for (const [uid, blocked] of this.#blocked) {
      if (blocked.seq === seq) this.#release(uid, blocked)
    }
  }

  #release(uid: string, blocked: Blocked): void {
    this.#blocked.delete(uid)
    const lane = this.#laneOf(uid)
    for (const entry of blocked.held) lane.waiting.push(entry)
  }

  #laneOf(uid: string): Lane {
    // FNV-1a: spreads short names well, and is the same in every process.
    let hash = 0x811c9dc5
    for (let i = 0; i < uid.length; i++) hash = Math.imul(hash ^ uid.charCodeAt(i), 0x01000193)
    return this.#lanes[(hash >>> 0) % this.#lanes.length] as Lane
  }
}
