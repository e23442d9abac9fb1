/**
 * Copies what can be read of a damaged store into a fresh one, and says exactly what could not be.
 *
 * The original is only read. Records come from the trees first; events and letters that are not there are looked for in
 * the whole file by their own bytes. A remembered key whose event is lost is not copied: a redelivery brings the event
 * back. Cursors count lost events as settled, so that no sink waits for them.
 */
import fs from 'node:fs'
import path from 'node:path'
import { FaultError, fault } from '../fault/fault.ts'
import { DATA_FILE, LOCK_FILE } from './environment.ts'
import type { Problem, SalvageProgress } from './inspection.ts'
import { lockDirectory } from './lock.ts'
import { PageFile } from './page-file.ts'
import { Refuge } from './refuge.ts'
import { Rescue } from './rescue.ts'
import { pairsOf } from './verify.ts'

export interface SalvageReport {
  readonly events: number
  /** Of these, so many were found outside the trees. */
  readonly carvedEvents: number
  /** Exactly the events that are gone, as first and last sequence. */
  readonly lostEvents: readonly (readonly [number, number])[]
  readonly letters: number
  /** How many letters are gone; undefined when the store's count of them is gone too. */
  readonly lostLetters: number | undefined
  readonly sinks: number
  readonly seenKeys: number
  readonly outcomeRanges: number
  /** What was found damaged. */
  readonly problems: readonly Problem[]
}

/**
 * Salvages the store in `dir` into the directory `target`, which must not hold one.
 * @throws FaultError `store-locked` when the store is in use, `store-schema` for a newer one, `store-damaged` when there
 * is none or the target has one, `store-commit` when the target cannot be written.
 */
export async function salvageStore(
  dir: string,
  target: string,
  onProgress: (progress: SalvageProgress) => void = () => {},
): Promise<SalvageReport> {
  const name = path.join(dir, DATA_FILE)
  if (!fs.existsSync(name)) throw new FaultError(fault('store-damaged', `There is no store in ${dir}.`))
  if (fs.existsSync(path.join(target, DATA_FILE))) {
    throw new FaultError(fault('store-damaged', `${target} already holds a store; salvage into an empty directory.`))
  }
  fs.mkdirSync(target, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(path.join(dir, LOCK_FILE))
  const targetLock = lockDirectory(path.join(target, LOCK_FILE))
  const file = new PageFile(name)
  try {
    const rescue = new Rescue(file, onProgress)
    await rescue.survey()
    const refuge = new Refuge(target, file.size, rescue)
    try {
      await refuge.fill(onProgress)
    } finally {
      await refuge.close()
    }
    const { state, problems } = rescue
    return {
      events: refuge.events,
      carvedEvents: rescue.carved.size,
      lostEvents: pairsOf(rescue.lost.toList()),
      letters: refuge.letters,
      lostLetters: state === undefined ? undefined : Math.max(0, state.letterCount - refuge.letters),
      sinks: rescue.sinks.size,
      seenKeys: refuge.seenKeys,
      outcomeRanges: refuge.outcomeRanges,
      problems,
    }
  } finally {
    file.close()
    targetLock.release()
    lock.release()
  }
}
