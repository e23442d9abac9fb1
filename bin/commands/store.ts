/** `sightline store`: is the journal whole, what is in it, and what can be saved of it. */
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { StoreStats } from '../../src/port/journal.ts'
import type { Problem } from '../../src/store/inspection.ts'
import type { SalvageReport } from '../../src/store/salvage.ts'
import type { VerifyReport } from '../../src/store/verify.ts'
import { EXIT, ending } from '../exit.ts'
import { bytes, count, counted } from '../figures.ts'
import { killedByStore, runOwn } from '../own-process.ts'
import { answer, answerJson, shown } from '../print.ts'
import { Progress } from '../progress.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from '../settings.ts'

interface StoreOptions extends CommonOptions {
  readonly json?: boolean
  /** Set by ourselves for the process that does the reading. */
  readonly here?: boolean
}

const PROBLEMS_SHOWN = 50

const ABOUT = `
The store is journal.mdb in the data directory: events with a cursor for each sink, ids that were seen, dead letters.
verify and salvage need it for themselves: stop the service first. stats may be asked at any time.

Examples:
  sightline store stats
  sightline store verify
  sightline store salvage .sightline-saved     then: sightline up --data-dir .sightline-saved`

const SALVAGE_HELP = `
The original is only read. What the trees no longer reach is looked for in the whole file by its own bytes; what is gone
is named by its numbers. The new directory takes the old one's place: start the service with --data-dir on it. An
embedded broker keeps its own data in the folder broker of the data directory: move that folder along.

Exit codes: 0 saved without loss, 1 saved and something is lost, or nothing could be saved; 2 wrong use or settings.`

export function storeCommand(program: Command): void {
  const group = program
    .command('store')
    .description('verify the journal, salvage it, count it')
    .addHelpText('after', ABOUT)
  ofStore(group.command('verify').description('read every record and name what is damaged'))
    .addOption(new Option('--here').hideHelp())
    .addHelpText('after', '\nExit codes: 0 whole, 1 damaged or in use, 2 wrong use or settings.')
    .action(ending(verify))
  ofStore(group.command('salvage').description('copy what is whole into a new directory'))
    .argument('<target>', 'directory without a store')
    .addHelpText('after', SALVAGE_HELP)
    .action(ending(salvage))
  ofStore(group.command('stats').description('how much is in it, also while the service runs'))
    .addOption(new Option('--here').hideHelp())
    .addHelpText('after', '\nExit codes: 0 fine, 1 there is none or it cannot be read, 2 wrong use or settings.')
    .action(ending(stats))
}

const ofStore = (command: Command): Command => withCommonOptions(command).option('--json', 'the answer as JSON')

const dirOf = (options: StoreOptions): string => resolve(settingsFor(options).dataDir)

/** Runs the command again in a process of its own; undefined when that one has said what is wrong. */
async function elsewhere<T>(what: string, dir: string, { debug }: StoreOptions): Promise<T | undefined> {
  const args = ['store', what, '--here', '--json', '--data-dir', dir, ...(debug ? ['--debug'] : [])]
  const { answer: report, signal } = await runOwn(args, { aloud: true })
  if (signal !== null) throw killedByStore(dir, signal)
  return report as T | undefined
}

async function verify(options: StoreOptions): Promise<number> {
  const dir = dirOf(options)
  const report = options.here ? await verifyHere(dir) : await elsewhere<VerifyReport>('verify', dir, options)
  if (report === undefined) return EXIT.fault
  if (options.json) answerJson(report)
  else for (const line of verifyLines(report, dir)) answer(line)
  return report.ok ? EXIT.fine : EXIT.fault
}

async function verifyHere(dir: string): Promise<VerifyReport> {
  const { verifyStore } = await import('../../src/store/verify.ts')
  const progress = new Progress({ label: 'verifying', unit: 'records' })
  try {
    return await verifyStore(dir, ({ done, total }) => progress.update(done, total > 0 ? done / total : undefined))
  } finally {
    progress.finish()
  }
}

