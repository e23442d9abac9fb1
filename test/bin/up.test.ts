/** `sightline up`: it starts or says why not, it is found by the other commands, and it ends as it is told. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SystemView } from '../../src/port/gauge.ts'
import { startBroker } from '../support/broker.ts'
import { detection, jsonLines, settled, Workplace } from './command-line.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place.close())

/** Holds a port on loopback while the work runs. */
async function withTakenPort(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  try {
    await work(address.port)
  } finally {
    server.close()
  }
}

describe('the service', () => {
  it('says where it listens and what comes next', async () => {
    const service = place.start(['up'])
    await service.says('stdout', 'Next, in another terminal')
    expect(service.stdout).toMatch(/detections\.<source> and cot\.> on nats:\/\/127\.0\.0\.1:\d+ \(embedded\)/)
    expect(service.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/readyz/)
  })

  it('is found by status over its broker, which answers with everything about it', async () => {
    const { about } = await place.up()
    const view = await place.ask<SystemView>('status')
    expect(view).toMatchObject({
      state: 'UP',
      pid: about.pid,
      version: about.version,
      reasons: [],
      broker: { connected: true, embedded: true, server: about.nats },
      intake: { inFlight: 0, creditLimit: expect.any(Number), received: 0 },
      store: { headSeq: 0, deadLetters: 0, freeDiskBytes: expect.any(Number) },
      memory: { rssAnonBytes: expect.any(Number), rssFileBytes: expect.any(Number) },
      counts: { accepted: 0, duplicate: 0, dead: 0 },
      refusals: {},
      unknownClasses: {},
      skewMs: {},
    })
    expect(view.sinks).toEqual([expect.objectContaining({ name: 'cot', state: 'up', pending: 0, inFlight: 0 })])
    expect(view.actors.children.map(({ name }) => name)).toEqual(expect.arrayContaining(['broker', 'sinks', 'intake']))
  })

  it('is shown on a page that names stages, sinks, refusals, unknown classes and actors', async () => {
    await place.up()
    const input = jsonLines([detection('1'), detection('2', { class: 'zorkmid' }), detection('3', { class: 3 })])
    await place.run(['publish', '-'], { input })
    await settled(place, 3)
    const { code, stdout } = await place.run(['status'])
    expect(code).toBe(0)
    for (const wanted of [/^UP {2}sightline/m, /^geolocate +\d+ /m, /^cot +up +0 /m, /refused +bad-field 1/]) {
      expect(stdout).toMatch(wanted)
    }
    expect(stdout).toMatch(/unknown classes +zorkmid 1/)
    expect(stdout).toMatch(/─ intake {2}running {2}mailbox 0\/1/)
  })

  it('is watched until SIGINT, one answer after the other', async () => {
    await place.up()
    const watching = place.start(['status', '--json', '--watch', '0.1'])
    await watching.says('stdout', /\n[\s\S]*\n/)
    watching.child.kill('SIGINT')
    const { code, stdout } = await watching.ended
    expect(code).toBe(0)
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ state: 'UP' })
  })

  it('on a broker of others is found without its secrets being written down', async () => {
    const broker = await startBroker({ args: ['--auth', 'hush-hush'] })
    try {
      await place.up({ SIGHTLINE_NATS_URL: `nats://hush-hush@127.0.0.1:${broker.port}` })
      expect(readFileSync(path.join(place.dataDir, 'runtime.json'), 'utf8')).not.toContain('hush-hush')
      const { code, stdout } = await place.run(['status'], { env: { SIGHTLINE_NATS_TOKEN: 'hush-hush' } })
      expect(code).toBe(0)
      expect(stdout).not.toContain('hush-hush')
      await place.close()
    } finally {
      await broker.stop()
    }
  })
})

describe('a start that cannot be', () => {
  it('for a taken broker port names both ways out and ends with 1', async () => {
    await withTakenPort(async (port) => {
      const { code, stdout, stderr } = await place.run(['up'], { env: { SIGHTLINE_NATS_PORT: `${port}` } })
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain('[port-taken]')
      expect(stderr).toContain('SIGHTLINE_NATS_PORT')
      expect(stderr).toContain(`SIGHTLINE_NATS_URL=nats://127.0.0.1:${port}`)
      expect(stderr).not.toMatch(/^\s+at /m)
    })
  })

  it('for a taken HTTP port names the setting, ends with 1, and leaves nothing behind', async () => {
    await withTakenPort(async (port) => {
      const { code, stderr } = await place.run(['up'], { env: { SIGHTLINE_HTTP: `127.0.0.1:${port}` } })
      expect(code).toBe(1)
      expect(stderr).toContain('SIGHTLINE_HTTP')
      expect(existsSync(path.join(place.dataDir, 'runtime.json'))).toBe(false)
      expect(existsSync(path.join(place.dataDir, 'broker', 'broker.pid'))).toBe(false)
    })
  })

  it('for a data directory in use names the process that has it, and does that one no harm', async () => {
    const { about } = await place.up()
    const { code, stderr } = await place.run(['up'])
    expect(code).toBe(1)
    expect(stderr).toContain(`process ${about.pid}`)
    expect(stderr).toContain('[store-locked]')
    expect(await place.ask('status')).toMatchObject({ state: 'UP', pid: about.pid })
  })
})

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s is orderly: 0, and nothing left running', async (signal) => {
    const { service } = await place.up()
    service.child.kill(signal)
    expect(await service.ended).toMatchObject({ code: 0 })
    expect(existsSync(path.join(place.dataDir, 'runtime.json'))).toBe(false)
    expect(existsSync(path.join(place.dataDir, 'broker', 'broker.pid'))).toBe(false)
    expect((await place.run(['status'])).code).toBe(1)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('by a second %s comes at once, with %i', async (signal, exitCode) => {
    const { service } = await place.up()
    const broker = Number(readFileSync(path.join(place.dataDir, 'broker', 'broker.pid'), 'utf8').split(/\s/)[0])
    // A broker that does not answer makes the orderly end take its time.
    process.kill(broker, 'SIGSTOP')
    try {
      service.child.kill(signal)
      await service.says('stderr', '"stopping"')
      // What follows too soon is taken for the same signal by another way.
      await sleep(400)
      service.child.kill(signal)
      expect(await service.ended).toMatchObject({ code: exitCode })
    } finally {
      process.kill(broker, 'SIGKILL')
    }
  })
})
