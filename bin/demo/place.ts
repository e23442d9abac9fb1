/**
 * The demo's own data directory, empty at each start.
 *
 * Invariants: nothing is removed but what an earlier demo left, and never under one that still runs; a broker that
 * outlived an earlier demo is stopped before its files go.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { stopOrphan } from '../../src/nats/orphan.ts'
import type { Log } from '../../src/port/log.ts'
import { readRuntime } from '../../streams/runtime.ts'

/** Lies in every directory that a demo made. */
export const LOG_FILE = 'demo.log'
const BROKER_STOP_MS = 5_000
const ALIVE_MS = 2_000

/**
 * Makes `<dataDir>/demo` empty and answers its path as it was given, relative or not.
 * @throws FaultError `store-locked` while another demo runs there, `bad-settings` when what is there is no demo's
 */
export async function emptyPlace(dataDir: string, log: Log): Promise<string> {
  const place = join(dataDir, 'demo')
  const running = readRuntime(place)
  if (running !== undefined && (await isAlive(running.http))) {
    const reason = `A demo runs on ${place} already (process ${running.pid}): stop it, or name another --data-dir`
    throw new FaultError(fault('store-locked', reason))
  }
  if (existsSync(place)) {
    if (readdirSync(place).length > 0 && !existsSync(join(place, LOG_FILE))) {
      const reason = `${place} holds files that no demo has left: remove it yourself, or name another --data-dir`
      throw new FaultError(fault('bad-settings', reason))
    }
    const store = resolve(place, 'broker')
    await stopOrphan(join(store, 'broker.pid'), store, BROKER_STOP_MS, log)
    rmSync(place, { recursive: true, force: true })
  }
  mkdirSync(place, { recursive: true, mode: 0o700 })
  return place
}

/** True when a service answers there. Its process id alone may since have been given to another. */
async function isAlive(http: string): Promise<boolean> {
  try {
    return (await fetch(`${http}/livez`, { signal: AbortSignal.timeout(ALIVE_MS) })).ok
  } catch {
    return false
  }
}
