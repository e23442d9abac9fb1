/** Sends one event as one request through a pool of kept connections, and says what became of it. */
import tls from 'node:tls'
import { type Dispatcher, Pool } from 'undici'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { transportFault } from '../fault/transport.ts'
import type { Clock } from '../port/clock.ts'
import { faultOfAnswer } from './answer.ts'
import type { HttpAddress, HttpLimits, HttpOptions, HttpTlsOptions } from './options.ts'
import { authorization, Secrets } from './secrets.ts'

/** Of an answer's body: read at most so much, and quote at most so much of it. */
const BODY_LIMIT = 65_536
const QUOTE_BYTES = 2_048
const QUOTE_CHARACTERS = 500

export class Poster {
  readonly #pool: Pool
  readonly #address: HttpAddress
  readonly #limits: HttpLimits
  readonly #clock: Clock
  readonly #secrets: Secrets
  readonly #method: Dispatcher.HttpMethod
  readonly #headers: Record<string, string>
  readonly #accept: ReadonlySet<number> | undefined

  /** Throws a {@link FaultError} `sink-auth` when certificate or key cannot be used. */
  constructor(options: HttpOptions, address: HttpAddress, limits: HttpLimits, clock: Clock) {
    const { headers = {}, contentType = 'application/xml', accept } = options
    const auth = options.auth ?? address.auth
    this.#address = address
    this.#limits = limits
    this.#clock = clock
    this.#secrets = new Secrets(auth, headers, address.path.split('?')[1] ?? '')
    this.#method = options.method ?? 'POST'
    this.#headers = {
      'content-type': contentType,
      ...lowerCased(headers),
      ...(auth === undefined ? {} : { authorization: authorization(auth) }),
    }
    this.#accept = accept === undefined ? undefined : new Set(accept)
    this.#pool = new Pool(address.origin, {
      connections: limits.connections,
      pipelining: 1,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveMs,
      headersTimeout: limits.readTimeoutMs,
      bodyTimeout: limits.readTimeoutMs,
      connect: { timeout: limits.connectTimeoutMs, ...connectOptions(options.tls ?? {}, address) },
    })
  }

  /** Resolves with undefined when the event was taken, else with the fault. Never rejects; always ends in bounded time. */
  async post(body: Uint8Array, signal: AbortSignal): Promise<Fault | undefined> {
    const { connectTimeoutMs, readTimeoutMs } = this.#limits
    const limit = new AbortController()
    const stop = () => limit.abort()
    // A server that sends a byte now and then outlives every timeout between bytes, but not this one.
    let late = false
    const cancel = this.#clock.after(connectTimeoutMs + 2 * readTimeoutMs, () => {
      late = true
      stop()
    })
    signal.addEventListener('abort', stop)
    try {
      return await this.#exchange(body, limit.signal)
    } catch (error) {
      if (late) return fault('sink-timeout', `${this.#address.target} did not finish its answer in time`)
      return transportFault(error, this.#address.target)
    } finally {
      cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  /** Closes at once. */
  destroy(): void {
    // Requests under way were told by their signal; there is nobody left to tell.
    this.#pool.destroy().catch(() => {})
  }

  async #exchange(body: Uint8Array, signal: AbortSignal): Promise<Fault | undefined> {
    const { path, target } = this.#address
    const answer = await this.#pool.request({ path, method: this.#method, headers: this.#headers, body, signal })
    const { statusCode: status, headers } = answer
    if (this.#accepts(status)) {
      // The event is taken; what becomes of the rest of the answer changes nothing.
      await answer.body.dump({ limit: BODY_LIMIT, signal }).catch(() => {})
      return undefined
    }
    const said = this.#quote(await beginning(answer.body))
    const retryAfter = headers['retry-after']
    return faultOfAnswer(
      { status, target, said, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter },
      this.#limits.authPauseMs,
      this.#clock.now(),
    )
  }

  #accepts(status: number): boolean {
    return this.#accept === undefined ? status >= 200 && status < 300 : this.#accept.has(status)
  }

  #quote(bytes: Uint8Array): string {
    const text = new TextDecoder().decode(bytes)
    // Hidden before it is cut, so that no half of a secret is left at the end.
    const plain = this.#secrets
      .hide(text)
      .replaceAll(/[\s\p{Cc}]+/gu, ' ')
      .trim()
    return plain.slice(0, QUOTE_CHARACTERS)
  }
}

/** Reads a body to its end or to the limit, and keeps its beginning. */
async function beginning(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let read = 0
  try {
    for await (const chunk of body) {
      if (read < QUOTE_BYTES) kept.push(chunk.subarray(0, QUOTE_BYTES - read))
      read += chunk.length
      if (read >= BODY_LIMIT) break
    }
  } catch {
    // The status has come and decides; the words that broke off are only for people.
  }
  return Buffer.concat(kept)
}

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

function connectOptions(given: HttpTlsOptions, address: HttpAddress): tls.ConnectionOptions {
  const pem = (value: string | Uint8Array | undefined) => (value === undefined ? undefined : Buffer.from(value))
  const material = { ca: pem(given.ca), cert: pem(given.cert), key: pem(given.key), passphrase: given.passphrase }
  try {
    // Tried here, where it can be told from a connection that fails.
    tls.createSecureContext(material)
  } catch (thrown) {
    throw new FaultError(transportFault(thrown, address.target))
  }
  return {
    ...material,
    rejectUnauthorized: given.rejectUnauthorized ?? true,
    ...(given.servername === undefined ? {} : { servername: given.servername }),
    ...(given.checkHost === false ? { checkServerIdentity: () => undefined } : {}),
  }
}
