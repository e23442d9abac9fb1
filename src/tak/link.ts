/**
 * One open TAK stream: writes events, asks for proof, and tells the push actor what became of each.
 *
 * Invariants: one event is one write to the socket (which gathers those of a burst), and nothing is written between its
 * bytes or after `</event>`; what the peer sends is read and thrown away, except pings and pongs; everything not settled
 * when the stream ends is in doubt. After `finish` or `abort` the loss of the stream is no longer told.
 * Memory is bounded by the window: at most that many events wait in the socket, and at most a few pings.
 */
import type { Socket } from 'node:net'
import { type Fault, fault, faultFrom } from '../fault/fault.ts'
import { transportFault } from '../fault/transport.ts'
import type { Clock } from '../port/clock.ts'
import type { JournalEntry } from '../port/journal.ts'
import type { LinkHandlers, SinkLink } from '../port/sink.ts'
import type { Connected } from './connect.ts'
import { Listener } from './listener.ts'
import type { ProofLimits } from './options.ts'
import type { Peer, ProofOfLife } from './proof.ts'

export interface StreamOptions {
  readonly target: string
  readonly limits: ProofLimits
  readonly proof: ProofOfLife
  readonly clock: Clock
  readonly selfUid: string
  encode(entry: JournalEntry): Uint8Array
  ping(): Uint8Array
  pong(): Uint8Array
  /** The peer showed what it is: told at most once for each change. */
  onPeer(peer: Peer): void
}

/** How long a peer gets to close its half after we closed ours. */
const LINGER_MS = 1_000

type State = 'open' | 'finishing' | 'closed'

export class StreamLink implements SinkLink {
  readonly #socket: Socket
  readonly #handlers: LinkHandlers
  readonly #options: StreamOptions
  readonly #proof: ProofOfLife
  readonly #clock: Clock
  readonly #beatMs: number
  #state: State = 'open'
  #peer: Peer
  #readyListener = () => {}
  #cancelBeat = () => {}
  #cancelAsk: (() => void) | undefined
  #cancelLinger = () => {}
  #cause: Error | undefined
  /** Resolves {@link finish}; set while finishing. */
  #finished: (() => void) | undefined

  constructor({ socket, early }: Connected, handlers: LinkHandlers, options: StreamOptions) {
    this.#socket = socket
    this.#handlers = handlers
    this.#options = options
    this.#proof = options.proof
    this.#clock = options.clock
    this.#peer = options.proof.peer
    const { pingIdleMs, pingRepeatMs, silenceMs, verdictMs, holdMs } = options.limits
    // Often enough that no limit is overrun by more than a quarter of the shortest.
    const shortest = Math.min(pingIdleMs || silenceMs, pingRepeatMs, silenceMs, verdictMs, holdMs)
    this.#beatMs = Math.min(1_000, Math.max(10, shortest / 4))
    this.#listen(early)
    this.#beat()
  }

  get ready(): boolean {
    return this.#state === 'open' && !this.#socket.writableNeedDrain
  }

  onReady(listener: () => void): void {
    this.#readyListener = listener
  }

