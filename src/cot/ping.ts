/**
 * The sign of life of a TAK stream: a client sends `t-x-c-t`, the server answers `t-x-c-t-r`.
 *
 * Both are whole CoT events; their point means nothing and says so by its errors.
 */
import { escapeText } from './ascii.ts'
import { type CotOpening, openingOf } from './parse.ts'
import { stampOf } from './timestamp.ts'
import { XML_DECLARATION } from './xml.ts'

export const PING_TYPE = 't-x-c-t'
export const PONG_TYPE = 't-x-c-t-r'

/** Uid that TAK servers answer with. */
const PONG_UID = 'takPong'

/** A ping or pong is worth nothing once the next one is due. */
const LIFETIME_MS = 20_000

/** A ping from the client with this uid, as XML bytes; `nowMs` is in milliseconds since the Unix epoch. */
export function encodePing(selfUid: string, nowMs: number): Uint8Array {
  return signOfLife(`${selfUid}-ping`, PING_TYPE, nowMs)
}

/** An answer to a ping; under our own uid, so that one that comes back to us is not taken for the peer's. */
export function encodePong(nowMs: number, selfUid = PONG_UID): Uint8Array {
  return signOfLife(selfUid, PONG_TYPE, nowMs)
}

export function isPing(event: Pick<CotOpening, 'type'>): boolean {
  return event.type === PING_TYPE
}

export function isPong(event: Pick<CotOpening, 'type'>): boolean {
  return event.type === PONG_TYPE
}

/** What a received event is, from its first bytes: everything but a sign of life is `event`. */
export function signOf(bytes: Uint8Array): 'ping' | 'pong' | 'event' {
  const opening = openingOf(bytes)
  if (opening === undefined) return 'event'
  return isPing(opening) ? 'ping' : isPong(opening) ? 'pong' : 'event'
}

function signOfLife(uid: string, type: string, nowMs: number): Uint8Array {
  const time = stampOf(nowMs)
  const stale = stampOf(nowMs + LIFETIME_MS)
  return Buffer.from(
    `${XML_DECLARATION}<event version="2.0" uid="${escapeText(uid)}" type="${type}" time="${time}" start="${time}" ` +
      `stale="${stale}" how="m-g"><point lat="0.0" lon="0.0" hae="9999999.0" ce="9999999.0" le="9999999.0"/>` +
      '<detail/></event>',
    'latin1',
  )
}
