/**
 * Where the elements of a message lie in its bytes, so that a bad one is kept exactly as it was sent.
 *
 * On JSON that parses, the spans are exactly those of the values that JSON.parse makes, duplicate keys included (the last one counts).
 * On anything else they mean nothing, but finding them ends and never throws.
 */
import { afterString } from './nesting.ts'

/** A range of bytes: `end` is the first byte after it. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** One member of an object: its key as written, quotes and all, and its value. */
export interface Member {
  readonly key: Span
  readonly value: Span
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Index of the first byte from `at` on that is not white space. */
export function afterSpace(bytes: Uint8Array, at: number): number {
  let i = at
  while (isSpace(bytes[i])) i++
  return i
}

/** Index just after the value that starts at `at`; always beyond `at`. */
function afterValue(bytes: Uint8Array, at: number): number {
  const end = bytes.length
  const first = bytes[at]
  if (first === QUOTE) return afterString(bytes, at, end)
  if (first !== OPEN_ARRAY && first !== OPEN_OBJECT) {
    let i = at + 1
    for (; i < end; i++) {
      const byte = bytes[i]
      if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isSpace(byte)) break
    }
    return Math.min(i, end)
  }
  let depth = 0
  for (let i = at; i < end; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) i = afterString(bytes, i, end) - 1
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++
    else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --depth === 0) return i + 1
  }
  return end
}

/** The elements of the array whose opening bracket is at `at`. */
export function elementSpans(bytes: Uint8Array, at: number): Span[] {
  const spans: Span[] = []
  let i = afterSpace(bytes, at + 1)
  while (i < bytes.length && bytes[i] !== CLOSE_ARRAY) {
    const end = afterValue(bytes, i)
    spans.push({ start: i, end })
    i = afterSpace(bytes, end)
    if (bytes[i] === COMMA) i = afterSpace(bytes, i + 1)
  }
  return spans
}

/** The members of the object whose opening bracket is at `at`. */
export function memberSpans(bytes: Uint8Array, at: number): Member[] {
  const members: Member[] = []
  let i = afterSpace(bytes, at + 1)
  while (i < bytes.length && bytes[i] !== CLOSE_OBJECT) {
    const key = { start: i, end: afterValue(bytes, i) }
    i = afterSpace(bytes, key.end)
    if (bytes[i] === COLON) i = afterSpace(bytes, i + 1)
    const value = { start: i, end: afterValue(bytes, i) }
    members.push({ key, value })
    i = afterSpace(bytes, value.end)
    if (bytes[i] === COMMA) i = afterSpace(bytes, i + 1)
  }
  return members
}
