/** The command line of the bench: what may be said, what is refused, and help that teaches. */
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { eachWholeNumber, positiveNumber, wholeNumber } from '../bin/arguments.ts'
import { GROUP_NAMES, GROUPS, type Group, type Wish } from './plan.ts'

export interface Arguments {
  readonly wish: Wish
  readonly profile: boolean
  readonly json: boolean
  readonly output: string | undefined
  readonly baseline: string | undefined
  /** Share by which a number may be worse than the baseline's, beyond what both spread. */
  readonly threshold: number
}

interface Given {
  readonly scenario?: readonly Group[]
  readonly all?: true
  readonly smoke?: true
  readonly requests?: number
  readonly rate?: readonly number[]
  readonly duration?: number
  readonly users?: number
  readonly rounds?: number
  readonly profile?: true
  readonly json?: true
  readonly output?: string
  readonly baseline?: string
  readonly threshold?: number
}

const DEFAULT_THRESHOLD_PERCENT = 15

const TEACHING = `
Scenarios:
${GROUP_NAMES.map((name) => `  ${name.padEnd(12)}${GROUPS[name]}`).join('\n')}

What is measured is a real service process in durable mode with every stage on, a real nats-server, and one TCP TAK sink
in a process of its own. What bounds it is measured in the same rounds, and each result is shown as a share of it. After
each round every detection is counted: a run that lost one fails with 1, whatever its speed. docs/performance.md says more.

Examples:
  npm run bench                                          throughput, steady and the ceilings; some minutes
  npm run bench -- --all --output today.json             everything
  npm run bench -- --scenario steady --rate 2000 --duration 30
  npm run bench -- --scenario throughput --profile       and where the service spent its time
  npm run bench -- --baseline bench/baseline.json        what changed; 3 when something got worse beyond noise
  npm run bench -- --smoke                               a minute: does it still work? Never fails on speed

Exit codes: 0 fine, 1 a broken run, 2 wrong use, 3 worse than the baseline.`

/** Reads the arguments, or prints what they asked for or got wrong. @returns the exit code when there is nothing to run */
export function readArguments(args: readonly string[]): Arguments | number {
  const command = commandLine()
  try {
    command.parse([...args], { from: 'user' })
    return checked(command.opts<Given>(), command)
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0 ? 0 : 2
  }
}

function commandLine(): Command {
  return new Command('npm run bench --')
    .description('Measures Sightline on this machine, beside what bounds it.')
    .helpOption('-h, --help', 'explain, with examples')
    .option('--scenario <name>', `one of ${GROUP_NAMES.join(', ')}; may be given again`, groups)
    .option('--all', 'every scenario')
    .option('--smoke', 'a little of everything, in under a minute')
    .option('--requests <n>', 'detections in each drained stream (default 50,000)', wholeNumber(100, 5_000_000))
    .option('--rate <n>', 'steady: detections a second; may be given again (default 500 and 1,000)', eachWholeNumber(1))
    .option('--duration <s>', 'steady: seconds at each rate, after warming up (default 10)', positiveNumber)
    .option('--users <n>', 'steady: producers with a connection each (default 1)', wholeNumber(1, 1_000))
    .option('--rounds <n>', 'rounds to take the median of (default 3)', wholeNumber(1, 100))
    .option('--profile', 'CPU profile of the service: the busiest functions, and a file for each scenario')
    .option('--output <file>', 'write the report as JSON')
    .option('--baseline <file>', 'compare with an earlier report')
    .option(
      '--threshold <percent>',
      `worse by more than this is a regression (default ${DEFAULT_THRESHOLD_PERCENT})`,
      positiveNumber,
    )
    .option('--json', 'the report as JSON on standard output instead of tables')
    .allowExcessArguments(false)
    .addHelpText('after', TEACHING)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'bench: ')) })
    .showHelpAfterError('  "npm run bench -- --help" shows how.')
}

function groups(text: string, before: readonly Group[] = []): Group[] {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !Object.hasOwn(GROUPS, name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no scenario "${unknown}".`)
  return [...before, ...(names as Group[])]
}

function checked(given: Given, command: Command): Arguments {
  const refuse = (sentence: string) => command.error(`bench: ${sentence}`, { exitCode: 2 })
  const { scenario, all, smoke } = given
  if (scenario !== undefined && all) refuse('--all runs every scenario: leave out --scenario, or --all')
  const has = (...names: readonly Group[]) => scenario === undefined || scenario.some((name) => names.includes(name))
  if (!has('steady')) {
    for (const option of ['rate', 'duration', 'users'] as const)
      if (given[option] !== undefined) refuse(`--${option} means something for steady only`)
  }
  if (given.requests !== undefined && !has('throughput', 'batch', 'duplicates', 'poison', 'ceilings'))
    refuse('--requests means something for drained streams only')
  if (given.profile && !has('throughput', 'steady', 'batch', 'duplicates', 'poison'))
    refuse('--profile looks at the service, which none of these scenarios starts')
  if (given.threshold !== undefined && given.baseline === undefined) refuse('--threshold needs a --baseline')
  return {
    wish: {
      ...(scenario && { groups: scenario }),
      ...(all && { all }),
      ...(smoke && { smoke }),
      ...(given.requests !== undefined && { requests: given.requests }),
      ...(given.rate && { rates: given.rate }),
      ...(given.duration !== undefined && { durationSeconds: given.duration }),
      ...(given.users !== undefined && { users: given.users }),
      ...(given.rounds !== undefined && { rounds: given.rounds }),
    },
    profile: given.profile ?? false,
    json: given.json ?? false,
    output: given.output,
    baseline: given.baseline,
    threshold: (given.threshold ?? DEFAULT_THRESHOLD_PERCENT) / 100,
  }
}
