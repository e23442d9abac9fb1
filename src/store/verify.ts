/** Checks a whole store: every page that is in use, every record's checksum, and whether the records fit together. */
import fs from 'node:fs'
import path from 'node:path'
import { FaultError, fault } from '../fault/fault.ts'
import { DATA_FILE, LOCK_FILE, TABLE } from './environment.ts'
import { readEvent } from './event-codec.ts'
import { FrameError, FrameReader } from './frame.ts'
import { inspectState, inspectTable, type OnProgress, type Problem } from './inspection.ts'
import { sequenceKey } from './keys.ts'
import { readLetter } from './letter-codec.ts'
import { lockDirectory } from './lock.ts'
import { PageFile } from './page-file.ts'
import { RangeSet } from './ranges.ts'
import { readOutcome, readSeen, readSink, type StoreState } from './state-codec.ts'

/** No more problems are listed; `problemCount` counts them all. */
const LISTED = 1_000

export interface VerifyReport {
  readonly ok: boolean
  readonly events: number
  readonly headSeq: number
  readonly tailSeq: number
  readonly letters: number
  readonly sinks: number
  readonly seenKeys: number
  readonly outcomeRanges: number
  /** Sequences that an earlier salvage could not recover; not a problem of this file. */
  readonly lostEarlier: readonly (readonly [number, number])[]
  readonly problems: readonly Problem[]
  readonly problemCount: number
}

/**
 * Verifies the store in a directory that no process uses.
 * @throws FaultError `store-locked` when it is in use, `store-schema` for a newer one, `store-damaged` when there is none.
 */
export async function verifyStore(dir: string, onProgress: OnProgress = () => {}): Promise<VerifyReport> {
  const name = path.join(dir, DATA_FILE)
  if (!fs.existsSync(name)) throw new FaultError(fault('store-damaged', `There is no store in ${dir}.`))
  const lock = lockDirectory(path.join(dir, LOCK_FILE))
  try {
    const file = new PageFile(name)
    try {
      return await new Verification(file, onProgress).run()
    } finally {
      file.close()
    }
  } finally {
    lock.release()
  }
}

class Verification {
  private readonly file: PageFile
  private readonly onProgress: OnProgress
  private readonly reader = new FrameReader()
  private readonly problems: Problem[] = []
  private problemCount = 0
  private events = 0
  private letters = 0
  private sinks = 0
  private seenKeys = 0
  private outcomeRanges = 0

  constructor(file: PageFile, onProgress: OnProgress) {
    this.file = file
    this.onProgress = onProgress
  }

  async run(): Promise<VerifyReport> {
    for (const { reason } of this.file.damages) this.complain({ table: 'tables', reason })
    const state = await inspectState(this.file, this.complain)
    await this.inspect('free pages', () => {})
    await this.checkEvents(state)
    await this.checkLetters(state)
    await this.checkSinks(state)
    await this.inspect(TABLE.seen, (_key, value) => {
      this.seenKeys += readSeen(this.reader, value).length
    })
    await this.inspect(TABLE.outcomes, (_key, value) => {
      readOutcome(this.reader, value)
      this.outcomeRanges++
    })
    const { events, letters, sinks, seenKeys, outcomeRanges, problems, problemCount } = this
    const lost = state?.lost ?? []
    return {
      ok: problemCount === 0,
      events,
      headSeq: state?.head ?? 0,
      tailSeq: state?.tail ?? 0,
      letters,
      sinks,
      seenKeys,
      outcomeRanges,
      lostEarlier: pairsOf(lost),
      problems,
      problemCount,
    }
  }

  private async checkEvents(state: StoreState | undefined): Promise<void> {
    const table = TABLE.log
    const lost = RangeSet.from(state?.lost ?? [])
    let expected = state?.tail
    let end: number | undefined
    const missing = (from: number, to: number): void => {
      let first = from
      while (first <= to && lost.has(first)) first++
      if (first <= to) this.complain({ table, reason: 'events are missing', from: first, to })
    }
    await this.inspect(table, (key, value) => {
      const seq = sequenceKey.readKey(key, 0, 8)
      if (expected !== undefined && seq > expected) missing(expected, seq - 1)
      const gapless = expected === undefined || seq === expected
      expected = seq + 1
      const before = gapless ? end : undefined
      end = undefined
      const event = readEvent(this.reader, value)
      if (event.seq !== seq) throw new FrameError(`it says it is event ${event.seq}`)
      if (before !== undefined && event.offset !== before) throw new FrameError('it does not follow the one before it')
      end = event.offset + event.bytes
      this.events++
    })
    if (state === undefined) return
    if (expected !== undefined && expected <= state.head) missing(expected, state.head)
    if (expected !== undefined && expected > state.head + 1) {
      this.complain({ table, reason: 'events lie beyond the head', from: state.head + 1, to: expected - 1 })
    }
    const ends = expected === state.head + 1 ? end : undefined
    if (ends !== undefined && ends !== state.headOffset) this.complain({ table, reason: 'its bytes do not add up' })
  }

  private async checkLetters(state: StoreState | undefined): Promise<void> {
    const table = TABLE.letters
    let unreadable = 0
    const visit = (key: Buffer, value: Buffer): void => {
      const seq = sequenceKey.readKey(key, 0, 8)
      unreadable++
      const letter = readLetter(this.reader, value)
      if (letter.seq !== seq) throw new FrameError(`it says it is letter ${letter.seq}`)
      if (state !== undefined && seq > state.letterHead) throw new FrameError('it lies beyond the last one')
      unreadable--
      this.letters++
    }
    await this.inspect(table, visit)
    const count = this.letters + unreadable
    if (state !== undefined && count !== state.letterCount) {
      this.complain({ table, reason: `there are ${count} letters instead of ${state.letterCount}` })
    }
  }

  private async checkSinks(state: StoreState | undefined): Promise<void> {
    const names = new Set<string>()
    await this.inspect(TABLE.sinks, (_key, value) => {
      const sink = readSink(this.reader, value)
      if (state !== undefined && Math.max(sink.low, ...sink.ranges.slice(-1)) > state.head) {
        throw new FrameError('it is ahead of the log')
      }
      if (!sink.removed && names.has(sink.name)) throw new FrameError(`its name ${sink.name} is taken`)
      if (!sink.removed) names.add(sink.name)
      this.sinks++
    })
  }

  private inspect(table: string, visit: (key: Buffer, value: Buffer) => void): Promise<void> {
    return inspectTable(this.file, table, visit, this.complain, this.onProgress)
  }

  private readonly complain = (problem: Problem): void => {
    this.problemCount++
    if (this.problems.length < LISTED) this.problems.push(problem)
  }
}

/** A flat list of firsts and lasts as pairs. */
export function pairsOf(list: readonly number[]): [number, number][] {
  const pairs: [number, number][] = []
  for (let i = 0; i + 1 < list.length; i += 2) pairs.push([list[i] ?? 0, list[i + 1] ?? 0])
  return pairs
}
