/**
 * One reply subject with at most one pull request on it, and the count of what that request may still bring.
 *
 * Invariant: the counts are the server's own. A request ends when its last message came, when its bytes are used up
 * to the very last one (the server then says nothing), or with a status. A message counts with its subject, its reply
 * subject, its headers and its payload (ADR-37; measured on 2.9.10).
 */
import { type Msg, MsgImpl, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { ACK_PREFIX } from './delivery.ts'

/** How the server ended a request, in words that matter to the source. */
export type RequestEnd = 'expired' | 'used-up' | 'too-big' | 'moved' | 'deleted' | 'refused'

export interface SlotHandlers {
  /** `asked` is false for a message that no present request covers. */
  onMessage(message: Msg, reply: string, asked: boolean): void
  onEnd(slot: PullSlot, end: RequestEnd, description: string): void
  onHeartbeat(): void
  onDenied(because: Error): void
}

export interface PullRequest {
  readonly messages: number
  /** Absent: as many as the messages hold. */
  readonly bytes?: number
}

export class PullSlot {
  readonly #nc: NatsConnection
  readonly #inbox: string
  readonly #subscription: Subscription
  #messagesLeft = 0
  #bytesLeft = 0
  #bounded = true
  #delivered = 0
  #deadline = 0

  constructor(nc: NatsConnection, inbox: string, handlers: SlotHandlers) {
    this.#nc = nc
    this.#inbox = inbox
    this.#subscription = nc.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) handlers.onDenied(error)
        else this.#arrived(message, handlers)
      },
    })
  }

  get free(): boolean {
    return this.#messagesLeft === 0
  }

  /** Messages that may still come. */
  get messagesLeft(): number {
    return this.#messagesLeft
  }

  /** Bytes that may still come, at most. */
  get bytesLeft(): number {
    return this.#messagesLeft === 0 ? 0 : this.#bytesLeft
  }

  /** Messages the present request brought so far. */
  get delivered(): number {
    return this.#delivered
  }

  /** Moment (monotonic) after which the server must have ended the request. */
  get deadline(): number {
    return this.#deadline
  }

  /** True while a request without a byte bound is under way. */
  get unbounded(): boolean {
    return !this.#bounded && this.#messagesLeft > 0
  }

  /** Sends a request; the slot must be free. `largest` bounds the bytes of a request that names none. */
  ask(
    target: string,
    request: PullRequest,
    timing: { expiresMs: number; heartbeatMs: number },
    now: number,
    largest: number,
  ): void {
    this.#messagesLeft = request.messages
    this.#bounded = request.bytes !== undefined
    this.#bytesLeft = request.bytes ?? largest * request.messages
    this.#delivered = 0
    this.#deadline = now + timing.expiresMs + 2_000
    const bytes = request.bytes === undefined ? '' : `,"max_bytes":${request.bytes}`
    this.#nc.publish(
      target,
      `{"batch":${request.messages}${bytes},"expires":${timing.expiresMs * 1e6},"idle_heartbeat":${timing.heartbeatMs * 1e6}}`,
      { reply: this.#inbox },
    )
  }

  /** Forgets the request; what still comes for it is nobody's. */
  forget(): void {
    this.#messagesLeft = 0
  }

  /** Ends the subscription at once: for a connection that is gone. */
  discard(): void {
    this.#messagesLeft = 0
    this.#subscription.unsubscribe()
  }

  /**
   * Ends the subscription and resolves when nothing can come any more. The server hands what it cannot deliver back
   * to the consumer by itself, so nothing is stranded until `ack_wait`.
   */
  async drain(): Promise<void> {
    await this.#subscription.drain().catch(() => undefined)
    this.#messagesLeft = 0
  }

  #arrived(message: Msg, handlers: SlotHandlers): void {
    const reply = message.reply ?? ''
    if (reply.startsWith(ACK_PREFIX)) {
      if (this.#messagesLeft === 0) {
        handlers.onMessage(message, reply, false)
        return
      }
      // The book is written before the message is handed on, so that whoever gets it may ask for the next at once.
      this.#delivered += 1
      this.#messagesLeft -= 1
      this.#bytesLeft -= sizeOf(message, reply)
      const cutShort = this.#bounded && this.#bytesLeft === 0 && this.#messagesLeft > 0
      if (cutShort) this.#messagesLeft = 0
      handlers.onMessage(message, reply, true)
      if (cutShort) handlers.onEnd(this, 'used-up', 'the bytes asked for were used up')
      return
    }
    const code = message.headers?.code ?? 0
    const description = message.headers?.description ?? ''
    if (code === 100) handlers.onHeartbeat()
    else if (code !== 0 && this.#messagesLeft > 0) {
      this.#messagesLeft = 0
      handlers.onEnd(this, endOf(code, description), `${code} ${description}`.trim())
    }
  }
}

/** Bytes the server charges a message with. */
function sizeOf(message: Msg, reply: string): number {
  return message instanceof MsgImpl ? message.size() : message.subject.length + reply.length + message.data.length
}

function endOf(code: number, description: string): RequestEnd {
  if (code === 404 || code === 408) return 'expired'
  if (code !== 409) return 'refused'
  const said = description.toLowerCase()
  if (said.startsWith('message size exceeds')) return 'too-big'
  if (said.startsWith('batch completed')) return 'expired'
  if (said.startsWith('leadership change') || said.startsWith('server shutdown')) return 'moved'
  return said.startsWith('consumer deleted') ? 'deleted' : 'refused'
}
