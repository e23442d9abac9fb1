/** `sightline deadletters`: what could not go on, why, and another chance for it. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { FAULTS, type FaultCode, STAGES } from '../../src/fault/table.ts'
import type { ReplayReport } from '../../streams/replay.ts'
import { eachWholeNumber, wholeNumber } from '../arguments.ts'
import { confirmed } from '../confirm.ts'
import { atLetterDesk, gathered, type LetterDesk, type Selection } from '../dead-letters.ts'
import { EXIT, ending } from '../exit.ts'
import { bytes, count, counted } from '../figures.ts'
import { type LetterRow, letterPage, letterTable, tally } from '../letter-page.ts'
import { answer, answerJson, remark } from '../print.ts'
import { Progress } from '../progress.ts'
import { type Ask, atServiceDesk, type DeskOptions } from '../service-desk.ts'
import { withCommonOptions } from '../settings.ts'

interface LetterOptions extends DeskOptions {
  readonly json?: boolean
  readonly code?: FaultCode
  readonly source?: string
  readonly stage?: string
  readonly from?: number
  readonly limit: number
}

interface ActOptions extends LetterOptions {
  readonly all?: boolean
  readonly yes?: boolean
}

/** Letters sent in one question, so that its answer comes in time. */
const AT_A_TIME = 100
const ACT_MS = 120_000
const LIST_LIMIT = 50
const ACT_LIMIT = 1_000

const ABOUT = `
A detection that is wrong, cannot be located, or is refused by a sink for good becomes a dead letter, with its exact
bytes and a named reason; docs/faults.md says what each code means and what to do. The store holds them; ls and show
read it directly while no service runs. deadletters.<stage> on the broker carries copies.

Examples:
  sightline deadletters ls --code camera-unknown
  sightline deadletters show 17
  sightline deadletters show 17 --raw > bad.json
  sightline deadletters replay --code camera-unknown      after registering the camera
  sightline deadletters purge --source test-rig --yes`

const REPLAY_HELP = `
A letter of the pipeline goes back to its subject and is judged anew; one that a sink rejected is offered to that sink
again. A letter that was taken disappears; if it fails again, it comes back under a new number.
At most --limit letters in one go, oldest first. On a terminal it asks before it begins.

Examples:
  sightline deadletters replay 17 18
  sightline deadletters replay --source tower-3 --limit 10
  sightline deadletters replay --all --yes

Exit codes: 0 all that were chosen, 1 some could not be or no service runs, 2 wrong use.`

const PURGE_HELP = `
What is purged is gone, bytes and all; copies on the broker stay until they are too old.

Examples:
  sightline deadletters purge 17
  sightline deadletters purge --code bad-json --yes
  sightline deadletters purge --all --limit 100000 --yes`

export function deadlettersCommand(program: Command): void {
  const group = program
    .command('deadletters')
    .description('list, show, replay and purge what could not go on')
    .addHelpText('after', ABOUT)

  common(group.command('ls').description('list them, oldest first'), LIST_LIMIT)
    .addHelpText('after', '\nExit codes: 0 fine, also when there are none; 1 fault; 2 wrong use.')
    .action(ending(list))

  withDesk(group.command('show').description('one of them: its headers, then its bytes'))
    .argument('<seq>', 'its number', wholeNumber(1))
    .option('--raw', 'its exact bytes, and nothing else')
    .addHelpText('after', '\nExamples:\n  sightline deadletters show 17\n  sightline deadletters show 17 --raw | jq .')
    .action(ending(show))

  acting(group.command('replay').description('give them another chance'))
    .addHelpText('after', REPLAY_HELP)
    .action(ending(replay))

  acting(group.command('purge').description('delete them')).addHelpText('after', PURGE_HELP).action(ending(purge))
}

function withDesk(command: Command): Command {
  return withCommonOptions(command)
    .option('--json', 'the answer as JSON')
    .option('--nats <url>', 'broker of the service, when it runs elsewhere')
}

function common(command: Command, limit: number): Command {
  return withDesk(command)
    .option('--code <code>', 'only this fault code, such as camera-unknown', faultCode)
    .option('--source <source>', 'only from this source')
    .addOption(new Option('--stage <stage>', 'only from this stage').choices(STAGES))
    .option('--from <seq>', 'only from this number on', wholeNumber(0))
    .option('--limit <n>', 'at most so many', wholeNumber(1), limit)
}

function acting(command: Command): Command {
  return common(command, ACT_LIMIT)
    .argument('[seq...]', 'numbers of single letters', eachWholeNumber(1))
    .option('--all', 'all of them')
    .option('-y, --yes', 'do not ask')
}

function faultCode(text: string): FaultCode {
  if (Object.hasOwn(FAULTS, text)) return text as FaultCode
  throw new InvalidArgumentError('There is no such fault code; docs/faults.md has them all.')
}

const selectionOf = ({ code, source, stage, from }: LetterOptions): Selection => ({
  code,
  source,
  stage,
  fromSeq: from,
})

