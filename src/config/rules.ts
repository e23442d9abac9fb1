/** What one schema cannot say: rules between settings. */
import { accessSync, constants } from 'node:fs'
import { callsignFrom } from '../cot/callsign.ts'
import { isCotType } from '../cot/grammar.ts'
import { faultFrom } from '../fault/fault.ts'
import { isLoopback, parseAddress } from './address.ts'
import { readCamera } from './camera.ts'
import { isInline } from './pem.ts'
import type { Settings, SinkSettings } from './settings.ts'
import { join } from './shape.ts'

/** A broken rule: the setting to name, and all settings it depends on. */
export interface Breach {
  readonly path: string
  readonly found?: unknown
  readonly expected: string
  readonly hint?: string
  readonly involves?: readonly string[]
}

/** The CoT subjects are a sink of their own under this name. */
const RESERVED_SINKS: readonly string[] = ['cot']

const SUPPORTED = ['tcp:', 'tls:', 'ssl:', 'http:', 'https:']
const LATER = [
  'udp:',
  'udp+wo:',
  'udp+broadcast:',
  'tcp+wo:',
  'ws:',
  'wss:',
  'file:',
  'stdout:',
  'log:',
  'tak:',
  'marti:',
]
const HTTP_WINDOW = 10

function* httpAddress(s: Settings): Generator<Breach> {
  const address = parseAddress(s.http)
  if (!address) {
    yield { path: 'http', found: s.http, expected: 'host:port, such as 127.0.0.1:8640' }
  } else if (!isLoopback(address.host)) {
    const expected = 'a loopback address such as 127.0.0.1:8640'
    yield {
      path: 'http',
      found: s.http,
      expected,
      hint: 'there is no authentication yet, so other machines may not reach it',
    }
  }
}

function* order(s: Settings): Generator<Breach> {
  const notAbove = (low: string, lowValue: number, high: string, highValue: number): Breach[] =>
    lowValue <= highValue
      ? []
      : [{ path: low, found: lowValue, expected: `at most ${high}, which is ${highValue}`, involves: [low, high] }]
  yield* notAbove('batch.maxItems', s.batch.maxItems, 'intake.credits', s.intake.credits)
  const { soloFrom, maxDeliveries } = s.nats.consumer
  yield* notAbove('nats.consumer.soloFrom', soloFrom, 'nats.consumer.maxDeliveries', maxDeliveries)
  const { minBackoffMs, maxBackoffMs } = s.supervision
  yield* notAbove('supervision.minBackoffMs', minBackoffMs, 'supervision.maxBackoffMs', maxBackoffMs)
  const { default: standard, classes } = s.geolocate.thresholds
  const at = 'geolocate.thresholds'
  yield* notAbove(`${at}.default.greenM`, standard.greenM, `${at}.default.yellowM`, standard.yellowM)
  for (const [name, { greenM, yellowM }] of Object.entries(classes)) {
    const row = join(`${at}.classes`, name)
    yield* notAbove(`${row}.greenM`, greenM, `${row}.yellowM`, yellowM)
  }
}

function* events(s: Settings): Generator<Breach> {
  const expected = 'a CoT type such as a-u-G-E-V'
  const maps = [{ at: 'cot.types', types: s.cot.types }]
  for (const [name, { types }] of Object.entries(s.cot.sources)) {
    maps.push({ at: join(join('cot.sources', name), 'types'), types })
  }
  for (const { at, types } of maps) {
    for (const [name, type] of Object.entries(types)) {
      // One word alone is no place in the tree of types, although the grammar allows it.
      if (!isCotType(type) || !type.includes('-')) yield { path: join(at, name), found: type, expected }
    }
  }
  try {
    callsignFrom(s.cot.callsign)
  } catch (thrown) {
    yield { path: 'cot.callsign', found: s.cot.callsign, expected: 'known fields', hint: faultFrom(thrown).reason }
  }
}

function* cameras(s: Settings): Generator<Breach> {
  for (const [id, value] of Object.entries(s.cameras)) {
    const read = readCamera(value)
    const path = join('cameras', id)
    if (!read.ok) yield { path: read.field === '' ? path : `${path}.${read.field}`, expected: read.reason }
  }
}

function* brokerIdentity(s: Settings): Generator<Breach> {
  const { user, password, token, nkeySeed, creds, tls } = s.nats
  const ways = Object.entries({ user, token, nkeySeed, creds }).filter(([, value]) => value !== undefined)
  if (ways.length > 1) {
    const names = ways.map(([name]) => `nats.${name}`)
    yield {
      path: names[1] ?? 'nats',
      expected: `one way to say who we are; ${names.join(' and ')} are set`,
      involves: names,
    }
  }
  if (user !== undefined && password === undefined)
    yield { path: 'nats.password', expected: 'a password beside nats.user' }
  if (password !== undefined && user === undefined) yield { path: 'nats.user', expected: 'a user beside nats.password' }
  yield* keyPair('nats.tls', tls)
  yield* readable('nats.creds', creds)
}

