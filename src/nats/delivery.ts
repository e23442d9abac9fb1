/**
 * One message as JetStream delivered it, with the reply subject that settles it.
 *
 * Invariants: it is settled at most once, a second time throws; a settlement that cannot be sent is not an error,
 * because the broker then delivers the message again and the journal recognises it.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { FaultError, fault } from '../fault/fault.ts'
import type { Delivery, Settlement } from '../port/delivery.ts'

/** Every message of a pull consumer carries a reply subject that begins so; status messages do not. */
export const ACK_PREFIX = '$JS.ACK.'

const text = new TextEncoder()
const ACK = text.encode('+ACK')
const NAK = text.encode('-NAK')
const TERM = text.encode('+TERM')
const WORKING = text.encode('+WPI')

const TRACE_HEADER = 'Sightline-Trace'
const TRACEPARENT_HEADER = 'traceparent'
const TRACE_SHAPE = /^[A-Za-z0-9_-]{1,64}$/
const TRACEPARENT_SHAPE = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * Places of the numbers in the reply subject, `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<ns>.<pending>`:
 * servers with domains put two more tokens in front of the stream and one behind.
 */
const DELIVERED_SHORT = 4
const DELIVERED_LONG = 6
const TOKENS_SHORT = 9

export class JetStreamDelivery implements Delivery {
  readonly subject: string
  readonly source: string
  readonly data: Uint8Array
  readonly attempt: number
  readonly streamSeq: number
  readonly publishedMs: number
  readonly receivedMs: number
  readonly #nc: NatsConnection
  readonly #reply: string
  readonly #message: Msg
  readonly #publishedNs: string
  #trace: string | undefined
  #settled = false

  constructor(nc: NatsConnection, message: Msg, reply: string, receivedMs: number) {
    const tokens = reply.split('.')
    const first = tokens.length === TOKENS_SHORT ? DELIVERED_SHORT : DELIVERED_LONG
    const publishedNs = tokens[first + 3] ?? ''
    const subject = message.subject
    this.subject = subject
    this.source = subject.slice(subject.indexOf('.') + 1)
    this.data = message.data
    this.attempt = Number(tokens[first])
    this.streamSeq = Number(tokens[first + 1])
    // Nanoseconds do not fit a number: the last six digits are cut off first.
    this.publishedMs = Number(publishedNs.slice(0, -6))
    this.receivedMs = receivedMs
    this.#nc = nc
    this.#reply = reply
    this.#message = message
    this.#publishedNs = publishedNs
  }

  get trace(): string {
    this.#trace ??= this.#givenTrace() ?? this.#madeTrace()
    return this.#trace
  }

  get traceparent(): string | undefined {
    const value = this.#message.headers?.get(TRACEPARENT_HEADER)
    return value !== undefined && TRACEPARENT_SHAPE.test(value) ? value : undefined
  }

  get settled(): boolean {
    return this.#settled
  }

  settle(how: Settlement): void {
    if (this.#settled) {
      throw new FaultError(fault('internal', `Message ${this.streamSeq} on ${this.subject} was settled twice`))
    }
    this.#settled = true
    this.#answer(how.kind === 'ack' ? ACK : how.kind === 'term' ? TERM : negative(how.delayMs))
  }

  working(): void {
    if (!this.#settled) this.#answer(WORKING)
  }

  #answer(payload: Uint8Array | string): void {
    try {
      this.#nc.publish(this.#reply, payload)
    } catch {
      // Closed: the message comes again, and the connection's own listeners already know.
    }
  }

  #givenTrace(): string | undefined {
    // The library reads headers only when asked, and most messages have none.
    const headers = this.#message.headers
    if (headers === undefined) return undefined
    const own = headers.get(TRACE_HEADER)
    if (TRACE_SHAPE.test(own)) return own
    return TRACEPARENT_SHAPE.exec(headers.get(TRACEPARENT_HEADER))?.[1]
  }

  /**
   * 32 hexadecimal digits made of what names the message for ever: the nanosecond it was stored at and its sequence.
   * Decimal digits are hexadecimal ones too, so each delivery of the message has the same trace, at the cost of a join.
   */
  #madeTrace(): string {
    return this.#publishedNs.padStart(19, '0').slice(-19) + String(this.streamSeq).padStart(13, '0').slice(-13)
  }
}

/** A refusal for now. Without a delay the broker delivers again at once. */
function negative(delayMs: number): Uint8Array | string {
  return delayMs > 0 ? `-NAK {"delay": ${Math.round(delayMs * 1e6)}}` : NAK
}
