/** The first line a NATS server sends, read without the client: who it is, before anything is wanted from it. */
import { connect } from 'node:net'

export interface Greeting {
  readonly server_name: string
  readonly version: string
  readonly jetstream: boolean
}

/** A line longer than this is no greeting. */
const MAX_CHARS = 65_536

/** The greeting of what listens there, or undefined where nothing does or it is no NATS server. Never rejects. */
export function greeting(host: string, port: number, withinMs: number): Promise<Greeting | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, host)
    const end = (found: Greeting | undefined) => {
      socket.destroy()
      resolve(found)
    }
    socket.setTimeout(withinMs, () => end(undefined))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n')) end(parsed(text))
      else if (text.length > MAX_CHARS) end(undefined)
    })
    socket.on('error', () => end(undefined))
    socket.on('close', () => end(undefined))
  })
}

function parsed(text: string): Greeting | undefined {
  const json = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1]
  if (json === undefined) return undefined
  try {
    const info: Partial<Greeting> = JSON.parse(json)
    return { server_name: info.server_name ?? '', version: info.version ?? '', jetstream: info.jetstream === true }
  } catch {
    return undefined
  }
}
