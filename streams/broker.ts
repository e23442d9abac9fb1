/** Our broker: the embedded one as a supervised child, or the one that the settings name; and the connection to it. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brokerBehavior } from '../actors/broker.ts'
import { Actor } from '../actors/kernel/actor.ts'
import type { Supervisor } from '../actors/kernel/supervisor.ts'
import { readPem } from '../src/config/pem.ts'
import type { Settings } from '../src/config/settings.ts'
import { type BrokerConnection, type BrokerOptions, connectBroker } from '../src/nats/connection.ts'
import { EmbeddedBroker } from '../src/nats/embedded.ts'
import { locateBroker } from '../src/nats/locate.ts'
import type { StreamSettings } from '../src/nats/streams.ts'
import type { Clock } from '../src/port/clock.ts'
import type { Log } from '../src/port/log.ts'

export interface BrokerSurroundings {
  readonly instance: string
  readonly supervisor: Supervisor
  readonly log: Log
  readonly clock: Clock
}

export interface Joined {
  readonly link: BrokerConnection
  readonly embedded: boolean
}

const CONF = fileURLToPath(new URL('../nats.conf', import.meta.url))

/** Starts the embedded broker when there is no url, and connects. Rejects with `port-taken`, `broker-missing`, `broker-unreachable`, … */
export async function joinBroker(settings: Settings, around: BrokerSurroundings): Promise<Joined> {
  const { nats } = settings
  const url = nats.url ?? (await startEmbedded(settings, around))
  const link = await connectBroker({
    url,
    name: `sightline ${around.instance}`,
    instance: around.instance,
    log: around.log,
    ...identity(settings),
  })
  return { link, embedded: nats.url === undefined }
}

/** Who we are to the broker: what the settings give, and nothing where they give nothing. */
export function identity({ nats }: Settings): Pick<BrokerOptions, 'auth' | 'tls'> {
  const { user, password, token, nkeySeed, creds, tls } = nats
  const text = (setting: string, given: string | undefined) =>
    given === undefined ? undefined : readPem(setting, given)
  const encrypted = tls.ca !== undefined || tls.cert !== undefined || tls.key !== undefined
  const certificates = {
    ca: text('nats.tls.ca', tls.ca),
    cert: text('nats.tls.cert', tls.cert),
    key: text('nats.tls.key', tls.key),
  }
  const auth = { user, password, token, nkeySeed, creds: text('nats.creds', creds) }
  return encrypted ? { auth, tls: certificates } : { auth }
}

async function startEmbedded(settings: Settings, { supervisor, log, clock }: BrokerSurroundings): Promise<string> {
  const { nats, dataDir } = settings
  let broker: EmbeddedBroker | undefined
  const launch = async (onExit: ConstructorParameters<typeof EmbeddedBroker>[0]['onExit']) => {
    // A restarted broker has to come back where its clients look for it.
    const port = broker?.port ?? (nats.port === 0 ? 'free' : nats.port)
    broker = new EmbeddedBroker({
      binary: nats.serverBin ?? locateBroker(),
      conf: CONF,
      dataDir: join(dataDir, 'broker'),
      port,
      log: log.child({ part: 'broker' }),
      onExit,
    })
    await broker.start()
    return broker
  }
  const create = () => brokerBehavior(launch)
  await supervisor.adopt(new Actor({ name: 'broker', mailbox: 1, clock, create }))
  if (broker === undefined) throw new Error('the broker actor started without a broker')
  return (broker as EmbeddedBroker).url
}

/** What the streams and the consumer have to be. */
export function streamSettings({ nats }: Settings): StreamSettings {
  const { replicas, streams, consumer } = nats
  return {
    replicas,
    detections: streams.detections,
    cot: streams.cot,
    deadLetters: streams.deadLetters,
    consumer: { name: consumer.durable, ackWaitMs: consumer.ackWaitMs, maxAckPending: consumer.maxAckPending },
  }
}
