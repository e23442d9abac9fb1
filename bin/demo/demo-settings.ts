/** Settings of the demo: the same on every machine, whatever its environment says, with everything marked as simulated. */
import { INTEGRATOR_NAMES } from '../../src/config/integrator.ts'
import { type LoadOptions, loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { FaultError, fault } from '../../src/fault/fault.ts'
import { problemList } from '../settings.ts'

type Environment = LoadOptions['env']

/** Name of the sink that goes to the demo's own receiver. */
export const RECEIVER_SINK = 'receiver'
/** Name of the sink that `--tak` adds, as `COT_URL` names it. */
export const TAK_SINK = 'tak'

export interface DemoPlace {
  readonly dataDir: string
  /** Where the demo's own TAK receiver listens. */
  readonly receiverUrl: string
  /** A TAK server to send to as well; `true`: the one that `COT_URL` names. */
  readonly tak?: string | true
}

/** Of the environment only the program of the broker counts, and with `tak` what says how to reach that server. */
export function demoSettings({ dataDir, receiverUrl, tak }: DemoPlace, env: Environment): Settings {
  const settings = load({
    env: { NATS_SERVER_BIN: env.NATS_SERVER_BIN },
    overrides: {
      dataDir,
      http: '127.0.0.1:0',
      nats: { port: 0 },
      cot: { simulated: true },
      sinks: [{ name: RECEIVER_SINK, url: receiverUrl, from: 'start' }],
      log: { pretty: 'never' },
    },
  })
  return tak === undefined ? settings : { ...settings, sinks: [...settings.sinks, ...takSinks(tak, env)] }
}

/** The one sink that the integrators' names describe. */
function takSinks(tak: string | true, env: Environment): Settings['sinks'] {
  // How long events live is the demo's own business.
  const names = INTEGRATOR_NAMES.filter((name) => name !== 'COT_STALE')
  const named = Object.fromEntries(names.map((name) => [name, env[name]]))
  const url = tak === true ? env.COT_URL : tak
  if (url === undefined || url === '') {
    throw new FaultError(fault('bad-settings', '--tak without a URL takes that of COT_URL, which is not set'))
  }
  return load({ env: { ...named, COT_URL: url } }).sinks
}

function load(options: LoadOptions): Settings {
  const loaded = loadSettings(options)
  if (loaded.ok) return loaded.settings
  throw new FaultError(fault('bad-settings', problemList(loaded.problems)))
}
