/** The store and its disk: who holds it, can it be opened, and is there room? */
import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Settings } from '../../../src/config/settings.ts'
import type { StoreStats } from '../../../src/port/journal.ts'
import type { Runtime } from '../../../streams/runtime.ts'
import { bytes, counted } from '../../figures.ts'
import { killedByStore, runOwn } from '../../own-process.ts'
import { type Finding, fail, failedBy, ok, skip, warn } from './finding.ts'

const QUICK_MS = 15_000

export async function store(settings: Settings, runtime: Runtime | undefined): Promise<Finding[]> {
  const dir = resolve(settings.dataDir)
  const { DATA_FILE, LOCK_FILE } = await import('../../../src/store/environment.ts')
  const lock = holder(join(dir, LOCK_FILE), runtime)
  if (!existsSync(join(dir, DATA_FILE))) {
    return [
      lock,
      ok('store', `none in ${settings.dataDir} yet; the service makes it at its start`),
      await disk(dir, settings),
    ]
  }
  return [lock, await quickCheck(dir), await disk(dir, settings)]
}

function holder(file: string, runtime: Runtime | undefined): Finding {
  if (!existsSync(file)) return ok('store lock', 'free')
  const pid = pidIn(file)
  if (pid === undefined)
    return warn('store lock', `${file} cannot be read`, 'If nothing uses the directory, the next start takes it over.')
  if (pid === runtime?.pid) return ok('store lock', `held by the service, process ${pid}`)
  if (!isAlive(pid)) return ok('store lock', `left by process ${pid}, which is gone; the next start takes it over`)
  return warn(
    'store lock',
    `held by process ${pid}, which is not a running service`,
    'Wait for it to end (a start, a stop, store verify or salvage), or stop it.',
  )
}

function pidIn(file: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid?: unknown }
    return typeof pid === 'number' ? pid : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Opens it for reading, in a process of its own that it may take down. */
async function quickCheck(dir: string): Promise<Finding> {
  const { answer, said, signal } = await runOwn(['store', 'stats', '--here', '--json', '--data-dir', dir], {
    aloud: false,
    timeoutMs: QUICK_MS,
  })
  if (signal === 'SIGKILL')
    return fail('store', `did not open within ${QUICK_MS / 1_000} s`, 'Run sightline store verify.')
  if (signal !== null) return failedBy('store', killedByStore(dir, signal))
  if (answer === undefined) return fail('store', said.replace(/^sightline: /, ''))
  const { headSeq, tailSeq, deadLetters, fileBytes } = answer as StoreStats
  const events = counted(Math.max(0, headSeq - tailSeq + 1), 'event')
  return ok(
    'store',
    `opens: ${events}, ${counted(deadLetters, 'dead letter')}, ${bytes(fileBytes)} (store verify reads every record)`,
  )
}

async function disk(dir: string, { store: limits }: Settings): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(nearestExisting(dir))
    const free = bavail * bsize
    const says = `${bytes(free)} free, and intake stops below ${bytes(limits.minFreeBytes)}`
    const remedy = 'Free space, put the data directory elsewhere, or lower store.minFreeBytes.'
    if (free < limits.minFreeBytes) return fail('disk', says, remedy)
    // What the store may still grow to has to fit as well.
    return free < 2 * limits.minFreeBytes ? warn('disk', says, remedy) : ok('disk', says)
  } catch (thrown) {
    return skip('disk', `not checked: ${(thrown as Error).message}`)
  }
}

function nearestExisting(dir: string): string {
  let at = dir
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}
