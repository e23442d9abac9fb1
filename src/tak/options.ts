/** What a TAK stream sink can be told, and what it takes where it is told nothing. */
import { FaultError, fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { JournalEntry } from '../port/journal.ts'
import type { Log } from '../port/log.ts'

/**
 * When an event counts as delivered.
 * `pong`: only when the peer answered a ping written after it.
 * `written`: when the socket has taken it.
 * `auto`: as `pong`; a peer that has never answered a ping is then taken as `written`, with a short hold.
 */
export type Confirm = 'auto' | 'pong' | 'written'

/** When to ask for proof, how long to wait for it, and how long to hold what cannot be proven. */
export interface ProofLimits {
  /** A ping follows the first unproven event at the latest after so many milliseconds, events, or bytes. */
  readonly proofMs: number
  readonly proofEvents: number
  /** Also what keeps a slow line alive: at 64 KiB between pings, 21 kbit/s still bring a pong within 25 s. */
  readonly proofBytes: number
  /** A ping is sent after hearing nothing for so long; 0: never. */
  readonly pingIdleMs: number
  /** An unanswered ping is followed by another after so long. */
  readonly pingRepeatMs: number
  /** A peer that is held to its pongs and is silent for so long, with a ping outstanding, is given up. */
  readonly silenceMs: number
  /** `auto`: so many pings without an answer over so long, and the peer is taken as one that never answers. */
  readonly verdictPings: number
  readonly verdictMs: number
  /** `auto`, with a peer that never answers: the last events stay in doubt, so that a reconnect sends them again. */
  readonly holdEvents: number
  readonly holdMs: number
}

export const PROOF_LIMITS: ProofLimits = {
  proofMs: 1_000,
  proofEvents: 1_000,
  proofBytes: 65_536,
  pingIdleMs: 15_000,
  pingRepeatMs: 4_500,
  silenceMs: 25_000,
  verdictPings: 3,
  verdictMs: 10_000,
  holdEvents: 500,
  holdMs: 2_000,
}

/** Certificates as PEM text. */
export interface TakTlsOptions {
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

export interface TakOptions extends Partial<ProofLimits> {
  readonly name: string
  /** `tcp://host:port`, `tls://host:port` or `ssl://host:port`. */
  readonly url: string
  /** Names us in pings: their uid is `<selfUid>-ping`. */
  readonly selfUid: string
  /** One event as XML, ending in `</event>`. */
  encode(entry: JournalEntry): Uint8Array
  readonly log: Log
  readonly confirm?: Confirm
  readonly tls?: TakTlsOptions
  /** For the connection and the TLS handshake together; default 8,000. */
  readonly connectTimeoutMs?: number
  /** Most events in doubt at once; they are what a reconnect sends again. Default 2,000. */
  readonly window?: number
  readonly clock?: Clock
}

/** Where a stream goes. `target` is fit for logs: it never holds credentials. */
export interface Endpoint {
  readonly secure: boolean
  readonly host: string
  readonly port: number
  readonly target: string
}

const SCHEMES: Readonly<Record<string, { readonly secure: boolean; readonly port: number; readonly name: string }>> = {
  'tcp:': { secure: false, port: 8087, name: 'tcp' },
  'tls:': { secure: true, port: 8089, name: 'tls' },
  'ssl:': { secure: true, port: 8089, name: 'tls' },
}

/** Reads the url of a TAK stream. The port defaults to TAK's own: 8087, with TLS 8089. Throws `bad-settings`. */
export function endpointOf(url: string): Endpoint {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const scheme = parsed === undefined ? undefined : SCHEMES[parsed.protocol]
  if (parsed === undefined || scheme === undefined || parsed.hostname === '') {
    throw new FaultError(
      fault('bad-settings', 'A TAK stream needs a url like tcp://host:8087 or tls://host:8089', { field: 'url' }),
    )
  }
  const port = parsed.port === '' ? scheme.port : Number(parsed.port)
  return {
    secure: scheme.secure,
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    target: `${scheme.name}://${parsed.hostname}:${port}`,
  }
}
