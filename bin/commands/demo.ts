/** `sightline demo`: the whole pipeline on a simulated wildfire, watched live, with an account of every detection at the end. */
import type { Command } from 'commander'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { positiveNumber, wholeNumber } from '../arguments.ts'
import { Account, type Plan } from '../demo/account.ts'
import { paintFor } from '../demo/paint.ts'
import { ReceiverProcess } from '../demo/receiver-process.ts'
import { summaryOf } from '../demo/reckoning.ts'
import { perform } from '../demo/show.ts'
import { raiseSite, type Site, writeSample } from '../demo/site.ts'
import { summaryLines } from '../demo/summary.ts'
import { plainView, screenView } from '../demo/view.ts'
import { EXIT, ending, explain, wantsDebug } from '../exit.ts'
import { answer, answerJson, remark } from '../print.ts'

interface DemoOptions {
  readonly duration: number
  readonly rate: number
  readonly seed: number
  readonly outage?: number
  readonly stay?: boolean
  readonly tak?: string | true
  readonly json?: boolean
  readonly plain?: boolean
  readonly dataDir?: string
  readonly debug?: boolean
}

/** What the account of single detections can hold in memory without anybody noticing. */
const LONGEST_S = 3_600
const FASTEST = 2_000
const OUTAGE_S = 5
/** Of a short demo the outage takes no more than this share. */
const OUTAGE_SHARE = 1 / 6

const STOP_SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: 129 } as const
const ALIVE_MS = 2 ** 30

const EXAMPLES = `
It starts a broker, the service and a small TAK receiver, all on free ports of this machine with their data in
<data dir>/demo (emptied at each start), and plays a wildfire: a drone circling it, a tower camera, a satellite. After
two fifths of the time the TAK receiver is killed with -9 and comes back a little later. Everything that comes out is
simulated and says so: how is m-s and callsigns begin with SIM. Settings files and SIGHTLINE_* are left aside, and so is
COT_URL unless --tak is given; PYTAK_TLS_* then say who we are to that server.

At the end every detection has to be where it belongs: on its CoT subject and at the receiver, in the dead letters under
the right code, or counted as a duplicate. Ctrl-C stops early, still delivers what was published, and sums up.

Examples:
  sightline demo
  sightline demo --stay                     keep everything running afterwards, to look around
  sightline demo --duration 60 --rate 500
  sightline demo --tak tcp://tak.example:8087
  sightline demo --json --plain > summary.json

Exit codes: 0 every detection accounted for, 1 not, 2 wrong use, 4 drain incomplete, 130 or 143 second signal.`

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('play a simulated wildfire through the whole pipeline, live, and account for every detection')
    .option('--duration <s>', `seconds to play, up to ${LONGEST_S}`, positiveNumber, 30)
    .option('--rate <n>', `detections a second, up to ${FASTEST}`, positiveNumber, 100)
    .option('--seed <n>', 'the same seed plays the same scenario', wholeNumber(0, 2 ** 32 - 1), 7)
    .option(
      '--outage <s>',
      'how long the TAK receiver is dead; 0: not at all (default: 5, less in a short demo)',
      seconds,
    )
    .option('--stay', 'keep everything running afterwards, until Ctrl-C')
    .option('--tak [url]', 'send to this TAK server as well; without a URL, to that of COT_URL')
    .option('--json', 'the summary as JSON; the live view goes to standard error')
    .option('--plain', 'plain lines instead of a view that is redrawn')
    .option('--data-dir <dir>', 'directory in which the directory demo is made (SIGHTLINE_DATA_DIR, else .sightline)')
    .option('--debug', 'stack traces, and debug lines in the log')
    .addHelpText('after', EXAMPLES)
    .action(ending(demo))
}

async function demo(options: DemoOptions): Promise<number> {
  const plan = planOf(options)
  const stop = new AbortController()
  listenForSignals(stop)
  const alive = setInterval(() => undefined, ALIVE_MS)
  // The end of a pipe must not be the end of the account.
  process.stdout.removeAllListeners('error').on('error', () => undefined)
  try {
    return await present(plan, options, stop)
  } finally {
    clearInterval(alive)
  }
}

function planOf({ duration, rate, seed, outage }: DemoOptions): Plan {
  const wrong = (sentence: string) => new FaultError(fault('bad-field', sentence))
  if (duration > LONGEST_S) throw wrong(`--duration ${duration}: expected at most ${LONGEST_S} seconds`)
  if (rate > FASTEST) throw wrong(`--rate ${rate}: expected at most ${FASTEST} a second`)
  return { seed, durationS: duration, rate, outageS: outage ?? Math.min(OUTAGE_S, duration * OUTAGE_SHARE) }
}

async function present(plan: Plan, options: DemoOptions, stop: AbortController): Promise<number> {
  const { json = false, plain = false, debug = wantsDebug(), tak } = options
  const dataDir = options.dataDir ?? (process.env.SIGHTLINE_DATA_DIR || '.sightline')
  const stream = json ? process.stderr : process.stdout
  const say = json ? remark : answer
  say('Sightline demo: a wildfire seen by drone, tower and satellite; all simulated.')
  const receiver = new ReceiverProcess({
    onEvent: (...event) => account.received(...event),
    onStrange: (reason) => account.wonder(reason),
  })
  const account = new Account(plan, receiver)
  const site = await raiseSite({ dataDir, tak, debug, receiver, books: account.books, say: (line) => say(`  ${line}`) })
  try {
    const live = stream.isTTY === true && !plain ? screenView(stream, paintFor(stream)) : plainView(say)
    await perform(account, site, live, stop.signal)
    const summary = summaryOf(account, site, stop.signal.aborted)
    if (json) answerJson(summary)
    else for (const line of summaryLines(summary, paintFor(process.stdout))) answer(line)
    if (options.stay && !stop.signal.aborted) await stay(site, plan.seed, say, stop.signal)
    const { exitCode, fault: because } = await site.close()
    if (because !== undefined) explain(because, debug)
    if (exitCode !== EXIT.fine) return exitCode
    return summary.ok ? EXIT.fine : EXIT.fault
  } finally {
    await site.close()
  }
}

function seconds(text: string): number {
  return text.trim() === '0' ? 0 : positiveNumber(text)
}

/** The first signal ends the show, or the staying; the second ends the process. */
function listenForSignals(stop: AbortController): void {
  for (const [signal, exitCode] of Object.entries(STOP_SIGNALS)) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCode)
      stop.abort()
    })
  }
}

/** Says what there is to look at, and waits until it is told to stop. */
async function stay(site: Site, seed: number, say: (line: string) => void, stop: AbortSignal): Promise<void> {
  const { dataDir, service, receiver } = site
  const sample = writeSample(dataDir, seed)
  const lines = [
    'Still running, until Ctrl-C:',
    `  ${service.nats}  detections.<source> in, cot.> and deadletters.> out`,
    `  ${service.http}/api/v1/health, /metrics`,
    `  ${receiver.url}  the TAK receiver`,
    'Try, in another terminal:',
    `  export SIGHTLINE_DATA_DIR=${dataDir}`,
    '  npx sightline watch',
    '  npx sightline status',
    `  npx sightline publish --rate 2 --fresh-time ${sample}`,
  ]
  for (const line of lines) say(line)
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined)
    else stop.addEventListener('abort', () => resolve(undefined))
  })
  await Promise.race([stopped, service.ended])
}
