/**
 * A CoT event as XML, the form that every TAK server and client takes.
 *
 * Invariants, each the lesson of a receiver that loses data otherwise: one event and nothing after `</event>`; ASCII
 * only; every number a plain decimal; unknown is 9999999.0; times in exactly one form; `how` and a callsign always;
 * no `<archive/>`, which would stop ATAK from ever ageing the marker.
 */
import type { JournalEntry } from '../port/journal.ts'
import { AsciiSheet } from './ascii.ts'
import { type BearingDetail, COT_UNKNOWN, type CotDetail, type CotEvent } from './event.ts'
import { putSightline } from './sightline.ts'
import { stampOf } from './timestamp.ts'

/** What stands before the root element. */
export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

const UNKNOWN_TEXT = '9999999.0'

/** Smallest error that two decimals can state; less would read as none. */
const LEAST_ERROR_M = 0.01

/**
 * Yellow, ATAK's colour for what has no known side; signed 32-bit ARGB. A line without a colour is drawn red there,
 * and red reads as hostile.
 */
const LINE_COLOUR = '-256'

const sheet = new AsciiSheet()

/**
 * The event as XML bytes, ready for a socket or a subject. Throws a RangeError for numbers that are not numbers and
 * times outside years 1 to 9999; the builder makes no such event.
 */
export function encodeXml(event: CotEvent): Uint8Array {
  putEvent(event)
  return sheet.copy()
}

/** The same as a string. */
export function encodeXmlText(event: CotEvent): string {
  putEvent(event)
  return sheet.text()
}

/** The XML of a journal entry, encoded once for all sinks that speak it. */
export function encodedXml(entry: JournalEntry): Uint8Array {
  const made = entry.encoded?.xml
  if (made !== undefined) return made
  const xml = encodeXml(entry.event)
  if (entry.encoded === undefined) entry.encoded = { xml }
  else entry.encoded.xml = xml
  return xml
}

function putEvent(event: CotEvent): void {
  const time = stampOf(event.timeMs)
  sheet.clear()
  sheet.put(XML_DECLARATION)
  sheet.put('<event version="2.0" uid="')
  sheet.escaped(event.uid)
  sheet.put('" type="')
  sheet.escaped(event.type)
  sheet.put('" time="')
  sheet.put(time)
  sheet.put('" start="')
  sheet.put(event.startMs === event.timeMs ? time : stampOf(event.startMs))
  sheet.put('" stale="')
  sheet.put(stampOf(event.staleMs))
  sheet.put('" how="')
  sheet.escaped(event.how)
  putPoint(event)
  putDetail(event.detail, time)
  sheet.put('</event>')
}

/** Ends the start tag of the event too. Eight decimals of a degree are a millimetre on the ground. */
function putPoint(event: CotEvent): void {
  sheet.put('"><point lat="')
  sheet.decimal(event.lat, 8)
  sheet.put('" lon="')
  sheet.decimal(event.lon, 8)
  sheet.put('" hae="')
  if (event.haeM === COT_UNKNOWN) sheet.put(UNKNOWN_TEXT)
  else sheet.decimal(event.haeM, 3)
  sheet.put('" ce="')
  putError(event.ceM)
  sheet.put('" le="')
  putError(event.leM)
  sheet.put('"/>')
}

function putError(metres: number): void {
  if (metres === COT_UNKNOWN) sheet.put(UNKNOWN_TEXT)
  else sheet.decimal(metres < LEAST_ERROR_M ? LEAST_ERROR_M : metres, 2)
}

function putDetail(detail: CotDetail, time: string): void {
  const { track, precision } = detail
  sheet.put('<detail>')
  if (detail.bearing !== undefined) putLine(detail.bearing)
  sheet.put('<contact callsign="')
  sheet.escaped(detail.callsign)
  sheet.put('"/><remarks source="')
  sheet.escaped(detail.sightline.source)
  sheet.put('" time="')
  sheet.put(time)
  sheet.put('">')
  sheet.escaped(detail.remarks)
  sheet.put('</remarks>')
  if (track !== undefined) {
    sheet.put('<track course="')
    sheet.azimuth(track.courseDeg)
    sheet.put('" speed="')
    sheet.decimal(track.speedMps, 2)
    sheet.put('"/>')
  }
  if (precision !== undefined) {
    sheet.put('<precisionlocation geopointsrc="')
    sheet.escaped(precision.geopointsrc)
    sheet.put('" altsrc="')
    sheet.escaped(precision.altsrc)
    sheet.put('"/>')
  }
  putSightline(sheet, detail.sightline, detail.bearing)
  sheet.put('</detail>')
}

/**
 * ATAK's line of bearing: an arrow from the event's point, in metric units, degrees and true north. It has no way to
 * say that the elevation is not known; level is what it draws by itself.
 */
function putLine({ azimuthDeg, elevationDeg, lengthM }: BearingDetail): void {
  sheet.put('<range value="')
  sheet.decimal(lengthM, 2)
  sheet.put('"/><bearing value="')
  sheet.azimuth(azimuthDeg)
  sheet.put('"/><inclination value="')
  sheet.decimal(elevationDeg ?? 0, 2)
  sheet.put('"/><rangeUnits value="1"/><bearingUnits value="0"/><northRef value="0"/>')
  sheet.put(`<strokeColor value="${LINE_COLOUR}"/><strokeWeight value="3.0"/><color value="${LINE_COLOUR}"/>`)
  sheet.put('<labels_on value="false"/>')
}
