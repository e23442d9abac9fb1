/**
 * A line of JSONL as a message for the broker: who sends it, and how it is made new when it is sent again.
 *
 * What the detections themselves hold is judged by the service; here a line is refused only where it could not be sent,
 * or would be refused for certain. A line that is not renewed is sent byte by byte as it is.
 */

import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { isSource, MAX_DETECTIONS, MEMBERS } from '../src/domain/schema.ts'
import { shown } from './print.ts'

/** How a line that was sent before becomes new: other ids, and another time. */
export interface Renewal {
  /** Put behind every id. */
  readonly idSuffix: string
  /** In place of every time, RFC 3339. */
  readonly time?: string
}

export type LineReading =
  | { readonly ok: true; readonly source: string; readonly payload: Uint8Array; readonly detections: number }
  | { readonly ok: false; readonly reason: string }

type Fields = Readonly<Record<string, unknown>>

const FALLBACK_ID_DIGITS = 32

/**
 * Reads one line that is not blank.
 * @param source of `--source`: the token of the subject, and the only one that lines may name themselves
 */
export function readLine(line: Uint8Array, source?: string, renewal?: Renewal): LineReading {
  if (!isUtf8(line)) return refused('it is not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString())
  } catch (thrown) {
    return refused(`it is not JSON: ${shown((thrown as Error).message, 160)}`)
  }
  if (!Array.isArray(value) && !isFields(value)) return refused('expected a detection, an array of them, or a frame')
  const members = membersOf(value)
  if (members.length > MAX_DETECTIONS) {
    return refused(`it holds ${members.length} detections, and a message may hold ${MAX_DETECTIONS}`)
  }
  const sender = senderOf(value, members, source)
  if (!sender.ok) return sender
  const payload = renewal === undefined ? line : Buffer.from(JSON.stringify(renewed(value, renewal)))
  return { ok: true, source: sender.source, payload, detections: members.length }
}

const refused = (reason: string) => ({ ok: false, reason }) as const

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function membersOf(value: readonly unknown[] | Fields): readonly unknown[] {
  if (Array.isArray(value)) return value
  const { [MEMBERS]: members } = value as Fields
  return Array.isArray(members) ? members : [value]
}

/** The source that all parts of the message agree on. */
function senderOf(
  value: readonly unknown[] | Fields,
  members: readonly unknown[],
  given: string | undefined,
): { readonly ok: true; readonly source: string } | { readonly ok: false; readonly reason: string } {
  const named = new Set<unknown>(given === undefined ? [] : [given])
  for (const part of [value, ...members]) if (isFields(part) && part.source !== undefined) named.add(part.source)
  const [source, another] = named
  if (source === undefined) return refused('it names no "source"; add the field, or give --source NAME')
  if (another !== undefined) {
    return refused(`it names the source ${quoted(another)} beside ${quoted(source)}; a message has one source`)
  }
  if (typeof source !== 'string' || !isSource(source)) {
    return refused(`its source ${quoted(source)} is none: use 1 to 64 of A-Z a-z 0-9 _ -`)
  }
  return { ok: true, source }
}

const quoted = (value: unknown): string => shown(JSON.stringify(value) ?? 'undefined', 80)

function renewed(value: readonly unknown[] | Fields, renewal: Renewal): unknown {
  if (Array.isArray(value)) return value.map((element) => renewedDetection(element, {}, renewal, true))
  const { [MEMBERS]: members, ...shared } = value as Fields
  if (!Array.isArray(members)) return renewedDetection(value, {}, renewal, true)
  return {
    ...shared,
    ...(renewal.time !== undefined && { time: renewal.time }),
    [MEMBERS]: members.map((member) => renewedDetection(member, shared, renewal, false)),
  }
}

/** @param ownsTime false for a member of a frame, which may take the time of its frame */
function renewedDetection(value: unknown, shared: Fields, { idSuffix, time }: Renewal, ownsTime: boolean): unknown {
  if (!isFields(value)) return value
  const id = typeof value.id === 'string' ? value.id : contentId(value, shared)
  return { ...value, id: `${id}${idSuffix}`, ...(time !== undefined && (ownsTime || 'time' in value) && { time }) }
}

/** Stands in for the id that a detection lacks: the same for the same detection, within its frame. */
function contentId(value: Fields, shared: Fields): string {
  return hash('sha256', JSON.stringify([shared, value]), 'hex').slice(0, FALLBACK_ID_DIGITS)
}
