/**
 * The account of every detection that the demo publishes: what must become of it, and what was seen of it at the far ends.
 *
 * Invariants: a detection is accounted for when it was seen on a CoT subject and at the TAK receiver, or in the dead
 * letters; a repeated one is accounted for by the service's own count of duplicates, since nothing of it comes out.
 * What was seen is held against what had to be seen only in {@link Ledger.problems}, so that a surprise is told, not lost.
 */
import type { GeoPoint } from '../../examples/simulator/earth.ts'
import type { Fate, SimulatedDetection } from '../../examples/simulator/scenario.ts'

/** What an event on a CoT subject says about its detection. */
export interface Sighted {
  readonly kind: 'place' | 'bearing'
  /** Why there is no place. */
  readonly because?: string
}

interface Entry {
  readonly source: string
  readonly id: string
  readonly expect: Fate
  readonly code: string | undefined
  readonly truth: GeoPoint | undefined
  readonly publishedMs: number
  cot: Sighted | undefined
  atTak: boolean
  /** Code of its dead letter. */
  letter: string | undefined
}

/** What an entry was when the first sign of it came. */
export interface FirstSign {
  readonly publishedMs: number
  readonly expect: Fate
  readonly truth: GeoPoint | undefined
}

export interface Counts {
  /** Handed to the broker, repeated ones included. */
  published: number
  readonly bySource: Record<string, number>
  /** Of the published, those that repeat an earlier one on purpose. */
  repeated: number
  located: number
  bearings: number
  /** On CoT subjects and at the TAK receiver, each detection once. */
  onCot: number
  onTak: number
  /** Seen more than once. */
  againOnCot: number
  againOnTak: number
  /** Dead letters by code: those that could be read but not located, and those that could not be read. */
  readonly refused: Record<string, number>
  readonly unreadable: Record<string, number>
  letters: number
  /** Came out, but was never published by the demo: somebody else tries things on its broker. */
  strangers: number
}

const keyOf = (source: string, id: string): string => `${source}/${id}`

export class Ledger {
  readonly counts: Counts = {
    published: 0,
    bySource: {},
    repeated: 0,
    located: 0,
    bearings: 0,
    onCot: 0,
    onTak: 0,
    againOnCot: 0,
    againOnTak: 0,
    refused: {},
    unreadable: {},
    letters: 0,
    strangers: 0,
  }
  readonly #entries = new Map<string, Entry>()
  #done = 0

  /** Published and not accounted for yet; repeated ones are not among them. */
  get open(): number {
    return this.#entries.size - this.#done
  }

  /** @param atMs time of day at which it is handed to the broker */
  published({ source, id, expect, code, truth }: SimulatedDetection, atMs: number): void {
    this.counts.published += 1
    this.counts.bySource[source] = (this.counts.bySource[source] ?? 0) + 1
    if (expect === 'duplicate') {
      this.counts.repeated += 1
      return
    }
    const unseen = { cot: undefined, atTak: false, letter: undefined }
    this.#entries.set(keyOf(source, id), { source, id, expect, code, truth, publishedMs: atMs, ...unseen })
  }

  /** An event came out on a CoT subject. Answers the detection's part in it when it is the first. */
  onCot(source: string, id: string, sighted: Sighted): FirstSign | undefined {
    const entry = this.#entryOf(source, id)
    if (entry === undefined) return undefined
    if (entry.cot !== undefined) {
      this.counts.againOnCot += 1
      return undefined
    }
    this.#note(entry, () => {
      entry.cot = sighted
    })
    this.counts.onCot += 1
    if (sighted.kind === 'place') this.counts.located += 1
    else this.counts.bearings += 1
    return entry
  }

  /** An event arrived at the TAK receiver. */
  onTak(source: string, id: string): FirstSign | undefined {
    const entry = this.#entryOf(source, id)
    if (entry === undefined) return undefined
    if (entry.atTak) {
      this.counts.againOnTak += 1
      return undefined
    }
    this.#note(entry, () => {
      entry.atTak = true
    })
    this.counts.onTak += 1
    return entry
  }

  /** A dead letter was written. @param id as its original bytes have it; every detection of the demo has one */
  dead(source: string, id: string | undefined, code: string, stage: string): void {
    const entry = this.#entryOf(source, id ?? '')
    if (entry === undefined || entry.letter !== undefined) return
    this.#note(entry, () => {
      entry.letter = code
    })
    this.counts.letters += 1
    const codes = stage === 'validate' ? this.counts.unreadable : this.counts.refused
    codes[code] = (codes[code] ?? 0) + 1
  }

  /**
   * What is missing or is not what it had to be, one sentence each; empty when every detection met its fate.
   * @param forgiven so many of which no sign at all came are passed over: the broker never acknowledged them
   */
  problems(forgiven: number): string[] {
    const found: string[] = []
    let left = forgiven
    for (const entry of this.#entries.values()) {
      const wrong = problemOf(entry)
      if (wrong === undefined) continue
      if (left > 0 && isUnseen(entry)) left -= 1
      else found.push(`${entry.source} ${entry.id}: ${wrong}`)
    }
    return found
  }

  #entryOf(source: string, id: string): Entry | undefined {
    const entry = this.#entries.get(keyOf(source, id))
    if (entry === undefined) this.counts.strangers += 1
    return entry
  }

  #note(entry: Entry, change: () => void): void {
    const before = isDone(entry)
    change()
    if (!before && isDone(entry)) this.#done += 1
  }
}

const isDone = ({ cot, atTak, letter }: Entry): boolean => letter !== undefined || (cot !== undefined && atTak)

const isUnseen = ({ cot, atTak, letter }: Entry): boolean => cot === undefined && !atTak && letter === undefined

/** What is wrong with one detection, if anything. */
function problemOf({ expect, code, cot, atTak, letter }: Entry): string | undefined {
  if (expect === 'refused' || expect === 'dead') {
    if (cot !== undefined || atTak) return `came out as an event, had to be refused as ${code}`
    if (letter === undefined) return `in no dead letter, had to be refused as ${code}`
    return letter === code ? undefined : `refused as ${letter}, had to be refused as ${code}`
  }
  if (letter !== undefined) return `refused as ${letter}, had to be ${expect}`
  if (cot === undefined) return atTak ? 'at the TAK receiver, but on no CoT subject' : 'on no CoT subject'
  if (!atTak) return 'on its CoT subject, but not at the TAK receiver'
  if (expect === 'located')
    return cot.kind === 'place' ? undefined : `a line of bearing (${cot.because}), had to be located`
  if (cot.kind === 'place') return 'given a place, had to be a line of bearing'
  return cot.because === code ? undefined : `a line of bearing because of ${cot.because}, had to be ${code}`
}
