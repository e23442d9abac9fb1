/** The stretch in which the TAK receiver is dead: when it was killed, when it was back, what waited meanwhile. */
import type { SinkView } from '../../src/port/gauge.ts'
import { wallMs } from './wall-clock.ts'

/** The far end of the sink, as the outage needs it. */
export interface Mortal {
  kill(): Promise<void>
  start(): Promise<void>
}

/** Seconds and events. */
export interface OutageReport {
  /** From the kill until the receiver listened again. */
  readonly seconds: number
  /** From then until the sink had connected again. */
  readonly reconnectSeconds: number
  /** From the connection until everything that had waited was at the receiver. */
  readonly catchUpSeconds: number
  /** Most events that waited in the journal at any one time. */
  readonly queuedPeak: number
  /** Events that came out while the receiver could not take them, and reached it afterwards. */
  readonly deliveredAfter: number
}

export type OutagePhase = 'before' | 'down' | 'reconnecting' | 'catching-up' | 'over'

export class Outage {
  readonly #receiver: Mortal
  /** How many events came out so far, and how many of them the receiver has. */
  readonly #progress: () => { readonly out: number; readonly received: number }
  #killedMs: number | undefined
  #backMs: number | undefined
  #connectedMs: number | undefined
  #caughtUpMs: number | undefined
  #outAtConnection = 0
  #peak = 0
  #deliveredAfter = 0

  constructor(receiver: Mortal, progress: () => { readonly out: number; readonly received: number }) {
    this.#receiver = receiver
    this.#progress = progress
  }

  get phase(): OutagePhase {
    if (this.#killedMs === undefined) return 'before'
    if (this.#backMs === undefined) return 'down'
    if (this.#connectedMs === undefined) return 'reconnecting'
    return this.#caughtUpMs === undefined ? 'catching-up' : 'over'
  }

  /** Milliseconds since the receiver was killed; 0 before. */
  get sinceKillMs(): number {
    return this.#killedMs === undefined ? 0 : wallMs() - this.#killedMs
  }

  async begin(): Promise<void> {
    this.#killedMs = wallMs()
    await this.#receiver.kill()
  }

  async end(): Promise<void> {
    if (this.#killedMs === undefined || this.#backMs !== undefined) return
    await this.#receiver.start()
    this.#backMs = wallMs()
  }

  /** Told now and then how the sink is. */
  look(sink: SinkView): void {
    if (this.#killedMs === undefined || this.#caughtUpMs !== undefined) return
    this.#peak = Math.max(this.#peak, sink.pending - sink.inFlight)
    if (this.#backMs === undefined || sink.state !== 'up') return
    if (this.#connectedMs === undefined) this.#connected()
    if (this.#progress().received >= this.#outAtConnection) this.#caughtUpMs ??= wallMs()
  }

  /**
   * An event reached the receiver for the first time; true when the outage kept it waiting.
   * @param publishedMs time of day at which its detection was published
   * @param receivedMs time of day at the receiver
   */
  received(publishedMs: number, receivedMs: number): boolean {
    if (this.#killedMs === undefined || receivedMs <= this.#killedMs) return false
    // Whatever reaches the new receiver proves that the sink is connected, before anybody looked.
    this.#backMs ??= receivedMs
    if (this.#connectedMs === undefined) this.#connected(receivedMs)
    else this.#connectedMs = Math.min(this.#connectedMs, receivedMs)
    const waited = publishedMs < (this.#connectedMs ?? 0)
    if (waited) this.#deliveredAfter += 1
    if (this.#progress().received >= this.#outAtConnection) this.#caughtUpMs ??= receivedMs
    return waited
  }

  report(): OutageReport | undefined {
    if (this.#killedMs === undefined || this.#backMs === undefined) return undefined
    const connectedMs = this.#connectedMs ?? this.#backMs
    return {
      seconds: seconds(this.#killedMs, this.#backMs),
      reconnectSeconds: seconds(this.#backMs, connectedMs),
      catchUpSeconds: seconds(connectedMs, this.#caughtUpMs ?? connectedMs),
      queuedPeak: this.#peak,
      deliveredAfter: this.#deliveredAfter,
    }
  }

  #connected(atMs = wallMs()): void {
    this.#connectedMs = atMs
    const { out, received } = this.#progress()
    this.#outAtConnection = out
    this.#peak = Math.max(this.#peak, out - received)
  }
}

const seconds = (fromMs: number, toMs: number): number => Math.round(Math.max(0, toMs - fromMs)) / 1_000
