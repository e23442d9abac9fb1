/**
 * The connection to the broker: one per process, kept up for ever, with what happens to it told to whoever asked.
 *
 * Invariants: it is never given up (reconnecting has no limit); when the library closes it all the same, for good,
 * `onClosed` says so once with a `broker-closed` fault. Nothing shown or logged holds a secret.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  createInbox,
  credsAuthenticator,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
  type Status,
} from '@nats-io/transport-node'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import type { Log } from '../port/log.ts'
import { type BrokerAddress, brokerAddress } from './address.ts'

/** Who we are; one of user and password, token, NKey seed, or the content of a creds file. */
export interface BrokerAuth {
  readonly user?: string
  readonly password?: string
  readonly token?: string
  readonly nkeySeed?: string
  /** The text of a `.creds` file, not its path. */
  readonly creds?: string
}

/** PEM texts, not paths. With any of them, as with a `tls://` URL, the connection must be encrypted. */
export interface BrokerTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export interface BrokerOptions {
  /** See {@link brokerAddress}. */
  readonly url: string
  /** Shown in the broker's own monitoring. */
  readonly name: string
  /** Names this process in its reply subjects, `_INBOX.sightline.<instance>.>`, so that permissions can be narrow. */
  readonly instance: string
  readonly log: Log
  readonly auth?: BrokerAuth
  readonly tls?: BrokerTls
  /** How long to keep trying the first time; 10,000 ms. */
  readonly patienceMs?: number
  /** How long one attempt may take; 5,000 ms. */
  readonly connectTimeoutMs?: number
  /** Pause between attempts to reconnect, with up to half as much again at random; 500 ms. */
  readonly reconnectWaitMs?: number
  /** A broker that misses two pings is taken for dead; 10,000 ms apart. */
  readonly pingIntervalMs?: number
  /** Ends the first attempt early. */
  readonly signal?: AbortSignal
}

type Unsubscribe = () => void

/**
 * Connects, and keeps trying for `patienceMs`.
 * @throws FaultError `broker-unreachable` naming the URL, `broker-closed` when the broker refuses our identity,
 * `bad-settings` for a URL that cannot be read
 */
export async function connectBroker(options: BrokerOptions): Promise<BrokerConnection> {
  const address = brokerAddress(options.url)
  const wanted = clientOptions(options, address)
  const deadline = performance.now() + (options.patienceMs ?? 10_000)
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    try {
      // The client keeps the options object, so every attempt gets one of its own.
      const nc = await connect({ ...wanted })
      // It forgets those that did not answer at first; they may be the ones that are up later.
      if (address.servers.length > 1) nc.setServers([...address.servers])
      return new BrokerConnection(nc, address.shown, options)
    } catch (error) {
      if (isIdentityError(error)) {
        throw new FaultError(
          fault(
            'broker-closed',
            `The broker at ${address.shown} refuses our identity (${messageOf(error)}): check user, token, NKey or creds`,
          ),
        )
      }
      if (options.signal?.aborted === true || performance.now() + pauseMs >= deadline) {
        throw new FaultError(
          fault(
            'broker-unreachable',
            `No broker answers at ${address.shown} (${messageOf(error)}): start it, or check nats.url`,
          ),
        )
      }
    }
    await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
      () => undefined,
    )
  }
}

export class BrokerConnection {
  /** The library's own connection, for this folder. */
  readonly nc: NatsConnection
  /** Where it goes, without secrets. */
  readonly server: string
  readonly #log: Log
  readonly #inboxPrefix: string
  readonly #onDisconnect = new Set<() => void>()
  readonly #onReconnect = new Set<() => void>()
  readonly #onClosed = new Set<(because: Fault) => void>()
  #connected = true
  #reconnects = 0
  #closing = false

  constructor(nc: NatsConnection, server: string, options: BrokerOptions) {
    this.nc = nc
    this.server = server
    this.#log = options.log
    this.#inboxPrefix = inboxPrefix(options.instance)
    void this.#follow()
  }

  get connected(): boolean {
    return this.#connected
  }

  /** How often the connection was made again. */
  get reconnects(): number {
    return this.#reconnects
  }

  /** Version of the broker, such as `2.9.10`; empty while disconnected. */
  get version(): string {
    return this.nc.info?.version ?? ''
  }

  /** Largest message the broker takes, headers included, in bytes. */
  get maxPayload(): number {
    return this.nc.info?.max_payload ?? 1024 * 1024
  }

