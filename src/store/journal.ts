/** Opens a store: takes its lock, its environment and a look at both ends before anything is written. */

import fs from 'node:fs'
import path from 'node:path'
import { FaultError, fault } from '../fault/fault.ts'
import { systemClock } from '../port/clock.ts'
import type { StoredDeadLetter } from '../port/deadletter.ts'
import type { LetterFilter, StoreStats } from '../port/journal.ts'
import { storedSinks } from './cursors.ts'
import { Disk } from './disk.ts'
import { DATA_FILE, type Environment, LOCK_FILE, openEnvironment, type Table } from './environment.ts'
import { readEvent } from './event-codec.ts'
import { FrameError, FrameReader } from './frame.ts'
import { LetterShelf } from './letters.ts'
import { LmdbJournal } from './lmdb-journal.ts'
import { lockDirectory } from './lock.ts'
import { type StoreOptions, settingsOf } from './options.ts'
import type { SinkRecord, StoreState } from './state-codec.ts'

/** Address space for a store that is only read; the file may be larger than any default. */
const READ_MAP_BYTES = 64 * 2 ** 30

/**
 * Opens the store in a directory for writing, making it when there is none.
 * @throws FaultError `store-locked`, `store-schema` or `store-damaged`.
 */
export async function openJournal(options: StoreOptions): Promise<LmdbJournal> {
  const settings = settingsOf(options)
  const { dir, minFreeBytes, clock, mapSizeBytes } = settings
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(path.join(dir, LOCK_FILE))
  try {
    const { env, state } = openEnvironment(dir, mapSizeBytes, false)
    try {
      checkEnds(env, state)
      const disk = new Disk(dir, minFreeBytes, clock, settings.freeSpace)
      await disk.ask()
      return new LmdbJournal(settings, env, state, lock, disk)
    } catch (thrown) {
      await env.close()
      throw thrown
    }
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}

/** A store that is only looked at; a service may be using it at the same time. */
export interface ReadOnlyStore {
  readonly letters: {
    list(filter: LetterFilter, limit: number): StoredDeadLetter[]
    get(seq: number): StoredDeadLetter | undefined
    count(): number
  }
  /** The sinks' positions. */
  sinks(): SinkRecord[]
  stats(): StoreStats
  close(): Promise<void>
}

/**
 * Opens the store in a directory for reading, as it is at this moment.
 * @throws FaultError `store-schema` or `store-damaged`.
 */
export async function openReadOnly(dir: string): Promise<ReadOnlyStore> {
  const file = path.join(dir, DATA_FILE)
  if (!fs.existsSync(file)) throw new FaultError(fault('store-damaged', `There is no store in ${dir}.`))
  const { env, state } = openEnvironment(dir, Math.max(READ_MAP_BYTES, 2 * fs.statSync(file).size), true)
  const disk = new Disk(dir, 0, systemClock)
  await disk.ask()
  return {
    letters: new LetterShelf(env.letters, state),
    sinks: () => storedSinks(env).filter((sink) => !sink.removed),
    stats: () => ({
      headSeq: state.head,
      tailSeq: state.tail,
      logBytes: state.headOffset - state.tailOffset,
      deadLetters: state.letterCount,
      fileBytes: env.fileBytes(),
      freeDiskBytes: disk.freeBytes,
      commits: 0,
      commitMsP50: 0,
      commitMsP99: 0,
      readersInUse: env.readers(),
    }),
    close: () => env.close(),
  }
}

function lastKey(table: Table<number>): number | undefined {
  for (const key of table.getKeys({ start: Number.MAX_SAFE_INTEGER, end: 0, reverse: true, limit: 1 })) return key
  return undefined
}

/** The state and the tables were written together; where they disagree, the file was damaged since. */
function checkEnds(env: Environment, state: StoreState): void {
  const damaged = (what: string): never => {
    throw new FaultError(fault('store-damaged', `${env.file} is damaged: ${what}.`))
  }
  const last = lastKey(env.log)
  const expected = state.tail > state.head || state.lost.at(-1) === state.head ? undefined : state.head
  if (expected !== undefined && last !== expected)
    damaged(`the last event is ${last ?? 'missing'} instead of ${expected}`)
  if (last !== undefined && last > state.head) damaged(`event ${last} lies beyond the head ${state.head}`)
  const value = last === undefined ? undefined : env.log.getBinary(last)
  if (value !== undefined) {
    try {
      readEvent(new FrameReader(), value)
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      damaged(`event ${last} cannot be read: ${thrown.message}`)
    }
  }
  const letter = lastKey(env.letters)
  if (letter !== undefined && letter > state.letterHead) damaged(`letter ${letter} lies beyond the last one`)
}
