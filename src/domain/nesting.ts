/** How deep JSON nests, told from its bytes: what is too deep is never parsed, and never walked through. */

/** Deepest nesting of objects and arrays in a message. */
export const MAX_DEPTH = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LOWER_CASE_BIT = 0x20
/** `{` and, with the bit set, `[`. */
const OPENING = 0x7b
/** `}` and, with the bit set, `]`. */
const CLOSING = 0x7d

/** Index just after the string whose opening quote is at `at`; `end` when it is not closed before that. */
export function afterString(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i]
    if (byte === BACKSLASH) i++
    else if (byte === QUOTE) return i + 1
  }
  return end
}

/** True when the bytes from `start` to `end` nest deeper than `limit`. They need not be JSON. */
export function nestsDeeper(bytes: Uint8Array, limit: number, start = 0, end = bytes.length): boolean {
  // Brackets inside strings count here, so this errs towards the careful look below; it costs one comparison a byte.
  let openings = 0
  for (let i = start; i < end; i++) if (((bytes[i] as number) | LOWER_CASE_BIT) === OPENING) openings++
  if (openings <= limit) return false

  let depth = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) i = afterString(bytes, i, end) - 1
    else if ((byte | LOWER_CASE_BIT) === OPENING) {
      if (++depth > limit) return true
    } else if ((byte | LOWER_CASE_BIT) === CLOSING) depth--
  }
  return false
}
