/** Opens the socket of a TAK stream: TCP, or TLS up to the point where the server has accepted who we are. */
import net from 'node:net'
import tls from 'node:tls'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { errorCode, transportFault } from '../fault/transport.ts'
import type { Clock } from '../port/clock.ts'
import type { Endpoint, TakTlsOptions } from './options.ts'

export interface ConnectOptions {
  readonly endpoint: Endpoint
  readonly tls: TakTlsOptions
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** This server has taken our certificate before: a connection it drops at once is then no matter of identity. */
  readonly acceptedBefore: boolean
  /** Sent as soon as the connection stands: a server that answers has accepted us. */
  readonly greeting: () => Uint8Array
}

export interface Connected {
  readonly socket: net.Socket
  /** What came before the link took over. */
  readonly early: readonly Uint8Array[]
}

const KEEP_ALIVE_MS = 15_000
/** With TLS 1.3 the client is done before the server has looked at its certificate; this long we wait for its verdict. */
const VERDICT_MS = 1_000

/**
 * Connects within the time limit. The socket it resolves with has no listeners but an `error` one that does nothing;
 * it is paused, so that nothing is lost before the link listens. Rejects with a {@link FaultError}:
 * `sink-auth` for certificates on either side, `sink-timeout`, else `sink-unreachable`.
 */
export function connect(options: ConnectOptions): Promise<Connected> {
  const { endpoint, clock, signal } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new FaultError(fault('shutting-down', `Opening ${endpoint.target} was called off`)))
      return
    }
    let socket: net.Socket
    try {
      socket = endpoint.secure
        ? tls.connect(tlsOptions(options))
        : net.connect({ host: endpoint.host, port: endpoint.port })
    } catch (thrown) {
      reject(thrown instanceof FaultError ? thrown : new FaultError(transportFault(thrown, endpoint.target)))
      return
    }
    const early: Uint8Array[] = []
    const cancels: (() => void)[] = []
    const on = <A extends unknown[]>(event: string, listener: (...args: A) => void) => {
      socket.on(event, listener)
      cancels.push(() => socket.off(event, listener))
    }
    const letGo = () => {
      // From here to the link's own listener an error must not be thrown; `close` follows and tells.
      socket.on('error', () => {})
      for (const cancel of cancels) cancel()
    }
    const fail = (f: Fault) => {
      letGo()
      socket.destroy()
      reject(new FaultError(f))
    }
    const succeed = () => {
      letGo()
      socket.pause()
      resolve({ socket, early })
    }

    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    const cancelTimeout = clock.after(options.connectTimeoutMs, () => {
      const reason = `${endpoint.target} did not complete a connection within ${options.connectTimeoutMs} ms`
      fail(fault('sink-timeout', reason))
    })
    cancels.push(cancelTimeout)
    const onAbort = () => fail(fault('shutting-down', `Opening ${endpoint.target} was called off`))
    signal.addEventListener('abort', onAbort)
    cancels.push(() => signal.removeEventListener('abort', onAbort))
    on('error', (error: Error) => fail(openingFault(error, endpoint)))
    let shaken = false
    on('close', () => fail(closedFault(endpoint, shaken && !options.acceptedBefore)))
    if (!endpoint.secure) {
      on('connect', () => {
        socket.write(options.greeting())
        succeed()
      })
      return
    }
    on('secureConnect', () => {
      shaken = true
      cancelTimeout()
      socket.write(options.greeting())
      cancels.push(clock.after(VERDICT_MS, succeed))
      // A session ticket, or any word at all, comes only from a server that has taken our certificate.
      // Not at once: what is written while a ticket is being read stays in the socket for ever.
      on('session', () => {
        const soon = setImmediate(succeed)
        cancels.push(() => clearImmediate(soon))
      })
      on('data', (chunk: Uint8Array) => {
        early.push(chunk)
        succeed()
      })
    })
  })
}

function tlsOptions({ endpoint, tls: given }: ConnectOptions): tls.ConnectionOptions {
  if (given.ca !== undefined && !Buffer.from(given.ca).includes('-----BEGIN')) {
    throw new FaultError(fault('sink-auth', `The ca for ${endpoint.target} holds no PEM certificate`))
  }
  const servername = given.servername ?? (net.isIP(endpoint.host) === 0 ? endpoint.host : undefined)
  return {
    host: endpoint.host,
    port: endpoint.port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: given.rejectUnauthorized ?? true,
    secureContext: tls.createSecureContext({
      ca: text(given.ca),
      cert: text(given.cert),
      key: text(given.key),
      passphrase: given.passphrase,
    }),
    ...(servername === undefined ? {} : { servername }),
    ...(given.checkHost === false ? { checkServerIdentity: () => undefined } : {}),
  }
}

const text = (pem: string | Uint8Array | undefined) => (pem === undefined ? undefined : Buffer.from(pem))

function openingFault(error: Error, endpoint: Endpoint): Fault {
  const f = transportFault(error, endpoint.target)
  // No connection came about, so none was lost.
  return f.code === 'sink-lost'
    ? fault('sink-unreachable', `${endpoint.target} broke off while connecting (${errorCode(error)})${hint(endpoint)}`)
    : f
}

const hint = (endpoint: Endpoint) =>
  endpoint.secure ? ': check that this port speaks TLS, and that our client certificate is accepted there' : ''

/** A server that hangs up right after the handshake, without a word, most likely did not like our certificate. */
function closedFault(endpoint: Endpoint, afterHandshake: boolean): Fault {
  const { target } = endpoint
  return afterHandshake
    ? fault(
        'sink-auth',
        `${target} hung up right after the TLS handshake: most likely it does not accept our client certificate`,
      )
    : fault('sink-unreachable', `${target} hung up while connecting${hint(endpoint)}`)
}
