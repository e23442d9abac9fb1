/** `sightline up`: the service in the foreground, until it is told to stop. */
import type { Command } from 'commander'
import { secretsOf } from '../../src/config/mask.ts'
import type { Settings } from '../../src/config/settings.ts'
import { createLog } from '../../src/watch/log.ts'
import type { Service } from '../../streams/service.ts'
import { EXIT, ending, explain, wantsDebug } from '../exit.ts'
import { answer, answerJson, remark } from '../print.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from '../settings.ts'
import { version } from '../version.ts'

interface UpOptions extends CommonOptions {
  readonly json?: boolean
}

/** SIGHUP is what a closed terminal sends. */
const STOP_SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: 129 } as const
/** Any time will do; a timer alone keeps the process alive. */
const ALIVE_MS = 2 ** 30

const EXAMPLES = `
Without nats.url it starts a nats-server of its own on 127.0.0.1:4222 with its data in the data directory; the port taken,
it refuses and names both ways out. SIGTERM or Ctrl-C: it stops pulling, finishes what is in flight (drain.timeoutMs),
and ends with 0, or 4 when some of it had to be left to be delivered again. A second signal ends it at once.

Examples:
  sightline up
  SIGHTLINE_NATS_URL=nats://broker:4222 sightline up     use a broker that is there already
  SIGHTLINE_NATS_PORT=0 sightline up                     embedded broker on a free port
  COT_URL=tls://tak.example:8089 PYTAK_TLS_CLIENT_CERT=me.pem PYTAK_TLS_CLIENT_KEY=me.key sightline up
  sightline up --config sightline.yaml --profile edge

Log lines go to standard error, JSON unless it is a terminal (log.level, log.pretty).
Exit codes: 0 stopped as asked, 1 it did not start, 2 wrong settings, 4 drain incomplete, 5 given up, 130 or 143 second signal.`

export function upCommand(program: Command): void {
  withCommonOptions(program.command('up').description('run the service: detections in, CoT out, until SIGTERM'))
    .option('--json', 'say where it listens as JSON, once it is up')
    .addHelpText('after', EXAMPLES)
    .action(ending(up))
}

async function up(options: UpOptions): Promise<number> {
  const settings = settingsFor(options)
  const log = createLog({ ...settings.log, secrets: secretsOf(settings), stacks: wantsDebug() })
  // However the process leaves, what is still in memory is written first.
  process.once('exit', () => log.close())
  // The service outlives whoever read its first words.
  process.stdout.removeAllListeners('error').on('error', () => undefined)
  const alive = setInterval(() => undefined, ALIVE_MS)
  const stop = new AbortController()
  listenForSignals(stop)
  try {
    const { startService } = await import('../../streams/service.ts')
    const service = await startService({ settings, version: version(), log })
    if (stop.signal.aborted) service.stop()
    else stop.signal.addEventListener('abort', () => service.stop())
    announce(service, settings, options)
    const { exitCode, fault } = await service.ended
    if (fault !== undefined) explain(fault, wantsDebug())
    return exitCode
  } finally {
    clearInterval(alive)
  }
}

/** The first signal asks for the end, the second is the end. */
function listenForSignals(stop: AbortController): void {
  for (const [signal, exitCode] of Object.entries(STOP_SIGNALS)) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(exitCode)
      if (process.stderr.isTTY) remark(`sightline: ${signal}: finishing what is in flight; once more to stop at once`)
      stop.abort()
    })
  }
}

function announce(service: Service, settings: Settings, { json, dataDir }: UpOptions): void {
  const { broker, sinks, pid } = service.view()
  if (json) {
    const targets = sinks.map(({ name, kind, target }) => ({ name, kind, target }))
    answerJson({
      pid,
      version: version(),
      dataDir: settings.dataDir,
      nats: service.nats,
      embedded: broker.embedded,
      http: service.http,
      sinks: targets,
    })
    return
  }
  const where = dataDir === undefined ? '' : ` --data-dir ${dataDir}`
  answer(`Sightline ${version()} is up: process ${pid}, data in ${settings.dataDir}`)
  answer(`  detections.<source> and cot.> on ${service.nats}${broker.embedded ? ' (embedded)' : ''}`)
  answer(`  health and metrics on ${service.http}/readyz, /metrics, /api/v1/health`)
  for (const { name, target } of sinks) answer(`  sink ${name}: ${target}`)
  answer(
    `Next, in another terminal: sightline watch${where}, then sightline publish${where} FILE; Ctrl-C here stops it.`,
  )
}
