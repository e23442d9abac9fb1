/**
 * One of our own commands in a process of its own: what it answers, and how it ended.
 *
 * A damaged LMDB file is mapped memory without checksums, and can end the process that reads it without a word. What
 * looks at a store that may be damaged is done where that can be seen.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { FaultError, fault } from '../src/fault/fault.ts'

export interface OwnEnding {
  /** The JSON it answered; undefined when there was none. */
  readonly answer: unknown
  /** What it said on standard error. */
  readonly said: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface OwnOptions {
  /** Show what it says on standard error as it says it, instead of collecting it. */
  readonly aloud: boolean
  /** Ends it when it takes longer. */
  readonly timeoutMs?: number
}

const MAIN = path.join(import.meta.dirname, `main${path.extname(import.meta.filename)}`)

/** Runs `sightline <args>`, which must answer with JSON. */
export async function runOwn(args: readonly string[], { aloud, timeoutMs }: OwnOptions): Promise<OwnEnding> {
  const child = spawn(process.execPath, [...process.execArgv, MAIN, ...args], {
    stdio: ['ignore', 'pipe', aloud ? 'inherit' : 'pipe'],
    ...(timeoutMs !== undefined && { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
  })
  const answered: Buffer[] = []
  const said: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => answered.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { answer: parsed(Buffer.concat(answered)), said: Buffer.concat(said).toString().trim(), code, signal }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** The fault of a store whose reader was killed by it. */
export function killedByStore(dir: string, signal: NodeJS.Signals): FaultError {
  return new FaultError(
    fault(
      'store-damaged',
      `Reading the store in ${dir} ended the process with ${signal}: the file is damaged, or its disk is.\n` +
        '  sightline store verify              says what is damaged\n' +
        '  sightline store salvage NEW_DIR     copies what is whole into a new store',
    ),
  )
}
