/** Guarantees of nats.conf as a person starts it, without any of our own arguments for the address. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { greeting } from '../../src/nats/greeting.ts'
import { locateBroker } from '../../src/nats/locate.ts'
import { freePort, PROJECT_CONF } from '../support/broker.ts'
import { until } from '../support/until.ts'

it('nats.conf starts with JetStream, and listens on loopback only', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'sightline-conf-'))
  const port = await freePort()
  const child = spawn(locateBroker(), ['-c', PROJECT_CONF, '-p', `${port}`, '-sd', dir], { stdio: 'ignore' })
  try {
    let up = false
    void (async () => {
      while (!up && child.exitCode === null) up = (await greeting('127.0.0.1', port, 500)) !== undefined
    })()
    await until(() => up, 'the server greets')
    expect(await greeting('127.0.0.1', port, 1_000)).toMatchObject({ jetstream: true })
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')
    if (outside === undefined) console.log('no outside address here: that nobody else can connect was not tried')
    else expect(await refusesConnections(outside.address, port)).toBe(true)
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(dir, { recursive: true, force: true })
  }
})

function refusesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const answer = (refused: boolean) => {
      socket.destroy()
      resolve(refused)
    }
    socket.on('connect', () => answer(false))
    socket.on('error', () => answer(true))
    socket.on('timeout', () => answer(true))
  })
}
