/** The sink driver for TAK streams: TCP or TLS, XML framing, delivery proven by pongs. */
import { encodePing, encodePong } from '../cot/ping.ts'
import { systemClock } from '../port/clock.ts'
import type { LinkHandlers, SinkDriver, SinkLink } from '../port/sink.ts'
import { connect } from './connect.ts'
import { StreamLink } from './link.ts'
import { endpointOf, PROOF_LIMITS, type ProofLimits, type TakOptions } from './options.ts'
import { type Peer, ProofOfLife } from './proof.ts'

const DEFAULT_WINDOW = 2_000
const DEFAULT_CONNECT_TIMEOUT_MS = 8_000

/**
 * A driver for `tcp://`, `tls://` or `ssl://`. Throws `bad-settings` when the url is not one of these.
 *
 * The driver remembers across its links what the peer has shown to be. A peer that has answered a ping once is held to
 * it ever after: were a hung server judged anew on each connection, what its system swallows would count as written.
 * The price: a server replaced by one that never answers stays down, saying why, until the process restarts.
 */
export function takDriver(options: TakOptions): SinkDriver {
  const endpoint = endpointOf(options.url)
  const { name, log, encode } = options
  const confirm = options.confirm ?? 'auto'
  const window = options.window ?? DEFAULT_WINDOW
  const clock = options.clock ?? systemClock
  const limits = limitsOf(options)
  let known: Peer = 'unknown'
  let acceptedBefore = false

  if (endpoint.secure && options.tls?.rejectUnauthorized === false) {
    log.warn(
      { sink: name, target: endpoint.target },
      'the certificate of this TAK server is NOT verified: anyone can take its place',
    )
  }

  const onPeer = (peer: Peer) => {
    known = peer
    if (peer === 'answers') {
      log.info({ sink: name, target: endpoint.target }, 'the TAK server answers pings: events are confirmed')
    } else if (peer === 'mute') {
      log.warn(
        { sink: name, target: endpoint.target },
        'the TAK server answers no pings: events count as written, not confirmed',
      )
    }
  }

  const ping = () => encodePing(options.selfUid, clock.now())
  const pong = () => encodePong(clock.now(), options.selfUid)

  const open = async (handlers: LinkHandlers, signal: AbortSignal): Promise<SinkLink> => {
    const connected = await connect({
      endpoint,
      tls: options.tls ?? {},
      connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      clock,
      signal,
      acceptedBefore,
      greeting: ping,
    })
    acceptedBefore = true
    const settled = (seq: number, outcome: Parameters<LinkHandlers['settled']>[1]) => handlers.settled(seq, outcome)
    const proof = new ProofOfLife(confirm, limits, window, known, clock.monotonic(), settled)
    return new StreamLink(connected, handlers, {
      target: endpoint.target,
      limits,
      proof,
      clock,
      selfUid: options.selfUid,
      encode,
      ping,
      pong,
      onPeer,
    })
  }

  return { name, kind: 'tak', target: endpoint.target, window, probes: false, open }
}

/** The limits given, the rest by default; what is given as undefined counts as not given. */
function limitsOf(options: TakOptions): ProofLimits {
  const given = Object.keys(PROOF_LIMITS).map((key) => [key, options[key as keyof ProofLimits]] as const)
  return { ...PROOF_LIMITS, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) }
}
