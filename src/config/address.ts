/** `host:port` of a listener. */

export interface Address {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `127.0.0.1:8640`, `localhost:0`, `[::1]:8640`; undefined when the text is not such an address. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/i.exec(text)
  if (!match) return undefined
  const port = Number(match[3])
  return port > 65_535 ? undefined : { host: match[1] ?? match[2] ?? '', port }
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
