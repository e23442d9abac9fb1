/** What the program of the microbenches is given, and what it answers. */
import type { Duration } from './loop.ts'

export type MicroName = 'read' | 'locate' | 'event' | 'xml' | 'journal-append' | 'journal-read'

export interface MicroTask {
  readonly name: MicroName
  readonly duration: Duration
  /** Directory for a journal. */
  readonly dir: string
}

export interface MicroAnswer {
  /** Microseconds for one detection. */
  readonly us: number
}
