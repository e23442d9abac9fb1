/** The bench: measures the service on this machine beside what bounds it, and says what changed. See --help. */
import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { remark } from '../bin/print.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { BrokenRun } from './broken-run.ts'
import { busiest, readProfile } from './measure/cpu-profile.ts'
import { machineFacts } from './measure/machine.ts'
import { planFor } from './plan.ts'
import { compare, regressions } from './report/compare.ts'
import { comparisonLines, profileLines, reportLines } from './report/print.ts'
import { RunProgress } from './report/progress.ts'
import { type Report, readReport, reportOf, rounded, writeReport } from './report/report.ts'
import { type Profiles, run } from './run.ts'

const EXIT = { fine: 0, broken: 1, usage: 2, regression: 3 } as const
const FUNCTIONS = 25

async function bench(given: Arguments, baseline: Report | undefined): Promise<number> {
  const plan = planFor(given.wish)
  const machine = machineFacts()
  const takenAt = new Date().toISOString()
  const { samples, profiles } = await run(plan, given.profile, new RunProgress())
  const { smoke = false } = given.wish
  const report = reportOf(plan.benches, samples, {
    takenAt,
    machine,
    rounds: plan.rounds,
    smoke,
    profiled: given.profile,
  })
  if (given.output !== undefined) writeReport(given.output, report)
  show(report, profiles, given)
  return baseline === undefined ? EXIT.fine : judged(report, baseline, given)
}

function show(report: Report, profiles: Profiles, { json }: Arguments): void {
  if (json) process.stdout.write(`${JSON.stringify(report, rounded, 2)}\n`)
  else process.stdout.write(`${reportLines(report).join('\n')}\n`)
  for (const [name, file] of profiles) print(profileLines(name, file, busiest(readProfile(file), FUNCTIONS)), json)
}

function judged(report: Report, baseline: Report, { baseline: file = '', threshold, json }: Arguments): number {
  const comparison = compare(report, baseline, threshold)
  print(comparisonLines(comparison, file), json)
  const worse = regressions(comparison)
  if (worse.length === 0) return EXIT.fine
  remark(`bench: worse beyond noise: ${worse.map(({ bench: name, label }) => `${name}, ${label}`).join('; ')}`)
  return EXIT.regression
}

/** The exit code of the bench, whatever becomes of it. */
async function ended(given: Arguments, baseline: Report | undefined): Promise<number> {
  try {
    return await bench(given, baseline)
  } catch (thrown) {
    const because = thrown instanceof Error ? thrown.message : String(thrown)
    remark(thrown instanceof BrokenRun ? `bench: BROKEN RUN: ${because}` : `bench: ${because}`)
    if (process.env.SIGHTLINE_DEBUG && thrown instanceof Error) remark(thrown.stack ?? '')
    return EXIT.broken
  }
}

/** Before anything is measured: what is wrong with a file should not be found out after some minutes. */
function baselineOf({ baseline: file, output }: Arguments): Report | undefined {
  try {
    if (output !== undefined) accessSync(dirname(resolve(output)), constants.W_OK)
    return file === undefined ? undefined : readReport(file)
  } catch (thrown) {
    remark(`bench: ${thrown instanceof Error ? thrown.message : thrown}`)
    process.exit(EXIT.usage)
  }
}

/** Beside a report in JSON, what is for people goes to standard error. */
function print(lines: readonly string[], aside: boolean): void {
  const stream = aside ? process.stderr : process.stdout
  stream.write(`${lines.join('\n')}\n`)
}

// Leaving by process.exit lets everything that was started be ended and removed.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code))

const given = readArguments(process.argv.slice(2))
if (typeof given === 'number') process.exit(given)
const code = await ended(given, baselineOf(given))
// Whatever a broken run left open must not keep us from saying so.
process.stdout.write('', () => process.exit(code))
