/**
 * Holds children, starts them in order, and answers their faults: resume, restart (with back-off, within an intensity),
 * stop, or escalate to the parent.
 *
 * Invariants: children start in the given order and stop in the reverse; at most one recovery runs at a time;
 * more than `maxRestarts` restarts within `withinMs` escalate; after `stop` nothing is started again.
 */
import { type Fault, faultFrom } from '../../src/fault/fault.ts'
import type { Clock } from '../../src/port/clock.ts'
import type { ActorView } from '../../src/port/gauge.ts'
import { type Backoff, backoffMs } from './backoff.ts'
import type { Child } from './child.ts'
import { type DirectiveRule, standardDirective } from './directive.ts'

/** Who is restarted with a failed child: itself; all; itself and those started after it. */
export type Strategy = 'one-for-one' | 'all-for-one' | 'rest-for-one'

export interface Intensity {
  readonly maxRestarts: number
  readonly withinMs: number
}

export interface SupervisorOptions {
  readonly name: string
  readonly strategy: Strategy
  readonly intensity: Intensity
  readonly backoff: Backoff
  readonly clock: Clock
  readonly directive?: DirectiveRule
  /** Called for every restart, before its back-off. */
  readonly onRestart?: (child: string, because: Fault, delayMs: number) => void
  readonly random?: () => number
}

export class Supervisor implements Child {
  readonly name: string
  onFailure: (fault: Fault) => void = () => {}
  readonly #options: SupervisorOptions
  readonly #children: Child[] = []
  #restartTimes: number[] = []
  #restarts = 0
  #state: ActorView['state'] = 'starting'
  #lastFault: ActorView['lastFault']
  #recovery: Promise<void> = Promise.resolve()
  #cancelWait: (() => void) | undefined

  constructor(options: SupervisorOptions) {
    this.name = options.name
    this.#options = options
  }

  /** Adds a child; it is started with the rest by {@link start}. */
  add<C extends Child>(child: C): C {
    child.onFailure = (f) => this.#failed(child, f)
    this.#children.push(child)
    return child
  }

  async start(): Promise<void> {
    this.#state = 'starting'
    for (const child of this.#children) await child.start()
    this.#state = 'running'
  }

  /** Adds a child to a running supervisor and starts it; rejects when it cannot start. */
  async adopt<C extends Child>(child: C): Promise<C> {
    this.add(child)
    await child.start()
    return child
  }

  async suspend(): Promise<void> {
    this.#state = 'restarting'
    this.#cancelWait?.()
    for (const child of this.#children.toReversed()) await child.suspend()
  }

  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#cancelWait?.()
    for (const child of this.#children.toReversed()) await child.stop()
  }

  resume(): void {
    if (this.#state === 'failed') this.#state = 'running'
    for (const child of this.#children) child.resume()
  }

  view(): ActorView {
    return {
      name: this.name,
      state: this.#state,
      mailbox: 0,
      mailboxLimit: 0,
      restarts: this.#restarts,
      ...(this.#lastFault && { lastFault: this.#lastFault }),
      children: this.#children.map((child) => child.view()),
    }
  }

  /** Resolves when no recovery is under way. */
  async settled(): Promise<void> {
    await this.#recovery
  }

  #failed(child: Child, cause: Fault): void {
    if (this.#state === 'stopped' || this.#state === 'failed') return
    const directive = (this.#options.directive ?? standardDirective)(cause)
    if (directive === 'resume') child.resume()
    else if (directive === 'stop') this.#recovery = this.#recovery.then(() => child.stop())
    else if (directive === 'escalate') this.#escalate(cause)
    else this.#recovery = this.#recovery.then(() => this.#restart(child, cause))
  }

  async #restart(child: Child, cause: Fault): Promise<void> {
    if (this.#isDown()) return
    const { clock, intensity, backoff, random, onRestart } = this.#options
    const now = clock.monotonic()
    this.#restartTimes = this.#restartTimes.filter((t) => now - t < intensity.withinMs)
    if (this.#restartTimes.length >= intensity.maxRestarts) {
      this.#escalate(cause)
      return
    }
    this.#restartTimes.push(now)
    this.#restarts += 1
    this.#lastFault = { code: cause.code, reason: cause.reason, timeMs: clock.now() }
    const delayMs = backoffMs(backoff, this.#restartTimes.length, random)
    onRestart?.(child.name, cause, delayMs)
    const affected = this.#affected(child)
    try {
      for (const each of affected.toReversed()) await each.suspend()
      await this.#wait(delayMs)
      for (const each of affected) {
        if (this.#isDown()) return
        await each.start()
      }
    } catch (thrown) {
      // A failed start is a failure like any other: it counts against the intensity.
      this.#recovery = this.#recovery.then(() => this.#restart(child, faultFrom(thrown)))
    }
  }

  #affected(child: Child): Child[] {
    const at = this.#children.indexOf(child)
    if (this.#options.strategy === 'one-for-one') return [child]
    return this.#options.strategy === 'all-for-one' ? [...this.#children] : this.#children.slice(at)
  }

  #escalate(cause: Fault): void {
    this.#state = 'failed'
    this.#lastFault = { code: cause.code, reason: cause.reason, timeMs: this.#options.clock.now() }
    this.onFailure(cause)
  }

  #isDown(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed'
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#cancelWait = () => {
        cancel()
        resolve()
      }
    })
  }
}
