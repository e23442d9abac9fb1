/** Settings for a command: file, environment and the options every command has. */
import type { Command } from 'commander'
import { loadSettings } from '../src/config/load.ts'
import { describeProblem } from '../src/config/problem.ts'
import type { DeepPartial, Settings } from '../src/config/settings.ts'
import { FaultError, fault } from '../src/fault/fault.ts'

/** Names beginning with SIGHTLINE_ that are not settings: for the launcher and the tests. */
const ALSO_KNOWN = ['SIGHTLINE_DEBUG', 'SIGHTLINE_CHILD']

export interface CommonOptions {
  readonly config?: string
  readonly profile?: string
  readonly dataDir?: string
  readonly debug?: boolean
}

/** Gives a command the options that all of them share. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'settings file, YAML (SIGHTLINE_CONFIG)')
    .option('--profile <name>', 'set of defaults: default, high-traffic, low-latency, edge, development')
    .option('--data-dir <dir>', 'directory of journal, broker and runtime.json (SIGHTLINE_DATA_DIR)')
    .option('--debug', 'stack traces and debug lines')
}

/** The settings, or a `bad-settings` fault that lists everything wrong at once. */
export function settingsFor(options: CommonOptions, overrides: DeepPartial<Settings> = {}): Settings {
  const fromOptions = {
    ...overrides,
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...(options.debug && { log: { level: 'debug' as const, ...overrides.log } }),
  }
  const loaded = loadSettings({
    file: options.config,
    env: process.env,
    profile: options.profile,
    overrides: fromOptions,
    alsoKnown: ALSO_KNOWN,
  })
  if (loaded.ok) return loaded.settings
  const count = loaded.problems.length
  const list = loaded.problems.map((problem) => `  ${describeProblem(problem)}`).join('\n')
  throw new FaultError(fault('bad-settings', `${count} setting${count === 1 ? ' is' : 's are'} wrong:\n${list}\n`))
}
