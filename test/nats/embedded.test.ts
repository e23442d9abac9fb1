/** Guarantees of the embedded broker: real nats-server processes, real signals. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/fault/fault.ts'
import { EmbeddedBroker, type EmbeddedOptions } from '../../src/nats/embedded.ts'
import { brokerVersion, isOlder, locateBroker } from '../../src/nats/locate.ts'
import { provision } from '../../src/nats/provision.ts'
import { DEFAULT_STREAMS } from '../../src/nats/streams.ts'
import { PROJECT_CONF } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { LogRecorder } from '../support/log-recorder.ts'
import { until } from '../support/until.ts'

let dir: string
let links: Links
let log: LogRecorder
let exits: Fault[]
let embedded: EmbeddedBroker[]

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-embedded-'))
  links = new Links()
  log = new LogRecorder()
  exits = []
  embedded = []
})

afterEach(async () => {
  await links.close()
  await Promise.all(embedded.map((each) => each.stop()))
  await rm(dir, { recursive: true, force: true })
})

const broker = (options: Partial<EmbeddedOptions> = {}) => {
  const each = new EmbeddedBroker({
    binary: locateBroker(),
    conf: PROJECT_CONF,
    dataDir: join(dir, 'broker'),
    port: 'free',
    log,
    onExit: (because) => exits.push(because),
    ...options,
  })
  embedded.push(each)
  return each
}

/** A process that ended and was not collected by its parent yet counts as gone. */
const isAlive = (pid: number | undefined) => {
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', `${pid}`], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

describe('a run from start to stop', () => {
  it('accepts connections once started, on the configuration of the project, with its lines in the log', async () => {
    const own = broker()
    await own.start()
    const link = await links.connect(own.url)
    expect(link.maxPayload).toBe(4 * 1024 * 1024)
    expect((await provision(link, DEFAULT_STREAMS)).warnings).toEqual([])
    expect(
      log.lines.some((line) => line.fields.from === 'nats-server' && line.message.includes('Server is ready')),
    ).toBe(true)
  })

  it('stops when told to, without calling that an exit', async () => {
    const own = broker()
    await own.start()
    const { pid } = own
    await own.stop()
    expect(isAlive(pid)).toBe(false)
    expect(exits).toEqual([])
  })

  it('is killed when it does not stop in time', async () => {
    const own = broker({ stopMs: 50 })
    await own.start()
    const { pid = 0 } = own
    process.kill(pid, 'SIGSTOP')
    await own.stop()
    expect(isAlive(pid)).toBe(false)
  })

  it('keeps port and data over a crash, which is told', async () => {
    const own = broker()
    await own.start()
    const { url } = own
    const link = await links.connect(url)
    await provision(link, DEFAULT_STREAMS)
    process.kill(own.pid ?? 0, 'SIGKILL')
    await until(() => exits.length > 0, 'the exit was told')
    expect(exits).toMatchObject([{ code: 'broker-unreachable', reason: expect.stringContaining('SIGKILL') }])
    await own.start()
    expect(own.url).toBe(url)
    await until(() => link.connected && link.reconnects > 0, 'the connection is back')
    expect(await provision(link, DEFAULT_STREAMS)).toMatchObject({ created: [], changed: [] })
  })

  it('runs in a process group of its own, so that Ctrl-C does not reach it before us', async () => {
    const own = broker()
    await own.start()
    const stat = await readFile(`/proc/${own.pid}/stat`, 'utf8').catch(() => undefined)
    const group = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
    expect(group === undefined || Number(group) === own.pid).toBe(true)
  })
})

describe('what stands in its way', () => {
  it('a port that is taken is refused with both ways out', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      const own = broker({ port, portSetting: 'nats.port (SIGHTLINE_NATS_PORT)' })
      const fault = await own.start().then(
        () => undefined,
        (error: { fault: Fault }) => error.fault,
      )
      expect(fault?.code).toBe('port-taken')
      expect(fault?.reason).toContain('SIGHTLINE_NATS_PORT')
      expect(fault?.reason).toContain(`SIGHTLINE_NATS_URL=nats://127.0.0.1:${port}`)
      expect(exits).toEqual([])
    } finally {
      holder.close()
    }
  })

  it('a configuration the server does not understand is told in its own words', async () => {
    const conf = join(dir, 'bad.conf')
    await writeFile(conf, 'no_such_setting: 1\n')
    await expect(broker({ conf }).start()).rejects.toMatchObject({
      fault: { code: 'broker-unreachable', reason: expect.stringContaining('no_such_setting') },
    })
  })

  it('a program that cannot be run', async () => {
    await expect(broker({ binary: join(dir, 'nothing') }).start()).rejects.toMatchObject({
      fault: { code: 'broker-missing' },
    })
  })
})

