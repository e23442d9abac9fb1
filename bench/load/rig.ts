/**
 * Everything a scenario stands on: a real broker, a TAK sink in a process of its own, and the service between them.
 *
 * The streams are made with the service's own settings and before it starts, so that they can be filled first. What was
 * started is stopped, however the scenario ends.
 */
import { jetstreamManager } from '@nats-io/jetstream'
import { loadSettings } from '../../src/config/load.ts'
import { type BrokerConnection, connectBroker } from '../../src/nats/connection.ts'
import { provision } from '../../src/nats/provision.ts'
import { publishAll } from '../../src/nats/publisher.ts'
import { COT, DEADLETTERS, DETECTIONS } from '../../src/nats/streams.ts'
import { streamSettings } from '../../streams/broker.ts'
import { startBroker, type TestBroker } from '../../test/support/broker.ts'
import { silentLog } from '../../test/support/silent.ts'
import { BrokenRun } from '../broken-run.ts'
import { monotonicMs } from './monotonic.ts'
import { discard, scratch } from './scratch.ts'
import { ServiceProcess } from './service-process.ts'
import { SinkProcess } from './sink-process.ts'

export const SOURCE = 'bench'
const WINDOW = 512

/** How many messages the streams hold; `cotLastMs` and `deadLastMs` are when the broker stored their last ones. */
export interface Stored {
  readonly detections: number
  readonly cot: number
  readonly cotLastMs: number
  readonly dead: number
  readonly deadLastMs: number
}

export class Rig {
  readonly broker: TestBroker
  readonly sink: SinkProcess
  readonly link: BrokerConnection
  service: ServiceProcess | undefined
  readonly #links: BrokerConnection[] = []
  readonly #streams: (stream: string) => Promise<{ messages: number; last_ts: string }>

  private constructor(
    broker: TestBroker,
    sink: SinkProcess,
    link: BrokerConnection,
    streams: (stream: string) => Promise<{ messages: number; last_ts: string }>,
  ) {
    this.broker = broker
    this.sink = sink
    this.link = link
    this.#streams = streams
  }

  static async build(): Promise<Rig> {
    const storeDir = scratch('broker')
    const broker = await startBroker({ storeDir })
    const sink = await SinkProcess.start()
    const link = await connected(broker.url, 'bench')
    await provision(link, streamsOfTheService())
    const manager = await jetstreamManager(link.nc)
    return new Rig(broker, sink, link, async (stream) => (await manager.streams.info(stream)).state)
  }

  /** One more connection to the broker, closed with the rig. */
  async connect(name: string): Promise<BrokerConnection> {
    const link = await connected(this.broker.url, name)
    this.#links.push(link)
    return link
  }

  /** Publishes the messages on `detections.bench`; resolves when the broker has stored all of them. */
  async fill(messages: Iterable<Uint8Array>, onProgress?: (stored: number) => void): Promise<void> {
    const outgoing = (function* () {
      for (const payload of messages) yield { subject: `detections.${SOURCE}`, payload }
    })()
    await publishAll(this.link, outgoing, { window: WINDOW, onProgress: ({ acked }) => onProgress?.(acked) })
  }

  /** Starts the service on this broker, with the sink as its one TAK server; it is not up yet. */
  launch(options: { readonly profile?: boolean } = {}): ServiceProcess {
    const env = {
      SIGHTLINE_NATS_URL: this.broker.url,
      SIGHTLINE_SINKS_0_NAME: 'tak',
      SIGHTLINE_SINKS_0_URL: this.sink.url,
    }
    this.service = ServiceProcess.launch({ env, ...options })
    return this.service
  }

  /** Resolves with the moment (monotonic ms) of the first pull request from now on; the broker shows them to who asks. */
  firstPull(): Promise<number> {
    return new Promise((resolve) => {
      const callback = () => resolve(monotonicMs())
      this.link.nc.subscribe(`$JS.API.CONSUMER.MSG.NEXT.${DETECTIONS}.>`, { max: 1, callback })
    })
  }

  async stored(): Promise<Stored> {
    const [detections, cot, dead] = await Promise.all([DETECTIONS, COT, DEADLETTERS].map(this.#streams))
    if (detections === undefined || cot === undefined || dead === undefined) throw new Error('a stream is missing')
    return {
      detections: detections.messages,
      cot: cot.messages,
      cotLastMs: Date.parse(cot.last_ts),
      dead: dead.messages,
      deadLastMs: Date.parse(dead.last_ts),
    }
  }

  async dispose(): Promise<void> {
    await this.service?.dispose()
    await Promise.all([...this.#links, this.link].map((link) => link.close()))
    await this.sink.stop()
    await this.broker.stop()
    discard(this.broker.storeDir)
  }
}

/** Runs with a rig of its own and takes it down afterwards. */
export async function withRig<T>(run: (rig: Rig) => Promise<T>): Promise<T> {
  const rig = await Rig.build()
  try {
    return await run(rig)
  } finally {
    await rig.dispose()
  }
}

/** The streams as the service would make them, so that it finds nothing to change. */
export function streamsOfTheService() {
  const loaded = loadSettings({ env: {} })
  if (!loaded.ok) throw new BrokenRun('the default settings do not load')
  return streamSettings(loaded.settings)
}

export function connected(url: string, name: string): Promise<BrokerConnection> {
  return connectBroker({ url, name, instance: `${name}-${process.pid}`, log: silentLog })
}
