/** The TAK stream sink against a real server: what is on the wire, what is proven, and what each failure is called. */
import net from 'node:net'
import type tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { SinkDriver, SinkLink } from '../../src/port/sink.ts'
import { takDriver } from '../../src/tak/driver.ts'
import { endpointOf, PROOF_LIMITS, type TakOptions } from '../../src/tak/options.ts'
import * as certificates from '../support/certificates.ts'
import { DelayedProxy } from '../support/delayed-proxy.ts'
import { LinkLog } from '../support/link-log.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { sampleEntries, sampleEntry, sampleXml, seqOfTime } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { TakRecorder, type TakRecorderOptions } from '../support/tak-recorder.ts'
import { until } from '../support/until.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function server(options: TakRecorderOptions = {}): Promise<TakRecorder> {
  const recorder = await TakRecorder.listen(options)
  ends.push(() => recorder.stop())
  return recorder
}

/** Quick limits: a second of the real ones is some tens of milliseconds here. */
const QUICK: Partial<TakOptions> = {
  proofMs: 40,
  pingIdleMs: 200,
  pingRepeatMs: 60,
  silenceMs: 350,
  verdictMs: 300,
  holdMs: 100,
}

function driverTo(url: string, options: Partial<TakOptions> = {}): SinkDriver {
  return takDriver({
    name: 'tak',
    url,
    selfUid: 'sightline-test',
    encode: (entry) => sampleXml(entry),
    log: silentLog,
    ...QUICK,
    ...options,
  })
}

async function openOn(driver: SinkDriver): Promise<{ link: SinkLink; log: LinkLog }> {
  const log = new LinkLog()
  const link = await driver.open(log, new AbortController().signal)
  ends.push(() => link.abort())
  ends.push(() => expect(log.breaches).toEqual([]))
  return { link, log }
}

const open = (url: string, options: Partial<TakOptions> = {}) => openOn(driverTo(url, options))
const seqsAt = (recorder: TakRecorder) => recorder.events.map(({ time }) => seqOfTime(time))

describe('on the wire', () => {
  it('events come whole, in order, in ASCII, with nothing between one end and the next beginning', async () => {
    const tak = await server()
    const { link, log } = await open(tak.url)
    const entries = sampleEntries(1, 500)
    link.send(entries.slice(0, 1))
    link.send(entries.slice(1))
    await log.untilSettled(500)
    expect(seqsAt(tak)).toEqual(entries.map(({ seq }) => seq))
    expect(tak.breaches).toEqual([])
    expect(log.settledSeqs).toEqual(entries.map(({ seq }) => seq))
  })

  it('a ping of the server is answered with a pong', async () => {
    const tak = await server()
    await open(tak.url)
    await tak.until(() => tak.open === 1, 'the connection stands')
    tak.say('<event version="2.0" uid="server-1" type="t-x-c-t" how="m-g"><point lat="0" lon="0"/></event>')
    await tak.until(() => tak.pongs === 1, 'a pong comes')
  })

  it('whatever else the server sends is read and thrown away', async () => {
    const tak = await server()
    const { link, log } = await open(tak.url)
    await tak.until(() => tak.open === 1, 'the connection stands')
    tak.say('garbage \u0000 <<< </event>')
    tak.say(Buffer.alloc(4_000_000, 'z'))
    tak.say('</event><event uid="x" type="a-f-G"></event>')
    link.send(sampleEntries(1, 10))
    await log.untilSettled(10)
  })
})

