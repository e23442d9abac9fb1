/** The broker: is it there, does it keep streams as we need them, and does its clock agree with ours? */
import type { Settings } from '../../../src/config/settings.ts'
import type { BrokerConnection } from '../../../src/nats/connection.ts'
import { isOlder, OLDEST_BROKER } from '../../../src/nats/locate.ts'
import { request } from '../../../src/nats/requests.ts'
import { DETECTIONS, differences, wantedConsumer, wantedStreams } from '../../../src/nats/streams.ts'
import type { SystemView } from '../../../src/port/gauge.ts'
import { streamSettings } from '../../../streams/broker.ts'
import { type BrokerPlace, withBroker } from '../../broker-place.ts'
import { bytes, duration } from '../../figures.ts'
import { stderrLog } from '../../stderr-log.ts'
import { type Finding, fail, failedBy, ok, skip, warn } from './finding.ts'

const ANSWER_MS = 3_000
/** A detection message may be 1 MiB, and its dead letter carries it with headers. */
const WANTED_PAYLOAD = 1024 * 1024 + 64 * 1024
/** Clocks that agree this well are fine for tracking. */
const CLOCK_OK_MS = 1_000
const NOT_FOUND = new Set([10014, 10059])

/** An answer of JetStream's own API. */
interface ApiAnswer {
  readonly config?: object
  /** The server's time, RFC 3339; servers before 2.10 do not say it. */
  readonly ts?: string
  readonly error?: { readonly err_code?: number; readonly description?: string }
}

export async function broker(settings: Settings, place: BrokerPlace): Promise<Finding[]> {
  if (place.named === 'default') {
    return [skip('broker', 'the embedded broker starts with the service, and the service does not run'), clockUnasked()]
  }
  try {
    const log = stderrLog(false, () => undefined)
    return await withBroker(place, settings, log, async (link) => {
      if (link.nc.info?.jetstream !== true) {
        const remedy = 'Start it with -js, or with the nats.conf of this project.'
        return [fail('broker', `${link.server} runs without JetStream`, remedy), clockUnasked()]
      }
      return [
        server(link),
        payload(link),
        ...(await streams(link, settings, place)),
        await clock(link, settings),
        ...(await producers(link, place, settings)),
      ]
    })
  } catch (thrown) {
    return [failedBy('broker', thrown), clockUnasked()]
  }
}

const clockUnasked = (): Finding => skip('clock', 'not checked: there is no broker to compare with')

function server(link: BrokerConnection): Finding {
  const about = `${link.server} answers, version ${link.version}, with JetStream`
  if (!isOlder(link.version, OLDEST_BROKER)) return ok('broker', about)
  return warn('broker', `${about}; older than ${OLDEST_BROKER}, which was never tried`, 'Use a newer nats-server.')
}

function payload({ maxPayload }: BrokerConnection): Finding {
  const says = `messages up to ${bytes(maxPayload)}`
  if (maxPayload >= WANTED_PAYLOAD) return ok('max_payload', says)
  return warn(
    'max_payload',
    `${says}: copies of large dead letters will be cut`,
    'Set max_payload: 4MB in its configuration.',
  )
}

/** Streams and consumer as the service wants them; it makes what is missing, and changes what it can. */
async function streams(link: BrokerConnection, settings: Settings, { runtime }: BrokerPlace): Promise<Finding[]> {
  const wanted = streamSettings(settings)
  const consumer = wantedConsumer(wanted)
  const parts = [
    ...wantedStreams(wanted).map((stream) => ({
      check: `stream ${stream.name}`,
      api: `STREAM.INFO.${stream.name}`,
      config: stream,
    })),
    {
      check: `consumer ${consumer.durable_name}`,
      api: `CONSUMER.INFO.${DETECTIONS}.${consumer.durable_name}`,
      config: consumer,
    },
  ]
  const findings: Finding[] = []
  for (const { check, api, config } of parts)
    findings.push(part(check, config, await ask(link, api), runtime !== undefined))
  return findings
}

function part(check: string, wanted: object, answer: ApiAnswer, running: boolean): Finding {
  const { error, config } = answer
  if (error !== undefined && NOT_FOUND.has(error.err_code ?? 0)) {
    if (!running) return ok(check, 'not there yet; the service makes it at its start')
    return fail(check, 'is missing while the service runs', 'Restart the service; it makes it again.')
  }
  if (config === undefined) return fail(check, `JetStream says: ${error?.description ?? 'nothing'}`)
  const different = differences(wanted, config)
  if (different.length === 0) return ok(check, 'as wanted')
  const says = different.map(
    ({ setting, wanted: want, found }) => `${setting} is ${JSON.stringify(found)}, wanted ${JSON.stringify(want)}`,
  )
  return warn(check, says.join('; '), 'The service changes this at its next start, or refuses and says what to remove.')
}

async function ask(link: BrokerConnection, api: string): Promise<ApiAnswer> {
  try {
    return (await link.nc.request(`$JS.API.${api}`, '', { timeout: ANSWER_MS })).json<ApiAnswer>()
  } catch (thrown) {
    return { error: { description: thrown instanceof Error ? thrown.message : String(thrown) } }
  }
}

async function clock(link: BrokerConnection, { clock: limits }: Settings): Promise<Finding> {
  const beforeMs = Date.now()
  const { ts } = await ask(link, `STREAM.INFO.${DETECTIONS}`)
  const afterMs = Date.now()
  const theirsMs = ts === undefined ? Number.NaN : Date.parse(ts)
  if (Number.isNaN(theirsMs))
    return skip('clock', `not checked: a broker of version ${link.version} does not tell its time`)
  // Their answer was made at some moment in between.
  const offMs = theirsMs < beforeMs ? theirsMs - beforeMs : Math.max(0, theirsMs - afterMs)
  const says = `${duration(Math.abs(offMs) / 1_000)} ${offMs < 0 ? 'ahead of' : 'behind'} the broker`
  if (Math.abs(offMs) <= CLOCK_OK_MS) return ok('clock', 'agrees with the broker')
  const remedy = 'Let both machines take their time from NTP.'
  return Math.abs(offMs) > limits.maxAheadMs ? fail('clock', says, remedy) : warn('clock', says, remedy)
}

/** Clocks of producers, as the running service saw them. */
async function producers(
  link: BrokerConnection,
  { runtime }: BrokerPlace,
  { clock: limits }: Settings,
): Promise<Finding[]> {
  if (runtime === undefined) return []
  try {
    const view = (await request(link, `sightline.status.${runtime.instance}`, undefined, ANSWER_MS)) as SystemView
    const ahead = Object.entries(view.skewMs).filter(([, ms]) => ms > CLOCK_OK_MS)
    return ahead.map(([source, ms]) => {
      const says = `observations of ${source} come ${duration(ms / 1_000)} before their time`
      const remedy = `Set the clock of that producer; beyond ${duration(limits.maxAheadMs / 1_000)} they are refused (clock-ahead).`
      return ms > limits.maxAheadMs ? fail('producer clock', says, remedy) : warn('producer clock', says, remedy)
    })
  } catch (thrown) {
    return [failedBy('service', thrown)]
  }
}
