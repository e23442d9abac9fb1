/**
 * A broker that outlived the process that started it: found by what was noted down, checked against what really runs,
 * and stopped, so that the next start is not blocked by its port or, worse, shares its store.
 *
 * Invariants: nothing is ended that is not a nats-server on this very store directory, and nothing whose owner is alive.
 * The orphan is stopped and not adopted: a process that is not our child cannot be supervised, and its lines are lost.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultError, fault } from '../fault/fault.ts'
import type { Log } from '../port/log.ts'

/** What the pid file says: the broker, and the process that started it. */
export interface BrokerPid {
  readonly broker: number
  readonly owner: number
}

export function readPidFile(path: string): BrokerPid | undefined {
  try {
    const [broker, owner] = readFileSync(path, 'utf8').split(/\s+/).map(Number)
    return broker !== undefined && owner !== undefined && broker > 1 && owner > 0 ? { broker, owner } : undefined
  } catch {
    return undefined
  }
}

export function pidFileText({ broker, owner }: BrokerPid): string {
  return `${broker} ${owner}\n`
}

/**
 * Stops the broker of an earlier run that still works on `storeDir`, if there is one.
 * @throws FaultError `store-locked` when the process that owns it is alive and another than this one
 */
export async function stopOrphan(pidFile: string, storeDir: string, stopMs: number, log: Log): Promise<void> {
  const noted = readPidFile(pidFile)
  if (noted === undefined) return
  const running = inspect(noted.broker)
  // Process ids are used again: only a nats-server on this store is ours to stop.
  if (running === undefined || !isBrokerOn(running.args, storeDir)) return
  // A broker whose owner died has been handed to another parent, so a parent that is still the owner is alive.
  if (running.parent === noted.owner && noted.owner !== process.pid) {
    throw new FaultError(
      fault(
        'store-locked',
        `The broker on ${storeDir} (process ${noted.broker}) belongs to process ${noted.owner}, which is running: stop that one, or use another data directory`,
      ),
    )
  }
  log.warn({ pid: noted.broker, storeDir }, 'a broker of an earlier run is still there; stopping it')
  await endProcess(noted.broker, stopMs)
}

/** Sends SIGTERM, then SIGKILL after the deadline; resolves when the process is gone. */
async function endProcess(pid: number, deadlineMs: number): Promise<void> {
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    signal(pid, name)
    const end = performance.now() + deadlineMs
    while (performance.now() < end) {
      if (inspect(pid) === undefined) return
      await sleep(20)
    }
  }
  throw new FaultError(
    fault('store-locked', `The broker of an earlier run (process ${pid}) cannot be ended: end it by hand`),
  )
}

interface Running {
  readonly parent: number
  readonly args: readonly string[]
}

/** Parent and arguments of a process, from /proc or, where there is none, from ps. */
function inspect(pid: number): Running | undefined {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((arg) => arg !== '')
    // The name in parentheses may hold anything, so the fields are counted from its end: state, parent.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? undefined : { parent: Number(parent), args }
  } catch {
    return process.platform === 'linux' ? undefined : inspectByPs(pid)
  }
}

function inspectByPs(pid: number): Running | undefined {
  try {
    const fields = ['-ww', '-o', 'ppid=,state=,command=', '-p', `${pid}`]
    const [parent, state, ...args] = execFileSync('ps', fields, { encoding: 'utf8' }).trim().split(/\s+/)
    return state?.startsWith('Z') === true ? undefined : { parent: Number(parent), args }
  } catch {
    return undefined
  }
}

function isBrokerOn(args: readonly string[], storeDir: string): boolean {
  const program = basename(args[0] ?? '')
  // Joined, because ps does not tell where one argument ends; with the space, so that /data is not taken for /data2.
  return program.startsWith('nats-server') && `${args.join(' ')} `.includes(` -sd ${storeDir} `)
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It went by itself.
  }
}
