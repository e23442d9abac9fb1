/**
 * Which characters may leave in a CoT event.
 *
 * On the wire an event is pure ASCII: some servers break a character that straddles two TCP segments. Everything else
 * becomes a decimal character reference. What XML 1.0 cannot carry or a label should not hold (controls, lone
 * surrogates, U+FFFE and its like) is left out, so that no text, however hostile, can make an event malformed or add
 * markup to it.
 */

const MARKUP: Readonly<Record<number, string>> = {
  34: '&quot;',
  38: '&amp;',
  39: '&apos;',
  60: '&lt;',
  62: '&gt;',
}

/** True for ASCII that stands for itself in XML, in text and in either kind of quotes. */
export function isPlain(code: number): boolean {
  return code >= 0x20 && code < 0x7f && MARKUP[code] === undefined
}

/** How a code point that is not plain is written; empty for what is left out. */
export function charReference(point: number): string {
  const markup = MARKUP[point]
  if (markup !== undefined) return markup
  if (isBreak(point)) return ' '
  return isCarried(point) ? `&#${point};` : ''
}

/** Tab and line breaks become a space: a CoT label or remark is one line. */
function isBreak(point: number): boolean {
  return point === 0x09 || point === 0x0a || point === 0x0d || point === 0x85 || point === 0x2028 || point === 0x2029
}

/** A lone surrogate arrives here as its own code point. */
function isCarried(point: number): boolean {
  if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return false
  return !(point >= 0xd800 && point <= 0xdfff) && (point & 0xfffe) !== 0xfffe
}

/** Overrides and isolates of writing direction: they let a label read as something that it is not. */
function isDirection(point: number): boolean {
  return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)
}

const PRINTABLE = /^[\x20-\x7e]*$/

/** One line of text that a person may see: unsafe characters left out, at most `limit` UTF-16 units, no pair cut. */
export function cleanLine(text: string, limit: number): string {
  if (text.length <= limit && PRINTABLE.test(text)) return text
  let out = ''
  for (const char of text) {
    const point = char.codePointAt(0) as number
    const kept = isBreak(point) ? ' ' : isCarried(point) && !isDirection(point) ? char : ''
    if (out.length + kept.length > limit) break
    out += kept
  }
  return out
}

/** Longest uid that is sent as it is; TAK servers keep uids in columns of 255 characters. */
export const UID_LIMIT = 255

/**
 * A uid that is safe on the wire. One that had to be cleaned or cut ends in a hash of the original,
 * because two different objects must never come to share a uid.
 */
export function safeUid(uid: string): string {
  if (uid.length <= UID_LIMIT && PRINTABLE.test(uid)) return uid
  const cleaned = cleanLine(uid, UID_LIMIT)
  return cleaned === uid ? uid : `${cleanLine(uid, UID_LIMIT - 17)}~${hashOf(uid)}`
}

/** Two 32-bit FNV-1a hashes with different seeds over UTF-16 units, as 16 hex digits. */
function hashOf(text: string): string {
  let a = 0x811c9dc5
  let b = 0x01234567
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x01000193) + 0x9e3779b9
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0')
}
