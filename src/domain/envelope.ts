/** The bytes behind the elements of one message: each element as it was sent, and for a frame what it shares. Found when first asked for. */

import { MEMBERS } from './schema.ts'
import { afterSpace, elementSpans, type Member, memberSpans, type Span } from './span.ts'

/** How the detections of a message are held together. */
export type Form = 'single' | 'array' | 'frame'

const OPEN_ARRAY = 0x5b
const CLOSE_OBJECT = 0x7d

const bytesOf = (text: string): Uint8Array => Buffer.from(text)

/** True for the key of the detections, however it is escaped. */
function isMembersKey(data: Uint8Array, key: Span): boolean {
  const text = Buffer.from(data.buffer, data.byteOffset + key.start, key.end - key.start).toString()
  if (text === `"${MEMBERS}"`) return true
  if (!text.includes('\\')) return false
  try {
    return JSON.parse(text) === MEMBERS
  } catch {
    return false // Only where the message is no JSON at all.
  }
}

/** The members of a frame that hold its detections, and the others. */
function partsOf(data: Uint8Array): { readonly lists: Member[]; readonly shared: Member[] } {
  const lists: Member[] = []
  const shared: Member[] = []
  for (const member of memberSpans(data, afterSpace(data, 0)))
    (isMembersKey(data, member.key) ? lists : shared).push(member)
  return { lists, shared }
}

/** Where the elements of a message lie. */
export function spansOf(data: Uint8Array, form: Form): Span[] {
  if (form === 'single') return [{ start: 0, end: data.length }]
  if (form === 'array') return elementSpans(data, afterSpace(data, 0))
  const list = partsOf(data).lists.at(-1)
  return list !== undefined && data[list.value.start] === OPEN_ARRAY ? elementSpans(data, list.value.start) : []
}

/** A frame's fields other than its detections, each exactly as it was sent. */
export function envelopeOf(data: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [bytesOf('{')]
  for (const { key, value } of partsOf(data).shared) {
    if (pieces.length > 1) pieces.push(bytesOf(','))
    pieces.push(data.subarray(key.start, value.end))
  }
  pieces.push(bytesOf('}'))
  return Buffer.concat(pieces)
}

/** The bytes of one message, shared by the readings of all its elements. */
export class MessageBytes {
  readonly #data: Uint8Array
  readonly #form: Form
  #spans: Span[] | undefined
  #envelope: Uint8Array | undefined

  constructor(data: Uint8Array, form: Form, spans?: Span[]) {
    this.#data = data
    this.#form = form
    this.#spans = spans
  }

  /** True when the message holds one detection and nothing around it. */
  get single(): boolean {
    return this.#form === 'single'
  }

  /** Exactly the bytes of an element, a view of the message; the whole message where it holds a single one. */
  element(index: number): Uint8Array {
    if (this.#form === 'single') return this.#data
    this.#spans ??= spansOf(this.#data, this.#form)
    const span = this.#spans[index]
    return span === undefined ? this.#data : this.#data.subarray(span.start, span.end)
  }

  /** What a frame shares among its members, as JSON; undefined for the other forms. */
  envelope(): Uint8Array | undefined {
    if (this.#form !== 'frame') return undefined
    this.#envelope ??= envelopeOf(this.#data)
    return this.#envelope
  }
}

/**
 * A message that brings one element again: as it was sent, or in a frame of one when it came in a frame.
 * It is never larger than the message that the element came in.
 */
export function rebuild(original: Uint8Array, envelope?: Uint8Array): Uint8Array {
  if (envelope === undefined) return original
  const end = envelope.lastIndexOf(CLOSE_OBJECT)
  const open = envelope.subarray(0, end)
  const comma = afterSpace(open, 1) < open.length ? ',' : ''
  return Buffer.concat([open, bytesOf(`${comma}"${MEMBERS}":[`), original, bytesOf(']}')])
}
