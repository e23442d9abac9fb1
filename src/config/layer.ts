/** One place settings come from: a tree of values, and where each of them was written. */
import type { Origin } from './problem.ts'

export interface Layer {
  /** Plain values, {@link EnvText} at leaves of the environment, {@link Patches} for its lists. */
  readonly tree: unknown
  origin(path: string): Origin
}

/** A value that is text only because the environment knows nothing else. */
export class EnvText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Items of a list by index, laid over the list of the layer below. */
export class Patches {
  readonly items = new Map<number, unknown>()
}