  /** A reply subject nobody else has, under our own prefix. */
  newInbox(): string {
    return createInbox(this.#inboxPrefix)
  }

  /** Called when the connection broke; what was sent and not answered is in doubt. */
  onDisconnect(listener: () => void): Unsubscribe {
    return added(this.#onDisconnect, listener)
  }

  /** Called when the connection was made again; subscriptions are back in place by then. */
  onReconnect(listener: () => void): Unsubscribe {
    return added(this.#onReconnect, listener)
  }

  /** Called once when the connection is closed for good and not by {@link close}. */
  onClosed(listener: (because: Fault) => void): Unsubscribe {
    return added(this.#onClosed, listener)
  }

  /** Sends what is still buffered, then closes. Never rejects. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    // While disconnected a flush would wait for the broker to come back.
    if (this.#connected)
      await Promise.race([this.nc.flush(), sleep(1_000, undefined, { ref: false })]).catch(() => undefined)
    await this.nc.close().catch(() => undefined)
  }

  async #follow(): Promise<void> {
    for await (const status of this.nc.status()) this.#heard(status)
    const reason = await this.nc.closed()
    this.#connected = false
    if (this.#closing) return
    const because = reason instanceof Error ? ` (${reason.message})` : ''
    const closed = fault(
      'broker-closed',
      `The connection to ${this.server} is closed for good${because}: check credentials and permissions`,
    )
    this.#log.error({ code: closed.code }, closed.reason)
    for (const listener of [...this.#onClosed]) listener(closed)
  }

  #heard(status: Status): void {
    switch (status.type) {
      case 'disconnect':
        if (!this.#connected) return
        this.#connected = false
        if (!this.#closing) this.#log.warn({ server: this.server }, 'the connection to the broker broke; reconnecting')
        for (const listener of [...this.#onDisconnect]) listener()
        return
      case 'reconnect':
        this.#connected = true
        this.#reconnects += 1
        this.#log.info({ server: this.server, reconnects: this.#reconnects }, 'connected to the broker again')
        for (const listener of [...this.#onReconnect]) listener()
        return
      case 'error':
        this.#log.warn({ server: this.server, error: status.error.message }, 'the broker reported an error')
        return
      case 'staleConnection':
        this.#log.warn({ server: this.server }, 'the broker no longer answers pings')
        return
      case 'ldm':
        this.#log.info({ server: this.server }, 'the broker announces its shutdown')
        return
      default:
        return
    }
  }
}

/** Prefix of all reply subjects of one instance; characters that a subject token cannot hold become `-`. */
export function inboxPrefix(instance: string): string {
  return `_INBOX.sightline.${instance.replace(/[^A-Za-z0-9_-]/g, '-')}`
}

function clientOptions(options: BrokerOptions, address: BrokerAddress): ConnectionOptions {
  const { auth = {}, tls } = options
  const waitMs = options.reconnectWaitMs ?? 500
  const authenticator = ownAuthenticator(auth)
  const user = auth.user ?? address.user
  const pass = auth.password ?? address.password
  const token = auth.token ?? address.token
  const encrypted = address.tls || tls?.ca !== undefined || tls?.cert !== undefined || tls?.key !== undefined
  return {
    servers: [...address.servers],
    name: options.name,
    inboxPrefix: inboxPrefix(options.instance),
    timeout: options.connectTimeoutMs ?? 5_000,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => waitMs + Math.random() * (waitMs / 2),
    pingInterval: options.pingIntervalMs ?? 10_000,
    maxPingOut: 2,
    // A stack trace per request costs more than the request.
    noAsyncTraces: true,
    ...(authenticator === undefined ? {} : { authenticator }),
    ...(user === undefined ? {} : { user }),
    ...(pass === undefined ? {} : { pass }),
    ...(token === undefined ? {} : { token }),
    ...(encrypted ? { tls: { ...tls } } : {}),
  }
}

function ownAuthenticator(auth: BrokerAuth): Authenticator | undefined {
  const text = new TextEncoder()
  if (auth.creds !== undefined) return credsAuthenticator(text.encode(auth.creds))
  if (auth.nkeySeed !== undefined) return nkeyAuthenticator(text.encode(auth.nkeySeed.trim()))
  return undefined
}

function isIdentityError(error: unknown): boolean {
  return error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function added<T>(set: Set<T>, item: T): Unsubscribe {
  set.add(item)
  return () => {
    set.delete(item)
  }
}
