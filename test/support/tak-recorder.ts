/**
 * A TAK server at the far end: records every complete event, answers pings, and misbehaves on request.
 *
 * Run as a program it is the same server in a process of its own, to be killed with -9: its options are the first
 * argument as JSON, it says `{"port":…}` on its first line, and it appends each event to a file before it answers a
 * ping. It shares no code with the product, so that both sides cannot be wrong in the same way.
 */
import { once } from 'node:events'
import fs from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { until } from './until.ts'

export interface TakEvent {
  readonly uid: string
  readonly time: string
  readonly type: string
  /** Which connection it came on, from 1. */
  readonly connection: number
}

export interface TakRecorderOptions {
  readonly tls?: {
    readonly cert: string
    readonly key: string
    readonly ca?: string
    readonly maxVersion?: tls.SecureVersion
  }
  /** 0 or absent: a free one. */
  readonly port?: number
  readonly pong?: boolean
  readonly read?: boolean
  /** Pause before each pong. */
  readonly pongAfterMs?: number
  /** Events are appended to this file, one JSON line each, before pings that came after them are answered. */
  readonly file?: string
  /** False counts events without looking into them: for measuring. */
  readonly keep?: boolean
}

const END = '</event>'
const PONG =
  "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<event version='2.0' uid='takPong' type='t-x-c-t-r' how='h-g-i-g-o' " +
  "time='2024-07-24T16:00:00Z' start='2024-07-24T16:00:00Z' stale='2024-07-24T16:00:20Z'><point lat='0.0' lon='0.0' hae='0.0' ce='999999' le='999999'/></event>"

export class TakRecorder {
  readonly events: TakEvent[] = []
  /** Complete events, pings not among them. */
  count = 0
  pings = 0
  pongs = 0
  /** Connections ever made. */
  connections = 0
  /** Bytes after an `</event>` that do not begin another event, in words; must stay empty. */
  readonly breaches: string[] = []
  /** Raw text of the last events, for looking at. */
  lastText = ''
  pong: boolean
  pongAfterMs: number
  port: number
  #read: boolean
  readonly #options: TakRecorderOptions
  readonly #sockets = new Set<net.Socket>()
  readonly #file: number | undefined
  #server: net.Server | undefined

  private constructor(options: TakRecorderOptions) {
    this.#options = options
    this.pong = options.pong ?? true
    this.pongAfterMs = options.pongAfterMs ?? 0
    this.port = options.port ?? 0
    this.#read = options.read ?? true
    this.#file = options.file === undefined ? undefined : fs.openSync(options.file, 'a')
    // A life before this one may have ended within a line.
    if (this.#file !== undefined) fs.writeSync(this.#file, '\n')
  }

  static async listen(options: TakRecorderOptions = {}): Promise<TakRecorder> {
    const recorder = new TakRecorder(options)
    await recorder.listenAgain()
    return recorder
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'tcp' : 'tls'}://127.0.0.1:${this.port}`
  }

  /** Connections open now. */
  get open(): number {
    return this.#sockets.size
  }

  /** Listens on the port it had before; at first on the one asked for or a free one. */
  async listenAgain(): Promise<void> {
    const { tls: secure } = this.#options
    const serve = (socket: net.Socket) => this.#serve(socket)
    const server =
      secure === undefined
        ? net.createServer(serve)
        : tls.createServer(
            { ...secure, requestCert: secure.ca !== undefined, rejectUnauthorized: secure.ca !== undefined },
            serve,
          )
    server.on('tlsClientError', () => {})
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Tears down every connection at once: with a reset, or with TLS without a word. */
  dropAll(): void {
    for (const socket of this.#sockets) {
      if (socket instanceof tls.TLSSocket) socket.destroy()
      else socket.resetAndDestroy()
    }
  }

  /** Closes every connection in good order. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end()
  }

  /** Sends these bytes on every connection. */
  say(bytes: string | Uint8Array): void {
    for (const socket of this.#sockets) socket.write(bytes)
  }

  pauseReading(): void {
    this.#read = false
    for (const socket of this.#sockets) socket.pause()
  }

  resumeReading(): void {
    this.#read = true
    for (const socket of this.#sockets) socket.resume()
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    this.dropAll()
    await closed
  }

  until(holds: () => boolean, what: string, limitMs?: number): Promise<void> {
    return until(holds, what, limitMs)
  }

  #serve(socket: net.Socket): void {
    const connection = ++this.connections
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    if (this.#options.keep === false) this.#count(socket)
    else this.#record(socket, connection)
    if (!this.#read) socket.pause()
  }

  #record(socket: net.Socket, connection: number): void {
    let rest = ''
    socket.on('data', (chunk: Buffer) => {
      // ASCII only is promised: a byte above 127 would show as another character.
      rest += chunk.toString('latin1')
      let lines = ''
      for (let end = rest.indexOf(END); end >= 0; end = rest.indexOf(END)) {
        const text = rest.slice(0, end + END.length)
        rest = rest.slice(end + END.length)
        lines += this.#take(text, connection, socket)
      }
      if (this.#file !== undefined && lines !== '') fs.writeSync(this.#file, lines)
    })
  }

  #take(text: string, connection: number, socket: net.Socket): string {
    if (!/^<(\?xml|event)\b/.test(text)) this.breaches.push(`an event begins with ${JSON.stringify(text.slice(0, 20))}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the promise is about exactly these
    if (/[^\x00-\x7f]/.test(text)) this.breaches.push('an event holds bytes that are not ASCII')
    this.lastText = text
    const attribute = (name: string) => new RegExp(`<event\\b[^>]*\\b${name}=["']([^"']*)`).exec(text)?.[1] ?? ''
    const type = attribute('type')
    if (type === 't-x-c-t') {
      this.pings++
      this.#answer(socket)
      return ''
    }
    if (type === 't-x-c-t-r') {
      this.pongs++
      return ''
    }
    const event = { uid: attribute('uid'), time: attribute('time'), type, connection }
    this.count++
    this.events.push(event)
    return `${JSON.stringify(event)}\n`
  }

  /** A later tick at the earliest, so that events of the same chunk are in the file before the pong leaves. */
  #answer(socket: net.Socket): void {
    if (!this.pong) return
    setTimeout(() => {
      if (!socket.destroyed) socket.write(PONG)
    }, this.pongAfterMs)
  }

  #count(socket: net.Socket): void {
    let tail: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk])
      let from = 0
      for (let end = bytes.indexOf(END, from); end >= 0; end = bytes.indexOf(END, from)) {
        const next = end + END.length
        if (bytes.subarray(from, from + 400).includes('"t-x-c-t"')) {
          this.pings++
          this.#answer(socket)
        } else this.count++
        from = next
      }
      tail = bytes.subarray(from)
    })
  }
}

if (import.meta.main) {
  const recorder = await TakRecorder.listen(JSON.parse(process.argv[2] ?? '{}') as TakRecorderOptions)
  process.stdout.write(`${JSON.stringify({ port: recorder.port })}\n`)
  // Whoever started us holds our stdin; when they are gone, so are we.
  process.stdin.resume().on('end', () => process.exit(0))
}
