/** The sinks that the settings ask for, as drivers with the bounds of their backlogs. */
import { readPem } from '../src/config/pem.ts'
import type { Settings } from '../src/config/settings.ts'
import { cotSubject } from '../src/cot/subject.ts'
import { encodedXml } from '../src/cot/xml.ts'
import type { BrokerConnection } from '../src/nats/connection.ts'
import { cotSubjectsSink } from '../src/nats/cot-subjects.ts'
import type { Clock } from '../src/port/clock.ts'
import type { CursorOptions } from '../src/port/journal.ts'
import type { Log } from '../src/port/log.ts'
import type { SinkDriver } from '../src/port/sink.ts'
import { httpDriver } from '../src/push/driver.ts'
import type { HttpAuth } from '../src/push/options.ts'
import { takDriver } from '../src/tak/driver.ts'
import { COT_SINK } from './ground.ts'

type SinkSettings = Settings['sinks'][number]

export interface Destination {
  readonly driver: SinkDriver
  readonly cursor: CursorOptions
}

interface Surroundings {
  readonly link: BrokerConnection
  readonly instance: string
  readonly log: Log
  readonly clock: Clock
}

/** One destination per enabled sink, the CoT subjects first. */
export function destinationsFrom(settings: Settings, around: Surroundings): Destination[] {
  const destinations = settings.sinks.filter((sink) => sink.enabled).map((sink) => destinationFrom(sink, around))
  return settings.cotSubjects.enabled ? [cotSubjects(settings, around), ...destinations] : destinations
}

/** The CoT subjects are the full record: they take everything from the start and stop the intake when they cannot. */
function cotSubjects(settings: Settings, { link, clock }: Surroundings): Destination {
  const driver = cotSubjectsSink(link, {
    name: COT_SINK,
    encode: encodedXml,
    subjectOf: cotSubject,
    window: settings.cotSubjects.window,
    clock,
  })
  const unbounded = Number.MAX_SAFE_INTEGER
  return {
    driver,
    cursor: { name: COT_SINK, from: 'start', whenFull: 'block', maxPendingMs: unbounded, maxPendingBytes: unbounded },
  }
}

function destinationFrom(sink: SinkSettings, around: Surroundings): Destination {
  const { name, from, whenFull, maxPendingMs, maxPendingBytes, url } = sink
  const driver = /^https?:/i.test(url) ? httpSink(sink, around) : takSink(sink, around)
  return { driver, cursor: { name, from, whenFull, maxPendingMs, maxPendingBytes } }
}

function takSink(
  { name, url, confirm, window, tls }: SinkSettings,
  { instance, log, clock }: Surroundings,
): SinkDriver {
  return takDriver({
    name,
    url,
    selfUid: `sightline.${instance}`,
    encode: encodedXml,
    confirm,
    window,
    tls: { ...certificates(name, tls), checkHost: tls.checkHostname },
    log: log.child({ sink: name }),
    clock,
  })
}

function httpSink({ name, url, window, tls, http }: SinkSettings, { log, clock }: Surroundings): SinkDriver {
  return httpDriver({
    name,
    url,
    encode: encodedXml,
    method: http.method,
    headers: http.headers,
    auth: authOf(http),
    accept: http.accept,
    window,
    tls: { ...certificates(name, tls), checkHost: tls.checkHostname },
    log: log.child({ sink: name }),
    clock,
  })
}

/** What both kinds of sink take: PEM texts, and how far the server is to be trusted. */
function certificates(sink: string, tls: SinkSettings['tls']) {
  const pem = (part: 'ca' | 'cert' | 'key') => {
    const given = tls[part]
    return given === undefined ? undefined : readPem(`sinks.${sink}.tls.${part}`, given)
  }
  return {
    ca: pem('ca'),
    cert: pem('cert'),
    key: pem('key'),
    passphrase: tls.passphrase,
    rejectUnauthorized: tls.verify,
    servername: tls.serverName,
  }
}

function authOf({ bearer, user, password }: SinkSettings['http']): HttpAuth | undefined {
  if (bearer !== undefined) return { kind: 'bearer', token: bearer }
  return user === undefined ? undefined : { kind: 'basic', username: user, password: password ?? '' }
}
