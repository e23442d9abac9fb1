/** Keeps names that users choose from growing without bound: the first so many stay, the rest share one name. */

export const OTHER = 'other'
const LONGEST = 64

export class Roster<T> {
  readonly #limit: number
  readonly #make: (name: string) => T
  readonly #longest: number
  readonly #entries = new Map<string, T>()

  /** At most `limit` names of their own, cut at `longest` characters, each with what `make` gives it. */
  constructor(limit: number, make: (name: string) => T, longest = LONGEST) {
    this.#limit = limit
    this.#make = make
    this.#longest = longest
  }

  /** The entry of a name, made at first sight; of `other` when there is no room left. */
  of(name: string): T {
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const short = name.length > this.#longest ? name.slice(0, this.#longest) : name
    const room = this.#entries.size < this.#limit || this.#entries.has(short)
    return this.#enter(room ? short : OTHER)
  }

  #enter(name: string): T {
    const known = this.#entries.get(name)
    if (known !== undefined) return known
    const made = this.#make(name)
    this.#entries.set(name, made)
    return made
  }

  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries()
  }

  get size(): number {
    return this.#entries.size
  }
}
