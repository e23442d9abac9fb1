/**
 * The LMDB environment of a store: one file, its tables, and one atomic transaction at a time.
 *
 * A transaction is conditional on the number of the one before it, which is the version of the state record. So when a
 * commit fails, everything queued behind it is refused by LMDB itself, and the log never has a hole; and a second
 * writer that got past the lock is found out by the first of the two that commits after the other.
 */
import { randomInt } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { open } from 'lmdb'
import { FaultError, fault } from '../fault/fault.ts'
import { FrameReader, FrameWriter } from './frame.ts'
import { type GroupKey, groupKey, type KeyEncoder, sequenceKey } from './keys.ts'
import { isHeld } from './lock.ts'
import { PAGE_BYTES, PageFile } from './page-file.ts'
import { freshState, readState, type StoreState, writeState } from './state-codec.ts'

/** Format of the tables and records. A newer one is refused. */
export const SCHEMA_VERSION = 1
export const DATA_FILE = 'journal.mdb'
export const LOCK_FILE = 'journal.lock'
/** Names of the tables, as the file has them. */
export const TABLE = {
  meta: 'meta',
  log: 'log',
  seen: 'seen',
  letters: 'letters',
  sinks: 'sinks',
  outcomes: 'outcomes',
} as const

/** Keys of the meta table. */
export const META = { schema: 1, state: 2 } as const

export interface RangeOptions<K> {
  readonly start: K
  /** Not included. */
  readonly end: K
  readonly limit?: number
  readonly reverse?: boolean
}

/** One table. Reads see what was committed last; writes take place in {@link Environment.commit} only. */
export interface Table<K> {
  /** The value in a buffer of the caller's own. */
  getBinary(key: K): Buffer | undefined
  /** The value in a buffer that the next look-up overwrites. */
  getBinaryFast(key: K): Buffer | undefined
  getKeys(options: RangeOptions<K>): Iterable<K>
  getRange(options: RangeOptions<K>): Iterable<{ readonly key: K; readonly value: Buffer }>
}

interface WritableTable<K> extends Table<K> {
  put(key: K, value: Uint8Array, version?: number): Promise<boolean>
  remove(key: K): Promise<boolean>
  ifVersion(key: K, version: number, action: () => void): Promise<boolean>
}

/** One write; without a value the key is removed. */
export type Write =
  | { readonly table: Table<number>; readonly key: number; readonly value: Uint8Array | undefined }
  | { readonly table: Table<GroupKey>; readonly key: GroupKey; readonly value: Uint8Array | undefined }

/** A transaction on its way: `written` says whether it took place, `flushed` settles when it is on disk. */
export interface CommitTicket {
  readonly written: Promise<boolean>
  readonly flushed: Promise<unknown>
}

/** Makes transactions. */
export interface Committer {
  commit(writes: readonly Write[], state: Uint8Array, number: number): CommitTicket
}

export class Environment implements Committer {
  readonly file: string
  readonly meta: Table<number>
  readonly log: Table<number>
  readonly seen: Table<GroupKey>
  readonly letters: Table<number>
  readonly sinks: Table<number>
  readonly outcomes: Table<GroupKey>
  private readonly root: ReturnType<typeof open>

  /** Opens the tables; a writer makes them when they are not there. */
  constructor(dir: string, mapSizeBytes: number, readOnly: boolean) {
    this.file = path.join(dir, DATA_FILE)
    if (!readOnly) makePrivate(dir, this.file)
    this.root = open({
      path: this.file,
      noSubdir: true,
      // Growing the map later would move it under readers; address space is free.
      mapSize: mapSizeBytes,
      pageSize: PAGE_BYTES,
      maxDbs: 8,
      encoding: 'binary',
      // Each transaction is put together whole; waiting for the event turn to end would only add to its latency.
      eventTurnBatching: false,
      readOnly,
    })
    this.meta = this.table(TABLE.meta, sequenceKey, true)
    this.log = this.table(TABLE.log, sequenceKey)
    this.seen = this.table(TABLE.seen, groupKey)
    this.letters = this.table(TABLE.letters, sequenceKey)
    this.sinks = this.table(TABLE.sinks, sequenceKey)
    this.outcomes = this.table(TABLE.outcomes, groupKey)
  }

