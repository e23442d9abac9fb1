/** What the machine must have: Node, the nats-server program, and ports that are free or held by our own service. */
import { createServer } from 'node:net'
import { parseAddress } from '../../../src/config/address.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { greeting } from '../../../src/nats/greeting.ts'
import { brokerVersion, locateBroker } from '../../../src/nats/locate.ts'
import type { Runtime } from '../../../streams/runtime.ts'
import { type Finding, fail, failedBy, ok, skip } from './finding.ts'

const NODE_MAJOR = 24
const LOOPBACK = '127.0.0.1'
const GREETING_MS = 1_000

export function node(): Finding {
  const { version } = process
  if (Number.parseInt(version.slice(1), 10) >= NODE_MAJOR) return ok('node', `Node ${version}`)
  return fail(
    'node',
    `Node ${version}; ${NODE_MAJOR} or newer is needed`,
    'Start through bin/sightline.js after "npm run setup".',
  )
}

/** The program of the embedded broker. */
export async function brokerProgram({ nats }: Settings): Promise<Finding> {
  if (nats.url !== undefined) return skip('nats-server', 'not needed: nats.url names a broker')
  try {
    const binary = nats.serverBin ?? locateBroker()
    return ok('nats-server', `${binary}, version ${await brokerVersion(binary)}`)
  } catch (thrown) {
    return failedBy('nats-server', thrown)
  }
}

/** Where the embedded broker listens, or will. */
export async function brokerPort({ nats }: Settings, runtime: Runtime | undefined): Promise<Finding> {
  const check = 'broker port'
  const { port } = nats
  if (nats.url !== undefined) return skip(check, 'not needed: nats.url names a broker')
  if (runtime?.embedded) return ok(check, `our own broker listens at ${runtime.nats}`)
  if (port === 0) return ok(check, 'a free one is taken at the start')
  if (await isFree(LOOPBACK, port)) return ok(check, `${port} is free`)
  const other = await greeting(LOOPBACK, port, GREETING_MS)
  const holder =
    other === undefined ? 'something that is no NATS server' : `nats-server ${other.version}, not started by us`
  const useIt = other === undefined ? '' : `, or use that broker: SIGHTLINE_NATS_URL=nats://${LOOPBACK}:${port}`
  return fail(check, `${port} is taken by ${holder}`, `Stop it, or set another port with SIGHTLINE_NATS_PORT${useIt}.`)
}

/** Where health and metrics are served, or will be. */
export async function httpPort({ http }: Settings, runtime: Runtime | undefined): Promise<Finding> {
  const check = 'http port'
  if (runtime !== undefined) return ok(check, `the service listens at ${runtime.http}`)
  const address = parseAddress(http)
  if (address === undefined) return fail(check, `"${http}" is no address`, 'Set http to host:port.')
  if (address.port === 0) return ok(check, 'a free one is taken at the start')
  if (await isFree(address.host, address.port)) return ok(check, `${http} is free`)
  return fail(check, `${http} is taken`, 'Stop what holds it, or set SIGHTLINE_HTTP to another address.')
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
