/** What a generic HTTP sink can be told, and what it takes where it is told nothing. */
import { FaultError, fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { JournalEntry } from '../port/journal.ts'
import type { Log } from '../port/log.ts'

export type HttpAuth =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }

/** Certificates as PEM text. */
export interface HttpTlsOptions {
  readonly ca?: string | Uint8Array
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
  readonly passphrase?: string
  /** False accepts any server. Loud, and never the default. */
  readonly rejectUnauthorized?: boolean
  /** The name the server's certificate must carry, where it is not the host of the url. */
  readonly servername?: string
  /** False accepts a certificate of the right authority for any host name. */
  readonly checkHost?: boolean
}

/** Times and counts; all have defaults in {@link HTTP_LIMITS}. */
export interface HttpLimits {
  /** Most requests under way at once, each on a connection of its own; also the number of lanes. */
  readonly connections: number
  readonly keepAliveMs: number
  readonly connectTimeoutMs: number
  /** For the headers of the answer, and between pieces of its body. */
  readonly readTimeoutMs: number
  /** How often one event is tried before it is handed back, the first try included. */
  readonly attempts: number
  /** Pause before the second try; doubles for each further one, ± 20 %. */
  readonly backoffMs: number
  /** A longer wait than this, asked for by the server, is left to the push actor. */
  readonly patienceMs: number
  /** Pause after the server refused our credentials. */
  readonly authPauseMs: number
  /** Failures in a row to get any connection, after which the link is lost. */
  readonly lostAfter: number
  /** How long events may wait behind an earlier one of their uid that was handed back, before the link is lost. */
  readonly heldMs: number
  /** Most events unsettled at once. */
  readonly window: number
}

export const HTTP_LIMITS: HttpLimits = {
  connections: 10,
  keepAliveMs: 30_000,
  connectTimeoutMs: 5_000,
  readTimeoutMs: 10_000,
  attempts: 3,
  backoffMs: 200,
  patienceMs: 10_000,
  authPauseMs: 30_000,
  lostAfter: 5,
  heldMs: 600_000,
  window: 1_000,
}

export interface HttpOptions extends Partial<HttpLimits> {
  readonly name: string
  /** `http://…` or `https://…`. User and password in it count as basic auth; neither they nor the query are ever shown. */
  readonly url: string
  /** One event as the body of one request. */
  encode(entry: JournalEntry): Uint8Array
  readonly log: Log
  readonly method?: 'POST' | 'PUT' | 'PATCH'
  readonly headers?: Readonly<Record<string, string>>
  readonly contentType?: string
  readonly auth?: HttpAuth
  readonly tls?: HttpTlsOptions
  /** Status codes that mean the event was taken; default: all of 200 to 299. */
  readonly accept?: readonly number[]
  readonly clock?: Clock
}

/** The address of a sink, taken apart. */
export interface HttpAddress {
  readonly origin: string
  /** With the query, which may hold a secret: for requests only. */
  readonly path: string
  /** Fit for logs. */
  readonly target: string
  readonly auth: HttpAuth | undefined
}

/** Reads the url of an HTTP sink. Throws `bad-settings`, without repeating the url. */
export function addressOf(url: string): HttpAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    const reason = 'An HTTP sink needs a url like https://host/path'
    throw new FaultError(fault('bad-settings', reason, { field: 'url' }))
  }
  const { username, password } = parsed
  return {
    origin: parsed.origin,
    path: parsed.pathname + parsed.search,
    target: parsed.origin + parsed.pathname,
    auth:
      username === ''
        ? undefined
        : { kind: 'basic', username: decodeURIComponent(username), password: decodeURIComponent(password) },
  }
}

/** The limits given, the rest by default; what is given as undefined counts as not given. */
export function httpLimitsOf(options: Partial<HttpLimits>): HttpLimits {
  const given = Object.keys(HTTP_LIMITS).map((key) => [key, options[key as keyof HttpLimits]] as const)
  return { ...HTTP_LIMITS, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}