  commit(writes: readonly Write[], state: Uint8Array, number: number): CommitTicket {
    const meta = this.meta as WritableTable<number>
    const written = meta.ifVersion(META.state, number - 1, () => {
      for (const write of writes) {
        // Each write carries the key type of its own table.
        const table = write.table as WritableTable<number | GroupKey>
        if (write.value === undefined) table.remove(write.key)
        else table.put(write.key, write.value)
      }
      meta.put(META.state, state, number)
    })
    // Asked for now: later it would stand for a later transaction.
    const flushed = new Promise((resolve, reject) => {
      this.root.flushed.then(resolve, reject)
    })
    return { written, flushed }
  }

  /** Read transactions registered in the file, of all processes. */
  readers(): number {
    const lines = this.root.readerList().trim().split('\n')
    return lines.filter((line) => /^\s*\d+ /.test(line)).length
  }

  fileBytes(): number {
    return fs.statSync(this.file).size
  }

  close(): Promise<void> {
    return this.root.close()
  }

  private table<K>(name: string, keyEncoder: KeyEncoder<K>, useVersions = false): Table<K> {
    const table: unknown = this.root.openDB(name, { encoding: 'binary', useVersions, keyEncoder } as object)
    if (table === undefined) {
      throw new FaultError(fault('store-damaged', `${this.file} has no table ${name}.`))
    }
    return table as Table<K>
  }
}

/** Only the owner may read what was detected. */
function makePrivate(dir: string, file: string): void {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  for (const name of [file, `${file}-lock`]) fs.closeSync(fs.openSync(name, 'a', 0o600))
}

/**
 * Opens the environment and reads its state; a writer sets up an empty one.
 * @throws FaultError `store-schema` for a newer format, `store-damaged` for what cannot be read.
 */
export function openEnvironment(
  dir: string,
  mapSizeBytes: number,
  readOnly: boolean,
): { env: Environment; state: StoreState } {
  // Under a living writer pages change while they are looked at, and it would have noticed.
  if (!readOnly || !isHeld(path.join(dir, LOCK_FILE))) refuseDamage(path.join(dir, DATA_FILE))
  let env: Environment | undefined
  try {
    env = new Environment(dir, mapSizeBytes, readOnly)
    return { env, state: stateOf(env, readOnly) }
  } catch (thrown) {
    env?.close().catch(() => {})
    if (thrown instanceof FaultError) throw thrown
    const reason = `The store in ${dir} cannot be opened: ${thrown instanceof Error ? thrown.message : String(thrown)}.`
    throw new FaultError(fault('store-damaged', reason, { cause: thrown }))
  }
}

/** LMDB may crash on what it takes for its own file. */
function refuseDamage(name: string): void {
  if (!fs.existsSync(name) || fs.statSync(name).size === 0) return
  const file = new PageFile(name)
  try {
    const damage = file.trunkDamage()
    if (damage !== undefined) throw new FaultError(fault('store-damaged', `${name} is damaged: ${damage.reason}.`))
  } finally {
    file.close()
  }
}

function stateOf(env: Environment, readOnly: boolean): StoreState {
  const schema = env.meta.getBinary(META.schema)
  if (schema === undefined) {
    if (readOnly || env.meta.getBinary(META.state) !== undefined) {
      throw new FaultError(fault('store-damaged', `${env.file} has no schema version.`))
    }
    return initialise(env)
  }
  const version = schema.length === 4 ? schema.readUInt32LE(0) : -1
  if (version > SCHEMA_VERSION) {
    const reason = `The store has schema ${version}; this release reads up to ${SCHEMA_VERSION}.`
    throw new FaultError(fault('store-schema', reason))
  }
  if (version < 1) throw new FaultError(fault('store-damaged', `${env.file} has no readable schema version.`))
  const state = env.meta.getBinary(META.state)
  if (state === undefined) throw new FaultError(fault('store-damaged', `${env.file} has no state record.`))
  return readState(new FrameReader(), state)
}

function initialise(env: Environment): StoreState {
  const state = freshState(randomInt(2 ** 32), randomInt(2 ** 32))
  writeInitialState(env, state)
  return state
}

/** Writes schema and state as the first transaction of a store. */
export function writeInitialState(env: Environment, state: StoreState): void {
  const schema = Buffer.alloc(4)
  schema.writeUInt32LE(SCHEMA_VERSION)
  const meta = env.meta as Table<number> & {
    putSync(key: number, value: Uint8Array, version: number): boolean
    transactionSync(action: () => void): void
  }
  // One synchronous, flushed transaction: a store either has both records or is empty.
  meta.transactionSync(() => {
    meta.putSync(META.schema, schema, 1)
    meta.putSync(META.state, writeState(new FrameWriter(), state), state.commit)
  })
}
