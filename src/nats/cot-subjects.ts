/**
 * The sink that publishes every event on its CoT subject, into JetStream.
 *
 * Invariants: events go out in the order given, on one connection; an event is settled only by the stream's own
 * acknowledgement. Its message id is made of source and id, so what is sent again after a loss lands once
 * (within the stream's duplicate window), and a duplicate's acknowledgement settles like a first one.
 */
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { type Clock, systemClock } from '../port/clock.ts'
import type { JournalEntry } from '../port/journal.ts'
import type { LinkHandlers, SinkDriver, SinkLink } from '../port/sink.ts'
import type { BrokerConnection } from './connection.ts'
import { headerText } from './header-text.ts'
import { detectionMessageId } from './message-id.ts'
import { NO_STREAM, PublishWindow, type Refusal, TOO_LARGE } from './publish-window.ts'

export interface CotSubjectsOptions {
  readonly name: string
  /** The event as it goes on the wire, XML. */
  readonly encode: (entry: JournalEntry) => Uint8Array
  /** `a-h-G-E-V` gives `cot.a.h.G.E.V`. */
  readonly subjectOf: (type: string) => string
  /** Most events unacknowledged at once; 512. */
  readonly window?: number
  /** How long the stream may take to acknowledge; 5,000 ms. */
  readonly ackTimeoutMs?: number
  readonly clock?: Clock
}

/** Room for the headers beside the event when its size is compared with what the broker takes. */
const HEADER_ALLOWANCE = 4_096

export function cotSubjectsSink(link: BrokerConnection, options: CotSubjectsOptions): SinkDriver {
  const { window = 512, ackTimeoutMs = 5_000, clock = systemClock } = options
  return {
    name: options.name,
    kind: 'cot-subjects',
    target: `${link.server} cot.>`,
    window,
    // That the broker answers says nothing about whether the stream takes what is published.
    probes: true,
    open: async (handlers, signal) => {
      await answering(link, ackTimeoutMs, clock, signal)
      return new CotSubjectsLink(link, options, ackTimeoutMs, clock, handlers)
    },
  }
}

class CotSubjectsLink implements SinkLink {
  /** The window bounds what is under way, so there is always room for what the push actor may send. */
  readonly ready = true
  readonly #link: BrokerConnection
  readonly #options: CotSubjectsOptions
  readonly #handlers: LinkHandlers
  readonly #clock: Clock
  readonly #window: PublishWindow<number>
  readonly #forgetDisconnect: () => void
  #open = true
  #onEmpty: (() => void) | undefined

  constructor(
    link: BrokerConnection,
    options: CotSubjectsOptions,
    ackTimeoutMs: number,
    clock: Clock,
    handlers: LinkHandlers,
  ) {
    this.#link = link
    this.#options = options
    this.#handlers = handlers
    this.#clock = clock
    this.#window = new PublishWindow(link, ackTimeoutMs, clock, {
      onStored: (seq) => this.#stored(seq),
      onRefused: (seq, refusal) => this.#refused(seq, refusal),
      onOverdue: () =>
        this.#lose(fault('sink-timeout', `The broker did not acknowledge an event within ${ackTimeoutMs} ms`)),
    })
    this.#forgetDisconnect = link.onDisconnect(() => this.#lose(disconnected(link)))
  }

  onReady(): void {
    // Never not ready.
  }

  send(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      if (!this.#open) return
      this.#publish(entry)
    }
  }

  async finish(deadlineMs: number): Promise<void> {
    if (!this.#open) return
    if (this.#window.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(deadlineMs, resolve)
        this.#onEmpty = () => {
          cancel()
          resolve()
        }
      })
    }
    this.abort()
  }

  abort(): void {
    this.#open = false
    this.#forgetDisconnect()
    this.#window.close()
    this.#onEmpty?.()
  }

  #publish(entry: JournalEntry): void {
    try {
      const payload = this.#options.encode(entry)
      if (payload.length + HEADER_ALLOWANCE > this.#link.maxPayload) {
        throw new Error(`its ${payload.length} bytes are more than the broker takes (${this.#link.maxPayload})`)
      }
      this.#window.publish(this.#options.subjectOf(entry.event.type), payload, headersOf(entry), entry.seq)
    } catch (error) {
      if (this.#link.nc.isClosed()) this.#lose(fault('broker-closed'))
      else this.#reject(entry.seq, error instanceof Error ? error.message : String(error))
    }
  }

  #stored(seq: number): void {
    this.#handlers.settled(seq, 'delivered')
    if (this.#window.size === 0) this.#onEmpty?.()
  }

  #refused(seq: number, { code, description }: Refusal): void {
    if (code === TOO_LARGE) this.#reject(seq, description)
    else if (code === NO_STREAM)
      this.#lose(
        fault('broker-unreachable', 'No stream takes CoT subjects: JetStream is down, or the stream COT is missing'),
      )
    // The stream is full or broken: going on would store later events of a track before this one.
    else this.#lose(fault('publish-refused', `The stream COT did not store an event: ${description}`))
  }

  #reject(seq: number, because: string): void {
    this.#handlers.rejected(seq, fault('sink-rejected', `The event cannot be published: ${because}`))
    if (this.#window.size === 0) this.#onEmpty?.()
  }

  #lose(because: Fault): void {
    if (!this.#open) return
    this.abort()
    this.#handlers.lost(because)
  }
}

function headersOf(entry: JournalEntry): MsgHdrs {
  const lines = headers()
  lines.set('Nats-Msg-Id', detectionMessageId(entry.source, entry.id))
  lines.set('Sightline-Detection-Id', headerText(entry.id))
  lines.set('Sightline-Source', headerText(entry.source))
  lines.set('Sightline-Trace', headerText(entry.trace))
  if (entry.traceparent !== undefined) lines.set('traceparent', headerText(entry.traceparent))
  return lines
}

function disconnected(link: BrokerConnection): Fault {
  return fault('broker-unreachable', `The connection to the broker at ${link.server} is down`)
}

/** Resolves when the connection stands. It is made again by itself: trying on top of that would only come late. */
function connected(link: BrokerConnection, signal: AbortSignal): Promise<void> {
  if (link.connected) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      forget()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const forget = link.onReconnect(done)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Resolves when the broker answers on the connection as it is now. */
async function answering(link: BrokerConnection, timeoutMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  await connected(link, signal)
  if (signal.aborted) throw new FaultError(fault('shutting-down'))
  let settle: (because: Fault) => void = () => undefined
  const failure = new Promise<Fault>((resolve) => {
    settle = resolve
  })
  const cancel = clock.after(timeoutMs, () =>
    settle(fault('sink-timeout', `The broker did not answer within ${timeoutMs} ms`)),
  )
  const onAbort = () => settle(fault('shutting-down'))
  signal.addEventListener('abort', onAbort, { once: true })
  const answer = link.nc.flush().then(
    () => (link.connected ? undefined : disconnected(link)),
    () => disconnected(link),
  )
  const because = await Promise.race([answer, failure])
  cancel()
  signal.removeEventListener('abort', onAbort)
  if (because !== undefined) throw new FaultError(because)
}
