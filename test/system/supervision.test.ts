/** Crashes inside: an actor is restarted within its intensity, beyond it the process leaves and says so; nothing is lost either way. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { positionDetection, positionDetections } from '../support/detections.ts'
import { Oracle } from '../support/oracle.ts'
import { ServiceProcess } from '../support/service.ts'
import { atTak, missing, onSubjects, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { Site, sinks } from './site.ts'

/** Restarts that cost a test no time. */
const QUICK = { SIGHTLINE_SUPERVISION_MIN_BACKOFF_MS: '10', SIGHTLINE_SUPERVISION_MAX_BACKOFF_MS: '50' }

const crasher = (id: string) => positionDetection(id, { class: 'crash-stage' })

describe('a crashing stage', () => {
  test('is restarted within its intensity: everything else passes, and what crashes it ends in dead letters', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const maxDeliveries = 4
    const service = await site.service({
      ...QUICK,
      SIGHTLINE_SUPERVISION_MAX_RESTARTS: '20',
      SIGHTLINE_NATS_CONSUMER_SOLO_FROM: '2',
      SIGHTLINE_NATS_CONSUMER_MAX_DELIVERIES: `${maxDeliveries}`,
    })
    const { pid } = service
    const total = 2_000
    const detections = [...positionDetections('d', total)]
    await oracle.publish('cam', [...detections.slice(0, 900), crasher('bug'), ...detections.slice(900)])
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === 1,
      'what crashes the stage is a dead letter',
    )
    const [letter] = await oracle.all('DEADLETTERS')
    expect(Buffer.from(letter?.data ?? []).toString()).toBe(crasher('bug'))
    expect(letter?.headers['Sightline-Code']).toBe('redelivery-limit')
    await eventually(
      () => oracle.count('COT'),
      (n) => n >= total,
      'everything else passed',
    )
    const arrivals = onSubjects(await oracle.all('COT'))
    expect(missing(total, arrivals)).toEqual([])
    expect(repeats(arrivals)).toBe(0)
    expect(await service.metric('sightline_actor_restarts_total', { actor: 'geolocate' })).toBe(maxDeliveries)
    expect(service.running && service.pid).toBe(pid)
    expect((await service.health()).status).toBe('UP')
    expect(await service.stop()).toBe(0)
  }, 60_000)

  test('beyond its intensity ends the process with 5 and acknowledges nothing; mended, everything arrives', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const tak = await site.tak()
    const service = await site.service({
      ...QUICK,
      ...sinks({ NAME: 'tak', URL: tak.url }),
      SIGHTLINE_SUPERVISION_MAX_RESTARTS: '2',
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '1000',
    })
    const total = 500
    const detections = Array.from({ length: total }, (_, n) =>
      n % 100 === 50 ? crasher(`d-${n}`) : positionDetection(`d-${n}`),
    )
    await oracle.publish('cam', detections)
    expect(await service.left()).toBe(5)
    expect(service.log).toContain('rigged to crash')
    const lines = service.log.trim().split('\n')
    expect(lines.find((line) => line.includes('giving up'))).toContain('actor-crashed')
    expect(await oracle.count('DETECTIONS')).toBeGreaterThanOrEqual(total / 100)

    await service.start({ RIGGED: 'off' })
    await eventually(
      () => missing(total, atTak(tak.events)).length,
      (n) => n === 0,
      'everything reached TAK',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    const arrivals = onSubjects(await oracle.all('COT'))
    expect(missing(total, arrivals)).toEqual([])
    expect(repeats(arrivals)).toBe(0)
    expect(await oracle.count('DEADLETTERS')).toBe(0)
  }, 60_000)
})

describe('the embedded broker', () => {
  test('killed with -9 mid-stream is started again by the supervisor, and the service carries on where it was', async () => {
    await using standing = new AsyncDisposableStack()
    await using site = await Site.open()
    const tak = await site.tak()
    const service = new ServiceProcess({
      ...QUICK,
      ...sinks({ NAME: 'tak', URL: tak.url }),
      SIGHTLINE_NATS_PORT: '0',
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '1000',
      SIGHTLINE_LOG_LEVEL: 'warn',
      RIGGED_SINK_PAUSE_MS: '1000',
    })
    standing.defer(() => service.dispose())
    // The broker is a child of the service and must be ended by it.
    standing.defer(async () => void (await service.stop()))
    await service.start()
    const { pid } = service
    const brokerPid = (): number =>
      Number.parseInt(readFileSync(join(service.dataDir, 'broker', 'broker.pid'), 'utf8'), 10)
    const oracle = await Oracle.at(service.runtime.nats)
    standing.defer(() => oracle.close())

    const total = 6_000
    const publishing = oracle.publish('cam', positionDetections('d', total))
    for (let round = 1; round <= 2; round++) {
      await eventually(
        () => tak.count,
        (n) => n >= round * 1_000,
        'some have passed',
      )
      const before = brokerPid()
      process.kill(before, 'SIGKILL')
      await eventually(brokerPid, (now) => now !== before, 'another broker runs')
      await eventually(
        () => service.health(),
        ({ components }) => components.broker.healthy,
        'it is connected again',
      )
    }
    await publishing
    await eventually(
      () => missing(total, atTak(tak.events)).length,
      (n) => n === 0,
      'everything reached TAK',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    expect(missing(total, onSubjects(await oracle.all('COT')))).toEqual([])
    expect(await oracle.count('DEADLETTERS')).toBe(0)
    expect(service.running && service.pid).toBe(pid)
    expect(await service.metric('sightline_actor_restarts_total', { actor: 'broker' })).toBe(2)
    const last = brokerPid()
    expect(await service.stop()).toBe(0)
    expect(() => process.kill(last, 0)).toThrow('ESRCH')
  }, 90_000)
})
