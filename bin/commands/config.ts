/** `sightline config`: which settings are in force and where each came from, and what is wrong with them. */
import type { Command } from 'commander'
import { maskSecrets, secretsOf } from '../../src/config/mask.ts'
import { describeOrigin, type Origin, type Problem } from '../../src/config/problem.ts'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { EXIT, ending } from '../exit.ts'
import { counted } from '../figures.ts'
import { answer, answerJson, remark } from '../print.ts'
import { changedIn, settingLines } from '../setting-lines.ts'
import { type CommonOptions, problemList, readSettings, withCommonOptions } from '../settings.ts'
import { yamlLines } from '../yaml-lines.ts'

interface ShowOptions extends CommonOptions {
  readonly json?: boolean
  readonly yaml?: boolean
  readonly changed?: boolean
}

const ABOUT = `
A setting is taken from the first of these that has it: options, environment, settings file, profile, default. Every
setting has an environment name: nats.url is SIGHTLINE_NATS_URL, and every secret also one ending in _FILE that names a
file. docs/configuration.md describes them all.

Examples:
  sightline config show --changed
  SIGHTLINE_PROFILE=edge sightline config show --yaml > edge.yaml
  sightline config check sightline.yaml`

export function configCommand(program: Command): void {
  const group = program.command('config').description('show and check the settings').addHelpText('after', ABOUT)
  withCommonOptions(
    group.command('show').description('every setting, its value and where it came from; secrets masked'),
  )
    .option('--changed', 'only what is not a default')
    .option('--json', 'values and origins, as JSON')
    .option('--yaml', 'values, as a settings file')
    .addHelpText('after', '\nExit codes: 0 fine, 2 settings are wrong, and all that is wrong with them.')
    .action(ending(show))
  withCommonOptions(group.command('check').description('read the settings and name everything that is wrong, at once'))
    .argument('[file]', 'settings file; otherwise --config or SIGHTLINE_CONFIG')
    .option('--json', 'the faults as JSON')
    .addHelpText(
      'after',
      '\nThe environment counts too, as it will when the service starts.\nExit codes: 0 fine, 2 something is wrong.',
    )
    .action(ending(check))
}

function show(options: ShowOptions): number {
  if (options.json && options.yaml) throw new FaultError(fault('bad-field', '--json and --yaml: one of the two'))
  const loaded = readSettings(options)
  if (!loaded.ok) throw new FaultError(fault('bad-settings', problemList(loaded.problems)))
  const { origins } = loaded
  const masked = maskSecrets(loaded.settings)
  const settings = options.changed ? changedIn(masked, origins) : masked
  if (options.json) answerJson({ settings, origins: namedOrigins(origins, options.changed === true) })
  else if (options.yaml) {
    for (const line of yamlLines(settings)) answer(line)
    if (secretsOf(loaded.settings).length > 0)
      remark('Secrets are masked; put them back before this is used as a settings file.')
  } else {
    const lines = settingLines(settings, origins)
    for (const line of lines) answer(line)
    if (lines.length === 0) remark('Every setting is a default.')
  }
  return EXIT.fine
}

function namedOrigins(origins: ReadonlyMap<string, Origin>, changed: boolean): Record<string, string> {
  const chosen = [...origins].filter(([, origin]) => !changed || origin.kind !== 'default')
  return Object.fromEntries(chosen.map(([path, origin]) => [path, describeOrigin(origin)]))
}

function check(file: string | undefined, options: CommonOptions & { readonly json?: boolean }): number {
  const loaded = readSettings({ ...options, ...(file !== undefined && { config: file }) })
  if (options.json) {
    answerJson(loaded.ok ? { ok: true, problems: [] } : { ok: false, problems: loaded.problems.map(problemForJson) })
  } else if (loaded.ok) {
    const written = [...loaded.origins.values()].filter(({ kind }) => kind !== 'default' && kind !== 'profile').length
    answer(`The settings are fine: ${counted(written, 'value')} given, the rest by default.`)
  } else remark(`sightline: ${problemList(loaded.problems)}`)
  return loaded.ok ? EXIT.fine : EXIT.usage
}

const problemForJson = ({ path, origin, found, expected, hint }: Problem) => ({
  path,
  origin: describeOrigin(origin),
  found,
  expected,
  hint,
})
