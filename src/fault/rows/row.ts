/** A row of the table of faults. */

export type FaultClass = 'retry' | 'dead' | 'drop' | 'restart'

export interface FaultRow {
  /** Name of the fault in code (`_tag`). */
  readonly tag: string
  readonly class: FaultClass
  /** HTTP status when the fault is the answer to a request. */
  readonly http: number
  /** What it means, for the page and for `deadletters show`. */
  readonly meaning: string
  /** What a person can do about it. */
  readonly remedy: string
}

/** One row, on as few lines as its sentences allow. */
export const row = (tag: string, cls: FaultClass, http: number, meaning: string, remedy: string): FaultRow => ({
  tag,
  class: cls,
  http,
  meaning,
  remedy,
})