async function list(options: LetterOptions): Promise<number> {
  const { total, letters } = await atLetterDesk(options, (desk) => desk.list(selectionOf(options), options.limit))
  if (options.json) {
    answerJson({ total, letters })
    return EXIT.fine
  }
  if (letters.length === 0) answer(total === 0 ? 'There are no dead letters.' : `None of ${count(total)} matches.`)
  else for (const line of letterTable(letters)) answer(line)
  const last = letters.at(-1)
  if (last !== undefined && letters.length === options.limit) {
    remark(
      `${count(letters.length)} shown, ${count(total)} in all; go on with --from ${last.seq + 1}, or raise --limit`,
    )
  }
  return EXIT.fine
}

async function show(
  seq: number,
  options: DeskOptions & { readonly json?: boolean; readonly raw?: boolean },
): Promise<number> {
  if (options.raw && options.json) throw new FaultError(fault('bad-field', '--raw and --json: one of the two'))
  await atLetterDesk(options, async (desk: LetterDesk) => {
    if (options.raw) {
      process.stdout.write(await desk.original(seq))
      return
    }
    const page = await desk.show(seq)
    if (options.json) answerJson(page)
    else for (const line of letterPage(page)) answer(line)
  })
  return EXIT.fine
}

/** What is to be done with letters, and how it is told. */
interface Deed {
  /** Such as `replay`; the question and the progress line begin with it. */
  readonly verb: string
  readonly doing: string
  act(ask: Ask, seqs: readonly number[]): Promise<Done>
}

interface Done {
  readonly done: number
  readonly failed: ReplayReport['failed']
}

const REPLAY: Deed = {
  verb: 'replay',
  doing: 'replaying',
  act: async (ask, seqs) => {
    const { replayed, failed } = await ask<ReplayReport>('deadletters-replay', { seqs, limit: seqs.length }, ACT_MS)
    return { done: replayed.length, failed }
  },
}

const PURGE: Deed = {
  verb: 'purge',
  doing: 'purging',
  act: async (ask, seqs) => {
    const { purged } = await ask<{ purged: number }>('deadletters-purge', { seqs, limit: seqs.length }, ACT_MS)
    return { done: purged, failed: [] }
  },
}

const replay = (seqs: readonly number[], options: ActOptions): Promise<number> => act(REPLAY, seqs, options)
const purge = (seqs: readonly number[], options: ActOptions): Promise<number> => act(PURGE, seqs, options)

/** Chooses, asks the person, does it a hundred at a time, and says what became of them. */
async function act(deed: Deed, seqs: readonly number[], options: ActOptions): Promise<number> {
  refuseVague(deed, seqs, options)
  return await atServiceDesk(options, async (ask) => {
    const chosen = seqs.length > 0 ? seqs.slice(0, options.limit) : await choose(ask, options)
    const question = `${deed.verb} ${counted(chosen.length, 'dead letter')}?`
    if (chosen.length > 0 && !options.yes && !(await confirmed(question))) {
      remark('Nothing was done.')
      return EXIT.fine
    }
    const { done, failed } = await inPortions(deed, ask, chosen)
    if (options.json)
      answerJson({
        chosen: chosen.length,
        done,
        failed: failed.map(({ seq, fault: f }) => ({ seq, code: f.code, reason: f.reason })),
      })
    else answer(`${deed.verb}: ${count(done)} of ${counted(chosen.length, 'dead letter')} done`)
    for (const { seq, fault: f } of failed) remark(`sightline: dead letter ${seq} stays: ${f.reason} [${f.code}]`)
    return done === chosen.length ? EXIT.fine : EXIT.fault
  })
}

/** What deletes or sends must say what it means. */
function refuseVague({ verb }: Deed, seqs: readonly number[], { all, code, source, stage, from }: ActOptions): void {
  const filtered = [code, source, stage, from].some((given) => given !== undefined)
  if (seqs.length > 0 && (all || filtered)) {
    throw new FaultError(fault('bad-field', `${verb}: either numbers, or --all or a filter`))
  }
  if (seqs.length === 0 && !all && !filtered) {
    throw new FaultError(
      fault('bad-field', `${verb}: which ones? Give numbers, --code, --source, --stage, --from or --all`),
    )
  }
}

async function choose(ask: Ask, options: ActOptions): Promise<number[]> {
  const { letters } = await gathered(selectionOf(options), options.limit, (filter, limit) =>
    ask<{ total: number; letters: readonly LetterRow[] }>('deadletters-list', { filter, limit }),
  )
  if (letters.length > 0) remark(`${tally(letters)}; ${bytes(letters.reduce((sum, { bytes: size }) => sum + size, 0))}`)
  return letters.map(({ seq }) => seq)
}

async function inPortions(deed: Deed, ask: Ask, seqs: readonly number[]): Promise<Done> {
  const progress = new Progress({ label: deed.doing, unit: 'dead letters' })
  const failed: ReplayReport['failed'][number][] = []
  let done = 0
  try {
    for (let at = 0; at < seqs.length; at += AT_A_TIME) {
      const portion = await deed.act(ask, seqs.slice(at, at + AT_A_TIME))
      done += portion.done
      failed.push(...portion.failed)
      progress.update(done, Math.min(1, (at + AT_A_TIME) / seqs.length))
    }
  } finally {
    progress.finish()
  }
  return { done, failed }
}
