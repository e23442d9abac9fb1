/**
 * Proof of life: decides when to ping, what a pong proves, and when silence means that the peer is gone.
 *
 * A pong proves everything written before the ping it answers, and nothing else. TAK's pongs name no ping, so they are
 * counted: the n-th pong answers the n-th ping. A pong lost on the way makes the count late, never early.
 *
 * A peer is `unknown` until it answers (`answers`: from then on held to it) or, with `auto`, until enough pings that the
 * socket has taken stayed unanswered for long enough (`mute`). With a mute peer, events settle as written once the
 * socket has taken them and they are old enough or enough came after them; never while the socket is stalled.
 *
 * No timers and no sockets here: the link tells what happened and when, and asks what is due.
 */
import type { Outcome } from '../port/journal.ts'
import { Ledger } from './ledger.ts'
import type { Confirm, ProofLimits } from './options.ts'

export type Peer = 'unknown' | 'answers' | 'mute'

/** What is due: a ping; giving the peer up; connecting anew to count from the start; or nothing. */
export type Due = 'ping' | 'gone' | 'recount' | 'nothing'

interface Ping {
  /** Events written before it. */
  readonly position: number
  readonly sentAt: number
}

/**
 * Most pings waited for. A peer that answers is sent no more until its pongs catch up. A mute one is still sent pings,
 * to keep the way open, but they are not counted: should it answer after all, only a new connection can count again.
 */
const MAX_PINGS = 64

export class ProofOfLife {
  readonly #confirm: Confirm
  readonly #limits: ProofLimits
  readonly #ledger: Ledger
  readonly #settled: (seq: number, outcome: Outcome) => void
  readonly #pings: Ping[] = []
  readonly #proofEvents: number
  #peer: Peer
  /** Events written before the last ping, and when and how much was written after it. */
  #asked = 0
  #unaskedSince = Number.POSITIVE_INFINITY
  #unaskedBytes = 0
  #lastPingAt = Number.NEGATIVE_INFINITY
  #lastPongAt = Number.NEGATIVE_INFINITY
  #heardAt: number
  #countLost = false
  #flushedPings = 0
  #firstFlushAt = Number.POSITIVE_INFINITY

  constructor(
    confirm: Confirm,
    limits: ProofLimits,
    window: number,
    known: Peer,
    now: number,
    settled: (seq: number, outcome: Outcome) => void,
  ) {
    this.#confirm = confirm
    this.#limits = limits
    this.#ledger = new Ledger(window)
    // Twice within a window, so that proof of one half comes while the other is written.
    this.#proofEvents = Math.max(1, Math.min(limits.proofEvents, Math.floor(window / 2)))
    this.#peer = known
    this.#heardAt = now
    this.#settled = settled
  }

  get peer(): Peer {
    return this.#peer
  }

  get inDoubt(): number {
    return this.#ledger.inDoubt
  }

  /** The position after the last event written; given back to {@link flushed} when the socket has taken it. */
  get position(): number {
    return this.#ledger.written
  }

  /** True where only a pong settles events. */
  get needsPong(): boolean {
    return this.#confirm === 'pong' || (this.#confirm === 'auto' && this.#peer !== 'mute')
  }

