/**
 * Deliveries from a JetStream pull consumer, exactly as many as were asked for, by raw pull requests and callbacks.
 *
 * Invariants: what is handed over was asked for (what comes without having been, after a silence, is given back to the
 * broker); `outstanding` is never more than was asked and returns to zero without anyone's help: by messages, by the
 * server's statuses, by a lost connection, by silence, or by a deadline. Requests go out only while connected, because
 * the client would send them late, on top of new ones. Nothing thrown by a handler reaches the client's parser, which
 * would stop reading.
 */
import type { Msg } from '@nats-io/transport-node'
import { type Fault, fault, faultFrom } from '../fault/fault.ts'
import { type Clock, systemClock } from '../port/clock.ts'
import type { DeliverySource, SourceHandlers } from '../port/delivery.ts'
import type { Log } from '../port/log.ts'
import type { BrokerConnection } from './connection.ts'
import { JetStreamDelivery } from './delivery.ts'
import { type PullRequest, PullSlot, type RequestEnd, type SlotHandlers } from './pull-slot.ts'

export interface SourceOptions {
  readonly stream: string
  readonly consumer: string
  readonly log: Log
  /** Called when the source cannot go on by itself: the consumer is gone, or we may not use it. */
  readonly onFault: (because: Fault) => void
  /** How long the server keeps a request; 30,000 ms. */
  readonly expiresMs?: number
  /** How often the server says that a request is still there; 5,000 ms, less than half of `expiresMs`. */
  readonly heartbeatMs?: number
  readonly clock?: Clock
}

/** More requests at once than this wait for one to end. */
const MAX_SLOTS = 16
const BACKOFF_FIRST_MS = 50
const BACKOFF_LAST_MS = 2_000
/** How long {@link JetStreamSource.stop} waits for a broker that does not answer. */
const DRAIN_MS = 2_000

export class JetStreamSource implements DeliverySource {
  readonly #link: BrokerConnection
  readonly #options: SourceOptions
  readonly #handlers: SourceHandlers
  readonly #clock: Clock
  readonly #target: string
  readonly #timing: { expiresMs: number; heartbeatMs: number }
  readonly #slotHandlers: SlotHandlers
  readonly #forgetLink: (() => void)[]
  #slots: PullSlot[] = []
  /** Asked for, and not sent yet: disconnected, backing off, or no slot free. */
  #held: PullRequest[] = []
  #heardAt = 0
  #backoffMs = 0
  #backingOff = false
  #checking = false
  #stopped = false
  #cancelWatch: () => void = () => undefined