  send(entries: readonly JournalEntry[]): void {
    if (this.#state !== 'open') return
    const seqs: number[] = []
    const frames: Uint8Array[] = []
    for (const entry of entries) {
      try {
        frames.push(this.#options.encode(entry))
        seqs.push(entry.seq)
      } catch (thrown) {
        this.#handlers.rejected(entry.seq, faultFrom(thrown, 'sink-rejected'))
      }
    }
    this.#write(seqs, frames)
    this.#askSoon()
  }

  #write(seqs: readonly number[], frames: readonly Uint8Array[]): void {
    const now = this.#clock.monotonic()
    const end = this.#proof.position + frames.length
    const last = frames.length - 1
    for (const [i, frame] of frames.entries()) {
      // One callback a batch: the socket takes writes in order, so the last one's tells for all.
      if (i < last) this.#socket.write(frame)
      else this.#socket.write(frame, (error) => this.#flushed(end, error))
      this.#proof.wrote(seqs[i] ?? 0, frame.length, now)
      if (this.#proof.asks(now)) this.#ping(now)
    }
  }

  /** Waits for proof of what is in doubt, then closes in good order; what stays in doubt is left to the next link. */
  finish(deadlineMs: number): Promise<void> {
    if (this.#state !== 'open') return Promise.resolve()
    this.#state = 'finishing'
    const cancelDeadline = this.#clock.after(deadlineMs, () => this.#close())
    return new Promise<void>((resolve) => {
      this.#finished = resolve
      if (this.#proof.needsPong && this.#proof.hasUnasked) this.#ping(this.#clock.monotonic())
      this.#endWhenProven()
    }).finally(cancelDeadline)
  }

  abort(): void {
    this.#close()
  }

  #listen(early: readonly Uint8Array[]): void {
    const socket = this.#socket
    const listener = new Listener(this.#options.selfUid, {
      onPing: () => this.#answer(),
      onPong: () => this.#ponged(),
    })
    const hear = (chunk: Uint8Array) => {
      this.#proof.heard(this.#clock.monotonic())
      listener.read(chunk)
    }
    socket.on('drain', () => {
      if (this.ready) this.#readyListener()
    })
    socket.on('error', (error) => {
      this.#cause = error
    })
    // They closed their half: a stream that is no longer answered is no stream, even if it could still be written.
    socket.on('end', () => {
      if (this.#state === 'open') this.#ended()
    })
    socket.on('close', () => this.#ended())
    // The greeting of the connection was a ping.
    this.#proof.pinged(this.#clock.monotonic())
    this.#proof.pingFlushed(this.#clock.monotonic())
    if (socket.destroyed) {
      queueMicrotask(() => this.#ended())
      return
    }
    for (const chunk of early) hear(chunk)
    socket.on('data', hear)
    socket.resume()
  }

  #ping(now: number): void {
    this.#socket.write(this.#options.ping(), () => this.#proof.pingFlushed(this.#clock.monotonic()))
    this.#proof.pinged(now)
  }

  /** Answers a ping of theirs, unless they do not read what we send anyway. */
  #answer(): void {
    if (this.#state !== 'closed' && !this.#socket.writableNeedDrain) this.#socket.write(this.#options.pong())
  }

  #ponged(): void {
    if (this.#state === 'closed') return
    const now = this.#clock.monotonic()
    this.#proof.ponged(now)
    this.#notePeer()
    if (this.#proof.asks(now)) this.#ping(now)
    if (this.#state === 'finishing') this.#endWhenProven()
  }

  #flushed(position: number, error: Error | null | undefined): void {
    if (error || this.#state === 'closed') return
    this.#proof.flushed(position)
    if (this.#state === 'finishing') this.#endWhenProven()
  }

  #askSoon(): void {
    if (this.#cancelAsk !== undefined || !this.#proof.hasUnasked) return
    this.#cancelAsk = this.#clock.after(Math.max(0, this.#proof.asksAt - this.#clock.monotonic()), () => {
      this.#cancelAsk = undefined
      const now = this.#clock.monotonic()
      if (this.#proof.asks(now)) this.#ping(now)
      // Due and yet not asked: too many pings are unanswered, and the next pong asks again.
      else if (now < this.#proof.asksAt) this.#askSoon()
    })
  }

  #beat(): void {
    this.#cancelBeat = this.#clock.after(this.#beatMs, () => {
      if (this.#state === 'closed') return
      const now = this.#clock.monotonic()
      const due = this.#proof.due(now, this.#socket.writableNeedDrain)
      this.#notePeer()
      if (due === 'gone') this.#lose(fault('sink-lost', `${this.#options.target} ${this.#silence()}`))
      else if (due === 'recount') {
        this.#lose(fault('sink-lost', `${this.#options.target} answers pings after all: connecting anew to count them`))
      } else {
        if (due === 'ping') this.#ping(now)
        if (this.#state === 'finishing') this.#endWhenProven()
        this.#beat()
      }
    })
  }

  #silence(): string {
    return this.#proof.peer === 'answers'
      ? 'answers no pings any more; if it was replaced by a server that never does, set confirm to written'
      : 'has answered no ping; if it never does, set confirm to auto or written'
  }

  #notePeer(): void {
    if (this.#proof.peer === this.#peer) return
    this.#peer = this.#proof.peer
    this.#options.onPeer(this.#peer)
  }

  /** While finishing: closes our half once nothing more can be proven by waiting. */
  #endWhenProven(): void {
    const proven = this.#proof.needsPong ? this.#proof.inDoubt === 0 : this.#socket.writableLength === 0
    if (!proven || this.#socket.writableEnded) return
    this.#socket.end()
    // What a pong has proven needs no farewell of theirs; what was only written does.
    if (this.#proof.inDoubt === 0) this.#cancelLinger = this.#clock.after(LINGER_MS, () => this.#close())
  }

  /** The socket is closed, by whomever. */
  #ended(): void {
    if (this.#state === 'closed') return
    if (this.#state === 'finishing') {
      if (this.#cause === undefined && this.#socket.writableFinished) this.#proof.closedCleanly()
      this.#close()
      return
    }
    this.#lose(
      this.#cause === undefined
        ? fault('sink-lost', `${this.#options.target} closed the connection`)
        : transportFault(this.#cause, this.#options.target),
    )
  }

  #lose(because: Fault): void {
    const finishing = this.#state === 'finishing'
    this.#close()
    if (!finishing) this.#handlers.lost(because)
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelBeat()
    this.#cancelAsk?.()
    this.#cancelLinger()
    this.#socket.destroy()
    this.#finished?.()
  }
}