  wrote(seq: number, bytes: number, now: number): void {
    this.#ledger.add(seq, now)
    this.#unaskedBytes += bytes
    if (this.#unaskedSince === Number.POSITIVE_INFINITY) this.#unaskedSince = now
  }

  /** True when what was written since the last ping asks for one now. */
  asks(now: number): boolean {
    if (!this.needsPong || this.#pings.length >= MAX_PINGS) return false
    const unasked = this.#ledger.written - this.#asked
    if (unasked === 0) return false
    return (
      unasked >= this.#proofEvents ||
      this.#unaskedBytes >= this.#limits.proofBytes ||
      this.#ledger.full ||
      now - this.#unaskedSince >= this.#limits.proofMs
    )
  }

  /** True while events wait for a ping. */
  get hasUnasked(): boolean {
    return this.needsPong && this.#ledger.written > this.#asked
  }

  /** When {@link asks} becomes true by time alone; meaningful while {@link hasUnasked}. */
  get asksAt(): number {
    return this.#unaskedSince + this.#limits.proofMs
  }

  /** A ping was written. */
  pinged(now: number): void {
    this.#lastPingAt = now
    this.#asked = this.#ledger.written
    this.#unaskedSince = Number.POSITIVE_INFINITY
    this.#unaskedBytes = 0
    if (this.#pings.length < MAX_PINGS) this.#pings.push({ position: this.#asked, sentAt: now })
    else this.#countLost = true
  }

  /** The socket has taken a ping: only from now on can it be missed. */
  pingFlushed(now: number): void {
    this.#flushedPings++
    if (this.#firstFlushAt === Number.POSITIVE_INFINITY) this.#firstFlushAt = now
  }

  /** The socket has taken everything up to this position. */
  flushed(position: number): void {
    this.#ledger.markFlushed(position)
    if (this.#confirm === 'written') this.#ledger.settleTo(position, (seq) => this.#settled(seq, 'written'))
  }

  /** Something came from the peer. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** A pong came. One that no ping asked for proves nothing. */
  ponged(now: number): void {
    if (this.#confirm === 'written') return
    if (this.#countLost) {
      this.#peer = 'answers'
      return
    }
    const ping = this.#pings.shift()
    if (ping === undefined) return
    this.#lastPongAt = now
    this.#peer = 'answers'
    this.#ledger.settleTo(ping.position, (seq) => this.#settled(seq, 'confirmed'))
  }

  /** What time alone has made due. `stalled`: the socket takes no more at the moment. */
  due(now: number, stalled: boolean): Due {
    if (this.#peer === 'unknown' && this.#confirm === 'auto') this.#judge(now)
    if (this.needsPong) {
      if (this.#countLost) return 'recount'
      if (this.#isGone(now)) return 'gone'
      if (this.#pings.length >= MAX_PINGS) return 'nothing'
    } else this.#release(now, stalled)
    return this.asks(now) || this.#pingIsDue(now) ? 'ping' : 'nothing'
  }

  /** The stream was closed in good order by both sides: with a mute peer, all that was written counts as written. */
  closedCleanly(): void {
    if (!this.needsPong) this.#ledger.settleTo(this.#ledger.flushed, (seq) => this.#settled(seq, 'written'))
  }

  #pingIsDue(now: number): boolean {
    const { pingIdleMs, pingRepeatMs, verdictMs, verdictPings } = this.#limits
    const sinceLast = now - this.#lastPingAt
    if (this.needsPong && this.#pings.length > 0) {
      const repeatMs = this.#peer === 'unknown' ? Math.min(pingRepeatMs, verdictMs / verdictPings) : pingRepeatMs
      return sinceLast >= repeatMs
    }
    return pingIdleMs > 0 && sinceLast >= pingIdleMs && now - this.#heardAt >= pingIdleMs
  }

  #isGone(now: number): boolean {
    const oldest = this.#pings[0]
    // An unknown peer under `auto` owes no pong yet.
    if (oldest === undefined || (this.#confirm === 'auto' && this.#peer === 'unknown')) return false
    const { silenceMs, pingIdleMs } = this.#limits
    // The ping must have had its time too: after this process was held up, silence alone would blame the peer.
    const silent = now - this.#heardAt >= silenceMs && now - oldest.sentAt >= silenceMs - pingIdleMs
    // It talks, but does not answer: it no longer reads us.
    const deaf = now - Math.max(this.#lastPongAt, oldest.sentAt) >= 2 * silenceMs
    return silent || deaf
  }

  #judge(now: number): void {
    const { verdictPings, verdictMs } = this.#limits
    if (this.#flushedPings >= verdictPings && now - this.#firstFlushAt >= verdictMs) this.#peer = 'mute'
  }

  #release(now: number, stalled: boolean): void {
    if (stalled) return
    const { holdEvents, holdMs } = this.#limits
    const ledger = this.#ledger
    const settle = (seq: number) => this.#settled(seq, 'written')
    ledger.settleTo(Math.max(0, ledger.flushed - holdEvents), settle)
    while (ledger.settled < ledger.flushed && now - ledger.oldestAt() >= holdMs) {
      ledger.settleTo(ledger.settled + 1, settle)
    }
  }
}
