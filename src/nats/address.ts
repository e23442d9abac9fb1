/** What a broker URL says, with its secrets taken out of it before it is shown anywhere. */
import { FaultError, fault } from '../fault/fault.ts'

/** One broker, or several of one cluster, as the client wants them. */
export interface BrokerAddress {
  /** `host:port` of each. */
  readonly servers: readonly string[]
  /** True when a `tls://` URL asks for it. */
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
  readonly token?: string
  /** The URLs without secrets, for people. */
  readonly shown: string
}

const DEFAULT_PORT = '4222'

/**
 * Reads `nats://host:port`, `tls://host`, `host:port`, or several of them with commas between;
 * `user:password@` or `token@` before the host is taken as the identity.
 * @throws FaultError `bad-settings` naming what cannot be read
 */
export function brokerAddress(urls: string): BrokerAddress {
  const parsed = urls.split(',').map((url) => parseOne(url.trim()))
  const withIdentity = parsed.find((url) => url.username !== '')
  return {
    servers: parsed.map((url) => `${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}`),
    tls: parsed.some((url) => url.protocol === 'tls:'),
    shown: parsed.map(shownUrl).join(','),
    ...(withIdentity === undefined ? {} : identity(withIdentity)),
  }
}

function parseOne(text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined
  if (url === undefined || url.hostname === '' || (url.protocol !== 'nats:' && url.protocol !== 'tls:')) {
    throw new FaultError(
      fault(
        'bad-settings',
        `The broker URL "${withoutSecrets(text)}" cannot be read: it should look like nats://127.0.0.1:4222 or tls://broker.example:4222`,
      ),
    )
  }
  return url
}

function identity(url: URL): { user: string; password: string } | { token: string } {
  const name = decodeURIComponent(url.username)
  return url.password === '' ? { token: name } : { user: name, password: decodeURIComponent(url.password) }
}

function shownUrl(url: URL): string {
  const masked = url.username === '' ? '' : '***@'
  return `${url.protocol}//${masked}${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}`
}

function withoutSecrets(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?[^@]*@/i, '$1***@')
}
