/**
 * An actor: private state, a bounded mailbox, one `receive`, asked with a message and answering it.
 *
 * Invariants: at most `concurrency` messages (one, unless said otherwise) are processed at a time; every ask ends, in an answer or a rejection with a FaultError;
 * a throw inside `receive` is a crash, reported to the supervisor; waiting work survives a restart;
 * an incarnation that was taken down can no longer answer or report.
 */
import { type Fault, FaultError, fault, faultFrom } from '../../src/fault/fault.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { ActorView } from '../../src/port/gauge.ts'
import type { Child } from './child.ts'
import { Mailbox } from './mailbox.ts'

/** What a behaviour may do with its surroundings. */
export interface ActorContext {
  /** Reports a crash from outside `receive` (a lost connection, a failed timer). */
  fail(fault: Fault): void
}

/** The private state and code of one incarnation. User-data faults are part of the answer, never thrown. */
export interface Behavior<In, Out> {
  start?(context: ActorContext): void | Promise<void>
  receive(message: In): Out | Promise<Out>
  stop?(): void | Promise<void>
}

export interface ActorOptions<In, Out> {
  readonly name: string
  readonly create: () => Behavior<In, Out>
  /** Most messages waiting. */
  readonly mailbox: number
  /** Messages that may wait for an asynchronous answer at once; default 1. */
  readonly concurrency?: number
  /** Longest time for one message; then it is rejected with `stage-deadline` and the actor counts as crashed. */
  readonly deadlineMs?: number
  readonly clock: Clock
}

/** The way to talk to an actor. */
export interface ActorRef<In, Out> {
  readonly name: string
  /** Rejects with a FaultError: `stage-overloaded`, `stage-deadline`, `actor-crashed`, `shutting-down`. */
  ask(message: In): Promise<Out>
}

interface Work<In, Out> {
  readonly message: In
  readonly resolve: (out: Out) => void
  readonly reject: (error: FaultError) => void
  cancelDeadline?: () => void
}

type State = 'starting' | 'running' | 'restarting' | 'stopped' | 'failed'

export class Actor<In, Out> implements Child, ActorRef<In, Out> {
  readonly name: string
  onFailure: (fault: Fault) => void = () => {}
  readonly #options: ActorOptions<In, Out>
  readonly #mailbox: Mailbox<Work<In, Out>>
  #behavior: Behavior<In, Out> | undefined
  #state: State = 'starting'
  /** Raised whenever an incarnation ends, so that its late results are recognised and ignored. */
  #incarnation = 0
  readonly #current = new Set<Work<In, Out>>()
  #restarts = -1
  #lastFault: { code: string; reason: string; timeMs: number } | undefined

  constructor(options: ActorOptions<In, Out>) {
    this.name = options.name
    this.#options = options
    this.#mailbox = new Mailbox(options.mailbox)
  }

  ask(message: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'stopped') reject(new FaultError(fault('shutting-down', `${this.name} is stopped`)))
      else if (!this.#mailbox.offer({ message, resolve, reject })) {
        reject(
          new FaultError(fault('stage-overloaded', `the mailbox of ${this.name} is full (${this.#mailbox.limit})`)),
        )
      } else this.#pump()
    })
  }

  async start(): Promise<void> {
    const incarnation = ++this.#incarnation
    const behavior = this.#options.create()
    const context: ActorContext = {
      fail: (f) => {
        if (this.#incarnation === incarnation) this.#crash(f)
      },
    }
    await behavior.start?.(context)
    if (this.#incarnation !== incarnation || this.#state === 'stopped') {
      await behavior.stop?.()
      return
    }
    this.#behavior = behavior
    this.#restarts += 1
    this.#state = 'running'
    this.#pump()
  }

  async suspend(): Promise<void> {
    this.#state = 'restarting'
    await this.#takeDown('actor-crashed', `${this.name} was restarted`)
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    for (const work of this.#mailbox.clear())
      work.reject(new FaultError(fault('shutting-down', `${this.name} is stopped`)))
    await this.#takeDown('shutting-down', `${this.name} is stopped`)
  }

  resume(): void {
    if (this.#behavior === undefined || this.#state === 'stopped') return
    this.#state = 'running'
    this.#pump()
  }

  view(): ActorView {
    return {
      name: this.name,
      state: this.#state,
      mailbox: this.#mailbox.depth,
      mailboxLimit: this.#mailbox.limit,
      restarts: Math.max(0, this.#restarts),
      ...(this.#lastFault && { lastFault: this.#lastFault }),
      children: [],
    }
  }

  async #takeDown(code: 'actor-crashed' | 'shutting-down', reason: string): Promise<void> {
    this.#incarnation += 1
    const behavior = this.#behavior
    this.#behavior = undefined
    for (const work of this.#current) this.#end(work).reject(new FaultError(fault(code, reason)))
    await behavior?.stop?.()
  }

  /** Processes waiting work until there is none, or until as many as may be are waited for. */
  #pump(): void {
    const limit = this.#options.concurrency ?? 1
    while (this.#state === 'running' && this.#current.size < limit && this.#behavior !== undefined) {
      const work = this.#mailbox.next()
      if (work === undefined) return
      this.#current.add(work)
      this.#process(this.#behavior, work)
    }
  }

  #process(behavior: Behavior<In, Out>, work: Work<In, Out>): void {
    let result: Out | Promise<Out>
    try {
      result = behavior.receive(work.message)
    } catch (thrown) {
      this.#broke(work, thrown)
      return
    }
    if (!(result instanceof Promise)) {
      this.#end(work).resolve(result)
      return
    }
    this.#watchDeadline(work)
    result.then(
      (out) => {
        if (!this.#current.has(work)) return
        this.#end(work).resolve(out)
        this.#pump()
      },
      (thrown) => {
        if (this.#current.has(work)) this.#broke(work, thrown)
      },
    )
  }

  #watchDeadline(work: Work<In, Out>): void {
    const { deadlineMs, clock } = this.#options
    if (deadlineMs === undefined) return
    work.cancelDeadline = clock.after(deadlineMs, () => {
      if (!this.#current.has(work)) return
      this.#broke(work, new FaultError(fault('stage-deadline', `${this.name} did not answer within ${deadlineMs} ms`)))
    })
  }

  /** Takes the work off the table; its late results are ignored from here on. */
  #end(work: Work<In, Out>): Work<In, Out> {
    this.#current.delete(work)
    work.cancelDeadline?.()
    return work
  }

  #broke(work: Work<In, Out>, thrown: unknown): void {
    const cause = faultFrom(thrown, 'actor-crashed')
    this.#end(work).reject(new FaultError(cause))
    this.#crash(cause)
  }

  #crash(cause: Fault): void {
    if (this.#state !== 'running' && this.#state !== 'starting') return
    this.#state = 'failed'
    this.#lastFault = { code: cause.code, reason: cause.reason, timeMs: this.#options.clock.now() }
    this.onFailure(cause)
  }
}
