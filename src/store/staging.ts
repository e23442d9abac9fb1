/** Turns drafts into the writes of one transaction, deciding for each whether it is new, a duplicate or a conflict. */
import { hash } from 'node:crypto'
import { FaultError, fault, faultFrom } from '../fault/fault.ts'
import type { AppendResult, EventDraft, LetterDraft } from '../port/journal.ts'
import type { Environment, Write } from './environment.ts'
import { writeEvent } from './event-codec.ts'
import { type FrameWriter, TRAILER } from './frame.ts'
import type { StoreLetters } from './letters.ts'
import { type PendingKey, SEEN, type SeenKeys } from './seen.ts'
import { HASH_BYTES, type StoreState } from './state-codec.ts'
import type { LogEntry } from './tail.ts'
import type { Request, RequestOutcome } from './writer.ts'

/** What a transaction is made of while it is put together. */
export interface Stage {
  readonly writes: Write[]
  readonly entries: LogEntry[]
  readonly keys: PendingKey[]
}

export interface StagingParts {
  readonly env: Environment
  readonly state: StoreState
  readonly seen: SeenKeys
  readonly letters: StoreLetters
  readonly frames: FrameWriter
}

export class Staging {
  private readonly parts: StagingParts

  constructor(parts: StagingParts) {
    this.parts = parts
  }

  /**
   * Adds one request, whole or not at all: a draft that cannot be written rejects its request and leaves no trace.
   * @throws FaultError when the store itself cannot be read.
   */
  add(stage: Stage, request: Request, now: number): RequestOutcome | undefined {
    const { state, seen, letters, frames } = this.parts
    const { head, headOffset, letterHead, letterCount, letterBytes } = state
    const marks = [stage.writes.length, stage.entries.length, stage.keys.length] as const
    try {
      const results: AppendResult[] = []
      for (const draft of request.drafts) {
        results.push(draft.kind === 'event' ? this.addEvent(stage, draft, now) : this.addLetter(stage, draft))
      }
      const removed = request.removals.length === 0 ? 0 : letters.stageRemoval(request.removals, stage.writes)
      return { results, removed }
    } catch (thrown) {
      const because = faultFrom(thrown)
      if (because.code === 'store-damaged') throw thrown
      frames.abandon()
      Object.assign(state, { head, headOffset, letterHead, letterCount, letterBytes })
      stage.writes.length = marks[0]
      stage.entries.length = marks[1]
      seen.settle(stage.keys.splice(marks[2]))
      request.reject(new FaultError(because))
      return undefined
    }
  }

  private addEvent(stage: Stage, draft: EventDraft, now: number): AppendResult {
    const { state, seen, frames, env } = this.parts
    const { source, id, contentHash } = draft
    if (contentHash.length !== HASH_BYTES) {
      throw new FaultError(
        fault('internal', `A content hash has ${contentHash.length} bytes instead of ${HASH_BYTES}.`),
      )
    }
    const before = seen.find(SEEN.event, source, id, contentHash)
    if (before !== undefined) return before.same ? { kind: 'duplicate' } : this.addConflict(stage, draft)
    const seq = state.head + 1
    const offset = state.headOffset
    stage.keys.push(seen.remember(frames, seq, contentHash, stage.writes))
    const { trace, traceparent, publishedMs, receivedMs, event } = draft
    const frame = writeEvent(frames, {
      seq,
      offset,
      journalledMs: now,
      publishedMs,
      receivedMs,
      source,
      id,
      contentHash,
      trace,
      traceparent,
      detection: draft.detection,
      event,
    })
    const bytes = frame.length
    stage.writes.push({ table: env.log, key: seq, value: frame })
    // The detection ends the record; the entry shares those bytes instead of keeping the draft's.
    const detection = frame.subarray(bytes - TRAILER - draft.detection.length, bytes - TRAILER)
    stage.entries.push({
      seq,
      offset,
      journalledMs: now,
      publishedMs,
      receivedMs,
      source,
      id,
      trace,
      traceparent,
      detection,
      event,
      bytes,
      encoded: undefined,
    })
    state.head = seq
    state.headOffset = offset + bytes
    return { kind: 'appended', seq }
  }

  /** The same key with other content: a dead letter, once for each message the broker stored, however often delivered. */
  private addConflict(stage: Stage, draft: EventDraft): AppendResult {
    const { seen, letters, frames } = this.parts
    const { source, id, contentHash } = draft
    const message = `${draft.publishedMs} ${Buffer.from(contentHash).toString('hex')}`
    const before = seen.find(SEEN.conflict, source, `${id}\0${message}`, contentHash)
    if (before !== undefined) return { kind: 'conflict', letterSeq: before.ref }
    const letter = draft.conflict()
    // Remembered before the letter is written, and by its coming sequence: a look-up must not come in between.
    stage.keys.push(seen.remember(frames, this.parts.state.letterHead + 1, contentHash, stage.writes))
    return { kind: 'conflict', letterSeq: letters.stage(frames, letter, undefined, stage.writes) }
  }

  private addLetter(stage: Stage, draft: LetterDraft): AppendResult {
    const { seen, letters, frames } = this.parts
    const { letter, origin } = draft
    if (origin === '') return { kind: 'dead', letterSeq: letters.stage(frames, letter, undefined, stage.writes) }
    // The bytes tell a redelivery from a stream that was made anew and counts from 1 again.
    const content = hash('sha256', letter.original, 'buffer').subarray(0, HASH_BYTES)
    const before = seen.find(SEEN.origin, origin, '', content)
    if (before?.same === true) return { kind: 'dead', letterSeq: before.ref }
    stage.keys.push(seen.remember(frames, this.parts.state.letterHead + 1, content, stage.writes))
    return { kind: 'dead', letterSeq: letters.stage(frames, letter, origin, stage.writes) }
  }
}
