/** Keeps what must not be read by others out of sentences: servers like to repeat what they were sent. */
import type { HttpAuth } from './options.ts'

/** The value of the `authorization` header. */
export function authorization(auth: HttpAuth): string {
  return auth.kind === 'bearer' ? `Bearer ${auth.token}` : `Basic ${encoded(auth)}`
}

const encoded = (auth: { readonly username: string; readonly password: string }) =>
  Buffer.from(`${auth.username}:${auth.password}`).toString('base64')

/** Shorter values than this are found in ordinary words, and hiding those would only make reasons unreadable. */
const SHORTEST_SECRET = 4

export class Secrets {
  readonly #values: readonly string[]

  constructor(auth: HttpAuth | undefined, headers: Readonly<Record<string, string>>, query: string) {
    const values = [...Object.values(headers), ...new URLSearchParams(query).values()]
    if (auth?.kind === 'bearer') values.push(auth.token)
    if (auth?.kind === 'basic') values.push(auth.password, encoded(auth))
    // Longest first, so that a secret holding another is hidden whole.
    this.#values = values.filter((value) => value.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length)
  }

  /** The text with every secret replaced by `***`. */
  hide(text: string): string {
    let hidden = text
    for (const value of this.#values) hidden = hidden.replaceAll(value, '***')
    return hidden
  }
}
