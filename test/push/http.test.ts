/** The HTTP sink: what each answer does to an event, and that order, secrets and limits hold. */
import { afterEach, describe, expect, it } from 'vitest'
import type { SinkLink } from '../../src/port/sink.ts'
import { httpDriver } from '../../src/push/driver.ts'
import type { HttpOptions } from '../../src/push/options.ts'
import { authority, clientIdentity, otherHostIdentity, serverIdentity } from '../support/certificates.ts'
import { HttpRecorder } from '../support/http-recorder.ts'
import { LinkLog } from '../support/link-log.ts'
import { sampleEntries, sampleEntry, sampleXml, seqOfTime } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { until } from '../support/until.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function recorder(options = {}): Promise<HttpRecorder> {
  const made = await HttpRecorder.listen(options)
  ends.push(() => made.stop())
  return made
}

async function open(url: string, options: Partial<HttpOptions> = {}): Promise<{ link: SinkLink; log: LinkLog }> {
  const driver = httpDriver({
    name: 'web',
    url,
    encode: (entry) => sampleXml(entry),
    log: silentLog,
    backoffMs: 10,
    ...options,
  })
  const log = new LinkLog()
  const link = await driver.open(log, new AbortController().signal)
  ends.push(() => link.abort())
  ends.push(() => expect(log.breaches).toEqual([]))
  return { link, log }
}

const timesOf = (server: HttpRecorder, uid: string) =>
  server.accepted
    .filter((seen) => seen.uid === uid)
    .map((seen) => seqOfTime(/time="([^"]*)"/.exec(seen.body)?.[1] ?? ''))

describe('an event that is taken', () => {
  it('is one request with the event as its body, and settles as delivered', async () => {
    const server = await recorder()
    const { link, log } = await open(server.url, { headers: { 'X-Feed': 'alpha' } })
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
    expect(log.outcomes).toEqual(['delivered'])
    const [seen] = server.seen
    expect(seen).toMatchObject({ method: 'POST', path: '/cot', uid: 'sample.1' })
    expect(seen?.headers).toMatchObject({ 'content-type': 'application/xml', 'x-feed': 'alpha' })
    expect(seen?.body.endsWith('</event>')).toBe(true)
  })

  it('may be told by another status code, where one was agreed', async () => {
    const server = await recorder()
    server.answer = () => ({ status: 409 })
    const { link, log } = await open(server.url, { accept: [409] })
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
  })

  it('goes over TLS with a client certificate', async () => {
    const tls = { ...serverIdentity(), ca: authority().cert, requestCert: true, rejectUnauthorized: true }
    const server = await recorder({ tls })
    const { link, log } = await open(server.url, { tls: { ca: authority().cert, ...clientIdentity() } })
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
  })
})

describe('many events', () => {
  it('are never more than ten under way, over kept connections', async () => {
    const server = await recorder()
    server.answer = () => ({ status: 200, afterMs: 3 })
    const { link, log } = await open(server.url)
    link.send(sampleEntries(1, 300))
    await log.untilSettled(300)
    expect(server.peakInFlight).toBeGreaterThan(5)
    expect(server.peakInFlight).toBeLessThanOrEqual(10)
    expect(server.connections).toBeLessThanOrEqual(10)
  })

  it('of one uid arrive in order, whatever fails on the way', async () => {
    const server = await recorder()
    server.answer = (seen) =>
      server.seen.length % 3 === 0 ? { status: 500 } : { status: 200, afterMs: seen.attempt % 4 }
    const { link, log } = await open(server.url, { attempts: 8 })
    link.send(sampleEntries(1, 200, 7))
    await log.untilSettled(200)
    for (let track = 0; track < 7; track++) {
      const times = timesOf(server, `sample.${track}`)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times.length).toBeGreaterThan(20)
    }
  })
})

