/** Dead letters as commands see them: of the running service, or of the store itself when none runs. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FaultError, fault } from '../src/fault/fault.ts'
import type { LetterFilter } from '../src/port/journal.ts'
import { type LetterPage, type LetterRow, pageOf, rowOf } from '../streams/requests.ts'
import { readRuntime } from '../streams/runtime.ts'
import { remark } from './print.ts'
import { atServiceDesk, type DeskOptions } from './service-desk.ts'
import { settingsFor } from './settings.ts'

/** Which letters; what is absent matches all. */
export type Selection = LetterFilter

export interface LetterDesk {
  readonly live: boolean
  /** Oldest first. */
  list(selection: Selection, limit: number): Promise<{ readonly total: number; readonly letters: readonly LetterRow[] }>
  show(seq: number): Promise<LetterPage>
  /** The exact bytes, of any length. */
  original(seq: number): Promise<Uint8Array>
}

/** Rows asked for at a time, so that an answer fits into a message of any broker. */
const ROWS_AT_A_TIME = 200

/** Lets the work look at dead letters, through the service or, read-only, in the store. */
export async function atLetterDesk<T>(options: DeskOptions, work: (desk: LetterDesk) => Promise<T>): Promise<T> {
  const settings = settingsFor(options)
  const dir = resolve(settings.dataDir)
  // A broker that is named may belong to a service of another machine; then no store of ours is meant.
  const here = options.nats === undefined
  if (here && readRuntime(dir) === undefined && (await hasStore(dir))) {
    remark(`No service runs on ${settings.dataDir}: reading the store itself.`)
    return await withStore(dir, work)
  }
  return await atServiceDesk(options, (ask) => {
    const show = (seq: number) => ask<LetterPage>('deadletters-show', { seqs: [seq] })
    return work({
      live: true,
      show,
      list: (selection, limit) =>
        gathered(selection, limit, (filter, most) => ask('deadletters-list', { filter, limit: most })),
      original: async (seq) => {
        const page = await show(seq)
        if (!page.cut) return Buffer.from(page.original, page.encoding)
        if (here && (await hasStore(dir))) return await withStore(dir, (desk) => desk.original(seq))
        throw new FaultError(fault('too-large', `Dead letter ${seq} is too long for an answer; ask on its own machine`))
      },
    })
  })
}

interface ListAnswer {
  readonly total: number
  readonly letters: readonly LetterRow[]
}

/** Asks again and again until the limit is reached or nothing is left. */
export async function gathered(
  selection: Selection,
  limit: number,
  ask: (filter: Selection, limit: number) => Promise<ListAnswer>,
): Promise<ListAnswer> {
  const letters: LetterRow[] = []
  let fromSeq = selection.fromSeq ?? 0
  for (;;) {
    const most = Math.min(ROWS_AT_A_TIME, limit - letters.length)
    const answer = await ask({ ...selection, fromSeq }, most)
    letters.push(...answer.letters)
    const last = answer.letters.at(-1)
    if (last === undefined || answer.letters.length < most || letters.length >= limit) {
      return { total: answer.total, letters }
    }
    fromSeq = last.seq + 1
  }
}

// The store's library is loaded only where it is needed.
const hasStore = async (dir: string): Promise<boolean> =>
  existsSync(join(dir, (await import('../src/store/environment.ts')).DATA_FILE))

async function withStore<T>(dir: string, work: (desk: LetterDesk) => Promise<T>): Promise<T> {
  const { openReadOnly } = await import('../src/store/journal.ts')
  const store = await openReadOnly(dir)
  const { letters } = store
  const found = (seq: number) => {
    const letter = letters.get(seq)
    if (letter === undefined) throw new FaultError(fault('not-found', `There is no dead letter ${seq}.`))
    return letter
  }
  try {
    return await work({
      live: false,
      show: async (seq) => pageOf(found(seq)),
      list: async (selection, limit) => ({
        total: letters.count(),
        letters: letters.list(selection, limit).map(rowOf),
      }),
      original: async (seq) => Buffer.from(found(seq).original),
    })
  } finally {
    await store.close()
  }
}
