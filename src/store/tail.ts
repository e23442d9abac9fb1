/** The newest committed events in memory, bounded in bytes, so that sinks at the head never decode. */
import type { JournalEntry } from '../port/journal.ts'

/** An event as the log hands it out. */
export interface LogEntry extends JournalEntry {
  /** Bytes of all records before this one. */
  readonly offset: number
}

/** What an entry costs beyond its record: the event as objects, and one encoding of about the record's size. */
const costOf = (entry: LogEntry): number => 2 * entry.bytes + 1_500

/** A gapless run of entries that ends at the head. */
export class Tail {
  private entries: (LogEntry | undefined)[] = []
  private start = 0
  private cost = 0
  private readonly limit: number

  constructor(limitBytes: number) {
    this.limit = limitBytes
  }

  get(seq: number): LogEntry | undefined {
    const first = this.entries[this.start]
    if (first === undefined || seq < first.seq) return undefined
    return this.entries[this.start + seq - first.seq]
  }

  /** Adds entries that follow the last one. */
  push(added: readonly LogEntry[]): void {
    for (const entry of added) {
      this.entries.push(entry)
      this.cost += costOf(entry)
    }
    while (this.cost > this.limit && this.start < this.entries.length) {
      const oldest = this.entries[this.start]
      if (oldest !== undefined) this.cost -= costOf(oldest)
      this.entries[this.start++] = undefined
    }
    // Moved down now and then instead of shifted each time.
    if (this.start > 4_096 && this.start * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.start)
      this.start = 0
    }
  }
}