describe('an event that fails for now', () => {
  it('is tried three times and then handed back, never rejected', async () => {
    const server = await recorder()
    server.answer = () => ({ status: 500, body: 'out of order' })
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1)])
    await until(() => log.retries.length === 1, 'it is handed back')
    expect(server.seen).toHaveLength(3)
    expect(log.retries[0]?.fault).toMatchObject({
      code: 'sink-failing',
      reason: expect.stringContaining('out of order'),
    })
  })

  it('passes when a later try passes', async () => {
    const server = await recorder()
    server.answer = (seen) => (seen.attempt < 3 ? (seen.attempt === 1 ? 'reset' : { status: 502 }) : { status: 200 })
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
  })

  it.each([
    ['hangs', 'hang', 'sink-timeout'],
    ['tears connections down', 'reset', 'sink-lost'],
    ['answers a byte now and then for ever', 'drip', 'sink-failing'],
  ] as const)('is handed back within its time when the server %s', async (_, answer, code) => {
    const server = await recorder()
    server.answer = () => answer
    const { link, log } = await open(server.url, { readTimeoutMs: 120, connectTimeoutMs: 100, attempts: 2 })
    link.send([sampleEntry(1)])
    await until(() => log.retries.length === 1, 'it is handed back')
    expect(log.retries[0]?.fault.code).toBe(code)
  })

  it('holds back later events of its uid, untried and uncounted, until it is sent again', async () => {
    const server = await recorder()
    let broken = true
    server.answer = (seen) => (broken && seen.uid === 'bad' ? { status: 500 } : { status: 200 })
    const { link, log } = await open(server.url, { attempts: 1 })
    link.send([sampleEntry(1, 'bad'), sampleEntry(2, 'bad'), ...sampleEntries(3, 40)])
    await log.untilSettled(38)
    link.send([sampleEntry(41, 'bad')])
    await until(() => log.retries.length > 0, 'the first is handed back')
    expect(log.retries.map(({ seq }) => seq)).toEqual([1])
    expect(server.seen.filter(({ uid }) => uid === 'bad')).toHaveLength(1)
    broken = false
    log.resending(1)
    link.send([sampleEntry(1, 'bad')])
    await log.untilSettled(41)
    expect(timesOf(server, 'bad')).toEqual([1, 2, 41])
  })

  it('lets them go when it is given up', async () => {
    const server = await recorder()
    server.answer = (seen) =>
      seen.body.includes('SIM 1<') || /SIM 1"/.test(seen.body) ? { status: 500 } : { status: 200 }
    const { link, log } = await open(server.url, { attempts: 1 })
    link.send([sampleEntry(1, 'bad'), sampleEntry(2, 'bad')])
    await until(() => log.retries.length === 1, 'the first is handed back')
    link.forget?.(1)
    await log.untilSettled(1)
    expect(timesOf(server, 'bad')).toEqual([2])
  })

  it('does not hold them for ever: after a while the link is lost, so that all are sorted out anew', async () => {
    const server = await recorder()
    server.answer = () => ({ status: 500 })
    const { link, log } = await open(server.url, { attempts: 1, heldMs: 80 })
    link.send([sampleEntry(1, 'bad'), sampleEntry(2, 'bad')])
    expect(await log.untilLost()).toMatchObject({ code: 'sink-lost' })
  })
})

describe('a server that asks for patience', () => {
  it('is not asked again before the seconds it named are over', async () => {
    const server = await recorder()
    server.answer = (seen) =>
      seen.attempt === 1 && seen.uid === 'sample.1' ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 }
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1)])
    await until(() => server.seen.length === 1, 'the first request came')
    link.send(sampleEntries(2, 5))
    await log.untilSettled(5)
    const [first, ...later] = server.seen
    for (const seen of later) expect(seen.atMs - (first?.atMs ?? 0)).toBeGreaterThan(900)
  })

  it('has a longer wait passed on to the push actor, from seconds or a date', async () => {
    const server = await recorder()
    server.answer = (seen) => ({
      status: seen.uid === 'sample.1' ? 429 : 503,
      headers: { 'retry-after': seen.uid === 'sample.1' ? '120' : new Date(Date.now() + 120_000).toUTCString() },
    })
    for (const seq of [1, 2]) {
      const { link, log } = await open(server.url)
      link.send([sampleEntry(seq)])
      await until(() => log.retries.length === 1, 'it is handed back')
      expect(log.retries[0]?.fault.code).toBe('sink-busy')
      expect(log.retries[0]?.fault.retryAfterMs).toBeGreaterThan(110_000)
      expect(log.retries[0]?.fault.retryAfterMs).toBeLessThanOrEqual(120_000)
    }
  })
})

describe('an event the server blames', () => {
  it('is rejected at once, with the beginning of what the server said', async () => {
    const server = await recorder()
    server.answer = () => ({ status: 422, body: `no such type\n${'y'.repeat(2_000_000)}` })
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1), sampleEntry(2)])
    await until(() => log.rejections.length === 2, 'both are rejected')
    const [first] = log.rejections
    expect(first?.fault).toMatchObject({
      code: 'sink-rejected',
      reason: expect.stringContaining('422: no such type yyy'),
    })
    expect(first?.fault.reason.length).toBeLessThan(600)
    expect(server.seen).toHaveLength(2)
  })

  it('does not stop the next of its uid', async () => {
    const server = await recorder()
    server.answer = () => (server.seen.length === 1 ? { status: 400 } : { status: 200 })
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1, 'u'), sampleEntry(2, 'u')])
    await log.untilSettled(1)
    expect(log.rejections.map(({ seq }) => seq)).toEqual([1])
  })

  it('is rejected when it cannot even be encoded', async () => {
    const server = await recorder()
    const encode = () => {
      throw new Error('no such character')
    }
    const { link, log } = await open(server.url, { encode })
    link.send([sampleEntry(1)])
    await until(() => log.rejections.length === 1, 'it is rejected')
  })
})