  constructor(link: BrokerConnection, handlers: SourceHandlers, options: SourceOptions) {
    this.#link = link
    this.#handlers = handlers
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#timing = { expiresMs: options.expiresMs ?? 30_000, heartbeatMs: options.heartbeatMs ?? 5_000 }
    this.#target = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`
    this.#slotHandlers = {
      onMessage: (message, reply, asked) => this.#arrived(message, reply, asked),
      onEnd: (slot, end, description) => this.#ended(slot, end, description),
      onHeartbeat: () => {
        this.#heardAt = this.#clock.monotonic()
      },
      onDenied: (because) =>
        options.onFault(fault('broker-config', `We may not receive from ${options.stream}: ${because.message}`)),
    }
    this.#forgetLink = [link.onDisconnect(() => this.#disconnected()), link.onReconnect(() => this.#sendHeld())]
    this.#watch()
  }

  get outstanding(): number {
    return (
      this.#slots.reduce((sum, slot) => sum + slot.messagesLeft, 0) +
      this.#held.reduce((sum, ask) => sum + ask.messages, 0)
    )
  }

  get outstandingBytes(): number {
    return (
      this.#slots.reduce((sum, slot) => sum + slot.bytesLeft, 0) +
      this.#held.reduce((sum, ask) => sum + (ask.bytes ?? 0), 0)
    )
  }

  pull(maxMessages: number, maxBytes: number): void {
    if (this.#stopped) return
    this.#held.push({ messages: maxMessages, bytes: maxBytes })
    this.#sendHeld()
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#held = []
    this.#cancelWatch()
    for (const forget of this.#forgetLink) forget()
    if (this.#link.connected) await this.#drained(this.#slots)
    else for (const slot of this.#slots) slot.discard()
    this.#slots = []
  }

  #sendHeld(): void {
    while (this.#held.length > 0 && this.#link.connected && !this.#backingOff && !this.#stopped) {
      const slot = this.#freeSlot()
      const request = slot === undefined ? undefined : this.#held.shift()
      if (slot === undefined || request === undefined) return
      this.#send(slot, request)
    }
  }

  #send(slot: PullSlot, request: PullRequest): void {
    const now = this.#clock.monotonic()
    // Silence counts from the first request on: before it, nobody owed us a word.
    if (this.#slots.every((other) => other.free)) this.#heardAt = now
    slot.ask(this.#target, request, this.#timing, now, this.#link.maxPayload)
  }

  #freeSlot(): PullSlot | undefined {
    const free = this.#slots.find((slot) => slot.free)
    if (free !== undefined || this.#slots.length >= MAX_SLOTS) return free
    const slot = new PullSlot(this.#link.nc, this.#link.newInbox(), this.#slotHandlers)
    this.#slots.push(slot)
    return slot
  }

  #arrived(message: Msg, reply: string, asked: boolean): void {
    this.#heardAt = this.#clock.monotonic()
    const delivery = new JetStreamDelivery(this.#link.nc, message, reply, this.#clock.now())
    if (!asked) {
      delivery.settle({ kind: 'nak', delayMs: 0 })
      return
    }
    this.#backoffMs = 0
    try {
      this.#handlers.onDelivery(delivery)
    } catch (error) {
      this.#options.onFault(faultFrom(error))
    }
    this.#sendHeld()
  }

  #ended(slot: PullSlot, end: RequestEnd, description: string): void {
    this.#heardAt = this.#clock.monotonic()
    if (end === 'too-big' && slot.delivered === 0 && !this.#stopped && !this.#slots.some((other) => other.unbounded)) {
      // A message larger than what was asked for would stand in the way for ever: it comes alone, without a byte bound.
      this.#send(slot, { messages: 1 })
      this.#idle()
      return
    }
    const { stream, consumer, log } = this.#options
    if (end === 'deleted') void this.#check()
    if (end === 'refused') log.warn({ stream, consumer, status: description }, 'the broker refused a pull request')
    // A request that ends at once and brings nothing must not be repeated as fast as it is refused.
    const fruitless =
      end === 'refused' || end === 'deleted' || end === 'moved' || (end === 'too-big' && slot.delivered === 0)
    if (fruitless) this.#backOff()
    this.#idle()
  }

  #disconnected(): void {
    // New reply subjects afterwards: a server that did not die still holds our requests and would serve the old ones.
    for (const slot of this.#slots) slot.discard()
    this.#slots = []
    this.#idle()
  }

  /** Looks from time to time whether what we asked for is still being worked on. */
  #watch(): void {
    this.#cancelWatch = this.#clock.after(this.#timing.heartbeatMs, () => {
      if (this.#stopped) return
      this.#giveUpOnTheSilent()
      this.#watch()
    })
  }

  #giveUpOnTheSilent(): void {
    if (!this.#link.connected || this.#slots.every((slot) => slot.free)) return
    const now = this.#clock.monotonic()
    const silent = now - this.#heardAt > this.#timing.heartbeatMs * 2.5
    const gone = this.#slots.filter((slot) => !slot.free && (silent || now > slot.deadline))
    if (gone.length === 0) return
    const { stream, consumer, log } = this.#options
    log.warn({ stream, consumer, requests: gone.length }, 'the broker fell silent about pull requests; asking again')
    this.#slots = this.#slots.filter((slot) => !gone.includes(slot))
    for (const slot of gone) slot.forget()
    void this.#drained(gone)
    if (silent) void this.#check()
    this.#backOff()
    this.#idle()
  }

  /** Silence is all that a missing consumer answers with, so it has to be asked for by name. */
  async #check(): Promise<void> {
    if (this.#checking) return
    this.#checking = true
    const { stream, consumer } = this.#options
    try {
      const answer = await this.#link.nc.request(`$JS.API.CONSUMER.INFO.${stream}.${consumer}`, '', { timeout: 5_000 })
      const { error } = answer.json<{ error?: { code: number; description: string } }>()
      if (error?.code === 404 && !this.#stopped) {
        this.#options.onFault(
          fault('consumer-gone', `Consumer ${consumer} of stream ${stream} is gone (${error.description})`),
        )
      }
    } catch {
      // No answer says nothing about the consumer; the next silence asks again.
    } finally {
      this.#checking = false
    }
  }

  #backOff(): void {
    this.#backoffMs = Math.min(BACKOFF_LAST_MS, Math.max(BACKOFF_FIRST_MS, this.#backoffMs * 2))
    if (this.#backingOff) return
    this.#backingOff = true
    this.#clock.after(this.#backoffMs, () => {
      this.#backingOff = false
      this.#sendHeld()
    })
  }

  #idle(): void {
    if (this.#stopped) return
    try {
      this.#handlers.onIdle()
    } catch (error) {
      this.#options.onFault(faultFrom(error))
    }
    this.#sendHeld()
  }

  /** Waits until nothing can come on these any more, but not for a broker that is dead. */
  async #drained(slots: readonly PullSlot[]): Promise<void> {
    let cancel: () => void = () => undefined
    const late = new Promise<void>((resolve) => {
      cancel = this.#clock.after(DRAIN_MS, resolve)
    })
    await Promise.race([Promise.all(slots.map((slot) => slot.drain())), late])
    cancel()
    for (const slot of slots) slot.discard()
  }
}
