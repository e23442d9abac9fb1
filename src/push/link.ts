/**
 * A pool of connections to one HTTP endpoint, as a link: one event is one request, several are under way, order per uid holds.
 *
 * Invariants: at most `connections` requests under way; an event whose attempts are used up is handed back by `retry`,
 * and its uid's later events wait in the link (see `lanes.ts`) until it is sent again or forgotten, so that they neither
 * overtake it nor count as failed; every sent event ends in one of settled, rejected, retry, or in lost.
 *
 * After an answer about credentials or load, or without any connection, the endpoint is in trouble: one event at a time
 * goes, after the pause that was asked for, until one passes. So wrong credentials are no storm of refused logins.
 */
import { Effect, Exit, Schedule } from 'effect'
import { classOf, type Fault, fault, faultFrom } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { JournalEntry } from '../port/journal.ts'
import type { LinkHandlers, SinkLink } from '../port/sink.ts'
import { Lanes } from './lanes.ts'
import type { HttpLimits } from './options.ts'
import type { Poster } from './poster.ts'

export interface HttpLinkOptions {
  readonly target: string
  readonly poster: Poster
  readonly limits: HttpLimits
  readonly clock: Clock
  encode(entry: JournalEntry): Uint8Array
}

type State = 'open' | 'finishing' | 'closed'

export class HttpLink implements SinkLink {
  readonly #options: HttpLinkOptions
  readonly #handlers: LinkHandlers
  readonly #lanes: Lanes
  readonly #stopping = new AbortController()
  readonly #backoff: Schedule.Schedule<unknown>
  #state: State = 'open'
  #troubled = false
  /** No attempt starts before this, on the monotonic clock. */
  #pausedUntil = 0
  #unconnected = 0
  #cancelHeld: (() => void) | undefined
  #finished = () => {}

  constructor(handlers: LinkHandlers, options: HttpLinkOptions) {
    this.#handlers = handlers
    this.#options = options
    this.#lanes = new Lanes(options.limits.connections)
    this.#backoff = Schedule.jittered(Schedule.exponential(options.limits.backoffMs))
  }

  /** Requests have no common buffer that could fill: the window alone bounds what is taken. */
  get ready(): boolean {
    return this.#state === 'open'
  }

  onReady(): void {}

  send(entries: readonly JournalEntry[]): void {
    if (this.#state !== 'open') return
    for (const entry of entries) this.#lanes.add(entry)
    this.#watchHeld()
    this.#pump()
  }

  /** An event handed back by `retry` was settled otherwise: what waits behind it may go. */
  forget(seq: number): void {
    this.#lanes.forget(seq)
    this.#pump()
  }

  async finish(deadlineMs: number): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'finishing'
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(deadlineMs, resolve)
      this.#finished = () => {
        cancel()
        resolve()
      }
      if (this.#lanes.idle) this.#finished()
    })
    this.#close()
  }

  abort(): void {
    this.#close()
  }

  #pump(): void {
    while (this.#state !== 'closed' && !(this.#troubled && this.#lanes.busy > 0)) {
      const entry = this.#lanes.take()
      if (entry === undefined) break
      this.#start(entry)
    }
    if (this.#state === 'finishing' && this.#lanes.idle) this.#finished()
  }

  #start(entry: JournalEntry): void {
    let body: Uint8Array
    try {
      body = this.#options.encode(entry)
    } catch (thrown) {
      this.#lanes.free(entry)
      this.#handlers.rejected(entry.seq, faultFrom(thrown, 'sink-rejected'))
      return
    }
    const { limits } = this.#options
    const attempts = Effect.retry(this.#attempt(body), {
      times: limits.attempts - 1,
      schedule: this.#backoff,
      while: (f) => this.#isWorthwhile(f),
    })
    const outcome = Effect.match(attempts, { onSuccess: () => undefined, onFailure: (f: Fault) => f })
    Effect.runCallback(outcome, {
      signal: this.#stopping.signal,
      onExit: (exit) => {
        if (this.#state === 'closed') return
        // Attempts answer with faults; anything else that ends them is a bug, and must not lose the event.
        this.#done(entry, Exit.isSuccess(exit) ? exit.value : fault('sink-failing', 'The push ended unexpectedly'))
      },
    })
  }

  /** One try: waits for the end of a pause, then posts. Fails with the fault. */
  #attempt(body: Uint8Array): Effect.Effect<void, Fault> {
    const post = Effect.promise((signal) => this.#options.poster.post(body, signal))
    return Effect.suspend(() => {
      const pauseMs = this.#pausedUntil - this.#options.clock.monotonic()
      return pauseMs > 0 ? Effect.andThen(Effect.sleep(pauseMs), post) : post
    }).pipe(
      Effect.flatMap((f) => {
        this.#learn(f)
        return f === undefined ? Effect.void : Effect.fail(f)
      }),
    )
  }

  /** Refused credentials are not retried at once, nor is a server that asked for more patience than we have here. */
  #isWorthwhile(f: Fault): boolean {
    return classOf(f) === 'retry' && f.code !== 'sink-auth' && (f.retryAfterMs ?? 0) <= this.#options.limits.patienceMs
  }

  /** What one answer says about the endpoint as a whole. */
  #learn(f: Fault | undefined): void {
    if (f === undefined || classOf(f) === 'dead') this.#troubled = false
    else if (f.code === 'sink-auth' || f.code === 'sink-busy' || f.code === 'sink-unreachable') this.#troubled = true
    const { limits, clock } = this.#options
    const pauseMs = f?.retryAfterMs ?? (f?.code === 'sink-auth' ? limits.authPauseMs : 0)
    if (pauseMs > 0) this.#pausedUntil = Math.max(this.#pausedUntil, clock.monotonic() + pauseMs)
    if (f?.code !== 'sink-unreachable') this.#unconnected = 0
    else if (++this.#unconnected >= limits.lostAfter) this.#lose(f)
  }

  #done(entry: JournalEntry, f: Fault | undefined): void {
    const { seq } = entry
    if (f !== undefined && classOf(f) === 'retry') this.#lanes.block(entry, this.#options.clock.monotonic())
    this.#lanes.free(entry)
    this.#watchHeld()
    if (f === undefined) this.#handlers.settled(seq, 'delivered')
    else if (classOf(f) === 'retry') this.#handlers.retry(seq, f)
    else this.#handlers.rejected(seq, f)
    this.#pump()
  }

  /** Events behind one that never comes back must not wait for ever: a new link sorts them out. */
  #watchHeld(): void {
    const since = this.#lanes.heldSinceMs
    if (since === undefined || this.#cancelHeld !== undefined) return
    const { limits, clock, target } = this.#options
    this.#cancelHeld = clock.after(since + limits.heldMs - clock.monotonic(), () => {
      this.#cancelHeld = undefined
      const oldest = this.#lanes.heldSinceMs ?? Number.POSITIVE_INFINITY
      if (clock.monotonic() - oldest < limits.heldMs) this.#watchHeld()
      else this.#lose(fault('sink-lost', `Events for ${target} waited too long behind one that failed`))
    })
  }

  #lose(because: Fault): void {
    const open = this.#state === 'open'
    this.#close()
    if (open) this.#handlers.lost(because)
  }

  #close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelHeld?.()
    this.#finished()
    this.#stopping.abort()
    this.#options.poster.destroy()
  }
}
