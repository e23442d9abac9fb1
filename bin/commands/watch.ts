/** `sightline watch`: what comes by on subjects of the broker, as it comes. */
import type { Command } from 'commander'
import { subjectsFor } from '../../src/cot/subject.ts'
import { type Fault, FaultError, fault } from '../../src/fault/fault.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { type WatchedMessage, watch as watchSubjects } from '../../src/nats/watch.ts'
import { wholeNumber } from '../arguments.ts'
import { brokerPlace, withBroker } from '../broker-place.ts'
import { jsonLine, personLine, rawLine } from '../event-line.ts'
import { EXIT, ending } from '../exit.ts'
import { count } from '../figures.ts'
import { remark } from '../print.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from '../settings.ts'
import { stderrLog } from '../stderr-log.ts'

interface WatchOptions extends CommonOptions {
  readonly nats?: string
  readonly type?: string
  readonly count?: number
  readonly json?: boolean
  readonly xml?: boolean
}

const EVERYTHING = 'cot.>'
const TOKEN = /^[^\s.*>]+$/
/** A reader that stalls costs events, not memory. */
const MOST_WAITING_BYTES = 16 * 2 ** 20

const EXAMPLES = `
The CoT type tree is the subject tree: a-h-G-E-V is published on cot.a.h.G.E.V. In NATS ">" needs one more token, so
everything in the air is two subjects, cot.a.*.A and cot.a.*.A.> ; --type subscribes to both.

Only what is published from now on is shown; the stream COT keeps the past. Other subjects work too: detections.> shows
what comes in, deadletters.> what could not go on and why.

A line is: time, type, callsign, latitude and longitude, radius of the 90 % circle, remarks, subject. With --json an
object a line; ceM, leM and haeM are null where the event says that they are unknown.

Examples:
  sightline watch
  sightline watch --type 'a-*-A'                    everything in the air
  sightline watch --json 'cot.a.*.G.>' | jq .uid
  sightline watch --xml --count 1
  sightline watch 'deadletters.>'

Exit codes: 0 stopped, or --count reached; 1 no broker or the connection was closed; 2 wrong use.`

export function watchCommand(program: Command): void {
  withCommonOptions(program.command('watch').description('show CoT events, or what is on any subject, as it comes'))
    .argument('[subject]', `NATS subject, wildcards allowed (default: ${EVERYTHING})`)
    .option('-t, --type <pattern>', 'CoT type and all under it, * for any one token')
    .option('-n, --count <n>', 'end after so many', wholeNumber(1))
    .option('--json', 'one JSON object a line')
    .option('--xml', 'the raw event, one a line')
    .option('--nats <url>', 'broker; else nats.url, else that of the running service, else nats://127.0.0.1:4222')
    .addHelpText('after', EXAMPLES)
    .action(ending(watch))
}

async function watch(subject: string | undefined, options: WatchOptions): Promise<number> {
  const subjects = subjectsOf(subject, options)
  const settings = settingsFor(options)
  const place = brokerPlace(settings, options.nats)
  const stop = new AbortController()
  // Once: a second signal ends the process at once, as signals do.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const missed = await withBroker(place, settings, stderrLog(options.debug === true, remark), (link) =>
    follow(link, subjects, options, stop.signal),
  )
  if (missed > 0) remark(`sightline: ${count(missed)} not shown, because standard output was not read in time`)
  return EXIT.fine
}

function subjectsOf(subject: string | undefined, { type, json, xml }: WatchOptions): string[] {
  const refuse = (sentence: string) => new FaultError(fault('bad-field', sentence))
  if (json && xml) throw refuse('--json and --xml: one of the two')
  if (type !== undefined) {
    if (subject !== undefined) throw refuse('a subject and --type: one of the two')
    return subjectsFor(type)
  }
  const chosen = subject ?? EVERYTHING
  const tokens = chosen.split('.')
  const valid = tokens.every(
    (token, at) => TOKEN.test(token) || token === '*' || (token === '>' && at === tokens.length - 1),
  )
  if (!valid) throw refuse(`"${chosen}" is no subject: expected tokens between dots, * for one, > for the rest`)
  return [chosen]
}

/** Prints until it is stopped or has enough; answers how many could not be printed. */
async function follow(
  link: BrokerConnection,
  subjects: readonly string[],
  options: WatchOptions,
  stop: AbortSignal,
): Promise<number> {
  const lineOf = options.xml
    ? rawLine
    : options.json
      ? (message: WatchedMessage) => JSON.stringify(jsonLine(message))
      : personLine
  const most = options.count ?? Number.POSITIVE_INFINITY
  let printed = 0
  let missed = 0
  const closed = Promise.withResolvers<Fault>()
  const enough = Promise.withResolvers<undefined>()
  stop.addEventListener('abort', () => enough.resolve(undefined))
  if (stop.aborted) enough.resolve(undefined)
  link.onClosed((because) => closed.resolve(because))

  const watching = watchSubjects(link, subjects, (message) => {
    if (printed >= most) return
    if (process.stdout.writableLength > MOST_WAITING_BYTES) {
      missed += 1
      return
    }
    printed += 1
    process.stdout.write(`${lineOf(message)}\n`)
    if (printed >= most) enough.resolve(undefined)
  })
  // What is said here must be true: from now on nothing is missed.
  await link.nc.flush()
  remark(`Watching ${subjects.join(' and ')} on ${link.server}; Ctrl-C ends.`)
  const because = await Promise.race([enough.promise, closed.promise])
  await watching.stop()
  if (because !== undefined) throw new FaultError(because)
  return missed
}
