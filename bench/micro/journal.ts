/** The journal's two sides alone: appending in batches until flushed, and reading from the file what was appended. */
import type { EventDraft } from '../../src/port/journal.ts'
import { openJournal } from '../../src/store/journal.ts'
import { drafts } from '../load/stages.ts'
import type { Subject } from './loop.ts'

const BATCH = 256
const BATCHES = 8
const READ_ITEMS = 512
const READ_BYTES = 2 ** 20
const STORED = 8_192

export interface JournalSubject extends Subject {
  close(): Promise<void>
}

/** Eight batches of 256 at once, as the pipeline has under way, answered when all are on disk. */
export async function append(dir: string): Promise<JournalSubject> {
  const journal = await openJournal({ dir })
  const models = drafts(BATCH * BATCHES)
  let round = 0
  return {
    each: BATCH * BATCHES,
    async run() {
      round += 1
      const fresh = models.map((draft): EventDraft => ({ ...draft, id: `${draft.id}-${round}` }))
      const batches = Array.from({ length: BATCHES }, (_, i) => fresh.slice(i * BATCH, (i + 1) * BATCH))
      await Promise.all(batches.map((batch) => journal.append(batch)))
      return journal.head
    },
    close: () => journal.close(),
  }
}

/** In chunks as a sink with a backlog reads, nothing of it left in the memory for the newest events. */
export async function read(dir: string): Promise<JournalSubject> {
  const journal = await openJournal({ dir, tailBytes: 0 })
  await journal.append(drafts(STORED))
  return {
    each: STORED,
    run() {
      let seen = 0
      for (let next = 1; next <= STORED; ) {
        const entries = journal.read(next, READ_ITEMS, READ_BYTES)
        const last = entries.at(-1)
        if (last === undefined) return Number.NaN
        seen += entries.length
        next = last.seq + 1
      }
      return seen
    },
    close: () => journal.close(),
  }
}
