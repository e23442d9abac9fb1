/** An HTTP server at the far end: records what it accepts and answers as it is told, well or badly. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { until } from './until.ts'

export interface HttpRequestSeen {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** The uid of the event in the body. */
  readonly uid: string
  /** Which request this is for that uid, from 1. */
  readonly attempt: number
  readonly atMs: number
}

/** `hang`: no answer at all. `reset`: the connection is torn down. `drip`: headers, then a byte now and then, for ever. */
export type HttpAnswer =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
      readonly afterMs?: number
    }
  | 'hang'
  | 'reset'
  | 'drip'

export interface HttpRecorderOptions {
  readonly tls?: https.ServerOptions
}

export class HttpRecorder {
  /** Decides each answer; replace it at any time. */
  answer: (seen: HttpRequestSeen) => HttpAnswer = () => ({ status: 200 })
  readonly seen: HttpRequestSeen[] = []
  /** Bodies answered with 2xx, in order of arrival. */
  readonly accepted: HttpRequestSeen[] = []
  inFlight = 0
  peakInFlight = 0
  connections = 0
  port = 0
  readonly #options: HttpRecorderOptions
  readonly #attempts = new Map<string, number>()
  readonly #sockets = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #server: http.Server | undefined

  private constructor(options: HttpRecorderOptions) {
    this.#options = options
  }

  static async listen(options: HttpRecorderOptions = {}): Promise<HttpRecorder> {
    const recorder = new HttpRecorder(options)
    await recorder.listenAgain()
    return recorder
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}/cot`
  }

  /** Listens on the port it had before; at first on a free one. */
  async listenAgain(): Promise<void> {
    const handler: http.RequestListener = (request, response) => this.#serve(request, response)
    const { tls } = this.#options
    const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler)
    server.on('connection', (socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
    })
    server.on('tlsClientError', () => {})
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers.clear()
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Waits until this holds; checked after each request. */
  until(holds: () => boolean, what: string): Promise<void> {
    return until(holds, what)
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.inFlight++
    this.peakInFlight = Math.max(this.peakInFlight, this.inFlight)
    response.on('close', () => this.inFlight--)
    const chunks: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const uid = /\buid=["']([^"']*)/.exec(body)?.[1] ?? ''
      const attempt = (this.#attempts.get(uid) ?? 0) + 1
      this.#attempts.set(uid, attempt)
      const { method = '', url = '', headers } = request
      const seen = { method, path: url, headers, body, uid, attempt, atMs: performance.now() }
      this.seen.push(seen)
      this.#reply(seen, this.answer(seen), response)
    })
  }

  #reply(seen: HttpRequestSeen, answer: HttpAnswer, response: http.ServerResponse): void {
    if (answer === 'hang') return
    if (answer === 'reset') {
      response.socket?.destroy()
      return
    }
    if (answer === 'drip') {
      response.writeHead(500)
      this.#timers.add(setInterval(() => response.write('.'), 20))
      return
    }
    const { status, headers = {}, body = '', afterMs = 0 } = answer
    const send = () => {
      if (status >= 200 && status < 300) this.accepted.push(seen)
      response.writeHead(status, headers)
      response.end(body)
    }
    if (afterMs > 0) this.#timers.add(setTimeout(send, afterMs))
    else send()
  }
}
