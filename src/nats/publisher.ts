/**
 * Publishes many messages to JetStream, as fast as it acknowledges them, and ends when it has acknowledged all.
 *
 * Invariants: no more than `window` are unacknowledged; the source of messages is read only when there is room. What is
 * in doubt after a lost connection or a missing answer is sent again under the same message id, so that within the
 * stream's duplicate window it is stored once. Only what can never succeed is thrown; a full stream is waited for.
 */

import { randomBytes } from 'node:crypto'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { type Clock, systemClock } from '../port/clock.ts'
import type { BrokerConnection } from './connection.ts'
import { headerText } from './header-text.ts'
import { NO_STREAM, PublishWindow, type Refusal, TOO_LARGE } from './publish-window.ts'

export interface Outgoing {
  readonly subject: string
  readonly payload: Uint8Array
  /** By which the stream recognises the message; made for this run when absent. */
  readonly messageId?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface PublishCounts {
  /** Acknowledged by the stream, duplicates included. */
  readonly acked: number
  readonly duplicates: number
}

export interface PublisherOptions {
  /** Most unacknowledged at once; 512. */
  readonly window?: number
  /** How long an acknowledgement may take before the message is sent again; 5,000 ms. */
  readonly ackTimeoutMs?: number
  /** How long to wait for a stream that takes the subject to appear; 5,000 ms. */
  readonly noStreamMs?: number
  readonly onProgress?: (counts: PublishCounts) => void
  /** Called when publishing has to wait, with the reason. */
  readonly onHold?: (because: Fault) => void
  /** Aborted: nothing more is read, and what is under way is waited for as long as one answer may take. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

interface Pending {
  readonly order: number
  readonly outgoing: Outgoing
  readonly headers: MsgHdrs
}

const BACKOFF_FIRST_MS = 100
const BACKOFF_LAST_MS = 5_000

/**
 * Publishes everything and resolves with the counts.
 * @throws FaultError `publish-refused` when no stream takes a subject or a message is too large, `broker-closed`
 */
export async function publishAll(
  link: BrokerConnection,
  messages: Iterable<Outgoing> | AsyncIterable<Outgoing>,
  options: PublisherOptions = {},
): Promise<PublishCounts> {
  const publisher = new Publisher(link, options)
  try {
    for await (const message of messages) {
      await publisher.room()
      if (options.signal?.aborted === true) break
      publisher.take(message)
    }
    return await publisher.finished()
  } finally {
    publisher.close()
  }
}

class Publisher {
  readonly #link: BrokerConnection
  readonly #options: PublisherOptions
  readonly #clock: Clock
  readonly #limit: number
  readonly #ackTimeoutMs: number
  readonly #forgetLink: (() => void)[]
  readonly #runId = randomBytes(8).toString('hex')
  #window: PublishWindow<Pending>
  /** To be sent again before anything new. */
  #again: Pending[] = []
  #taken = 0
  #acked = 0
  #duplicates = 0
  #backoffMs = 0
  #cancelBackoff: (() => void) | undefined
  #noStreamSince: number | undefined
  #failure: Fault | undefined
  #wake: (() => void) | undefined

  constructor(link: BrokerConnection, options: PublisherOptions) {
    this.#link = link
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#limit = options.window ?? 512
    this.#ackTimeoutMs = options.ackTimeoutMs ?? 5_000
    this.#window = this.#newWindow()
    this.#forgetLink = [
      link.onDisconnect(() =>
        this.#doubt(fault('broker-unreachable', `The connection to ${link.server} broke; waiting for it`)),
      ),
      link.onReconnect(() => this.#sendAgain()),
      link.onClosed((because) => this.#fail(because)),
    ]
    const wake = () => this.#wake?.()
    options.signal?.addEventListener('abort', wake)
    this.#forgetLink.push(() => options.signal?.removeEventListener('abort', wake))
  }

  /** Resolves when one more may be taken, or when there is no point in it any more. */
  async room(): Promise<void> {
    while (!this.#aborted && this.#failure === undefined && !(this.#flowing && this.#window.size < this.#limit))
      await this.#change()
    this.#throwFailure()
  }

  take(outgoing: Outgoing): void {
    const order = this.#taken++
    const lines = headers()
    for (const [name, value] of Object.entries(outgoing.headers ?? {})) lines.set(name, headerText(value))
    lines.set('Nats-Msg-Id', headerText(outgoing.messageId ?? `${this.#runId}-${order}`))
    this.#send({ order, outgoing, headers: lines })
  }

  /** Resolves when everything taken is acknowledged. */
  async finished(): Promise<PublishCounts> {
    let late = false
    let cancel: (() => void) | undefined
    while (this.#acked < this.#taken && this.#failure === undefined && !late) {
      if (this.#aborted) {
        cancel ??= this.#clock.after(this.#ackTimeoutMs, () => {
          late = true
          this.#wake?.()
        })
      }
      await this.#change()
    }
    cancel?.()
    this.#throwFailure()
    return this.#counts
  }

