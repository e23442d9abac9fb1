/** Makes docs/configuration.md from the settings schema. */
import { describeSettings, type SettingRow } from '../../src/config/describe.ts'
import { INTEGRATOR_NAMES } from '../../src/config/integrator.ts'
import { PROFILE_SETTINGS } from '../../src/config/profile.ts'
import { formatValue, ROOT, shapeAt } from '../../src/config/shape.ts'
import { code, table, writePage } from './markdown/table.ts'

export const CONFIGURATION_PAGE = new URL('../configuration.md', import.meta.url)

const INTRODUCTION = `# Configuration

Everything has a default: \`sightline up\` without any setting starts an embedded broker, keeps its data in \`.sightline/\` and
publishes CoT on \`cot.>\`. One sink more is one variable:

\`\`\`sh
COT_URL=tls://tak.example.org:8089 \\
PYTAK_TLS_CLIENT_CERT=client.pem PYTAK_TLS_CLIENT_KEY=client.key PYTAK_TLS_CLIENT_CAFILE=ca.pem \\
  npx sightline up
\`\`\`

or a few lines in a file given with \`--config\` or \`SIGHTLINE_CONFIG\`:

\`\`\`yaml
profile: edge
nats:
  url: nats://broker.example.org:4222
  creds: /run/secrets/sightline.creds
cot:
  types: { "fire truck": a-f-G-E-V-C }
sinks:
  - name: ops
    url: tls://tak.example.org:8089
    tls: { cert: client.pem, key: client.key, ca: ca.pem }
  - name: gateway
    url: https://gateway.example.org/cot
    http: { bearer: s3cret }
\`\`\`

## Where a value comes from

The strongest first: options of the command line, the environment, the settings file, the profile, the default.
\`sightline config show\` lists every setting with its value and where it came from, secrets masked; \`sightline config check\` says what is
wrong. All faults are listed at once, each with its line or variable, what was found and what was expected. An unknown name is a
fault, in the file and among variables that begin with \`SIGHTLINE_\`: a typing error must not silently become a default.

- **Maps and sections** are merged by key; **lists** replace each other.
- **Names in the environment** are \`SIGHTLINE_\` and the path, with \`camelCase\` written \`CAMEL_CASE\`. An item of a list has its number
  in the name: \`SIGHTLINE_SINKS_0_URL\`. Numbers begin at 0 and have no gaps; they change items of the list in the file, or make a list
  where there is none. A map is one variable, written as YAML or JSON: \`SIGHTLINE_COT_TYPES='{tank: a-u-G-E-V-A-T}'\`. An empty
  variable counts as unset.
- **Secrets** can be kept in files: \`SIGHTLINE_NATS_PASSWORD_FILE=/run/secrets/nats\` (one line break at the end is dropped). They are
  masked in everything that is printed or logged, and so are user and password in addresses.
- **Certificates, keys and credentials** are the PEM (or \`.creds\`) text itself, or the path of a file.
- **Durations** are milliseconds or written \`250ms\`, \`30s\`, \`10min\`, \`72h\`, \`14d\`; **sizes** are bytes or written \`64KiB\`, \`512MiB\`, \`4GiB\`,
  \`1GB\`. Numbers that stand for something else have their unit in the name: \`maxRangeM\`, \`yawDeg\`.
- **Short forms**: \`geolocate.onUnlocatable: bearing\` and \`cot.staleMs: 10min\` set the \`default\` inside.
- Log lines go to standard error; standard output belongs to the answers of commands.

## Names integrators know

These make one sink named \`tak\`. \`COT_URL\` beside sinks in the file or in \`SIGHTLINE_SINKS_…\` is a fault, not a guess; the \`PYTAK_\` names
without \`COT_URL\` are one, too. Schemes: \`tcp\`, \`tls\` (\`ssl\`), \`http\`, \`https\`. What this release does not support yet (\`udp\`, \`ws\`,
\`PREF_PACKAGE\`, a \`TAK_PROTO\` other than 0, other \`PYTAK_\` names) is refused by name.
`

