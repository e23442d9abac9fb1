/** The environment names that TAK integrators know already: together they make one sink named `tak`. */
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'

/** A value found under some name of the environment, for the setting at `path`. */
export interface Found {
  readonly path: string
  readonly name: string
  readonly text: string
}

const TAK_SINK = 'sinks[0]'

const FIELDS: Readonly<Record<string, string>> = {
  PYTAK_TLS_CLIENT_CERT: 'cert',
  PYTAK_TLS_CLIENT_KEY: 'key',
  PYTAK_TLS_CLIENT_CAFILE: 'ca',
  PYTAK_TLS_CLIENT_PASSWORD: 'passphrase',
  PYTAK_TLS_SERVER_EXPECTED_HOSTNAME: 'serverName',
}

/** These switch off what is on by default. */
const DONTS: Readonly<Record<string, string>> = {
  PYTAK_TLS_DONT_VERIFY: 'verify',
  PYTAK_TLS_DONT_CHECK_HOSTNAME: 'checkHostname',
}

const PASSWORD_FILE = 'PYTAK_TLS_CLIENT_PASSWORD_FILE'

/** Every name this release reads; what else begins with `PYTAK_` is a fault. */
export const INTEGRATOR_NAMES: readonly string[] = [
  'COT_URL',
  'COT_STALE',
  'TAK_PROTO',
  ...Object.keys(FIELDS),
  PASSWORD_FILE,
  ...Object.keys(DONTS),
]

const TRUE = /^(1|true|yes|on)$/i
const FALSE = /^(0|false|no|off)$/i

/** What the integrators' names say. `readSecret` reads the file that a `_FILE` name points to and reports its own problems. */
export function readIntegratorNames(
  env: Readonly<Record<string, string | undefined>>,
  readSecret: (name: string, file: string, path: string) => string | undefined,
): { readonly found: readonly Found[]; readonly problems: readonly Problem[] } {
  const found: Found[] = []
  const problems: Problem[] = []
  const refuse = (name: string, expected: string, hint?: string) =>
    problems.push({ path: '', origin: { kind: 'environment', name }, expected, ...(hint !== undefined && { hint }) })
  const take = (path: string, name: string, text: string) => found.push({ path, name, text })
  const hasUrl = (env.COT_URL ?? '') !== ''

  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || text === '') continue
    if (name === 'PREF_PACKAGE') {
      refuse(name, 'it to be unset', 'data packages are not supported by this release; name the PEM files instead')
      continue
    }
    if (!name.startsWith('PYTAK_') && !INTEGRATOR_NAMES.includes(name)) continue
    if (name === 'COT_URL') {
      take(`${TAK_SINK}.name`, name, 'tak')
      take(`${TAK_SINK}.url`, name, text)
    } else if (name === 'COT_STALE') {
      if (/^\d+(\.\d+)?$/.test(text)) take('cot.staleMs.default', name, `${text}s`)
      else refuse(name, 'seconds')
    } else if (name === 'TAK_PROTO') {
      if (text !== '0') refuse(name, '0 (XML)', 'the protobuf protocol is not supported by this release')
    } else if (!INTEGRATOR_NAMES.includes(name)) {
      const near = nearest(name, INTEGRATOR_NAMES)
      refuse(name, 'it to be unset', near ? `did you mean ${near}?` : 'it is not supported by this release')
    } else if (!hasUrl) {
      refuse(name, 'COT_URL beside it')
    } else if (name === PASSWORD_FILE) {
      const path = `${TAK_SINK}.tls.passphrase`
      const secret = readSecret(name, text, path)
      if (secret !== undefined) take(path, name, secret)
    } else if (name in FIELDS) {
      take(`${TAK_SINK}.tls.${FIELDS[name]}`, name, text)
    } else if (TRUE.test(text) || FALSE.test(text)) {
      take(`${TAK_SINK}.tls.${DONTS[name]}`, name, TRUE.test(text) ? 'false' : 'true')
    } else {
      refuse(name, '1 or 0')
    }
  }
  return { found, problems }
}
