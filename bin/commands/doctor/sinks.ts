/** Sinks: does anything take a connection there, and with TLS, do both sides accept each other? */
import net from 'node:net'
import tls from 'node:tls'
import { readPem } from '../../../src/config/pem.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { type Fault, FaultError, fault } from '../../../src/fault/fault.ts'
import { transportFault } from '../../../src/fault/transport.ts'
import { endpointOf } from '../../../src/tak/options.ts'
import { type Finding, failedBy, ok, skip } from './finding.ts'

type SinkSettings = Settings['sinks'][number]

interface Place {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** For people, without secrets. */
  readonly target: string
}

const CONNECT_MS = 5_000
/** With TLS 1.3 the server looks at our certificate after we think that we are done; this long we wait for its word. */
const VERDICT_MS = 500

/** All at once: one that does not answer holds up no other. */
export function sinks(settings: Settings): Promise<Finding[]> {
  if (settings.sinks.length === 0) return Promise.resolve([skip('sinks', 'none but the CoT subjects')])
  return Promise.all(settings.sinks.map(sink))
}

async function sink(settings: SinkSettings): Promise<Finding> {
  const check = `sink ${settings.name}`
  if (!settings.enabled) return skip(check, 'switched off')
  try {
    const place = placeOf(settings.url)
    const why = await reach(place, settings)
    if (why !== undefined) return failedBy(check, new FaultError(why))
    if (place.secure && !settings.tls.verify) {
      return {
        ...ok(check, `${place.target} is reachable; its certificate was NOT checked`),
        state: 'warn',
        remedy: 'Set tls.verify to true.',
      }
    }
    return ok(check, `${place.target} takes connections${place.secure ? ', and TLS is agreed' : ''}`)
  } catch (thrown) {
    return failedBy(check, thrown)
  }
}

function placeOf(url: string): Place {
  if (!/^https?:/i.test(url)) return endpointOf(url)
  const { hostname, port, protocol } = new URL(url)
  const secure = protocol === 'https:'
  const number = port === '' ? (secure ? 443 : 80) : Number(port)
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: number,
    secure,
    target: `${protocol}//${hostname}:${number}`,
  }
}

/** Undefined when the connection stands, else why it does not. */
function reach(place: Place, settings: SinkSettings): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    const socket = place.secure
      ? tls.connect(tlsOptions(place, settings))
      : net.connect({ host: place.host, port: place.port })
    let shaken = false
    const end = (why: Fault | undefined) => {
      clearTimeout(deadline)
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.destroy()
      resolve(why)
    }
    const deadline = setTimeout(
      () => end(fault('sink-timeout', `${place.target} did not complete a connection within ${CONNECT_MS / 1_000} s`)),
      CONNECT_MS,
    )
    socket.once('error', (error) => end(transportFault(error, place.target)))
    socket.once('close', () => end(hungUp(place, shaken)))
    socket.once('data', () => end(undefined))
    socket.once(place.secure ? 'secureConnect' : 'connect', () => {
      shaken = true
      if (place.secure) setTimeout(() => end(undefined), VERDICT_MS)
      else end(undefined)
    })
  })
}

function hungUp({ target }: Place, shaken: boolean): Fault {
  return shaken
    ? fault(
        'sink-auth',
        `${target} hung up right after the TLS handshake: most likely it does not accept our certificate`,
      )
    : fault('sink-unreachable', `${target} hung up while connecting`)
}

function tlsOptions({ host, port }: Place, { name, tls: given }: SinkSettings): tls.ConnectionOptions {
  const pem = (part: 'ca' | 'cert' | 'key') => {
    const value = given[part]
    return value === undefined ? {} : { [part]: readPem(`sink ${name}, tls.${part}`, value) }
  }
  const servername = given.serverName ?? (net.isIP(host) === 0 ? host : undefined)
  return {
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: given.verify,
    ...pem('ca'),
    ...pem('cert'),
    ...pem('key'),
    ...(given.passphrase !== undefined && { passphrase: given.passphrase }),
    ...(servername !== undefined && { servername }),
    ...(!given.checkHostname && { checkServerIdentity: () => undefined }),
  }
}
