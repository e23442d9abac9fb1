/** `sightline publish`: lines of JSON to the broker, each acknowledged, with a count of what was. */
import type { Command } from 'commander'
import { isSource } from '../../src/domain/schema.ts'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { type PublishCounts, publishAll } from '../../src/nats/publisher.ts'
import { positiveNumber, wholeNumber } from '../arguments.ts'
import { brokerPlace, withBroker } from '../broker-place.ts'
import { DetectionFiles } from '../detection-files.ts'
import { EXIT, ending } from '../exit.ts'
import { counted, duration, figure } from '../figures.ts'
import { answer, answerJson, remark } from '../print.ts'
import { Progress } from '../progress.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from '../settings.ts'
import { stderrLog } from '../stderr-log.ts'

interface PublishOptions extends CommonOptions {
  readonly nats?: string
  readonly source?: string
  readonly rate?: number
  readonly repeat: number
  readonly freshTime?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

/** Broken lines named one by one; beyond that they are only counted. */
const NAMED_LINES = 100

const EXAMPLES = `
Each line is a detection, an array of up to 1,000 of them, or a frame; blank lines are passed over. It goes to
detections.<source>, where the source is that of the line, or of --source where the line has none. Lines are sent byte
by byte as they are. A line that cannot be sent is named with file and line, and the rest goes on; what a detection
holds is judged by the service, so look at "sightline deadletters ls" afterwards.

Every message is acknowledged by the broker. What is in doubt after a lost connection is sent again under the same
message id, and stored once. The same file published again is another matter: its ids are known, and the service counts
them as duplicates. --repeat makes new observations of it: from the second time on, #2, #3 ... stands behind every id
(a detection without one gets a hash of its content). --fresh-time puts the moment of sending into every time, and @
with the start of the run behind every id.

Examples:
  sightline publish detections.jsonl
  sightline publish --source tower-3 day1.jsonl day2.jsonl
  my-detector | sightline publish --source drone-1 -
  sightline publish --rate 500 --repeat 20 --fresh-time sample.jsonl

Exit codes: 0 every line acknowledged, 1 a line was broken or something was not acknowledged, 2 wrong use.`

export function publishCommand(program: Command): void {
  withCommonOptions(
    program.command('publish').description('send detections, one JSON document a line, and count the acknowledgements'),
  )
    .argument('<file...>', 'files of JSON lines; - is standard input')
    .option('-s, --source <name>', 'source of lines that name none')
    .option('--rate <n>', 'lines a second; as fast as they are acknowledged when absent', positiveNumber)
    .option('--repeat <n>', 'send everything so many times, as new observations', wholeNumber(1, 1_000_000), 1)
    .option('--fresh-time', 'replace every time by the moment of sending')
    .option('--strict', 'stop at the first line that cannot be sent')
    .option('--nats <url>', 'broker; else nats.url, else that of the running service, else nats://127.0.0.1:4222')
    .option('--json', 'the summary as JSON')
    .addHelpText('after', EXAMPLES)
    .action(ending(publish))
}

async function publish(names: readonly string[], options: PublishOptions): Promise<number> {
  const { source, json = false } = options
  if (source !== undefined && !isSource(source)) {
    throw new FaultError(fault('bad-field', `--source ${source}: expected 1 to 64 of A-Z a-z 0-9 _ -`))
  }
  const settings = settingsFor(options)
  const interrupt = new AbortController()
  const progress = new Progress({ label: 'publishing', unit: 'acknowledged' })
  const files = new DetectionFiles(names, {
    ...options,
    freshTime: options.freshTime === true,
    strict: options.strict === true,
    signal: interrupt.signal,
    onBroken: (sentence) => {
      if (files.broken <= NAMED_LINES) progress.remark(`sightline: ${sentence}`)
      if (files.broken === NAMED_LINES) progress.remark('sightline: more broken lines are counted, not named')
    },
  })
  if (names.includes('-') && process.stdin.isTTY) remark('Reading detections from the terminal; Ctrl-D ends.')
  // Once: a second signal ends the process at once, as signals do.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort())

  const place = brokerPlace(settings, options.nats)
  let counts: PublishCounts = { acked: 0, duplicates: 0 }
  let startedMs = performance.now()
  try {
    await withBroker(
      place,
      settings,
      stderrLog(options.debug === true, (line) => progress.remark(line)),
      async (link) => {
        startedMs = performance.now()
        counts = await publishAll(link, files.outgoing(), {
          signal: interrupt.signal,
          onProgress: (now) => {
            counts = now
            progress.update(now.acked, files.share)
          },
          onHold: ({ reason }) => progress.remark(`sightline: ${reason}`),
        })
      },
    )
  } finally {
    progress.finish()
    if (counts.acked > 0 || files.messages > 0 || files.broken > 0 || json) {
      summarise(files, counts, (performance.now() - startedMs) / 1_000, interrupt.signal.aborted, json)
    }
  }
  const whole = counts.acked === files.messages && files.broken === 0 && !interrupt.signal.aborted
  return whole ? EXIT.fine : EXIT.fault
}

function summarise(
  { messages, detections, broken }: DetectionFiles,
  { acked, duplicates }: PublishCounts,
  seconds: number,
  interrupted: boolean,
  json: boolean,
): void {
  const perSecond = seconds > 0 ? acked / seconds : 0
  if (json) {
    answerJson({ published: messages, acked, duplicates, detections, broken, seconds, perSecond, interrupted })
    return
  }
  const parts = [
    `published ${counted(messages, 'message')} with ${counted(detections, 'detection')}`,
    `acknowledged ${counted(acked, 'message')}`,
    `${counted(duplicates, 'duplicate')}`,
    `${duration(seconds)}, ${figure(perSecond)}/s`,
  ]
  if (broken > 0) parts.splice(3, 0, `${counted(broken, 'line')} not sent`)
  if (interrupted) parts.push('stopped before the end')
  answer(parts.join(' · '))
}