describe('an event counts as delivered', () => {
  it('when a pong came for a ping sent after it', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url, { verdictMs: 60_000 })
    link.send(sampleEntries(1, 5))
    await tak.until(() => tak.count === 5, 'all arrived')
    await tak.until(() => tak.pings >= 2, 'pings came')
    expect(log.settledSeqs).toEqual([])
    tak.pong = true
    await log.untilSettled(5)
    expect(new Set(log.outcomes)).toEqual(new Set(['confirmed']))
  })

  it('after a ping that follows it by a second at the latest, whenever the ping before was', async () => {
    const tak = await server()
    const clock = new ManualClock()
    const { link, log } = await open(tak.url, { clock, ...PROOF_LIMITS, proofEvents: 2 })
    link.send([sampleEntry(1)])
    clock.advance(500)
    link.send([sampleEntry(2)])
    await log.untilSettled(2)
    clock.advance(100)
    link.send([sampleEntry(3)])
    await tak.until(() => tak.count === 3, 'all arrived')
    clock.advance(999)
    expect(tak.pings).toBe(2)
    clock.advance(1)
    await log.untilSettled(3)
  })

  it('as written, with a server that never answers, and only after a while', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url)
    link.send(sampleEntries(1, 5))
    await log.untilSettled(5)
    expect(new Set(log.outcomes)).toEqual(new Set(['written']))
    expect(tak.pings).toBeGreaterThanOrEqual(3)
    expect(log.losses).toEqual([])
  })

  it('never without a pong, where pong is asked for', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url, { confirm: 'pong' })
    link.send(sampleEntries(1, 5))
    expect(await log.untilLost()).toMatchObject({ code: 'sink-lost', reason: expect.stringContaining('no ping') })
    expect(log.settledSeqs).toEqual([])
  })

  it('as soon as it is written, where that is enough', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url, { confirm: 'written' })
    link.send(sampleEntries(1, 5))
    await log.untilSettled(5)
    expect(new Set(log.outcomes)).toEqual(new Set(['written']))
  })
})

describe('a connection that breaks', () => {
  it('is lost once, and what was not proven is left in doubt', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url)
    link.send(sampleEntries(1, 20))
    await tak.until(() => tak.count === 20, 'all arrived')
    tak.dropAll()
    expect(await log.untilLost()).toMatchObject({ code: 'sink-lost' })
    expect(log.settledSeqs).toEqual([])
    expect(link.ready).toBe(false)
  })

  it('is lost too when the server closes in good order', async () => {
    const tak = await server()
    const { log } = await open(tak.url)
    await tak.until(() => tak.open === 1, 'the connection stands')
    tak.hangUp()
    expect((await log.untilLost()).reason).toMatch(/closed the connection/)
  })

  it('loses nothing when everything in doubt is sent again on the next one', async () => {
    const tak = await server({ pongAfterMs: 15 })
    const driver = driverTo(tak.url)
    const unsettled = new Map(sampleEntries(1, 400).map((entry) => [entry.seq, entry]))
    for (let round = 0; unsettled.size > 0; round++) {
      const { link, log } = await openOn(driver)
      for (const entry of unsettled.values()) link.send([entry])
      if (round < 4) {
        await until(() => log.settledSeqs.length > 0 || tak.count > round * 50, 'something got through')
        tak.dropAll()
        await log.untilLost()
      } else await log.untilSettled(unsettled.size)
      for (const seq of log.settledSeqs) unsettled.delete(seq)
      const arrived = new Set(seqsAt(tak))
      for (const seq of log.settledSeqs) expect(arrived.has(seq)).toBe(true)
    }
    expect(new Set(seqsAt(tak)).size).toBe(400)
  })

  it('is found out by silence once the server has answered pings', async () => {
    const tak = await server()
    const { link, log } = await open(tak.url)
    link.send(sampleEntries(1, 3))
    await log.untilSettled(3)
    tak.pauseReading()
    link.send(sampleEntries(4, 6))
    expect((await log.untilLost()).reason).toMatch(/answers no pings any more/)
    expect(log.settledSeqs).toEqual([1, 2, 3])
  })

  it('is not trusted on its next try either: a server that has answered once is held to it', async () => {
    const tak = await server()
    const driver = driverTo(tak.url)
    const first = await openOn(driver)
    first.link.send([sampleEntry(1)])
    await first.log.untilSettled(1)
    tak.pauseReading()
    await first.log.untilLost()
    const second = await openOn(driver)
    second.link.send([sampleEntry(2)])
    await second.log.untilLost()
    expect(second.log.settledSeqs).toEqual([])
  })
})

