/** Where a command finds the broker, and the connection it uses there for as long as its work takes. */
import type { Settings } from '../src/config/settings.ts'
import { FaultError, fault, faultFrom } from '../src/fault/fault.ts'
import { type BrokerConnection, connectBroker } from '../src/nats/connection.ts'
import type { Log } from '../src/port/log.ts'
import { identity } from '../streams/broker.ts'
import { type Runtime, readRuntime } from '../streams/runtime.ts'

export interface BrokerPlace {
  readonly url: string
  /** Who named it: `--nats`, the settings, the running service, or nobody. */
  readonly named: 'option' | 'settings' | 'runtime' | 'default'
  /** The running service of this data directory; absent when `--nats` sends us elsewhere. */
  readonly runtime?: Runtime
}

export const DEFAULT_BROKER = 'nats://127.0.0.1:4222'

/** A broker that a person named may be far away or just starting. */
const PATIENCE_MS = { option: 5_000, settings: 5_000, runtime: 3_000, default: 500 } as const

/** `--nats`, else `nats.url` of the settings, else what the service of the data directory uses, else the usual place. */
export function brokerPlace(settings: Settings, option: string | undefined): BrokerPlace {
  if (option !== undefined) return { url: option, named: 'option' }
  const runtime = readRuntime(settings.dataDir)
  if (settings.nats.url !== undefined) return { url: settings.nats.url, named: 'settings', runtime }
  if (runtime === undefined) return { url: DEFAULT_BROKER, named: 'default' }
  // An address in runtime.json has its identity masked; ours comes from the settings.
  return { url: runtime.nats.replaceAll('***@', ''), named: 'runtime', runtime }
}

/**
 * Connects, does the work, and closes whatever happens.
 * @throws FaultError as `connectBroker` does, and says how the place was chosen where nobody named it
 */
export async function withBroker<T>(
  place: BrokerPlace,
  settings: Settings,
  log: Log,
  work: (link: BrokerConnection) => Promise<T>,
): Promise<T> {
  const link = await connectBroker({
    url: place.url,
    name: 'sightline command line',
    instance: `cli-${process.pid}`,
    log,
    patienceMs: PATIENCE_MS[place.named],
    ...identity(settings),
  }).catch((thrown: unknown) => {
    throw place.named === 'default' ? nobodyThere(settings, thrown) : thrown
  })
  try {
    return await work(link)
  } finally {
    await link.close()
  }
}

function nobodyThere(settings: Settings, thrown: unknown): FaultError {
  const { code } = faultFrom(thrown)
  return new FaultError(
    fault(
      code,
      `No service runs on the data directory ${settings.dataDir}, and no broker answers at ${DEFAULT_BROKER}.\n` +
        '  Start the service:            sightline up\n' +
        '  or name its data directory:   --data-dir DIR   (SIGHTLINE_DATA_DIR)\n' +
        '  or name the broker:           --nats URL       (SIGHTLINE_NATS_URL)',
    ),
  )
}
