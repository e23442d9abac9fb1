/** Runs programs of these tests in processes of their own and reads what they say. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Program {
  readonly child: ChildProcessWithoutNullStreams
  /** Whole lines so far. */
  readonly lines: string[]
  readonly errors: () => string
  /** Resolves with the exit code, or the signal, when it is over and all of its output is read. */
  readonly over: Promise<number | string>
}

function follow(child: ChildProcessWithoutNullStreams): Program {
  const lines: string[] = []
  let rest = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.filter((line) => line !== ''))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const over = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return { child, lines, errors: () => errors, over }
}

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** Runs a file of this folder under this Node. */
export function run(name: string, ...args: string[]): Program {
  return follow(spawn(process.execPath, [pathOf(name), ...args]))
}

/** The same, in a process that may not write files larger than so many KiB. */
export function runLimited(fileKiB: number, name: string, ...args: string[]): Program {
  const command = `ulimit -f ${fileKiB} && exec "$0" "$@"`
  return follow(spawn('bash', ['-c', command, process.execPath, pathOf(name), ...args]))
}
