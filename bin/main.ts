/** The command line: one file per command, and one place where whatever goes wrong becomes a sentence and an exit code. */
import { Command, CommanderError } from 'commander'
import { configCommand } from './commands/config.ts'
import { deadlettersCommand } from './commands/deadletters.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { publishCommand } from './commands/publish.ts'
import { statusCommand } from './commands/status.ts'
import { storeCommand } from './commands/store.ts'
import { upCommand } from './commands/up.ts'
import { watchCommand } from './commands/watch.ts'
import { EXIT, explain, wantsDebug } from './exit.ts'
import { version } from './version.ts'

/** In the order in which a newcomer needs them. Each adds itself to the program. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  upCommand,
  publishCommand,
  watchCommand,
  statusCommand,
  deadlettersCommand,
  doctorCommand,
  configCommand,
  storeCommand,
  demoCommand,
]

const ABOUT = `
First steps:
  sightline up                          in one terminal: the service, with a broker of its own
  sightline watch                       in another: CoT events as they come out
  sightline publish detections.jsonl    in a third: detections in, one JSON object a line
  sightline status                      how it goes; sightline doctor when it does not

Exit codes:
  0  fine                       4  stopped before everything in flight was done
  1  a fault, named             5  given up by the supervisor
  2  wrong use or settings      130, 143  ended at once by a second SIGINT or SIGTERM

Settings come from a YAML file (--config), the environment (SIGHTLINE_*) and options, the later over the earlier;
"sightline config show" lists every one with where it came from. While the service runs, runtime.json in its data
directory tells the other commands where it is. --json puts the answer on standard output as JSON.`

function program(): Command {
  const root = new Command('sightline')
    .description('Turns AI detections into trusted positions on a tactical map: detections in on NATS, CoT out.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain, with examples')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sightline: ')) })
    .addHelpText('after', ABOUT)
  for (const add of COMMANDS) add(root)
  pointToHelp(root, 'sightline')
  return root
}

/** After a mistake each command names its own help. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`  "${name} --help" shows how.`)
  for (const inner of command.commands) pointToHelp(inner, `${name} ${inner.name()}`)
}

async function run(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(args, { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) process.exitCode = explain(thrown, wantsDebug())
    // It has said what is wrong already. Help and version were asked for, and end with 0.
    else process.exitCode = thrown.exitCode === 0 ? EXIT.fine : EXIT.usage
  }
}

process.on('uncaughtException', (thrown) => process.exit(explain(thrown, wantsDebug())))
// Who reads our answer may have had enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.fine)
  throw error
})
await run(process.argv.slice(2))
