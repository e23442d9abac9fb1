/**
 * Messages to detections: bytes in, one reading per element out.
 *
 * Whatever the bytes are, nothing is thrown. What cannot be parsed is unreadable as a whole; of what can, a bad element fails alone.
 * A reading keeps a view of its message and cuts out the exact bytes of its element only when asked.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { type Fault, fault } from '../fault/fault.ts'
import type { Detection } from './detection.ts'
import { type Form, MessageBytes, spansOf } from './envelope.ts'
import { isRefused, printable, refuse } from './expectation.ts'
import { type Frame, frameOf, memberOf } from './frame.ts'
import { MAX_DEPTH, nestsDeeper } from './nesting.ts'
import { type ReadDetection, type ReadingContext, readDetection } from './reading.ts'
import { isSource, MAX_DETECTIONS, MEMBERS } from './schema.ts'
import type { Span } from './span.ts'
import { isText } from './terms.ts'

export { rebuild } from './envelope.ts'
export type { ReadingContext } from './reading.ts'

/** Largest detection message, bytes. */
export const MAX_MESSAGE_BYTES = 1_048_576

interface ElementBytes {
  /** Place in the array or frame; 0 for a single detection. */
  readonly index: number
  /** Exactly the bytes of the element; the whole message for a single one. A view, not a copy. */
  original(): Uint8Array
  /** For a member of a frame, the frame's other fields as JSON; see {@link rebuild}. */
  envelope(): Uint8Array | undefined
}

/** A detection that was read, with its canonical JSON and the 16-byte hash of that. */
export interface AcceptedElement extends ElementBytes {
  readonly ok: true
  readonly detection: Detection
  readonly canonical: Uint8Array
  readonly contentHash: Uint8Array
}

/** An element that was refused; `id` where it has one that can be read. */
export interface RefusedElement extends ElementBytes {
  readonly ok: false
  readonly fault: Fault
  readonly id?: string
}

export type ElementReading = AcceptedElement | RefusedElement

/** What a message holds. An empty array or frame is readable and holds none. */
export type MessageReading =
  | { readonly kind: 'unreadable'; readonly fault: Fault }
  | { readonly kind: 'elements'; readonly elements: ElementReading[] }

class Accepted implements AcceptedElement {
  readonly ok = true
  readonly index: number
  readonly detection: Detection
  readonly canonical: Uint8Array
  readonly contentHash: Uint8Array
  readonly #message: MessageBytes

  constructor(index: number, message: MessageBytes, read: ReadDetection) {
    this.index = index
    this.#message = message
    this.detection = read.detection
    this.canonical = read.canonical
    this.contentHash = read.contentHash
  }

  original(): Uint8Array {
    return this.#message.element(this.index)
  }

  envelope(): Uint8Array | undefined {
    return this.#message.envelope()
  }
}

class Refused implements RefusedElement {
  readonly ok = false
  readonly index: number
  readonly fault: Fault
  readonly id: string | undefined
  readonly #message: MessageBytes

  constructor(index: number, message: MessageBytes, why: Fault, id: string | undefined) {
    this.index = index
    this.#message = message
    this.fault = why
    this.id = id
  }

  original(): Uint8Array {
    return this.#message.element(this.index)
  }

  envelope(): Uint8Array | undefined {
    return this.#message.envelope()
  }
}

const unreadable = (why: Fault): MessageReading => ({ kind: 'unreadable', fault: why })

/** Reads a message that came on `detections.<source>`. */
export function readMessage(data: Uint8Array, context: ReadingContext): MessageReading {
  if (!isSource(context.source)) {
    return unreadable(
      fault('bad-source', `The subject names the source "${printable(context.source)}", which may not be one.`),
    )
  }
  if (data.length > MAX_MESSAGE_BYTES) {
    return unreadable(
      fault('too-large', `The message has ${data.length} bytes; at most ${MAX_MESSAGE_BYTES} are taken.`),
    )
  }
  const text = textOf(data)
  if (text === undefined) return unreadable(fault('bad-utf8'))
  if (nestsDeeper(data, MAX_DEPTH)) return readDeep(data, text, context)
  return readText(data, text, context, undefined)
}

/** The text of UTF-8 bytes, or undefined. Plain ASCII is by far the most common, and quicker to turn into text. */
function textOf(data: Uint8Array): string | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/**
 * A message that nests too deep somewhere: where at least one element does not, the deep ones fail alone;
 * otherwise all of it is unreadable, and is never parsed.
 */
function readDeep(data: Uint8Array, text: string, context: ReadingContext): MessageReading {
  const tooDeep = unreadable(fault('too-deep'))
  const form: Form = text.trimStart().startsWith('[') ? 'array' : 'frame'
  const spans = spansOf(data, form)
  const room = MAX_DEPTH - (form === 'array' ? 1 : 2)
  const deep = spans.map((span) => nestsDeeper(data, room, span.start, span.end))
  if (deep.every((is) => is) || spans.length > MAX_DETECTIONS) return tooDeep
  if (form === 'frame' && nestsDeeper(new MessageBytes(data, form).envelope() ?? data, MAX_DEPTH)) return tooDeep
  return readText(data, text, context, { spans, deep })
}

interface Deep {
  readonly spans: Span[]
  readonly deep: boolean[]
}

function readText(data: Uint8Array, text: string, context: ReadingContext, deep: Deep | undefined): MessageReading {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return unreadable(fault('bad-json', `The message is not JSON: ${printable(why, 160)}.`))
  }
  if (Array.isArray(value)) return readElements(data, 'array', value, undefined, context, deep)
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, MEMBERS)) {
    const frame = frameOf(value as Record<string, unknown>)
    if (!Array.isArray(frame.members)) {
      return unreadable(refuse(MEMBERS, 'an array of detections', frame.members))
    }
    return readElements(data, 'frame', frame.members, frame, context, deep)
  }
  return { kind: 'elements', elements: [readElement(value, 0, new MessageBytes(data, 'single'), context, data.length)] }
}

function readElements(
  data: Uint8Array,
  form: Form,
  values: readonly unknown[],
  frame: Frame | undefined,
  context: ReadingContext,
  deep: Deep | undefined,
): MessageReading {
  if (values.length > MAX_DETECTIONS) {
    return unreadable(
      fault('too-many', `The message holds ${values.length} detections; at most ${MAX_DETECTIONS} are taken.`),
    )
  }
  const message = new MessageBytes(data, form, deep?.spans)
  const elements = values.map((value, index) => {
    if (deep?.deep[index]) return new Refused(index, message, at(index, fault('too-deep')), undefined)
    return readElement(frame === undefined ? value : memberOf(frame, value), index, message, context, data.length)
  })
  return { kind: 'elements', elements }
}

/** A fault of an array or frame says which element it is about. */
const at = (index: number, why: Fault): Fault => ({ ...why, reason: `element ${index}: ${why.reason}` })

function readElement(
  value: unknown,
  index: number,
  message: MessageBytes,
  context: ReadingContext,
  sentBytes: number,
): ElementReading {
  const read = readDetection(value, context, sentBytes)
  if (!isRefused(read)) return new Accepted(index, message, read)
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined
  return new Refused(index, message, message.single ? read : at(index, read), isText(id) ? id : undefined)
}