describe('a server that accepts and never reads', () => {
  it('stalls only its link: it is not ready, settles nothing beyond what its system took, and holds no more than the window', async () => {
    const tak = await server({ read: false, pong: false })
    const { link, log } = await open(tak.url, { encode: (entry) => sampleXml(entry, 64_000) })
    let sent = 0
    while (link.ready && sent < 2_000) {
      link.send([sampleEntry(++sent)])
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(link.ready).toBe(false)
    expect(sent).toBeLessThan(2_000)
    const settledAtStall = log.settledSeqs.length
    expect(settledAtStall).toBeLessThan(sent)
    let ready = false
    link.onReady(() => {
      ready = true
    })
    tak.pong = true
    tak.resumeReading()
    await until(() => ready, 'it is ready again')
    await log.untilSettled(sent)
    expect(seqsAt(tak)).toHaveLength(sent)
  })
})

describe('finishing', () => {
  it('waits for proof of what is in doubt, asking for it at once, and closes in good order', async () => {
    const tak = await server({ pongAfterMs: 30 })
    const { link, log } = await open(tak.url, { proofMs: 60_000 })
    link.send(sampleEntries(1, 20))
    await link.finish(5_000)
    expect(log.settledSeqs).toHaveLength(20)
    await tak.until(() => tak.open === 0, 'the connection is closed')
    expect(log.losses).toEqual([])
  })

  it('with a server that never answers, counts on its reading to the end', async () => {
    const tak = await server({ pong: false })
    const { link, log } = await open(tak.url, { holdMs: 60_000 })
    link.send([sampleEntry(1)])
    await tak.until(() => tak.pings >= 4, 'it was asked often enough')
    link.send(sampleEntries(2, 20))
    await link.finish(5_000)
    expect(log.settledSeqs).toHaveLength(20)
    expect(tak.count).toBe(20)
  })

  it('ends at its deadline with a server that reads nothing, leaving the rest in doubt', async () => {
    const tak = await server({ read: false, pong: false })
    const { link, log } = await open(tak.url, { confirm: 'pong', silenceMs: 60_000 })
    link.send(sampleEntries(1, 20))
    await link.finish(100)
    expect(log.settledSeqs).toEqual([])
    expect(log.losses).toEqual([])
  })

  it('tells nothing more after an abort', async () => {
    const tak = await server()
    const { link, log } = await open(tak.url)
    link.send(sampleEntries(1, 20))
    link.abort()
    await tak.until(() => tak.open === 0, 'the connection is closed')
    expect([log.settledSeqs, log.losses]).toEqual([[], []])
  })
})

describe('opening', () => {
  it('a port where nothing listens is unreachable, and says so', async () => {
    const tak = await server()
    await tak.stop()
    await expect(open(tak.url)).rejects.toMatchObject({
      fault: { code: 'sink-unreachable', reason: expect.stringContaining('refuses connections') },
    })
  })

  it('a host name that does not exist is unreachable', async () => {
    await expect(open('tcp://no-such-host.invalid:8087')).rejects.toMatchObject({ fault: { code: 'sink-unreachable' } })
  })

  it('ends when it is called off', async () => {
    const tak = await server()
    const calling = new AbortController()
    calling.abort()
    await expect(driverTo(tak.url).open(new LinkLog(), calling.signal)).rejects.toMatchObject({
      fault: { code: 'shutting-down' },
    })
  })

  it('ends in its time with a server that takes the connection and does not shake hands', async () => {
    const deaf = net.createServer().listen(0, '127.0.0.1')
    await until(() => deaf.listening, 'it listens')
    ends.push(() => deaf.close())
    const held: net.Socket[] = []
    deaf.on('connection', (socket) => held.push(socket.on('error', () => {})))
    ends.push(() =>
      held.forEach((socket) => {
        socket.destroy()
      }),
    )
    const { port } = deaf.address() as net.AddressInfo
    await expect(open(`tls://127.0.0.1:${port}`, { connectTimeoutMs: 80 })).rejects.toMatchObject({
      fault: { code: 'sink-timeout' },
    })
  })
})

describe('over TLS', () => {
  const ca = () => certificates.authority().cert
  const strict = (maxVersion?: tls.SecureVersion) => ({
    tls: { ...certificates.serverIdentity(), ca: ca(), ...(maxVersion === undefined ? {} : { maxVersion }) },
  })

  it('events go to a server that asks for a client certificate', async () => {
    const tak = await server(strict())
    const { link, log } = await open(tak.url, { tls: { ca: ca(), ...certificates.clientIdentity() } })
    link.send(sampleEntries(1, 50))
    await log.untilSettled(50)
    expect(seqsAt(tak)).toHaveLength(50)
  })

  it('a key locked with a passphrase is opened, and ssl:// means the same as tls://', async () => {
    const tak = await server(strict())
    const { cert, key } = certificates.clientIdentity()
    const tlsOptions = { ca: ca(), cert, key: certificates.locked(key, 'open-sesame'), passphrase: 'open-sesame' }
    const { link, log } = await open(tak.url.replace('tls:', 'ssl:'), { tls: tlsOptions })
    link.send([sampleEntry(1)])
    await log.untilSettled(1)
  })

  const refusals: [what: string, words: RegExp, () => [TakRecorderOptions, Partial<TakOptions>]][] = [
    ['a server nobody vouches for', /give its authority/, () => [{ tls: certificates.serverIdentity() }, {}]],
    [
      'a server of another name',
      /another host name/,
      () => [{ tls: certificates.otherHostIdentity() }, { tls: { ca: ca() } }],
    ],
    [
      'a server whose certificate has expired',
      /has expired/,
      () => [{ tls: certificates.expiredServerIdentity() }, { tls: { ca: ca() } }],
    ],
    ['a missing client certificate, TLS 1.3', /requires a client certificate/, () => [strict(), { tls: { ca: ca() } }]],
    [
      'a missing client certificate, TLS 1.2',
      /may require a client certificate/,
      () => [strict('TLSv1.2'), { tls: { ca: ca() } }],
    ],
    [
      'a client certificate of another authority',
      /does not accept our client certificate/,
      () => [strict(), { tls: { ca: ca(), ...certificates.strangerIdentity() } }],
    ],
    [
      'a key that belongs to another certificate',
      /does not belong/,
      () => [strict(), { tls: { cert: certificates.clientIdentity().cert, key: certificates.strangerIdentity().key } }],
    ],
    [
      'a wrong passphrase',
      /passphrase/,
      () => {
        const { cert, key } = certificates.clientIdentity()
        return [strict(), { tls: { cert, key: certificates.locked(key, 'right'), passphrase: 'wrong' } }]
      },
    ],
    ['a ca that is none', /no PEM certificate/, () => [strict(), { tls: { ca: 'nonsense' } }]],
  ]
  it.each(refusals)('%s is a matter of identity, told in its own words', async (_, words, make) => {
    const [serverOptions, options] = make()
    const tak = await server(serverOptions)
    const thrown = await open(tak.url, options).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ fault: { code: 'sink-auth', reason: expect.stringMatching(words) } })
    expect(JSON.stringify(thrown)).not.toMatch(/PRIVATE KEY|"wrong"/)
  })

  it('a client certificate that is refused only later is a matter of identity too', async () => {
    const tak = await server(strict())
    const proxy = await DelayedProxy.before(tak.port, 1_300)
    ends.push(() => proxy.stop())
    const { log } = await open(`tls://127.0.0.1:${proxy.port}`, { tls: { ca: ca() }, silenceMs: 60_000 })
    expect(await log.untilLost()).toMatchObject({ code: 'sink-auth' })
  })

  it('a port that speaks no TLS is told from a wrong certificate', async () => {
    const tak = await server()
    const url = tak.url.replace('tcp:', 'tls:')
    const speaking = tak.until(() => tak.open > 0, 'the connection stands').then(() => tak.say('hello, plain world'))
    await expect(open(url)).rejects.toMatchObject({
      fault: { code: 'sink-unreachable', reason: expect.stringContaining('does not speak TLS') },
    })
    await speaking
  })

  it('verification can be switched off, but not quietly', async () => {
    const tak = await server({ tls: certificates.otherHostIdentity() })
    const warnings: string[] = []
    const log = { ...silentLog, warn: (_: object, message: string) => warnings.push(message) }
    const { link, log: linkLog } = await open(tak.url, { tls: { rejectUnauthorized: false }, log })
    link.send([sampleEntry(1)])
    await linkLog.untilSettled(1)
    expect(warnings.join()).toContain('NOT verified')
  })
})

describe('the url', () => {
  it('names host and port, by default those of TAK, and never shows credentials', () => {
    expect(endpointOf('tcp://tak.example')).toEqual({
      secure: false,
      host: 'tak.example',
      port: 8087,
      target: 'tcp://tak.example:8087',
    })
    expect(endpointOf('ssl://u:p4ssw0rd@tak.example:9000/x?y=z')).toEqual({
      secure: true,
      host: 'tak.example',
      port: 9000,
      target: 'tls://tak.example:9000',
    })
    expect(endpointOf('tls://[::1]:8089')).toMatchObject({ host: '::1', target: 'tls://[::1]:8089' })
  })

  it.each(['', 'tak.example:8087', 'udp://tak.example:1', 'tcp://'])('%j is refused', (url) => {
    expect(() => endpointOf(url)).toThrow(/bad-settings/)
  })
})
