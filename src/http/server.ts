/**
 * The HTTP server: liveness, readiness, metrics, health.
 *
 * Invariants: every answer carries `Cache-Control: no-store` and `X-Request-ID`; every refusal is a problem (RFC 9457) with a
 * fault code; nothing a client does, or leaves undone, holds a connection for longer than its limits.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import { FAULTS } from '../fault/table.ts'
import type { SystemView } from '../port/gauge.ts'
import type { Log } from '../port/log.ts'
import { healthOf, readinessOf } from './health.ts'
import { PROBLEM_TYPE, problemDetails } from './problem.ts'
import { requestIdFrom } from './request-id.ts'

export interface HttpLimits {
  /** Largest request body. */
  readonly bodyBytes: number
  /** Largest request line and headers. */
  readonly headerBytes: number
  /** A request must have arrived within this time. */
  readonly requestTimeoutMs: number
  /** Its headers within this one. */
  readonly headersTimeoutMs: number
  /** An idle connection is kept this long. */
  readonly keepAliveMs: number
  readonly connections: number
  /** How long answers under way may take when the server closes. */
  readonly closeMs: number
}

const LIMITS: HttpLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 5_000,
  keepAliveMs: 5_000,
  connections: 1024,
  closeMs: 1_000,
}

export interface HttpOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly view: () => SystemView
  readonly metrics: () => Promise<string>
  /** Content type of the metrics page. */
  readonly metricsType?: string
  readonly log: Log
  /** Told of every answer; `endpoint` is the route's pattern or `unmatched`. */
  readonly onAnswer?: (method: string, endpoint: string, status: number, elapsedMs: number) => void
  readonly limits?: Partial<HttpLimits>
}

export interface HttpServer {
  /** `http://127.0.0.1:8640`, with the real port. */
  readonly address: string
  readonly port: number
  /** Takes no more, lets answers under way finish, then cuts what is left. */
  close(): Promise<void>
}

const UNMATCHED = 'unmatched'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const methodLabel = (method: string): string => (METHODS.includes(method) ? method : 'OTHER')
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** @throws FaultError `port-taken` when the address is in use, `bad-settings` when it cannot be listened on. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const limits = { ...LIMITS, ...options.limits }
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // Node looks for late requests only this often.
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
    },
    genReqId: (request) => requestIdFrom(request.headers['x-request-id']),
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => refuseSocket(error, socket, options),
    frameworkErrors: (error, request, reply) => {
      stamp(request, reply)
      options.onAnswer?.(methodLabel(request.method), UNMATCHED, FAULTS['bad-request'].http, reply.elapsedTime)
      refuse(request, reply, fault('bad-request', error.message))
    },
  })
  app.server.maxConnections = limits.connections
  watch(app, options)
  route(app, options)
  await listen(app, options)
  const bound = app.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { address: `http://${host}:${port}`, port, close: () => close(app, limits.closeMs) }
}

function route(app: FastifyInstance, { view, metrics, metricsType = METRICS_TYPE }: HttpOptions): void {
  const routes: Readonly<Record<string, (request: FastifyRequest, reply: FastifyReply) => unknown>> = {
    '/livez': () => ({ live: true }),
    '/readyz': (_, reply) => {
      const readiness = readinessOf(view())
      return reply.code(readiness.ready ? 200 : 503).send(readiness)
    },
    '/metrics': async (_, reply) => reply.type(metricsType).send(await metrics()),
    '/api/v1/health': (_, reply) => {
      const health = healthOf(view())
      const serving = health.status === 'UP' || health.status === 'DEGRADED'
      return reply.code(serving ? 200 : 503).send(health)
    },
  }
  for (const [url, handler] of Object.entries(routes)) app.get(url, handler)

  app.addHook('onRequest', async (request, reply) => {
    stamp(request, reply)
    if (request.method === 'GET' || request.method === 'HEAD') return
    // The body of a request that is refused is not read, so the connection cannot go on.
    reply.header('connection', 'close')
    const path = pathOf(request)
    if (!Object.hasOwn(routes, path)) return refuse(request, reply, fault('not-found'))
    reply.header('allow', 'GET, HEAD')
    return refuse(request, reply, fault('method-not-allowed', `${path} takes GET and HEAD.`))
  })
  app.setNotFoundHandler((request, reply) => refuse(request, reply, fault('not-found')))
}

/** The path that was asked for; the query may hold secrets. */
const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? ''

/** What every answer carries. */
function stamp(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
  reply.header('x-content-type-options', 'nosniff')
  reply.header('x-request-id', request.id)
}

function refuse(request: FastifyRequest, reply: FastifyReply, because: Fault): FastifyReply {
  const details = problemDetails(because, request.url, request.id)
  return reply.code(details.status).type(PROBLEM_TYPE).send(JSON.stringify(details))
}

/** Counts and logs every answer; what fails inside is logged with its cause and answered without it. */
function watch(app: FastifyInstance, { log, onAnswer }: HttpOptions): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, id } = request
    const status = reply.statusCode
    const elapsedMs = reply.elapsedTime
    const endpoint = request.routeOptions.url ?? UNMATCHED
    onAnswer?.(methodLabel(method), endpoint, status, elapsedMs)
    log.debug({ requestId: id, method, path: pathOf(request), status, elapsedMs }, 'answered')
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413) return refuse(request, reply, fault('too-large'))
    if (status >= 400 && status < 500) return refuse(request, reply, fault('bad-request', error.message))
    log.error({ requestId: request.id, method: request.method, path: pathOf(request), err: error }, 'request failed')
    return refuse(request, reply, fault('internal', 'The request could not be answered; the log has the reason.'))
  })
}

/** Answers what never became a request: broken, oversized or too slow. */
function refuseSocket(error: NodeJS.ErrnoException, socket: Socket, { onAnswer }: HttpOptions): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const because = fault(
    late ? 'request-timeout' : error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'bad-request',
  )
  const status = FAULTS[because.code].http
  const requestId = requestIdFrom(undefined)
  const body = JSON.stringify(problemDetails(because, undefined, requestId))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${requestId}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  onAnswer?.('OTHER', UNMATCHED, status, 0)
}

async function listen(app: FastifyInstance, { host, port }: HttpOptions): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (thrown) {
    await app.close()
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      const reason = `http: ${host}:${port} is taken; stop what holds it, or set SIGHTLINE_HTTP to another address`
      throw new FaultError(fault('port-taken', reason, { field: 'http', cause: thrown }))
    }
    const reason = `http: cannot listen on ${host}:${port} (${code ?? String(thrown)})`
    throw new FaultError(fault('bad-settings', reason, { field: 'http', cause: thrown }))
  }
}

async function close(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}
