/**
 * Text as this project writes it into message headers.
 *
 * Invariant: a value is printable ASCII on one line. Everything else, and the percent sign itself, is percent-encoded
 * as UTF-8, so that no value can end its header line and every value can be read back with {@link readHeader}.
 */

/** Printable ASCII without `%`, and no space at either end: the client would trim it. */
const PLAIN = /^(?! )[ -$&-~]*(?<! )$/
const PERCENT = 0x25
const SPACE = 0x20

/** A value that is safe in a header. */
export function headerText(value: string): string {
  if (PLAIN.test(value)) return value
  const bytes = new TextEncoder().encode(value)
  const last = bytes.length - 1
  let out = ''
  for (const [i, byte] of bytes.entries()) {
    const atEdge = byte === SPACE && (i === 0 || i === last)
    const plain = byte >= SPACE && byte <= 0x7e && byte !== PERCENT && !atEdge
    out += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

/** Undoes {@link headerText}; a value that was never encoded comes back as it is. */
export function readHeader(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
