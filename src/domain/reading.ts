/** One parsed element to one checked detection with its canonical form, or the first fault found in it. */
import type { Fault } from '../fault/fault.ts'
import { fault } from '../fault/fault.ts'
import { attributesOf } from './attributes.ts'
import { heightOf, velocityOf } from './camera.ts'
import { canonicalBytes, contentHash, hashHex } from './canonical.ts'
import type { Detection, Surface } from './detection.ts'
import { described, isRefused, type Read, refuse, structureFault } from './expectation.ts'
import { parseInstant } from './instant.ts'
import { ambiguousPlace, bystanderFault, fixOf } from './place.ts'
import { isWireDetection, type WireDetection } from './schema.ts'

/** What a message came with that its detections are checked against. */
export interface ReadingContext {
  /** The token of the subject after `detections.`: the authority on who sent it. */
  readonly source: string
  /** When it reached us, milliseconds since the Unix epoch. */
  readonly receivedMs: number
  /** Longest time an observation may lie ahead of that, milliseconds. */
  readonly maxAheadMs: number
}

/** A checked detection with its canonical bytes and the hash of its content. */
export interface ReadDetection {
  readonly detection: Detection
  readonly canonical: Uint8Array
  readonly contentHash: Uint8Array
}

type Element = Readonly<Record<string, unknown>>

/** Faults that come before the shape is looked at, each with a code of its own. */
function firstFault(element: Element, context: ReadingContext): Fault | undefined {
  const { schema, source } = element
  if (schema !== undefined && schema !== 1) return refuse('schema', '1, or nothing', schema, 'bad-version')
  if (typeof source === 'string' && source !== context.source) {
    return refuse('source', `"${context.source}", as in the subject`, source, 'source-mismatch')
  }
  if (Array.isArray(element.detections)) {
    return refuse('detections', 'one detection: a frame is a message of its own', element.detections)
  }
  return ambiguousPlace(element)
}

function timeOf(wire: WireDetection, context: ReadingContext): number | Fault {
  const timeMs = parseInstant(wire.time)
  if (Number.isNaN(timeMs)) {
    const expected =
      'an RFC 3339 time with Z or an offset, such as 2024-07-24T16:00:00.000Z (a real date, hours to 23, seconds to 59)'
    return refuse('time', expected, wire.time, 'bad-time')
  }
  const aheadMs = timeMs - context.receivedMs
  if (aheadMs <= context.maxAheadMs) return timeMs
  const reason = `time: expected at most ${context.maxAheadMs} ms ahead of our clock, found ${described(wire.time)}, ${aheadMs} ms ahead`
  return fault('clock-ahead', reason, { field: 'time' })
}

function confidenceOf(wire: WireDetection): number | Fault | undefined {
  const { confidence, confidenceScale } = wire
  if (confidence === undefined) return undefined
  const percent = confidenceScale === 'percent'
  if (confidence >= 0 && confidence <= (percent ? 100 : 1)) return percent ? confidence / 100 : confidence
  const expected = percent ? 'a number from 0 to 100' : 'a number from 0 to 1, or "confidenceScale": "percent" with it'
  return refuse('confidence', expected, confidence)
}

function surfaceOf(wire: NonNullable<WireDetection['surface']>): Read<Surface> {
  const height = heightOf(wire.height, 'surface.height')
  return isRefused(height) ? height : { height, sigmaM: wire.sigmaM }
}

function detectionOf(wire: WireDetection, context: ReadingContext, sentBytes: number): Read<Detection> {
  const timeMs = timeOf(wire, context)
  if (typeof timeMs === 'object') return timeMs
  const confidence = confidenceOf(wire)
  if (typeof confidence === 'object') return confidence
  const fix = fixOf(wire)
  if (isRefused(fix)) return fix
  const bystander = bystanderFault(wire)
  if (bystander !== undefined) return bystander
  const surface = wire.surface && surfaceOf(wire.surface)
  if (isRefused(surface)) return surface
  const attributes = attributesOf(wire, sentBytes)
  if (isRefused(attributes)) return attributes
  return {
    id: wire.id ?? '',
    source: context.source,
    timeMs,
    class: wire.class,
    confidence,
    trackId: wire.trackId,
    session: wire.session,
    target: wire.target,
    fix,
    surface,
    velocity: wire.velocity && velocityOf(wire.velocity),
    attributes: attributes.kept,
  }
}

/** Reads one element of a message of `sentBytes` bytes. A detection without an id is named by the hash of its content. */
export function readDetection(element: unknown, context: ReadingContext, sentBytes: number): Read<ReadDetection> {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return refuse('$', 'a detection, that is an object', element)
  }
  const first = firstFault(element as Element, context)
  if (first !== undefined) return first
  if (!isWireDetection(element)) return structureFault(element) ?? refuse('$', 'a detection', element)
  const read = detectionOf(element, context, sentBytes)
  if (isRefused(read)) return read
  const detection = read.id === '' ? { ...read, id: hashHex(contentHash(canonicalBytes(read))) } : read
  const canonical = canonicalBytes(detection)
  return { detection, canonical, contentHash: contentHash(canonical) }
}
