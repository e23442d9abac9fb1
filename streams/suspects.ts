/**
 * Remembers which messages were being tried alone when the process died, so that they come last and innocents do not pay for them.
 *
 * The file is written before a suspect is tried and cleared after it was settled; what is found at the start was fatal.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

interface Ledger {
  /** Sequence being tried right now. */
  trying?: number
  /** Sequences that were being tried when a process ended. */
  fatal: number[]
}

/** Most sequences remembered; older ones are forgotten first. */
const REMEMBERED = 1_000

export class Suspects {
  readonly #path: string
  readonly #ledger: Ledger

  /** @param path the ledger's file, in the data directory */
  constructor(path: string) {
    this.#path = path
    const found = read(path)
    const fatal =
      found.trying === undefined ? found.fatal : [...found.fatal.filter((s) => s !== found.trying), found.trying]
    this.#ledger = { fatal: fatal.slice(-REMEMBERED) }
    if (found.trying !== undefined) this.#write()
  }

  /** True for a message that was being tried when a process ended. */
  wasFatal(streamSeq: number): boolean {
    return this.#ledger.fatal.includes(streamSeq)
  }

  /** Call before trying; what follows may not return. */
  trying(streamSeq: number): void {
    this.#ledger.trying = streamSeq
    this.#write()
  }

  /** Call after the message was settled. */
  survived(streamSeq: number): void {
    delete this.#ledger.trying
    this.#ledger.fatal = this.#ledger.fatal.filter((s) => s !== streamSeq)
    this.#write()
  }

  #write(): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    // No fsync: the file has to outlive the process, not the machine.
    writeFileSync(this.#path, JSON.stringify(this.#ledger), { mode: 0o600 })
  }
}

function read(path: string): Ledger {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Ledger>
    const fatal = Array.isArray(value.fatal) ? value.fatal.filter((s) => Number.isSafeInteger(s)) : []
    return Number.isSafeInteger(value.trying) ? { fatal, trying: value.trying as number } : { fatal }
  } catch {
    // Absent at the first start, torn if the machine died while writing: either way nothing is known.
    return { fatal: [] }
  }
}
