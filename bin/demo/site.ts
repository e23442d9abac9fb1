/** Everything the demo needs, standing: the receiver, the pipeline with its broker, and a connection that watches it. */
import { openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scenario } from '../../examples/simulator/scenario.ts'
import { type BrokerConnection, connectBroker } from '../../src/nats/connection.ts'
import { createLog } from '../../src/watch/log.ts'
import type { Ending } from '../../streams/ground.ts'
import type { Service } from '../../streams/service.ts'
import { stderrLog } from '../stderr-log.ts'
import { version } from '../version.ts'
import { demoSettings } from './demo-settings.ts'
import { type Books, watchFarEnds } from './far-ends.ts'
import { emptyPlace, LOG_FILE } from './place.ts'
import type { ReceiverProcess } from './receiver-process.ts'
import { wallMs } from './wall-clock.ts'

export interface SiteOptions {
  readonly dataDir: string
  readonly tak?: string | true
  readonly debug: boolean
  /** Says one line for each thing that stands. */
  readonly say: (line: string) => void
  readonly books: Books
  /** Not started yet. */
  readonly receiver: ReceiverProcess
}

export interface Site {
  readonly dataDir: string
  readonly service: Service
  readonly link: BrokerConnection
  readonly receiver: ReceiverProcess
  /** Stops the service and all else in order; answers how the service ended, also when asked again. */
  close(): Promise<Ending>
}

/** Raises everything, or rejects with what could not be raised and leaves nothing behind. */
export async function raiseSite({ books, receiver, say, debug, tak, ...options }: SiteOptions): Promise<Site> {
  const opened = new AsyncDisposableStack()
  try {
    const dataDir = await emptyPlace(options.dataDir, stderrLog(debug, say))
    // Closed by the end of the process: lines are written in the background until then.
    const file = openSync(join(dataDir, LOG_FILE), 'a', 0o600)
    const log = createLog({ fd: file, pretty: 'never', level: debug ? 'debug' : 'info', stacks: debug })
    process.once('exit', () => log.close())
    say(`data and log in ${dataDir}`)

    opened.defer(() => receiver.kill())
    await receiver.start()
    say(`TAK receiver up on ${receiver.url} (process ${receiver.pid})`)

    const settings = demoSettings({ dataDir, receiverUrl: receiver.url, tak }, process.env)
    // Loaded only now: the first lines need not wait for it.
    const { startService } = await import('../../streams/service.ts')
    const service = await startService({ settings, version: version(), log })
    let ending: Ending = { exitCode: 4 }
    opened.defer(async () => {
      service.stop()
      ending = await service.ended
    })
    say(`broker up on ${service.nats}`)
    say(`pipeline up, health on ${service.http}/readyz`)

    const link = await connectBroker({
      url: service.nats,
      name: 'sightline demo',
      instance: `demo-${process.pid}`,
      log,
    })
    opened.defer(() => link.close())
    opened.defer(await watchFarEnds(link, books))
    const close = async (): Promise<Ending> => {
      await opened.disposeAsync()
      return ending
    }
    return { dataDir, service, link, receiver, close }
  } catch (thrown) {
    await opened.disposeAsync()
    throw thrown
  }
}

/** Detections in the sample that a person may publish. */
const SAMPLE_SIZE = 20

/** Writes a few detections that can be located, for a person to publish; answers the path. */
export function writeSample(dataDir: string, seed: number): string {
  const path = join(dataDir, 'sample.jsonl')
  const lines: string[] = []
  for (const { expect, payload } of scenario({ seed, durationS: 60, rate: 5, startMs: Math.floor(wallMs()) })) {
    if (expect === 'located') lines.push(`${JSON.stringify(payload)}\n`)
    if (lines.length === SAMPLE_SIZE) break
  }
  writeFileSync(path, lines.join(''))
  return path
}
