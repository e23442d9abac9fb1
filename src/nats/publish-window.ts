/**
 * Publishing to JetStream without a promise per message: many unanswered at once, one shared reply inbox for all answers.
 *
 * Invariants: what is published goes out in order on one connection; each item is answered at most once, by `onStored`
 * or `onRefused`, and until then is among `unanswered`. Nothing is sent again here: what is in doubt is the owner's.
 */
import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node'
import type { Clock } from '../port/clock.ts'
import type { BrokerConnection } from './connection.ts'
import { contained } from './contained.ts'

/** Why the broker did not store a message. `code` is JetStream's own error code; 503 when nobody listened at all. */
export interface Refusal {
  readonly code: number
  readonly description: string
}

/** Nobody listens on the subject: no stream takes it, or JetStream is not up yet. */
export const NO_STREAM = 503
/** The message is larger than the stream or the broker takes: it never will be stored. */
export const TOO_LARGE = 10054

export interface WindowHandlers<T> {
  /** `duplicate`: the stream held a message of this id already. */
  onStored(item: T, duplicate: boolean): void
  onRefused(item: T, refusal: Refusal): void
  /** The oldest unanswered message has waited longer than allowed. Called again each time it still does. */
  onOverdue(): void
}

/** The clock ticks this often within the time an answer may take. */
const TICKS = 5
const STORED_START = Buffer.from('{"stream":')
const DUPLICATE = Buffer.from('"duplicate":')

export class PublishWindow<T> {
  readonly #nc: NatsConnection
  readonly #handlers: WindowHandlers<T>
  readonly #clock: Clock
  readonly #inbox: string
  readonly #subscription: Subscription
  /** In the order they were published, which a Map keeps. */
  readonly #unanswered = new Map<number, T>()
  /** What the next token was at each of the last ticks, newest last. */
  readonly #tokensAtTicks: number[] = []
  readonly #tickMs: number
  #nextToken = 0
  #cancelTick: () => void = () => undefined
  #closed = false

  /** @param ackTimeoutMs how long the broker may take to answer, give or take a fifth */
  constructor(link: BrokerConnection, ackTimeoutMs: number, clock: Clock, handlers: WindowHandlers<T>) {
    this.#nc = link.nc
    this.#handlers = handlers
    this.#clock = clock
    this.#tickMs = ackTimeoutMs / TICKS
    this.#inbox = `${link.newInbox()}.`
    this.#subscription = link.nc.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error === null) contained(() => this.#answered(message))
      },
    })
    this.#tick()
  }

  /** How many are not answered yet. */
  get size(): number {
    return this.#unanswered.size
  }

  /** What is not answered yet, in the order it was published. */
  unanswered(): T[] {
    return [...this.#unanswered.values()]
  }

  /**
   * Publishes and remembers the item until it is answered.
   * @throws what the client throws: the connection is closed, or the message is larger than the broker takes
   */
  publish(subject: string, payload: Uint8Array, headers: MsgHdrs, item: T): void {
    const token = this.#nextToken
    this.#nc.publish(subject, payload, { reply: this.#inbox + token, headers })
    this.#nextToken += 1
    this.#unanswered.set(token, item)
  }

  /** Stops listening; what is unanswered stays so. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelTick()
    this.#subscription.unsubscribe()
  }

  #answered(message: Msg): void {
    const token = Number(message.subject.slice(this.#inbox.length))
    const item = this.#unanswered.get(token)
    if (item === undefined || this.#closed) return
    this.#unanswered.delete(token)
    const { data } = message
    // The quick way for the usual answer, {"stream":"COT", "seq":1}: nothing of it is needed but its beginning.
    if (startsWith(data, STORED_START)) this.#handlers.onStored(item, data.length > 24 && includes(data, DUPLICATE))
    else this.#handlers.onRefused(item, refusalOf(message))
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(this.#tickMs, () => {
      const [oldest] = this.#unanswered.keys()
      const tokenThen = this.#tokensAtTicks.length < TICKS ? undefined : this.#tokensAtTicks.shift()
      this.#tokensAtTicks.push(this.#nextToken)
      // Published before the tick that lies a whole timeout back, and still unanswered.
      if (oldest !== undefined && tokenThen !== undefined && oldest < tokenThen) this.#handlers.onOverdue()
      if (!this.#closed) this.#tick()
    })
  }
}

function refusalOf(message: Msg): Refusal {
  if (message.data.length === 0) {
    const code = message.headers?.code ?? 0
    return {
      code,
      description: code === NO_STREAM ? 'no stream takes this subject' : (message.headers?.description ?? ''),
    }
  }
  try {
    const { error } = message.json<{ error?: { err_code?: number; code?: number; description?: string } }>()
    return { code: error?.err_code ?? error?.code ?? 0, description: error?.description ?? 'unknown answer' }
  } catch {
    return { code: 0, description: 'an answer that is not JSON' }
  }
}

function startsWith(data: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (data[i] !== start[i]) return false
  return true
}

function includes(data: Uint8Array, part: Buffer): boolean {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(part)
}
