/** `sightline doctor` finds what is wrong, says what to do about it, and changes nothing. */
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startBroker } from '../support/broker.ts'
import {
  authority,
  clientIdentity,
  expiredClientIdentity,
  serverIdentity,
  strangerIdentity,
} from '../support/certificates.ts'
import { type Environment, Workplace } from './command-line.ts'

interface Finding {
  readonly check: string
  readonly state: 'ok' | 'warn' | 'fail' | 'skip'
  readonly says: string
  readonly remedy?: string
}

let place: Workplace
const servers: Server[] = []
beforeEach(() => {
  place = new Workplace()
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  await place.close()
})

async function examine(env: Environment = {}, ...args: string[]) {
  const { code, stdout } = await place.run(['doctor', '--json', ...args], { env })
  const report = JSON.parse(stdout) as { ok: boolean; failed: number; findings: Finding[] }
  expect(code).toBe(report.ok ? 0 : 1)
  expect(report.failed).toBe(report.findings.filter(({ state }) => state === 'fail').length)
  const found = (check: string): Finding | undefined => report.findings.find((finding) => finding.check === check)
  return { ...report, found }
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

const takServer = (): Promise<number> =>
  listening(
    tls.createServer({ ...serverIdentity(), ca: authority().cert, requestCert: true, rejectUnauthorized: true }),
  )

/** Settings with one TLS sink, whose files lie beside them. */
function withSink(port: number, identity: { readonly cert: string; readonly key: string }): string {
  writeFileSync(place.file('ca.pem'), authority().cert)
  writeFileSync(place.file('me.pem'), identity.cert)
  writeFileSync(place.file('me.key'), identity.key)
  const tlsLines = ['ca: ca.pem', 'cert: me.pem', 'key: me.key'].map((line) => `      ${line}`).join('\n')
  writeFileSync(
    place.file('sink.yaml'),
    `sinks:\n  - name: tak\n    url: tls://localhost:${port}\n    tls:\n${tlsLines}\n`,
  )
  return place.file('sink.yaml')
}

describe('where all is well', () => {
  it('nothing fails before the first start, and nothing is made', async () => {
    const { ok, findings, found } = await examine()
    expect({ ok, failed: findings.filter(({ state }) => state === 'fail') }).toEqual({ ok: true, failed: [] })
    expect(found('nats-server')).toMatchObject({ state: 'ok', says: expect.stringMatching(/version \d+\.\d+/) })
    expect(found('service')).toMatchObject({ state: 'skip' })
    expect(existsSync(place.dataDir)).toBe(false)
  })

  it('a running service is seen with its broker, streams, store and ports', async () => {
    const { about } = await place.up()
    const { ok, found, findings } = await examine()
    expect(findings.filter(({ state }) => state === 'fail' || state === 'warn')).toEqual([])
    expect(ok).toBe(true)
    expect(found('service')?.says).toContain(`process ${about.pid}`)
    for (const check of [
      'broker',
      'stream DETECTIONS',
      'stream COT',
      'stream DEADLETTERS',
      'consumer sightline',
      'store',
    ]) {
      expect(found(check)).toMatchObject({ state: 'ok' })
    }
    expect(found('store lock')?.says).toContain(`${about.pid}`)
  })

  it('a TAK server that takes our certificate is reachable, and the certificate has its days counted', async () => {
    const { found } = await examine({}, '-c', withSink(await takServer(), clientIdentity()))
    expect(found('sink tak')).toMatchObject({ state: 'ok', says: expect.stringContaining('TLS is agreed') })
    expect(found('certificate for sink tak')).toMatchObject({
      state: 'warn',
      says: expect.stringMatching(/expires in \d days/),
    })
  })
})

describe('what is wrong', () => {
  it('in the settings is listed as config check lists it', async () => {
    const { found, ok } = await examine({ SIGHTLINE_BATCH_MAX_ITEMS: 'x', SIGHTLINE_LOG_LEVEL: 'loud' })
    expect(ok).toBe(false)
    expect(found('settings')?.says).toMatch(/2 settings are wrong[\s\S]*BATCH_MAX_ITEMS[\s\S]*LOG_LEVEL/)
  })

  it('with the port of the broker names its holder and both ways out', async () => {
    const broker = await startBroker()
    try {
      const { found } = await examine({ SIGHTLINE_NATS_PORT: `${broker.port}` })
      expect(found('broker port')).toMatchObject({
        state: 'fail',
        says: expect.stringContaining('nats-server'),
        remedy: expect.stringMatching(/SIGHTLINE_NATS_PORT.*SIGHTLINE_NATS_URL=nats:\/\/127\.0\.0\.1:\d+/),
      })
      const port = await listening(createServer())
      const other = await examine({ SIGHTLINE_NATS_PORT: `${port}` })
      expect(other.found('broker port')).toMatchObject({
        state: 'fail',
        says: expect.stringContaining('no NATS server'),
      })
    } finally {
      await broker.stop()
    }
  })

  it('with a broker that is named and not there is a failure', async () => {
    const { found } = await examine({ SIGHTLINE_NATS_URL: 'nats://127.0.0.1:9' })
    expect(found('broker')).toMatchObject({ state: 'fail', says: expect.stringContaining('nats://127.0.0.1:9') })
  })

  it('with a stream that somebody changed is named, setting by setting', async () => {
    const { about } = await place.up()
    const { found } = await examine({ SIGHTLINE_NATS_STREAMS_COT_MAX_AGE_MS: '1h', SIGHTLINE_NATS_URL: about.nats })
    expect(found('stream COT')).toMatchObject({ state: 'warn', says: expect.stringContaining('max_age') })
    expect(found('stream DETECTIONS')).toMatchObject({ state: 'ok' })
  })

  it.each([
    ['expired', expiredClientIdentity, /expired on .* days ago/, 'fail'],
    ['of another authority', strangerIdentity, /expires in/, 'warn'],
  ] as const)(
    'with a client certificate that is %s is told by the file and by the server',
    async (_, identity, says, state) => {
      const { found, ok } = await examine({}, '-c', withSink(await takServer(), identity()))
      expect(found('certificate for sink tak')).toMatchObject({ state, says: expect.stringMatching(says) })
      expect(found('sink tak')).toMatchObject({ state: 'fail' })
      expect(ok).toBe(false)
    },
  )

  it('with a key that belongs to another certificate is found without connecting', async () => {
    const mixed = { cert: clientIdentity().cert, key: strangerIdentity().key }
    const { found } = await examine({}, '-c', withSink(9, mixed))
    expect(found('certificate for sink tak')).toMatchObject({
      state: 'fail',
      says: expect.stringContaining('does not belong'),
    })
  })

  it('with a sink nobody listens at says which, and what to check', async () => {
    const { found } = await examine({ COT_URL: 'tcp://127.0.0.1:9' })
    expect(found('sink tak')).toMatchObject({ state: 'fail', says: expect.stringContaining('refuses connections') })
  })

  it('with a store that is no store any more is a failure that names verify and salvage', async () => {
    const { service } = await place.up()
    service.child.kill('SIGTERM')
    await service.ended
    writeFileSync(path.join(place.dataDir, 'journal.mdb'), Buffer.alloc(65_536, 0xa5))
    const { found } = await examine()
    expect(found('store')).toMatchObject({ state: 'fail', says: expect.stringMatching(/store verify/) })
  })

  it('is printed for people as a line each, with what to do', async () => {
    const { code, stdout } = await place.run(['doctor'], { env: { COT_URL: 'tcp://127.0.0.1:9' } })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ok {4}node: /m)
    expect(stdout).toMatch(/^fail {2}sink tak: .*refuses connections/m)
    expect(stdout).toMatch(/1 failure, 0 warnings\.\n$/)
  })
})
