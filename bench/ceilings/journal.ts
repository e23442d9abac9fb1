/** The journal alone: finished events appended in the service's batches, each answered once it is flushed to disk. */
import { openJournal } from '../../src/store/journal.ts'
import { monotonicMs } from '../load/monotonic.ts'
import { drafts } from '../load/stages.ts'
import { type CeilingAnswer, timing } from './task.ts'

/** As the pipeline does: batches of at most so many, so many of them waiting. */
const BATCH = 256
const UNDER_WAY = 8

export async function journalAlone(dir: string, count: number): Promise<CeilingAnswer> {
  const all = drafts(count)
  const journal = await openJournal({ dir })
  let next = 0
  const lane = async () => {
    while (next < all.length) {
      const batch = all.slice(next, next + BATCH)
      next += batch.length
      await journal.append(batch)
    }
  }
  const answer = await timing(monotonicMs, async () => {
    await Promise.all(Array.from({ length: UNDER_WAY }, lane))
  })
  if (journal.head !== count) throw new Error(`the journal holds ${journal.head} of ${count} events`)
  await journal.close()
  return answer
}
