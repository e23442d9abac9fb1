/** Guarantees of the connection to the broker, against a real nats-server. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nkeys } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/fault/fault.ts'
import { brokerAddress } from '../../src/nats/address.ts'
import { freePort, startBroker, type TestBroker } from '../support/broker.ts'
import { authority, clientIdentity, serverIdentity, strangerAuthority } from '../support/certificates.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

let dir: string
let links: Links
let brokers: TestBroker[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-nats-'))
  links = new Links()
  brokers = []
})

afterEach(async () => {
  await links.close()
  await Promise.all(brokers.map((broker) => broker.stop()))
  await rm(dir, { recursive: true, force: true })
})

const started = async (conf?: string) => {
  const path = join(dir, `${brokers.length}.conf`)
  if (conf !== undefined) await writeFile(path, conf)
  const broker = await startBroker(conf === undefined ? {} : { conf: path })
  brokers.push(broker)
  return broker
}

describe('a broker that comes and goes', () => {
  it('is told when it breaks and when it is back, as often as it happens', async () => {
    const broker = await started()
    const link = await links.connect(broker.url)
    const told: string[] = []
    link.onDisconnect(() => told.push('down'))
    link.onReconnect(() => told.push('up'))
    for (const round of [1, 2]) {
      await broker.restart()
      await until(() => link.reconnects === round, 'the connection is back')
    }
    expect(told).toEqual(['down', 'up', 'down', 'up'])
    expect(link.connected).toBe(true)
  })

  it('is waited for at the start', async () => {
    const port = await freePort()
    const connecting = links.connect(`nats://127.0.0.1:${port}`, { patienceMs: 20_000 })
    brokers.push(await startBroker({ port }))
    expect((await connecting).connected).toBe(true)
  })

  it('that never comes is a fault that names the address and hides the password', async () => {
    const port = await freePort()
    const attempt = links.connect(`nats://me:hunter2@127.0.0.1:${port}`, { patienceMs: 100 })
    await expect(attempt).rejects.toMatchObject({
      fault: { code: 'broker-unreachable', reason: expect.stringContaining(`nats://***@127.0.0.1:${port}`) },
    })
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') })
  })

  it('is not waited for any longer once we are told to stop', async () => {
    const port = await freePort()
    const ending = new AbortController()
    const attempt = links.connect(`nats://127.0.0.1:${port}`, { patienceMs: 600_000, signal: ending.signal })
    ending.abort()
    await expect(attempt).rejects.toMatchObject({ fault: { code: 'broker-unreachable' } })
  })

  it('that closes the connection for good is told once as broker-closed, and our own closing is not', async () => {
    const broker = await started()
    const link = await links.connect(broker.url)
    const faults: Fault[] = []
    link.onClosed((because) => faults.push(because))
    await link.nc.close()
    await until(() => faults.length > 0, 'the closing was told')
    expect(faults).toMatchObject([{ code: 'broker-closed' }])

    const own = await links.connect(broker.url)
    own.onClosed((because) => faults.push(because))
    await own.close()
    await own.nc.closed()
    expect(own.connected).toBe(false)
    expect(faults).toHaveLength(1)
  })

  it('sends what was published before it closes', async () => {
    const broker = await started()
    const link = await links.connect(broker.url)
    const other = await links.connect(broker.url)
    const heard: string[] = []
    other.nc.subscribe('last.words', { callback: (_error, message) => void heard.push(message.string()) })
    await other.nc.flush()
    link.nc.publish('last.words', 'goodbye')
    await link.close()
    await until(() => heard.length > 0, 'the last message arrived')
    expect(heard).toEqual(['goodbye'])
  })
})

describe('who we are', () => {
  it('user and password, from the settings or from the URL', async () => {
    const broker = await started('authorization { user: me, password: "hunter 2" }')
    expect((await links.connect(broker.url, { auth: { user: 'me', password: 'hunter 2' } })).connected).toBe(true)
    expect((await links.connect(`nats://me:hunter%202@127.0.0.1:${broker.port}`)).connected).toBe(true)
  })

  it('a token', async () => {
    const broker = await started('authorization { token: s3cret }')
    expect((await links.connect(broker.url, { auth: { token: 's3cret' } })).connected).toBe(true)
    expect((await links.connect(`nats://s3cret@127.0.0.1:${broker.port}`)).connected).toBe(true)
  })

  it('an NKey seed', async () => {
    const pair = nkeys.createUser()
    const broker = await started(`authorization { users: [ { nkey: ${pair.getPublicKey()} } ] }`)
    const nkeySeed = new TextDecoder().decode(pair.getSeed())
    expect((await links.connect(broker.url, { auth: { nkeySeed } })).connected).toBe(true)
  })

  it('that the broker refuses is a fault at once, without the secret in it', async () => {
    const broker = await started('authorization { user: me, password: right }')
    const attempt = links.connect(broker.url, { auth: { user: 'me', password: 'wr0ng' }, patienceMs: 60_000 })
    await expect(attempt).rejects.toMatchObject({ fault: { code: 'broker-closed' } })
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('wr0ng') })
    expect(links.log.text).not.toContain('wr0ng')
  })

  it('replies come on subjects of this instance only, so that permissions can be narrow', async () => {
    const broker = await started(
      'authorization { users: [ { user: me, password: x, permissions: { publish: ">", subscribe: ["_INBOX.sightline.edge-1.>", "echo"] } } ] }',
    )
    const link = await links.connect(broker.url, { instance: 'edge-1', auth: { user: 'me', password: 'x' } })
    link.nc.subscribe('echo', { callback: (_error, message) => void message.respond('yes') })
    expect((await link.nc.request('echo', '', { timeout: 5_000 })).string()).toBe('yes')
    expect(link.newInbox()).toMatch(/^_INBOX\.sightline\.edge-1\.[^.]+$/)
  })
})

describe('an encrypted connection', () => {
  const encrypted = async () => {
    const { cert, key } = serverIdentity()
    await writeFile(join(dir, 'cert.pem'), cert)
    await writeFile(join(dir, 'key.pem'), key)
    await writeFile(join(dir, 'ca.pem'), authority().cert)
    return started(
      `tls { cert_file: "${dir}/cert.pem", key_file: "${dir}/key.pem", ca_file: "${dir}/ca.pem", verify: true }`,
    )
  }

  it('is made with our own certificate and the authority given', async () => {
    const { cert, key } = clientIdentity()
    const broker = await encrypted()
    const link = await links.connect(`tls://127.0.0.1:${broker.port}`, { tls: { ca: authority().cert, cert, key } })
    expect(link.connected).toBe(true)
    await link.nc.flush()
  })

  it('is refused when nobody we trust vouches for the broker', async () => {
    const { cert, key } = clientIdentity()
    const broker = await encrypted()
    const attempt = links.connect(broker.url, { tls: { ca: strangerAuthority().cert, cert, key }, patienceMs: 100 })
    await expect(attempt).rejects.toMatchObject({
      fault: { code: 'broker-unreachable', reason: expect.stringContaining('certificate') },
    })
  })

  it('is never given up for a plain one: a broker without TLS is refused', async () => {
    const broker = await started()
    const attempt = links.connect(`tls://127.0.0.1:${broker.port}`, { patienceMs: 100 })
    await expect(attempt).rejects.toMatchObject({ fault: { code: 'broker-unreachable' } })
  })
})

describe('a broker URL', () => {
  it('is read with its defaults, several at once too', () => {
    expect(brokerAddress('nats://10.0.0.1, tls://b.example:4333')).toEqual({
      servers: ['10.0.0.1:4222', 'b.example:4333'],
      tls: true,
      shown: 'nats://10.0.0.1:4222,tls://b.example:4333',
    })
    expect(brokerAddress('localhost:4333')).toMatchObject({ servers: ['localhost:4333'], tls: false })
  })

  it('that cannot be read is a fault in which no secret is left', () => {
    expect(() => brokerAddress('http://me:hunter2@host')).toThrow(/\*\*\*@host/)
    expect(() => brokerAddress('nats://me:hunter2@')).toThrow(/bad-settings/)
    expect(() => brokerAddress('nats://me:hunter2@')).not.toThrow(/hunter2/)
  })
})
