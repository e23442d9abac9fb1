/** Settings for a command: file, environment and the options every command has. */
import { type Command, Option } from 'commander'
import { type LoadResult, loadSettings } from '../src/config/load.ts'
import { describeProblem, type Problem } from '../src/config/problem.ts'
import type { DeepPartial, Settings } from '../src/config/settings.ts'
import { FaultError, fault } from '../src/fault/fault.ts'

/** Names beginning with SIGHTLINE_ that are not settings. */
const ALSO_KNOWN = ['SIGHTLINE_DEBUG', 'SIGHTLINE_LAUNCHED']

export interface CommonOptions {
  readonly config?: string
  readonly profile?: string
  readonly dataDir?: string
  readonly debug?: boolean
}

const COMMON: readonly (readonly [flags: string, description: string])[] = [
  ['-c, --config <file>', 'settings file, YAML (SIGHTLINE_CONFIG)'],
  ['--profile <name>', 'set of defaults: default, high-traffic, low-latency, edge, development'],
  ['--data-dir <dir>', 'directory of journal, broker and runtime.json (SIGHTLINE_DATA_DIR)'],
  ['--debug', 'stack traces and debug lines (SIGHTLINE_DEBUG)'],
]

/** Gives a command the options that all of them share. */
export function withCommonOptions(command: Command): Command {
  for (const [flags, description] of COMMON) {
    command.addOption(new Option(flags, description).helpGroup('Options of every command:'))
  }
  return command
}

/** What file, environment and options say, with where each value came from; or everything that is wrong in it. */
export function readSettings(options: CommonOptions, overrides: DeepPartial<Settings> = {}): LoadResult {
  const fromOptions = {
    ...overrides,
    ...(options.dataDir !== undefined && { dataDir: options.dataDir }),
    ...(options.debug && { log: { level: 'debug' as const, ...overrides.log } }),
  }
  return loadSettings({
    file: options.config,
    env: process.env,
    profile: options.profile,
    overrides: fromOptions,
    alsoKnown: ALSO_KNOWN,
  })
}

/** The settings, or a `bad-settings` fault that lists everything wrong at once. */
export function settingsFor(options: CommonOptions, overrides: DeepPartial<Settings> = {}): Settings {
  const loaded = readSettings(options, overrides)
  if (loaded.ok) return loaded.settings
  throw new FaultError(fault('bad-settings', problemList(loaded.problems)))
}

/** A headline, and a line for each problem. */
export function problemList(problems: readonly Problem[]): string {
  const headline = `${problems.length} setting${problems.length === 1 ? ' is' : 's are'} wrong:`
  return [headline, ...problems.map((problem) => `  ${describeProblem(problem)}`)].join('\n')
}
