/** A message seen on a subject, as a line for a person or as a JSON value for a program. */

import { childOf, textOf } from '../src/cot/element.ts'
import { COT_UNKNOWN } from '../src/cot/event.ts'
import { type CotDocument, parseEvent } from '../src/cot/parse.ts'
import { eventOf } from '../src/cot/read.ts'
import type { WatchedMessage } from '../src/nats/watch.ts'
import { figure } from './figures.ts'
import { shown } from './print.ts'

/** Headers worth repeating, by the name they get in JSON. */
const HEADERS: Readonly<Record<string, string>> = {
  code: 'Sightline-Code',
  reason: 'Sightline-Reason',
  field: 'Sightline-Field',
  stage: 'Sightline-Stage',
  source: 'Sightline-Source',
  detectionId: 'Sightline-Detection-Id',
  attempt: 'Sightline-Attempt',
  time: 'Sightline-Time',
  trace: 'Sightline-Trace',
}

/** Characters of a payload on a line for people. */
const SHOWN_CHARS = 400

const isCot = ({ subject }: WatchedMessage): boolean => subject.startsWith('cot.')

/** Time, type, callsign, place, error, remarks, subject; or headers and payload of what is no CoT. */
export function personLine(message: WatchedMessage): string {
  if (!isCot(message)) return otherLine(message)
  const parsed = parseEvent(message.data)
  if (!parsed.ok) return `${message.subject}  not CoT (${shown(parsed.reason)}): ${payloadText(message)}`
  const event = parsed.value
  const { callsign, remarks } = wordsOf(event)
  return [
    new Date(event.timeMs).toISOString().slice(11),
    shown(event.type).padEnd(12),
    shown(callsign, 64).padEnd(16),
    `${event.lat.toFixed(6)},${event.lon.toFixed(6)}`.padEnd(22),
    (event.ceM >= COT_UNKNOWN ? '±?' : `±${figure(event.ceM)} m`).padEnd(9),
    shown(remarks, SHOWN_CHARS),
    message.subject,
  ].join('  ')
}

function otherLine(message: WatchedMessage): string {
  const code = message.header('Sightline-Code')
  const reason = message.header('Sightline-Reason')
  const because = code === undefined ? '' : `${shown(code)}: ${shown(reason ?? '', SHOWN_CHARS)}  `
  return `${message.subject}  ${because}${payloadText(message)}`
}

/** What the XML says, as data. Errors that the event states as unknown are null. */
export function jsonLine(message: WatchedMessage): object {
  const { subject } = message
  const about = headersOf(message)
  if (!isCot(message)) return { subject, ...about, payload: payloadValue(message) }
  const parsed = parseEvent(message.data)
  if (!parsed.ok) return { subject, fault: parsed.reason, payload: payloadValue(message) }
  const { uid, type, how, timeMs, startMs, staleMs, lat, lon, haeM, ceM, leM } = parsed.value
  const { callsign, remarks } = wordsOf(parsed.value)
  const { track, bearing, sightline } = eventOf(parsed.value)?.detail ?? {}
  const time = (ms: number) => new Date(ms).toISOString()
  const known = (metres: number) => (metres >= COT_UNKNOWN ? null : metres)
  return {
    subject,
    uid,
    type,
    how,
    time: time(timeMs),
    start: time(startMs),
    stale: time(staleMs),
    lat,
    lon,
    haeM: known(haeM),
    ceM: known(ceM),
    leM: known(leM),
    callsign,
    remarks,
    track,
    bearing,
    sightline,
    ...about,
  }
}

/** The event as it is, without line breaks: white space between elements, or inside a text, either way one space. */
export function rawLine({ data }: WatchedMessage): string {
  return textOfBytes(data).replace(/[\r\n]+/g, ' ')
}

function wordsOf({ detail }: CotDocument): { readonly callsign: string; readonly remarks: string } {
  const contact = detail && childOf(detail, 'contact')
  const remarks = detail && childOf(detail, 'remarks')
  return { callsign: contact?.attributes.get('callsign') ?? '', remarks: remarks === undefined ? '' : textOf(remarks) }
}

function headersOf(message: WatchedMessage): Record<string, string> {
  const present: Record<string, string> = {}
  for (const [name, header] of Object.entries(HEADERS)) {
    // The time of an event is its own; here a header would hide it.
    if (name === 'time' && isCot(message)) continue
    const value = message.header(header)
    if (value !== undefined) present[name] = value
  }
  return present
}

const textOfBytes = (data: Uint8Array): string => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()

const payloadText = ({ data }: WatchedMessage): string =>
  shown(textOfBytes(data.subarray(0, 2 * SHOWN_CHARS)), SHOWN_CHARS)

/** JSON as a value, anything else as text. */
function payloadValue({ data }: WatchedMessage): unknown {
  const text = textOfBytes(data)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