const MEANING: Readonly<Record<string, string>> = {
  COT_URL: 'Address of the sink.',
  COT_STALE: 'Seconds until an event is stale, for classes not named: `cot.staleMs.default`.',
  TAK_PROTO: '0 (XML) only.',
  PYTAK_TLS_CLIENT_CERT: '`tls.cert` of the sink.',
  PYTAK_TLS_CLIENT_KEY: '`tls.key` of the sink.',
  PYTAK_TLS_CLIENT_CAFILE: '`tls.ca` of the sink.',
  PYTAK_TLS_CLIENT_PASSWORD: '`tls.passphrase` of the sink.',
  PYTAK_TLS_CLIENT_PASSWORD_FILE: 'A file that holds it.',
  PYTAK_TLS_SERVER_EXPECTED_HOSTNAME: '`tls.serverName` of the sink.',
  PYTAK_TLS_DONT_VERIFY: '1 switches `tls.verify` off.',
  PYTAK_TLS_DONT_CHECK_HOSTNAME: '1 switches `tls.checkHostname` off.',
  NATS_SERVER_BIN: '`nats.serverBin`.',
}

function settingsTable(rows: readonly SettingRow[]): string {
  return table(
    ['setting', 'environment', 'type', 'default', 'what it is'],
    rows.map((row) => [
      code(row.path),
      row.env === undefined ? '' : code(row.env),
      row.secret ? `${row.type}, secret` : row.type,
      code(row.default),
      row.unit === undefined || row.type === 'duration' || row.type === 'size'
        ? row.description
        : `${row.description} (${row.unit})`,
    ]),
  )
}

/** Settings by their first word, with the sentence of the section. */
function sections(): string {
  const groups = new Map<string, SettingRow[]>([['', []]])
  for (const row of describeSettings()) {
    const top = row.path.split(/[.[]/, 1)[0] ?? ''
    const group = ROOT.properties?.[top]?.type === 'string' || ROOT.properties?.[top]?.enum ? '' : top
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  return [...groups]
    .map(([name, rows]) => {
      const title =
        name === '' ? '### At the top' : `### ${code(name)}\n\n${ROOT.properties?.[name]?.description ?? ''}`
      return `${title}\n\n${settingsTable(rows)}`
    })
    .join('\n\n')
}

function* leaves(value: unknown, path: string): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value]
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, path === '' ? key : `${path}.${key}`)
}

function profiles(): string {
  const names = Object.keys(PROFILE_SETTINGS).filter((name) => name !== 'default')
  const byPath = new Map<string, Map<string, string>>()
  for (const [name, values] of Object.entries(PROFILE_SETTINGS)) {
    for (const [path, value] of leaves(values, '')) {
      const row = byPath.get(path) ?? new Map<string, string>()
      byPath.set(path, row.set(name, formatValue(shapeAt(path) ?? {}, value)))
    }
  }
  const standard = new Map(describeSettings().map((row) => [row.path, row.default]))
  const rows = [...byPath].map(([path, values]) => [
    code(path),
    code(standard.get(path)),
    ...names.map((name) => code(values.get(name))),
  ])
  return table(['setting', 'default', ...names], rows)
}

export function configurationPage(): string {
  const integrators = [...INTEGRATOR_NAMES, 'NATS_SERVER_BIN'].map((name) => [code(name), MEANING[name] ?? ''])
  return `${INTRODUCTION}
${table(['name', 'what it sets'], integrators)}

## Profiles

A profile is a set of other defaults: \`--profile edge\`, \`SIGHTLINE_PROFILE=edge\`, or \`profile: edge\` in the file. Empty cells are as in
\`default\`.

${profiles()}

## All settings

Made from the settings schema (\`src/config/settings.ts\`) by \`npm run docs\`; a test fails when the two differ. \`<N>\` is the number of an item
in a list, \`<name>\` a name you choose. Settings without a name in the environment stand inside a map, which has one.

${sections()}
`
}

if (import.meta.main) writePage(CONFIGURATION_PAGE, configurationPage())
