/**
 * What each sink did with each event, as ranges: auditing every push costs O(1) per batch, not per event.
 *
 * A sink settles a sequence once, so its ranges never overlap, and the one that may hold a sequence is the last that
 * starts at or below it. Ranges made within the same second that follow each other are stored as one.
 */
import type { Outcome, OutcomeRange } from '../port/journal.ts'
import type { Table, Write } from './environment.ts'
import { FrameReader, type FrameWriter } from './frame.ts'
import { type GroupKey, sequenceIn } from './keys.ts'
import { type Run, readOutcome, writeOutcome } from './state-codec.ts'

/** A stored range is not extended beyond this time, so that its time stays meaningful. */
const RUN_MS = 1_000

/** The outcomes of one sink. */
export class SinkOutcomes {
  private readonly sink: number
  private readonly name: string
  private readonly table: Table<GroupKey>
  private readonly reader = new FrameReader()
  private fresh: Run[] = []
  /** In transactions under way, oldest first. */
  private readonly writing: Run[][] = []
  /** The range stored last, with the time of its first event. */
  private open: { run: Run; sinceMs: number } | undefined
  private prunedBelow = 0

  constructor(sink: number, name: string, table: Table<GroupKey>) {
    this.sink = sink
    this.name = name
    this.table = table
  }

  note(from: number, to: number, outcome: Outcome, timeMs: number): void {
    const last = this.fresh.at(-1)
    if (last !== undefined && last.outcome === outcome) {
      if (from === last.to + 1) {
        last.to = to
        last.timeMs = timeMs
        return
      }
      if (to === last.from - 1) {
        last.from = from
        last.timeMs = timeMs
        return
      }
    }
    this.fresh.push({ from, to, outcome, timeMs })
  }

  /** Writes what came since the last time. Call {@link flushed} once that is on disk. */
  flush(w: FrameWriter, writes: Write[]): void {
    const runs = joined(this.fresh)
    this.fresh = []
    this.writing.push(runs)
    for (const run of runs) {
      const { open } = this
      let stored = run
      let sinceMs = run.timeMs
      if (
        open !== undefined &&
        open.run.outcome === run.outcome &&
        open.run.to + 1 === run.from &&
        run.timeMs - open.sinceMs < RUN_MS
      ) {
        stored = { ...run, from: open.run.from }
        sinceMs = open.sinceMs
      }
      this.open = { run: stored, sinceMs }
      writes.push({ table: this.table, key: sequenceIn(this.sink, stored.from), value: writeOutcome(w, stored) })
    }
  }

  flushed(): void {
    this.writing.shift()
  }

  /** What was done with one event, if anything yet. */
  of(seq: number): OutcomeRange | undefined {
    for (const runs of [this.fresh, ...this.writing]) {
      for (const run of runs) if (run.from <= seq && seq <= run.to) return { sink: this.name, ...run }
    }
    // In reverse the start is the upper end; the end is not included, hence the sequence below the first.
    const start = sequenceIn(this.sink, seq)
    for (const { value } of this.table.getRange({ start, end: sequenceIn(this.sink, 0), reverse: true, limit: 1 })) {
      const run = readOutcome(this.reader, value)
      if (run.from <= seq && seq <= run.to) return { sink: this.name, ...run }
    }
    return undefined
  }

  /** Deletes ranges that lie wholly below a sequence, at most so many; returns whether any may be left. */
  prune(tail: number, limit: number, writes: Write[]): boolean {
    let deleted = 0
    const start = sequenceIn(this.sink, this.prunedBelow)
    for (const { key, value } of this.table.getRange({ start, end: sequenceIn(this.sink + 1, 0), limit })) {
      const run = readOutcome(this.reader, value)
      if (run.to >= tail || this.open?.run.from === run.from) return true
      writes.push({ table: this.table, key, value: undefined })
      this.prunedBelow = run.from + 1
      deleted++
    }
    return deleted > 0
  }
}

/** Sorts runs and joins those that touch. */
function joined(runs: Run[]): Run[] {
  if (runs.length < 2) return runs
  runs.sort((a, b) => a.from - b.from)
  const result: Run[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (last !== undefined && last.outcome === run.outcome && last.to + 1 === run.from) {
      last.to = run.to
      last.timeMs = Math.max(last.timeMs, run.timeMs)
    } else result.push(run)
  }
  return result
}