  close(): void {
    for (const forget of this.#forgetLink) forget()
    this.#cancelBackoff?.()
    this.#window.close()
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted === true
  }

  /** True while nothing stands in the way of sending. */
  get #flowing(): boolean {
    return this.#link.connected && this.#cancelBackoff === undefined && this.#again.length === 0
  }

  get #counts(): PublishCounts {
    return { acked: this.#acked, duplicates: this.#duplicates }
  }

  #newWindow(): PublishWindow<Pending> {
    return new PublishWindow<Pending>(this.#link, this.#ackTimeoutMs, this.#clock, {
      onStored: (_pending, duplicate) => this.#stored(duplicate),
      onRefused: (pending, refusal) => this.#refused(pending, refusal),
      onOverdue: () =>
        this.#doubt(fault('broker-unreachable', `The broker did not acknowledge within ${this.#ackTimeoutMs} ms`)),
    })
  }

  #send(pending: Pending): void {
    const { subject, payload } = pending.outgoing
    try {
      this.#window.publish(subject, payload, pending.headers, pending)
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      this.#fail(
        this.#link.nc.isClosed()
          ? fault('broker-closed')
          : fault('publish-refused', `A message of ${payload.length} bytes cannot be sent to ${subject}: ${because}`),
      )
    }
  }

  #stored(duplicate: boolean): void {
    this.#acked += 1
    if (duplicate) this.#duplicates += 1
    this.#backoffMs = 0
    this.#noStreamSince = undefined
    this.#options.onProgress?.(this.#counts)
    this.#wake?.()
  }

  #refused(pending: Pending, { code, description }: Refusal): void {
    const { subject, payload } = pending.outgoing
    if (code === TOO_LARGE) {
      this.#fail(
        fault('publish-refused', `A message of ${payload.length} bytes for ${subject} is larger than the stream takes`),
      )
      return
    }
    if (code === NO_STREAM) {
      const now = this.#clock.monotonic()
      this.#noStreamSince ??= now
      // A broker that has just started again has no streams for a moment.
      if (now - this.#noStreamSince > (this.#options.noStreamMs ?? 5_000)) {
        this.#fail(
          fault(
            'publish-refused',
            `No stream takes ${subject}: start the service, which makes the streams, or check the subject`,
          ),
        )
        return
      }
    }
    this.#again.push(pending)
    this.#hold(fault('publish-refused', `The broker does not take ${subject} now (${description}); trying again`))
  }

  /** Everything unanswered is in doubt: it is sent again on a window, and so a reply subject, of its own. */
  #doubt(because: Fault): void {
    this.#again.push(...this.#window.unanswered())
    this.#window.close()
    this.#window = this.#newWindow()
    this.#hold(because)
  }

  #hold(because: Fault): void {
    if (this.#cancelBackoff !== undefined) return
    this.#options.onHold?.(because)
    this.#backoffMs = Math.min(BACKOFF_LAST_MS, Math.max(BACKOFF_FIRST_MS, this.#backoffMs * 2))
    this.#cancelBackoff = this.#clock.after(this.#backoffMs, () => {
      this.#cancelBackoff = undefined
      this.#sendAgain()
    })
  }

  #sendAgain(): void {
    if (!this.#link.connected || this.#cancelBackoff !== undefined) return
    const again = this.#again.sort((a, b) => a.order - b.order)
    this.#again = []
    for (const pending of again) this.#send(pending)
    this.#wake?.()
  }

  #fail(because: Fault): void {
    this.#failure ??= because
    this.#wake?.()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw new FaultError(this.#failure)
  }

  /** Resolves at the next change of anything that is waited for. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}