function* keyPair(
  path: string,
  tls: { readonly ca?: string; readonly cert?: string; readonly key?: string },
): Generator<Breach> {
  if (tls.cert !== undefined && tls.key === undefined)
    yield { path: `${path}.key`, expected: `the key of ${path}.cert` }
  if (tls.key !== undefined && tls.cert === undefined)
    yield { path: `${path}.cert`, expected: `the certificate of ${path}.key` }
  for (const field of ['ca', 'cert', 'key'] as const) yield* readable(`${path}.${field}`, tls[field])
}

function* readable(path: string, value: string | undefined): Generator<Breach> {
  if (value === undefined || isInline(value)) return
  try {
    accessSync(value, constants.R_OK)
  } catch {
    yield { path, found: value, expected: 'a file that can be read' }
  }
}

function* sinkNames(s: Settings): Generator<Breach> {
  const seen = new Map<string, number>()
  for (const [i, { name }] of s.sinks.entries()) {
    if (name === undefined) continue // was refused already
    const folded = name.toLowerCase()
    const first = seen.get(folded)
    if (RESERVED_SINKS.includes(folded)) {
      yield {
        path: `sinks[${i}].name`,
        found: name,
        expected: 'another name',
        hint: 'it is reserved for the CoT subjects',
      }
    } else if (first !== undefined) {
      yield { path: `sinks[${i}].name`, found: name, expected: `another name than sinks[${first}]` }
    } else {
      seen.set(folded, i)
    }
  }
}

function* sinkTarget(sink: SinkSettings, path: string): Generator<Breach> {
  const at = `${path}.url`
  const url = URL.canParse(sink.url) ? new URL(sink.url) : undefined
  const expected = 'tcp://host:port, tls://host:port, http://… or https://…'
  if (!url) {
    yield { path: at, found: sink.url, expected }
  } else if (LATER.includes(url.protocol)) {
    yield { path: at, found: sink.url, expected, hint: `${url.protocol.slice(0, -1)} is not supported by this release` }
  } else if (!SUPPORTED.includes(url.protocol) || url.hostname === '') {
    yield { path: at, found: sink.url, expected }
  } else if (url.protocol.startsWith('http')) {
    if (sink.window !== undefined && sink.window > HTTP_WINDOW) {
      yield { path: `${path}.window`, found: sink.window, expected: `at most ${HTTP_WINDOW} for http and https` }
    }
  }
}

/** What was written and would have no effect on a sink of this kind is a misunderstanding, and may be a dangerous one. */
function* sinkEffect(sink: SinkSettings, path: string, written: (path: string) => boolean): Generator<Breach> {
  const scheme = sink.url.slice(0, sink.url.indexOf(':'))
  const none = (field: string, right: string): Breach[] =>
    written(`${path}.${field}`)
      ? [{ path: `${path}.${field}`, expected: `it only with ${right}`, involves: [`${path}.url`] }]
      : []
  if (scheme === 'tcp' || scheme === 'http') yield* none('tls', 'tls:// or https://')
  if (scheme === 'tcp' || scheme === 'tls' || scheme === 'ssl') yield* none('http', 'http:// or https://')
  if (scheme === 'http' || scheme === 'https') yield* none('confirm', 'tcp:// or tls://')
  const { bearer, user, password } = sink.http
  if (bearer !== undefined && user !== undefined)
    yield { path: `${path}.http.bearer`, expected: 'either bearer or user' }
  if (user !== undefined && password === undefined) {
    yield { path: `${path}.http.password`, expected: `a password beside ${path}.http.user` }
  }
  if (password !== undefined && user === undefined) {
    yield { path: `${path}.http.user`, expected: `a user beside ${path}.http.password` }
  }
}

/** All broken rules. `written` tells whether anything at or below a path was given rather than defaulted. */
export function* brokenRules(s: Settings, written: (path: string) => boolean): Generator<Breach> {
  yield* httpAddress(s)
  yield* order(s)
  yield* events(s)
  yield* cameras(s)
  yield* brokerIdentity(s)
  yield* sinkNames(s)
  for (const [i, sink] of s.sinks.entries()) {
    if (sink.url === undefined) continue // was refused already
    yield* sinkTarget(sink, `sinks[${i}]`)
    yield* sinkEffect(sink, `sinks[${i}]`, written)
    yield* keyPair(`sinks[${i}].tls`, sink.tls)
  }
}
