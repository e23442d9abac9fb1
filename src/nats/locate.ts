/** Finds the nats-server program on this machine, or says exactly how to get it. */
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { FaultError, fault } from '../fault/fault.ts'

/** Oldest release whose behaviour was checked: Debian's. */
export const OLDEST_BROKER = '2.9.10'

const PROGRAM = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server'

/** Where packages put it although a service's PATH may not say so. */
const USUAL_PLACES = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin']

const HOW_TO_GET_IT = [
  'Debian or Ubuntu: sudo apt-get install -y nats-server',
  'macOS: brew install nats-server',
  'Docker: docker run -d --name nats -p 127.0.0.1:4222:4222 nats:latest -js, then SIGHTLINE_NATS_URL=nats://127.0.0.1:4222',
  'elsewhere: download it from https://github.com/nats-io/nats-server/releases and set NATS_SERVER_BIN to its path',
].join('\n  ')

/**
 * Path of the nats-server program: `NATS_SERVER_BIN` when it is set, else the first one on PATH, else in the usual places.
 * @throws FaultError `broker-missing` with the commands that install it
 */
export function locateBroker(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env.NATS_SERVER_BIN
  if (named !== undefined && named !== '') {
    if (isProgram(named)) return named
    throw new FaultError(
      fault('broker-missing', `NATS_SERVER_BIN names ${named}, which is not a program that can be run`),
    )
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...USUAL_PLACES]
  for (const folder of folders) {
    const path = join(folder, PROGRAM)
    if (isProgram(path)) return path
  }
  throw new FaultError(
    fault(
      'broker-missing',
      `No nats-server was found on PATH or in ${USUAL_PLACES.join(', ')}. Get it with\n  ${HOW_TO_GET_IT}`,
    ),
  )
}

/**
 * The version a nats-server program reports, such as `2.9.10`.
 * @throws FaultError `broker-missing` when it does not run or is older than {@link OLDEST_BROKER}
 */
export async function brokerVersion(binary: string): Promise<string> {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(binary, ['--version'], { timeout: 5_000 }, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(new FaultError(fault('broker-missing', `${binary} does not run: ${error.message}`, { cause: error })))
    })
  })
  const version = /(\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (version === undefined) {
    throw new FaultError(
      fault('broker-missing', `${binary} is no nats-server: it answered "${output.trim().slice(0, 80)}"`),
    )
  }
  if (isOlder(version, OLDEST_BROKER)) {
    throw new FaultError(
      fault(
        'broker-missing',
        `${binary} is nats-server ${version}; ${OLDEST_BROKER} or newer is needed. Get it with\n  ${HOW_TO_GET_IT}`,
      ),
    )
  }
  return version
}

/** True when version `a` comes before version `b` (both `major.minor.patch`). */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function numbers(version: string): number[] {
  return version.split(/[.-]/, 3).map((part) => Number.parseInt(part, 10) || 0)
}

function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
