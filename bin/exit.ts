/** How the command line ends: exit codes, and faults as sentences instead of stack traces. */
import { FaultError, faultFrom } from '../src/fault/fault.ts'
import { FAULTS, type FaultCode } from '../src/fault/table.ts'

export const EXIT = {
  fine: 0,
  fault: 1,
  usage: 2,
  regression: 3,
  drainIncomplete: 4,
  escalated: 5,
  interrupted: 130,
  terminated: 143,
} as const

/** Faults that mean the command was used wrongly rather than that something broke. */
const USAGE: ReadonlySet<FaultCode> = new Set(['bad-settings', 'bad-field', 'not-found'])

/** True when stack traces are wanted; asked before any option is read, because reading them may be what fails. */
export function wantsDebug(args: readonly string[] = process.argv, env: NodeJS.ProcessEnv = process.env): boolean {
  return args.includes('--debug') || (env.SIGHTLINE_DEBUG ?? '') !== ''
}

/** Makes a command's action of a function that answers the exit code. */
export function ending<Args extends unknown[]>(
  run: (...args: Args) => number | Promise<number>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args)
  }
}

/** Says on standard error what was wrong and what to do; answers the exit code. */
export function explain(thrown: unknown, debug: boolean): number {
  const f = faultFrom(thrown)
  const { remedy } = FAULTS[f.code]
  const [first = '', ...more] = f.reason.trimEnd().split('\n')
  process.stderr.write(`sightline: ${first} [${f.code}]\n`)
  for (const line of more) process.stderr.write(`${line}\n`)
  // A reason of several lines says what to do itself.
  if (more.length === 0 && !f.reason.includes(remedy)) process.stderr.write(`  ${remedy}\n`)
  if (debug) process.stderr.write(`${stackOf(thrown)}\n`)
  else if (f.code === 'internal') process.stderr.write('  Run again with --debug for the stack trace.\n')
  return USAGE.has(f.code) ? EXIT.usage : EXIT.fault
}

function stackOf(thrown: unknown): string {
  const cause = thrown instanceof FaultError ? (thrown.cause ?? thrown) : thrown
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