function verifyLines(report: VerifyReport, dir: string): string[] {
  const { ok, events, tailSeq, headSeq, letters, sinks, seenKeys, outcomeRanges, lostEarlier } = report
  const lines = [
    `${dir}: ${ok ? 'whole' : 'DAMAGED'}`,
    `  ${counted(events, 'event')} (${tailSeq} to ${headSeq}), ${counted(letters, 'dead letter')}, ${counted(sinks, 'sink')}, ` +
      `${counted(seenKeys, 'id')} remembered, ${counted(outcomeRanges, 'range')} of outcomes`,
    ...(lostEarlier.length === 0 ? [] : [`  lost before, at an earlier salvage: ${rangesText(lostEarlier)}`]),
    ...problemLines(report.problems, report.problemCount),
  ]
  if (!ok) lines.push('Save what is whole: sightline store salvage NEW_DIR')
  return lines
}

async function salvage(target: string, options: StoreOptions): Promise<number> {
  const dir = dirOf(options)
  const { salvageStore } = await import('../../src/store/salvage.ts')
  const progress = new Progress({ label: 'salvaging', unit: 'done' })
  let report: SalvageReport
  try {
    report = await salvageStore(dir, resolve(target), ({ step, done, total }) => {
      progress.name(step)
      progress.update(done, total > 0 ? done / total : undefined)
    })
  } finally {
    progress.finish()
  }
  const whole = report.lostEvents.length === 0 && report.lostLetters === 0
  if (options.json) answerJson({ target: resolve(target), whole, ...report })
  else for (const line of salvageLines(report, target)) answer(line)
  return whole ? EXIT.fine : EXIT.fault
}

function salvageLines(report: SalvageReport, target: string): string[] {
  const { events, carvedEvents, lostEvents, letters, lostLetters, sinks, seenKeys } = report
  const gone = lostEvents.length === 0 ? 'none' : rangesText(lostEvents)
  const carved = carvedEvents > 0 ? `, ${count(carvedEvents)} of them found outside the trees` : ''
  return [
    `Saved into ${target}: ${counted(events, 'event')}${carved}, ${counted(letters, 'dead letter')}, ${counted(sinks, 'sink')}, ${counted(seenKeys, 'id')}`,
    `  events lost: ${gone}`,
    `  dead letters lost: ${lostLetters === undefined ? 'unknown, their count is gone too' : count(lostLetters)}`,
    ...problemLines(report.problems, report.problems.length),
    `Next: sightline store verify --data-dir ${target}, then sightline up --data-dir ${target}`,
  ]
}

function problemLines(problems: readonly Problem[], total: number): string[] {
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ table, reason, from, to }) => `  ! ${table}${placeText(from, to)}: ${shown(reason)}`)
  return total > lines.length
    ? [...lines, `  ! and ${counted(total - lines.length, 'problem')} more (--json lists them)`]
    : lines
}

function placeText(from: number | undefined, to: number | undefined): string {
  if (from === undefined && to === undefined) return ''
  return from === to ? ` ${from}` : ` ${from ?? ''} to ${to ?? ''}`
}

const rangesText = (ranges: readonly (readonly [number, number])[]): string =>
  ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(', ')

async function stats(options: StoreOptions): Promise<number> {
  const dir = dirOf(options)
  const report = options.here ? await statsHere(dir) : await elsewhere<StoreStats>('stats', dir, options)
  if (report === undefined) return EXIT.fault
  if (options.json) answerJson(report)
  else for (const line of statsLines(report, dir)) answer(line)
  return EXIT.fine
}

async function statsHere(dir: string): Promise<Partial<StoreStats>> {
  const { openReadOnly } = await import('../../src/store/journal.ts')
  const store = await openReadOnly(dir)
  try {
    // Commits are those of a process, and this one makes none.
    const { commits: _commits, commitMsP50: _p50, commitMsP99: _p99, ...known } = store.stats()
    return known
  } finally {
    await store.close()
  }
}

function statsLines(stats: Partial<StoreStats>, dir: string): string[] {
  const {
    headSeq = 0,
    tailSeq = 0,
    logBytes = 0,
    deadLetters = 0,
    fileBytes = 0,
    freeDiskBytes = 0,
    readersInUse = 0,
  } = stats
  return [
    `${dir}`,
    `  events        ${count(Math.max(0, headSeq - tailSeq + 1))} (${tailSeq} to ${headSeq}), ${bytes(logBytes)}`,
    `  dead letters  ${count(deadLetters)}`,
    `  file          ${bytes(fileBytes)}, disk free ${bytes(freeDiskBytes)}`,
    `  readers       ${count(readersInUse)}`,
  ]
}
