/**
 * One data directory has one writer, held by a lock file.
 *
 * The file names its owner and appears whole or not at all: it is written aside and link(2)ed into place. A lock is
 * replaced only by whoever holds the claim on that very lock (a second lock file named by the first one's nonce), and
 * only after reading the lock again under the claim; so of two processes that find a dead owner, one wins and the
 * other sees the winner. A claim is a lock like any other, so an owner that dies while claiming is handled the same way.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { FaultError, fault } from '../fault/fault.ts'

interface Owner {
  readonly pid: number
  /** When the process started, in the system's own words; tells a reused pid from the owner. */
  readonly started: string
  /** Changes with every boot: no owner outlives it. */
  readonly boot: string
  /** Host and pid namespace in which the pid means something. */
  readonly space: string
  readonly nonce: string
}

const BEAT_MS = 5_000
/** An owner whose pid means nothing here counts as dead after so long without a beat. */
const SILENT_MS = 30_000
const MAX_ATTEMPTS = 50

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** When a process started; `dead` for one that has ended and only waits for its parent to notice. */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat !== '') {
    // The name (field 2) may hold spaces and parentheses; the state follows it, the start time is the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? '')
  }
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'lstart='], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

function pidSpace(): string {
  let namespace = ''
  try {
    namespace = fs.readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: the host name alone has to do.
  }
  return `${os.hostname()} ${namespace}`
}

function describeSelf(): Owner {
  return {
    pid: process.pid,
    started: startOf(process.pid),
    boot: readText('/proc/sys/kernel/random/boot_id'),
    space: pidSpace(),
    nonce: randomUUID(),
  }
}

/** Stands for whoever left a lock that cannot be read; only its heartbeat says whether it lives. */
const UNREADABLE: Owner = { pid: 0, started: '', boot: '', space: '', nonce: 'unreadable' }

function readOwner(file: string): Owner | undefined {
  if (!fs.existsSync(file)) return undefined
  try {
    return JSON.parse(readText(file)) as Owner
  } catch {
    return UNREADABLE
  }
}

/** On disk before it gets its name, so that a power cut leaves no lock without an owner. */
function writeDurably(file: string, owner: Owner): void {
  const handle = fs.openSync(file, 'w', 0o600)
  try {
    fs.writeSync(handle, JSON.stringify(owner))
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

function isAlive(owner: Owner, file: string, self: Owner): boolean {
  if (owner.space !== self.space) {
    // Another host or container: its pid cannot be looked up here, its heartbeat can.
    try {
      return Date.now() - fs.statSync(file).mtimeMs < SILENT_MS
    } catch {
      return false
    }
  }
  if (owner.boot !== self.boot) return false
  try {
    process.kill(owner.pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const started = startOf(owner.pid)
  return started === '' || started === owner.started
}

function refuse(owner: Owner, file: string): never {
  const where = owner.space.split(' ')[0] === os.hostname() ? '' : ` on ${owner.space.split(' ')[0]}`
  throw new FaultError(
    fault('store-locked', `The data directory ${path.dirname(file)} is held by process ${owner.pid}${where}.`),
  )
}

/** Takes `file` for `self`, or throws `store-locked` when its owner lives. */
function take(file: string, self: Owner, depth: number): void {
  const own = `${file}.${self.nonce}`
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    writeDurably(own, self)
    try {
      fs.linkSync(own, file)
      return
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    } finally {
      fs.rmSync(own, { force: true })
    }
    const owner = readOwner(file)
    if (owner === undefined) continue // Given back since.
    if (isAlive(owner, file, self) || depth > 8) refuse(owner, file)
    const claim = `${file}.claim-${owner.nonce}`
    take(claim, self, depth + 1)
    try {
      // Under the claim nobody else replaces a lock of this nonce; if it changed meanwhile, look again.
      if (readOwner(file)?.nonce === owner.nonce) {
        writeDurably(own, self)
        fs.renameSync(own, file)
        return
      }
    } finally {
      fs.rmSync(claim, { force: true })
    }
  }
  throw new FaultError(fault('store-locked', `The lock ${file} changed hands too often to be taken.`))
}

/** True when a living process holds the lock. */
export function isHeld(file: string): boolean {
  const owner = readOwner(file)
  return owner !== undefined && isAlive(owner, file, describeSelf())
}

/** A held lock. */
export interface DirectoryLock {
  /** Gives the directory back. Safe to call twice. */
  release(): void
}

/**
 * Takes the directory's lock at `file` for this process.
 * @throws FaultError `store-locked`, naming the pid, when another live process (or this one) holds it.
 */
export function lockDirectory(file: string): DirectoryLock {
  const self = describeSelf()
  take(file, self, 0)
  const beat = setInterval(() => {
    const now = new Date()
    fs.utimes(file, now, now, () => {})
  }, BEAT_MS)
  beat.unref()
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      clearInterval(beat)
      if (readOwner(file)?.nonce === self.nonce) fs.rmSync(file, { force: true })
    },
  }
}
