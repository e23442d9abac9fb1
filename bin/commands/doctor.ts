/** `sightline doctor`: looks at everything the service needs, and says what to do about what is wrong. */
import type { Command } from 'commander'
import { readRuntime } from '../../streams/runtime.ts'
import { brokerPlace } from '../broker-place.ts'
import { EXIT, ending } from '../exit.ts'
import { counted } from '../figures.ts'
import { answer, answerJson } from '../print.ts'
import { type CommonOptions, problemList, readSettings, withCommonOptions } from '../settings.ts'
import { broker } from './doctor/broker.ts'
import { certificates } from './doctor/certificates.ts'
import { type Finding, fail, ok, skip } from './doctor/finding.ts'
import { brokerPort, brokerProgram, httpPort, node } from './doctor/machine.ts'
import { sinks } from './doctor/sinks.ts'
import { store } from './doctor/store.ts'

interface DoctorOptions extends CommonOptions {
  readonly json?: boolean
}

const EXAMPLES = `
It looks at the settings, Node, the nats-server program and its port, the broker with its streams, the store with its
disk, certificates, clocks, and whether every sink takes connections. It changes nothing, and may be run while the
service runs or not.

  ok    fine            fail  the service does not start, or events do not arrive
  warn  look at it      skip  not looked at, and why

Examples:
  sightline doctor
  sightline doctor --config sightline.yaml --json | jq '.findings[] | select(.state == "fail")'

Exit codes: 0 nothing failed, 1 something did.`

export function doctorCommand(program: Command): void {
  withCommonOptions(program.command('doctor').description('check everything the service needs, and say what to do'))
    .option('--json', 'the findings as JSON')
    .addHelpText('after', EXAMPLES)
    .action(ending(doctor))
}

async function doctor(options: DoctorOptions): Promise<number> {
  const findings: Finding[] = []
  for await (const finding of examine(options)) {
    findings.push(finding)
    if (!options.json) for (const line of findingLines(finding)) answer(line)
  }
  const failed = findings.filter(({ state }) => state === 'fail').length
  const warned = findings.filter(({ state }) => state === 'warn').length
  if (options.json) answerJson({ ok: failed === 0, failed, warned, findings })
  else
    answer(
      failed + warned === 0 ? 'Nothing is wrong.' : `${counted(failed, 'failure')}, ${counted(warned, 'warning')}.`,
    )
  return failed === 0 ? EXIT.fine : EXIT.fault
}

/** One finding after the other, the cheap ones first. */
async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  yield node()
  const loaded = readSettings(options)
  if (!loaded.ok) {
    yield fail('settings', problemList(loaded.problems), 'Correct them; "sightline config check" reads them again.')
    yield skip('the rest', 'not looked at: it depends on the settings')
    return
  }
  const { settings } = loaded
  yield ok('settings', 'can be read, and fit together')
  const runtime = readRuntime(settings.dataDir)
  yield runtime === undefined
    ? skip('service', `none runs on ${settings.dataDir}`)
    : ok('service', `process ${runtime.pid} since ${runtime.startedAt}`)
  yield await brokerProgram(settings)
  yield await brokerPort(settings, runtime)
  yield await httpPort(settings, runtime)
  yield* await broker(settings, brokerPlace(settings, undefined))
  yield* await store(settings, runtime)
  yield* certificates(settings, Date.now())
  yield* await sinks(settings)
}

function findingLines({ check, state, says, remedy }: Finding): string[] {
  const [first = '', ...more] = says.split('\n')
  const lines = [`${state.padEnd(5)} ${check}: ${first}`, ...more.map((line) => `      ${line}`)]
  return remedy === undefined ? lines : [...lines, `      -> ${remedy}`]
}