describe('an orphan of an earlier run', () => {
  const OWNER = `
    import { EmbeddedBroker } from '${new URL('../../src/nats/embedded.ts', import.meta.url).pathname}'
    import { silentLog } from '${new URL('../support/silent.ts', import.meta.url).pathname}'
    const [binary, conf, dataDir] = process.argv.slice(1)
    const own = new EmbeddedBroker({ binary, conf, dataDir, port: 'free', log: silentLog, onExit: () => {} })
    await own.start()
    console.log(own.pid + ' ' + own.port)
    setInterval(() => {}, 1000)
  `
  const owner = async () => {
    const args = ['--input-type=module', '-e', OWNER, locateBroker(), PROJECT_CONF, join(dir, 'broker')]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const [pid = 0, port = 0] = line.toString().split(' ').map(Number)
    return { child, pid, port }
  }

  it('does not block the next start: it is stopped, and the data is there', async () => {
    const first = await owner()
    const link = await links.connect(`nats://127.0.0.1:${first.port}`)
    await provision(link, DEFAULT_STREAMS)
    await links.close()
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    expect(isAlive(first.pid)).toBe(true)

    const own = broker({ port: first.port })
    await own.start()
    expect(isAlive(first.pid)).toBe(false)
    expect(own.pid).not.toBe(first.pid)
    expect(await provision(await links.connect(own.url), DEFAULT_STREAMS)).toMatchObject({ created: [], changed: [] })
  })

  it('is left alone while the process that owns it lives', async () => {
    const first = await owner()
    try {
      await expect(broker().start()).rejects.toMatchObject({
        fault: { code: 'store-locked', reason: expect.stringContaining(`process ${first.child.pid}`) },
      })
      expect(isAlive(first.pid)).toBe(true)
    } finally {
      first.child.kill('SIGTERM')
      await once(first.child, 'exit')
      if (isAlive(first.pid)) process.kill(first.pid, 'SIGKILL')
    }
  })

  it('is nobody else: a process id that was used again for another program is not touched', async () => {
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' })
    try {
      await mkdir(join(dir, 'broker'))
      await writeFile(join(dir, 'broker', 'broker.pid'), `${stranger.pid} 999999\n`)
      await broker().start()
      expect(isAlive(stranger.pid)).toBe(true)
      expect(stranger.exitCode).toBeNull()
    } finally {
      stranger.kill('SIGKILL')
    }
  })
})

describe('finding the program', () => {
  it('takes the one that is named, then PATH', async () => {
    const named = join(dir, 'my-nats')
    const onPath = join(dir, 'nats-server')
    for (const path of [named, onPath]) {
      await writeFile(path, '#!/bin/sh\necho "nats-server: v2.11.4"\n')
      await chmod(path, 0o755)
    }
    expect(locateBroker({ NATS_SERVER_BIN: named, PATH: dir })).toBe(named)
    expect(locateBroker({ PATH: `/nowhere:${dir}` })).toBe(onPath)
    expect(await brokerVersion(named)).toBe('2.11.4')
  })

  it('refuses a named one that is no program, instead of quietly taking another', () => {
    expect(() => locateBroker({ NATS_SERVER_BIN: join(dir, 'typo'), PATH: process.env.PATH })).toThrow(
      /NATS_SERVER_BIN names .*typo/,
    )
  })

  it('refuses one that is too old, with the commands that get a newer one', async () => {
    const old = join(dir, 'old')
    await writeFile(old, '#!/bin/sh\necho "nats-server: v2.9.9"\n')
    await chmod(old, 0o755)
    await expect(brokerVersion(old)).rejects.toMatchObject({
      fault: {
        code: 'broker-missing',
        reason: expect.stringMatching(/2\.9\.9.*apt-get install.*brew install.*docker run/s),
      },
    })
    expect(isOlder('2.9.9', '2.9.10')).toBe(true)
    expect(isOlder('2.10.0', '2.9.10')).toBe(false)
    expect(isOlder('2.9.10', '2.9.10')).toBe(false)
  })
})
