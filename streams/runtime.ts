/** `runtime.json` in the data directory: how commands find the running service and its embedded broker. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Runtime {
  readonly pid: number
  readonly instance: string
  readonly version: string
  readonly startedAt: string
  /** Where the broker listens, without secrets. */
  readonly nats: string
  readonly embedded: boolean
  readonly http: string
}

const pathIn = (dataDir: string): string => join(dataDir, 'runtime.json')

export function writeRuntime(dataDir: string, runtime: Runtime): void {
  writeFileSync(pathIn(dataDir), `${JSON.stringify(runtime, null, 2)}\n`, { mode: 0o600 })
}

export function removeRuntime(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true })
}

/** What the file says, if it is there and its process lives. */
export function readRuntime(dataDir: string): Runtime | undefined {
  try {
    const runtime = JSON.parse(readFileSync(pathIn(dataDir), 'utf8')) as Runtime
    process.kill(runtime.pid, 0)
    return runtime
  } catch (error) {
    // A live process of another user answers EPERM; everything else means: not running.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
      ? JSON.parse(readFileSync(pathIn(dataDir), 'utf8'))
      : undefined
  }
}
