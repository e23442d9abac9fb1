/** Goes through a store's file record by record and says what each one is, or why it cannot be read. */

import { FaultError, fault } from '../fault/fault.ts'
import { META, SCHEMA_VERSION, TABLE } from './environment.ts'
import { FrameError, FrameReader } from './frame.ts'
import { sequenceKey } from './keys.ts'
import type { PageFile } from './page-file.ts'
import { readState, type StoreState } from './state-codec.ts'

/** Something that cannot be read, with the sequences it may have held where its keys are sequences. */
export interface Problem {
  readonly table: string
  readonly reason: string
  readonly from?: number
  readonly to?: number
}

export interface Progress {
  readonly table: string
  readonly done: number
  /** Of so many, as far as the file says. */
  readonly total: number
}

/** What a salvage is doing. */
export interface SalvageProgress {
  /** In words for a person. */
  readonly step: string
  readonly done: number
  readonly total: number
}

export type OnProgress = (progress: Progress) => void

const PROGRESS_EVERY = 5_000
const SEQUENCED: ReadonlySet<string> = new Set([TABLE.log, TABLE.letters, TABLE.sinks])

/**
 * Hands every readable pair of a table to `visit`, which is waited for when it answers with a promise, and what cannot be
 * read to `complain`. Lets the event loop turn.
 */
export async function inspectTable(
  file: PageFile,
  table: string,
  visit: (key: Buffer, value: Buffer) => unknown,
  complain: (problem: Problem) => void,
  onProgress: OnProgress,
): Promise<void> {
  const tree = file.tables.get(table)
  if (tree === undefined) {
    complain({ table, reason: 'the table is missing' })
    return
  }
  let done = 0
  for (const item of file.walk(tree)) {
    if (item.kind === 'damage') {
      const sequenced = SEQUENCED.has(table)
      const exact = item.after !== undefined && item.after === item.before
      const after = sequenced && item.after?.length === 8 ? sequenceKey.readKey(item.after, 0, 8) : undefined
      const before = sequenced && item.before?.length === 8 ? sequenceKey.readKey(item.before, 0, 8) : undefined
      complain({ table, reason: item.reason, from: after, to: exact || before === undefined ? before : before - 1 })
      continue
    }
    try {
      const waiting = visit(item.key, item.value)
      if (waiting instanceof Promise) await waiting
    } catch (thrown) {
      if (!(thrown instanceof FrameError)) throw thrown
      const seq = SEQUENCED.has(table) ? sequenceKey.readKey(item.key, 0, 8) : undefined
      complain({ table, reason: thrown.message, from: seq, to: seq })
    }
    if (++done % PROGRESS_EVERY === 0) {
      onProgress({ table, done, total: tree.entries })
      await new Promise(setImmediate)
    }
  }
  onProgress({ table, done, total: tree.entries })
}

/**
 * Reads schema and state.
 * @throws FaultError `store-schema` when a newer release wrote the store.
 */
export async function inspectState(
  file: PageFile,
  complain: (problem: Problem) => void,
): Promise<StoreState | undefined> {
  let state: StoreState | undefined
  let version: number | undefined
  const visit = (key: Buffer, value: Buffer): void => {
    // These values carry LMDB's version, 8 bytes, before them.
    const own = value.subarray(8)
    const name = sequenceKey.readKey(key, 0, 8)
    if (name === META.schema && own.length === 4) version = own.readUInt32LE(0)
    if (name === META.state) state = readState(new FrameReader(), own)
  }
  await inspectTable(file, TABLE.meta, visit, complain, () => {})
  if (version !== undefined && version > SCHEMA_VERSION) {
    const reason = `The store has schema ${version}; this release reads up to ${SCHEMA_VERSION}.`
    throw new FaultError(fault('store-schema', reason))
  }
  if (version === undefined) complain({ table: TABLE.meta, reason: 'the schema version is missing' })
  if (state === undefined) complain({ table: TABLE.meta, reason: 'the state record is missing' })
  return state
}
