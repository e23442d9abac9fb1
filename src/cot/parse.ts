/**
 * Reads CoT events of others, and our own, from XML.
 *
 * Reading is more forgiving than writing where real senders differ and nothing is lost by it: `how`, `hae`, `ce` and
 * `le` may be absent, times may have any zone, decimals may have an exponent (Java writes small numbers so). The form
 * that we write ourselves is held to account by `check.ts`.
 */
import { childOf, type Parsed, parseOpening, parseXml, XML_LIMITS, type XmlElement, type XmlLimits } from './element.ts'
import { COT_UNKNOWN } from './event.ts'
import { stampMs } from './timestamp.ts'

/** An event as read: times in milliseconds since the Unix epoch, degrees, metres; unknown errors are 9999999. */
export interface CotDocument {
  readonly uid: string
  readonly type: string
  /** Empty when the sender left it out. */
  readonly how: string
  readonly timeMs: number
  readonly startMs: number
  readonly staleMs: number
  readonly lat: number
  readonly lon: number
  readonly haeM: number
  readonly ceM: number
  readonly leM: number
  readonly detail?: XmlElement
  /** The root element, with everything that was read. */
  readonly event: XmlElement
}

/** What an event's start tag says, without reading on. */
export interface CotOpening {
  readonly uid: string
  readonly type: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const lenientUtf8 = new TextDecoder('utf-8')

/** Longest start tag that {@link openingOf} looks into, bytes. */
const OPENING_BYTES = 4096

const refused = (reason: string): Parsed<never> => ({ ok: false, reason, at: 0 })

/** Reads one event from XML text or UTF-8 bytes. */
export function parseEvent(input: string | Uint8Array, limits: XmlLimits = XML_LIMITS): Parsed<CotDocument> {
  const text = typeof input === 'string' ? input : decoded(input, limits)
  if (text === undefined) return refused('the bytes are too long or not UTF-8')
  const parsed = parseXml(text, limits)
  return parsed.ok ? documentOf(parsed.value) : parsed
}

function decoded(bytes: Uint8Array, limits: XmlLimits): string | undefined {
  // A character has at most three bytes for each UTF-16 unit.
  if (bytes.length > limits.maxLength * 3) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The uid and type of an event, from its start tag alone; undefined when the bytes do not begin with one. */
export function openingOf(bytes: Uint8Array): CotOpening | undefined {
  const parsed = parseOpening(lenientUtf8.decode(bytes.subarray(0, OPENING_BYTES)))
  if (!parsed.ok || parsed.value.name !== 'event') return undefined
  const uid = parsed.value.attributes.get('uid')
  const type = parsed.value.attributes.get('type')
  return uid === undefined || type === undefined ? undefined : { uid, type }
}

function documentOf(event: XmlElement): Parsed<CotDocument> {
  if (event.name !== 'event') return refused(`the root element is <${event.name}>, not <event>`)
  const { attributes } = event
  const uid = attributes.get('uid') ?? ''
  const type = attributes.get('type') ?? ''
  if (uid.trim() === '') return refused('the event has no uid')
  if (type.trim() === '') return refused('the event has no type')
  const timeMs = stampMs(attributes.get('time') ?? '')
  const startMs = stampMs(attributes.get('start') ?? '')
  const staleMs = stampMs(attributes.get('stale') ?? '')
  if (timeMs === undefined || startMs === undefined || staleMs === undefined) {
    return refused('time, start or stale is not a time with a zone')
  }
  const point = childOf(event, 'point')
  if (point === undefined) return refused('the event has no point')
  const lat = numberOf(point, 'lat')
  const lon = numberOf(point, 'lon')
  const haeM = numberOf(point, 'hae', COT_UNKNOWN)
  const ceM = numberOf(point, 'ce', COT_UNKNOWN)
  const leM = numberOf(point, 'le', COT_UNKNOWN)
  if (lat === undefined || lon === undefined || haeM === undefined || ceM === undefined || leM === undefined) {
    return refused('a number of the point is missing or cannot be read')
  }
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return refused('the point is not on Earth')
  const how = attributes.get('how') ?? ''
  const detail = childOf(event, 'detail')
  return {
    ok: true,
    value: { uid, type, how, timeMs, startMs, staleMs, lat, lon, haeM, ceM, leM, detail, event },
  }
}

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/

/** A finite number in an attribute, or what stands for an absent one. */
export function numberOf(element: XmlElement, name: string, absent?: number): number | undefined {
  const text = element.attributes.get(name)
  if (text === undefined) return absent
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}
