/** Keeps secrets out of lines: by the name of a field, by what a text looks like, and by the secrets we know. */

export const REDACTED = '[redacted]'

const SECRET_NAME =
  /pass(word|phrase)?$|secret|token|bearer|authorization|cookie|nkey|seed$|creds|credential|private[_-]?key|api[_-]?key/i
/** Up to the last @ of the word: a password may hold any other sign. */
const USERINFO = /(\/\/)\S*@/g
const PRIVATE_KEY = /-----BEGIN [^-]*(?:PRIVATE KEY|NKEY SEED)-----[\s\S]*?(?:-----END [^-]*-----|$)/g
const DEPTH = 6
const ITEMS = 64
const LONGEST = 8192
/** Shorter than this, a known secret would blot out ordinary words; it is still hidden by its field's name. */
const SHORTEST_SECRET = 4

export interface RedactOptions {
  /** Texts that must never be printed, wherever they turn up. */
  readonly secrets?: readonly string[]
  /** Print stacks of errors. */
  readonly stacks?: boolean
}

export interface Redactor {
  text(text: string): string
  fields(fields: Readonly<Record<string, unknown>>): Record<string, unknown>
}

export function createRedactor(options: RedactOptions = {}): Redactor {
  const secrets = (options.secrets ?? [])
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    // The longest first, so that none is left over as the tail of another.
    .sort((a, b) => b.length - a.length)

  function text(given: string): string {
    let clean = given.length > LONGEST ? `${given.slice(0, LONGEST)}…` : given
    for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, REDACTED)
    if (clean.includes('@')) clean = clean.replace(USERINFO, `$1${REDACTED}@`)
    if (clean.includes('-----BEGIN')) clean = clean.replace(PRIVATE_KEY, REDACTED)
    return clean
  }

  function value(given: unknown, depth: number): unknown {
    if (typeof given === 'string') return text(given)
    if (typeof given === 'bigint') return String(given)
    if (typeof given !== 'object' || given === null) return given
    if (depth >= DEPTH) return '[deep]'
    if (given instanceof Error) return error(given, depth)
    if (given instanceof Date) return given
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`
    if (Array.isArray(given)) return given.slice(0, ITEMS).map((item) => value(item, depth + 1))
    return record(given, depth)
  }

  function record(given: object, depth: number): Record<string, unknown> {
    const clean: Record<string, unknown> = {}
    for (const [key, inner] of Object.entries(given).slice(0, ITEMS)) {
      clean[key] = SECRET_NAME.test(key) && inner !== undefined && inner !== null ? REDACTED : value(inner, depth + 1)
    }
    return clean
  }

  function error(given: Error, depth: number): Record<string, unknown> {
    const { name, message, stack, cause } = given
    return {
      // Own fields of errors of Node and of ours: code, syscall, fault.
      ...record(given, depth),
      type: name,
      message: text(message),
      ...(options.stacks && stack !== undefined && { stack: text(stack) }),
      ...(cause !== undefined && { cause: value(cause, depth + 1) }),
    }
  }

  return { text, fields: (fields) => record(fields, 0) }
}
