/** The HTTP server answers health and metrics, and refuses the rest by name. */
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FaultError } from '../../src/fault/fault.ts'
import { FAULTS } from '../../src/fault/table.ts'
import { type HttpOptions, type HttpServer, startHttp } from '../../src/http/server.ts'
import type { LogFields } from '../../src/port/log.ts'
import { sinkView, systemView } from '../watch/system.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

interface Answered {
  readonly method: string
  readonly endpoint: string
  readonly status: number
}

async function start(over: Partial<HttpOptions> = {}) {
  const lines: { level: string; fields: LogFields; message: string }[] = []
  const answered: Answered[] = []
  const write = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message })
  const log = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  }
  const server = await startHttp({
    host: '127.0.0.1',
    port: 0,
    view: () => systemView(),
    metrics: () => Promise.resolve('up 1\n'),
    log,
    onAnswer: (method, endpoint, status) => void answered.push({ method, endpoint, status }),
    ...over,
  })
  open.push(server)
  return { server, lines, answered, get: (path: string, init?: RequestInit) => fetch(server.address + path, init) }
}

/** Writes bytes to the server and answers all that comes back until it closes. */
function exchange(server: HttpServer, ...writes: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, '127.0.0.1')
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => (text += chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    for (const write of writes) socket.write(write, 'latin1')
  })
}

/** Head and JSON body of a raw answer. */
function parsed(text: string): { status: number; head: string; body: Record<string, unknown> } {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return {
    status: Number(head.split(' ')[1]),
    head: head.toLowerCase(),
    body: JSON.parse(body) as Record<string, unknown>,
  }
}

describe('GET /livez', () => {
  it('answers while the loop turns, whatever the system is like', async () => {
    const { get } = await start({
      view: () => {
        throw new Error('no system')
      },
    })
    const answer = await get('/livez')
    expect([answer.status, await answer.json()]).toEqual([200, { live: true }])
  })
})

describe('GET /readyz', () => {
  it('is 200 when detections are taken in', async () => {
    const { get } = await start()
    const answer = await get('/readyz')
    expect([answer.status, await answer.json()]).toEqual([200, { ready: true, status: 'UP', unready: [] }])
  })

  it('stays 200 when a sink is down: its events wait', async () => {
    const { get } = await start({ view: () => systemView({ state: 'DEGRADED', sinks: [sinkView({ state: 'down' })] }) })
    expect((await get('/readyz')).status).toBe(200)
  })

  it.each([
    ['starting', { state: 'STARTING' }, 'state', 'starting'],
    ['draining', { state: 'SHUTTING_DOWN' }, 'state', 'draining'],
    [
      'away from the broker',
      { state: 'DEGRADED', broker: { connected: false, server: 'nats://b:4222', embedded: false, reconnects: 0 } },
      'broker',
      'not connected to nats://b:4222',
    ],
    [
      'out of disk',
      { state: 'DEGRADED', blocked: { code: 'disk-low', reason: 'below the floor' } },
      'store',
      'disk-low: below the floor',
    ],
  ] as const)('is 503 while %s, and says so', async (_, over, check, reason) => {
    const { get } = await start({ view: () => systemView(over) })
    const answer = await get('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ ready: false, status: over.state, unready: [{ check, reason }] })
  })
})

describe('GET /metrics', () => {
  it('answers the page in its own type', async () => {
    const { get } = await start()
    const answer = await get('/metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await answer.text()).toBe('up 1\n')
  })
})

describe('GET /api/v1/health', () => {
  it('shows database, broker, TAK, offline queue and each sink', async () => {
    const http = sinkView({
      name: 'gw',
      kind: 'http',
      state: 'down',
      pending: 5,
      oldestSeconds: 99,
      lastDeliveredMs: undefined,
    })
    const { get } = await start({
      view: () => systemView({ state: 'DEGRADED', sinks: [...systemView().sinks, http], reasons: ['sink gw is down'] }),
    })
    const answer = await get('/api/v1/health')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      status: 'DEGRADED',
      version: '0.1.0',
      uptime_seconds: 21,
      reasons: ['sink gw is down'],
      components: {
        database: { healthy: true, status: 'UP', events: 100, dead_letters: 43 },
        broker: { healthy: true, server: 'nats://127.0.0.1:4222', embedded: true },
        tak_server: { healthy: true, status: 'UP', last_push: '2026-01-02T03:04:05.678Z' },
        offline_queue: { pending: 16, oldest_seconds: 99 },
        sinks: {
          ops: { healthy: true },
          cot: { pending: 900 },
          gw: { healthy: false, status: 'down', last_push: null },
        },
      },
    })
  })

  it('says when no TAK server is configured, and that the store is blocked', async () => {
    const blocked = { code: 'store-full', reason: 'at its limit' } as const
    const { get } = await start({ view: () => systemView({ sinks: [], blocked }) })
    expect(await (await get('/api/v1/health')).json()).toMatchObject({
      components: {
        tak_server: { status: 'NOT_CONFIGURED', last_push: null },
        database: { healthy: false, status: 'BLOCKED', code: 'store-full' },
        offline_queue: { pending: 0, oldest_seconds: 0 },
      },
    })
  })

  it.each(['STARTING', 'SHUTTING_DOWN'] as const)('is 503 in state %s', async (state) => {
    const { get } = await start({ view: () => systemView({ state }) })
    const answer = await get('/api/v1/health')
    expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([503, state])
  })
})