describe('refused credentials', () => {
  it.each([401, 403])('with %i reject nothing, and are not tried in a storm', async (status) => {
    const server = await recorder()
    server.answer = () => ({ status })
    const { link, log } = await open(server.url, { authPauseMs: 60_000 })
    link.send(sampleEntries(1, 500))
    await until(() => log.retries.length === 10, 'what was under way is handed back')
    expect(server.seen).toHaveLength(10)
    expect(log.rejections).toEqual([])
    expect(log.retries[0]?.fault).toMatchObject({ code: 'sink-auth', retryAfterMs: 60_000 })
  })

  it('are tried one at a time after the pause, and all goes on when one passes', async () => {
    const server = await recorder()
    server.answer = () => ({ status: server.seen.length <= 12 ? 401 : 200, afterMs: 5 })
    const { link, log } = await open(server.url, { authPauseMs: 30 })
    link.send(sampleEntries(1, 60))
    await log.untilSettled(48)
    expect(log.retries).toHaveLength(12)
    const late = server.seen.slice(10, 13).map((seen) => seen.atMs)
    expect((late[1] ?? 0) - (late[0] ?? 0)).toBeGreaterThan(25)
  })

  it.each([
    ['bearer', { kind: 'bearer', token: 'tok-5ecret-value' }, 'Bearer tok-5ecret-value'],
    [
      'basic',
      { kind: 'basic', username: 'u', password: 'pa55word' },
      `Basic ${Buffer.from('u:pa55word').toString('base64')}`,
    ],
  ] as const)('of kind %s are sent, and never shown even when the server repeats them', async (_, auth, header) => {
    const server = await recorder()
    server.answer = (seen) => ({ status: 400, body: `you sent ${seen.headers.authorization} to ${seen.path}` })
    const { link, log } = await open(`${server.url}?key=qu3ry-secret`, { auth })
    link.send([sampleEntry(1)])
    await until(() => log.rejections.length === 1, 'it is rejected')
    expect(server.seen[0]?.headers.authorization).toBe(header)
    const shown = JSON.stringify(log.rejections)
    for (const secret of ['tok-5ecret-value', 'pa55word', 'qu3ry-secret', header]) expect(shown).not.toContain(secret)
    expect(shown).toContain('you sent')
  })

  it('written into the url count as basic auth and do not appear in the target', async () => {
    const server = await recorder()
    const url = server.url.replace('http://', 'http://me:hidden-word@')
    const driver = httpDriver({ name: 'web', url, encode: (entry) => sampleXml(entry), log: silentLog })
    expect(driver.target).toBe(server.url)
    const { link, log } = await open(url)
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
    expect(server.seen[0]?.headers.authorization).toMatch(/^Basic /)
  })
})

describe('an endpoint that is not there', () => {
  it('is lost once, and everything is left in doubt', async () => {
    const server = await recorder()
    await server.stop()
    const { link, log } = await open(server.url)
    link.send(sampleEntries(1, 50))
    expect(await log.untilLost()).toMatchObject({
      code: 'sink-unreachable',
      reason: expect.stringContaining('refuses'),
    })
    expect(log.rejections).toEqual([])
    expect(link.ready).toBe(false)
  })

  it('is told from one whose certificate nobody trusts', async () => {
    const server = await recorder({ tls: serverIdentity() })
    const { link, log } = await open(server.url)
    link.send([sampleEntry(1)])
    await until(() => log.retries.length === 1, 'it is handed back')
    expect(log.retries[0]?.fault).toMatchObject({ code: 'sink-auth', reason: expect.stringContaining('authority') })
  })

  it('is told from one of another name, unless the name is not to be checked', async () => {
    const server = await recorder({ tls: otherHostIdentity() })
    const ca = authority().cert
    const strict = await open(server.url, { tls: { ca } })
    strict.link.send([sampleEntry(1)])
    await until(() => strict.log.retries.length === 1, 'it is handed back')
    expect(strict.log.retries[0]?.fault.reason).toContain('another host name')
    const lenient = await open(server.url, { tls: { ca, checkHost: false } })
    lenient.link.send([sampleEntry(2)])
    await lenient.log.untilSettled(1)
  })

  it('is not even tried with a key that cannot be used', async () => {
    const tls = { cert: clientIdentity().cert, key: serverIdentity().key }
    await expect(open('https://127.0.0.1:1/', { tls })).rejects.toMatchObject({ fault: { code: 'sink-auth' } })
  })
})
