/** `sightline status`: what the running service says about itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { SystemView } from '../../src/port/gauge.ts'
import { positiveNumber } from '../arguments.ts'
import { EXIT, ending } from '../exit.ts'
import { answer, answerJson, answerJsonLine } from '../print.ts'
import { type Ask, atServiceDesk, type DeskOptions } from '../service-desk.ts'
import { withCommonOptions } from '../settings.ts'
import { statusPage } from '../status-page.ts'

interface StatusOptions extends DeskOptions {
  readonly json?: boolean
  /** Seconds; true when none were named. */
  readonly watch?: number | true
}

const REFRESH_SECONDS = 2
const CLEAR_SCREEN = '\x1b[H\x1b[2J\x1b[3J'

const EXAMPLES = `
It finds the service by runtime.json in the data directory and asks it over its broker. Without one it asks whichever
service answers on the broker that --nats or the settings name.

  counts   how detections ended since the start: accepted, duplicate, dead
  refused  the dead ones by fault code; "sightline deadletters ls" shows them
  pending  events a sink has still to deliver, and how old the oldest of them is
  RssAnon  memory of our own; RssFile is mapped pages of the store, which the system takes back when it needs them

Examples:
  sightline status
  sightline status --watch 1
  sightline status --json | jq .sinks
  sightline status --watch --json | jq -c .counts      one line every ${REFRESH_SECONDS} seconds

Exit codes: 0 it answered, whatever its state; 1 it does not run or does not answer; 2 wrong use or settings.`

export function statusCommand(program: Command): void {
  withCommonOptions(
    program.command('status').description('health, rates, latency, sinks, store and actors of the service'),
  )
    .option('--json', 'everything, as JSON')
    .option('-w, --watch [seconds]', `again every so many seconds (${REFRESH_SECONDS})`, positiveNumber)
    .option('--nats <url>', 'broker of the service, when it runs elsewhere')
    .addHelpText('after', EXAMPLES)
    .action(ending(status))
}

async function status(options: StatusOptions): Promise<number> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  await atServiceDesk(options, async (ask) => {
    if (options.watch === undefined) show(await viewOf(ask), options.json === true)
    else await keepShowing(ask, options, stop.signal)
  })
  return EXIT.fine
}

const viewOf = (ask: Ask): Promise<SystemView> => ask<SystemView>('status')

function show(view: SystemView, json: boolean): void {
  if (json) answerJson(view)
  else for (const line of statusPage(view, Date.now())) answer(line)
}

async function keepShowing(ask: Ask, { watch, json }: StatusOptions, stop: AbortSignal): Promise<void> {
  const everyMs = (typeof watch === 'number' ? watch : REFRESH_SECONDS) * 1_000
  while (!stop.aborted) {
    const view = await viewOf(ask)
    if (json) answerJsonLine(view)
    else {
      if (process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN)
      show(view, false)
      if (!process.stdout.isTTY) answer('')
    }
    await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined)
  }
}
