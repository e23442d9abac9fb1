/** Appends batches to the journal; the answer comes after they are flushed to disk. */
import type { AppendResult, Draft, Journal } from '../src/port/journal.ts'
import type { Behavior } from './kernel/actor.ts'

/** Answers one result per draft, in order. Has no deadline of its own: a full store makes it wait, a failed commit ends it. */
export function journalBehavior(journal: Journal): Behavior<readonly Draft[], AppendResult[]> {
  return { receive: (drafts) => journal.append(drafts) }
}