describe('every answer', () => {
  it.each(['/livez', '/readyz', '/metrics', '/api/v1/health', '/nowhere'])(
    'of %s is never stored by anyone',
    async (path) => {
      const { get } = await start()
      const answer = await get(path)
      await answer.arrayBuffer()
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )

  it('gives back a request id that is fit for it, and puts it on its line', async () => {
    const { get, lines, answered } = await start()
    const answer = await get('/livez?token=s3cret', { headers: { 'x-request-id': 'call-7.a:b/c' } })
    expect(answer.headers.get('x-request-id')).toBe('call-7.a:b/c')
    await answer.arrayBuffer()
    await expect.poll(() => answered).toEqual([{ method: 'GET', endpoint: '/livez', status: 200 }])
    expect(lines[0]).toMatchObject({ fields: { requestId: 'call-7.a:b/c', path: '/livez', status: 200 } })
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })

  it.each(['', 'a b', 'x'.repeat(129), '<script>', 'ü'])('replaces the request id "%s", which is not', async (id) => {
    const { server } = await start()
    const text = await exchange(
      server,
      `GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-ID: ${id}\r\nConnection: close\r\n\r\n`,
    )
    expect(/x-request-id: ([^\r]*)/i.exec(text)?.[1]).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('to HEAD is that to GET without the body', async () => {
    const { get } = await start()
    const answer = await get('/livez', { method: 'HEAD' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
  })
})

describe('refusals', () => {
  it('are problems with a fault code', async () => {
    const { get } = await start()
    const answer = await get('/nowhere?key=s3cret', { headers: { 'x-request-id': 'r1' } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect([answer.status, await answer.json()]).toEqual([
      404,
      {
        type: 'urn:sightline:fault:not-found',
        title: FAULTS['not-found'].meaning,
        status: 404,
        detail: FAULTS['not-found'].meaning,
        code: 'not-found',
        instance: '/nowhere',
        requestId: 'r1',
      },
    ])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('of %s name the methods there are', async (method) => {
    const { get } = await start()
    const answer = await get('/readyz', { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await answer.json()).toMatchObject({ code: 'method-not-allowed' })
  })

  it('do not wait for a body nobody asked for', async () => {
    const { server } = await start()
    const text = await exchange(server, 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc')
    expect(parsed(text)).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } })
  })

  it.each([
    ['what is not HTTP', 'GARBAGE\r\n\r\n', 400, 'bad-request'],
    [
      'headers larger than 16 KiB',
      `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['a path that cannot be decoded', 'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400, 'bad-request'],
    [
      'two lengths of one body',
      'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'bad-request',
    ],
    [
      'a length beside chunks',
      'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'bad-request',
    ],
    [
      'a method of its own',
      'PROPFIND /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      405,
      'method-not-allowed',
    ],
  ])('answer %s', async (_, request, status, code) => {
    const { server, answered } = await start()
    const answer = parsed(await exchange(server, request))
    expect(answer).toMatchObject({ status, body: { code, status } })
    expect(answer.head).toContain('cache-control: no-store')
    expect(answer.head).toContain('x-request-id: ')
    await expect.poll(() => answered).toMatchObject([{ endpoint: 'unmatched', status }])
  })

  it('end a request that trickles in for too long', async () => {
    const { server } = await start({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } })
    const answer = parsed(await exchange(server, 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: '))
    expect(answer).toMatchObject({ status: 408, body: { code: 'request-timeout' } })
  })

  it('say nothing of what broke inside; the log does', async () => {
    const { get, lines } = await start({
      view: () => {
        throw new Error('cannot open /secret/path')
      },
    })
    const answer = await get('/readyz', { headers: { 'x-request-id': 'r2' } })
    const body = await answer.text()
    expect(answer.status).toBe(500)
    expect(body).toContain('"code":"internal"')
    expect(body).not.toContain('/secret/path')
    expect(lines.find((line) => line.level === 'error')?.fields).toMatchObject({ requestId: 'r2', path: '/readyz' })
  })
})

describe('the server', () => {
  it('names the setting when its port is taken', async () => {
    const { server } = await start()
    const second = start({ port: server.port })
    await expect(second).rejects.toThrow(FaultError)
    await expect(second).rejects.toMatchObject({ fault: { code: 'port-taken', field: 'http' } })
    await expect(second).rejects.toThrow(/SIGHTLINE_HTTP/)
  })

  it('refuses an address that this machine has not', async () => {
    await expect(start({ host: '203.0.113.7' })).rejects.toMatchObject({
      fault: { code: 'bad-settings', field: 'http' },
    })
  })

  it('finishes what is under way when it closes, and takes no more', async () => {
    const gate = Promise.withResolvers<string>()
    const asked = Promise.withResolvers<void>()
    const { server, get } = await start({
      metrics: () => {
        asked.resolve()
        return gate.promise
      },
    })
    const answer = get('/metrics')
    await asked.promise
    const closed = server.close()
    gate.resolve('late 1\n')
    expect(await (await answer).text()).toBe('late 1\n')
    await closed
    await expect(get('/livez')).rejects.toThrow()
  })

  it('does not let a client that never finishes keep it open', async () => {
    const { server } = await start({ limits: { closeMs: 50 }, metrics: () => new Promise(() => undefined) })
    const stuck = exchange(server, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n')
    const idle = exchange(server, 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    await server.close()
    await Promise.all([stuck, idle])
  })

  it('answers many at once, each with its own id', async () => {
    const { get } = await start()
    const ids = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const answer = await get('/livez', { headers: { 'x-request-id': `id-${i}` } })
        await answer.arrayBuffer()
        return answer.headers.get('x-request-id')
      }),
    )
    expect(ids).toEqual(Array.from({ length: 200 }, (_, i) => `id-${i}`))
  })
})
