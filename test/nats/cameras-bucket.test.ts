/** Guarantees of the bucket of registered cameras, against a real nats-server. */
import { jetstreamManager } from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RegisteredCamera } from '../../src/domain/registration.ts'
import type { Fault } from '../../src/fault/fault.ts'
import { CAMERAS_BUCKET, type CamerasBucket, watchCameras } from '../../src/nats/cameras-bucket.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { systemClock } from '../../src/port/clock.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

const intrinsics = { fx: 1000, fy: 1000, width: 1920, height: 1080 }
const tower = (yawDeg: number) => ({
  pose: { lat: 40, lon: -105, height: { value: 1700, datum: 'hae' }, yawDeg, pitchDeg: -5, rollDeg: 0 },
  intrinsics,
})
const carried = { sensor: 'uav-1', intrinsics }

let broker: TestBroker
const links = new Links()
let link: BrokerConnection
let admin: KV
let bucket: CamerasBucket | undefined
const cameras = new Map<string, RegisteredCamera>()
const refused: [string, Fault][] = []
let puts = 0

const watchThem = async () => {
  bucket = await watchCameras(link, {
    onPut: (id, camera) => {
      puts += 1
      cameras.set(id, camera)
    },
    onDelete: (id) => cameras.delete(id),
    onRefused: (id, because) => refused.push([id, because]),
    lookEveryMs: 20,
    log: links.log,
    clock: systemClock,
  })
}
const put = (id: string, value: unknown) => admin.put(id, JSON.stringify(value))
const yawOf = (id: string) => {
  const camera = cameras.get(id)
  return camera !== undefined && 'pose' in camera ? camera.pose.attitude?.yawDeg : undefined
}

beforeAll(async () => {
  broker = await startBroker()
})
beforeEach(async () => {
  link = await links.connect(broker.url)
  admin = await new Kvm((await links.connect(broker.url, { instance: 'admin' })).nc).create(CAMERAS_BUCKET)
})
afterEach(async () => {
  await bucket?.stop()
  bucket = undefined
  await admin.destroy().catch(() => undefined)
  await links.close()
  cameras.clear()
  puts = 0
  refused.length = 0
})
afterAll(() => broker.stop())

describe('cameras in the bucket', () => {
  it('that are there already are known when watching begins, and deleted ones are not', async () => {
    await put('tower-1', tower(10))
    await put('tower-1', tower(20))
    await put('uav', carried)
    await put('gone', tower(0))
    await admin.delete('gone')
    await watchThem()
    expect([...cameras.keys()].sort()).toEqual(['tower-1', 'uav'])
    expect(yawOf('tower-1')).toBe(20)
    expect(cameras.get('uav')).toMatchObject({ sensor: 'uav-1' })
    await put('tower-2', tower(30))
    await until(() => cameras.has('tower-2'), 'the watch goes on from there')
    expect(puts).toBe(3)
  })

  it('take effect when they are put, and are gone when they are deleted or purged', async () => {
    await watchThem()
    await put('tower-1', tower(10))
    await until(() => yawOf('tower-1') === 10, 'the camera was put')
    await put('tower-1', tower(30))
    await until(() => yawOf('tower-1') === 30, 'the camera was put again')
    await put('tower-2', tower(40))
    await admin.delete('tower-1')
    await admin.purge('tower-2')
    await until(() => cameras.size === 0, 'both are gone')
    await put('tower-1', tower(50))
    await until(() => yawOf('tower-1') === 50, 'the camera came back')
  })

  it('that are none are refused by name and logged, and the last good one stays', async () => {
    await put('tower-1', tower(10))
    await watchThem()
    await put('tower-1', { ...tower(11), intrinsics: { ...intrinsics, fx: -1 } })
    await admin.put('tower-1', 'no json')
    await put('tower-2', { ...tower(12), zoom: 2 })
    await put('a.b', tower(13))
    await put('last', tower(14))
    await until(() => cameras.has('last'), 'everything before it was heard')
    expect(yawOf('tower-1')).toBe(10)
    expect([...cameras.keys()].sort()).toEqual(['last', 'tower-1'])
    expect(refused.map(([id, { code, field }]) => [id, code, field])).toEqual([
      ['tower-1', 'bad-field', 'intrinsics.fx'],
      ['tower-1', 'bad-json', undefined],
      ['tower-2', 'bad-field', 'zoom'],
      ['a.b', 'bad-field', 'id'],
    ])
    expect(links.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContain(
      'the camera tower-1 cannot be used; the last good one stays',
    )
  })
})

describe('watching the bucket', () => {
  it('goes on over a restart of the broker, and catches up with what was changed by others', async () => {
    await put('stays', tower(1))
    await put('goes', tower(2))
    await watchThem()
    await broker.restart()
    await until(() => link.connected, 'we are connected again')
    admin = await new Kvm((await links.connect(broker.url, { instance: 'other' })).nc).open(CAMERAS_BUCKET)
    await admin.delete('goes')
    await put('comes', tower(3))
    await until(() => cameras.has('comes') && !cameras.has('goes'), 'the changes were heard')
    expect(yawOf('stays')).toBe(1)
  })

  it('is begun again when the broker no longer sends what is put', async () => {
    await watchThem()
    const manager = await jetstreamManager(link.nc)
    for await (const { name } of manager.consumers.list(`KV_${CAMERAS_BUCKET}`)) {
      await manager.consumers.delete(`KV_${CAMERAS_BUCKET}`, name)
    }
    await put('tower-1', tower(10))
    await until(() => cameras.has('tower-1'), 'the camera was heard of', 5_000)
  })

  it('makes the bucket again when it was removed, and then knows what that one holds', async () => {
    await put('old', tower(1))
    await watchThem()
    await admin.destroy()
    admin = await new Kvm((await links.connect(broker.url, { instance: 'other' })).nc).create(CAMERAS_BUCKET)
    await put('new', tower(2))
    await until(() => cameras.has('new') && !cameras.has('old'), 'the new bucket was read')
  })

  it('ends when it is stopped', async () => {
    await watchThem()
    await bucket?.stop()
    await put('tower-1', tower(10))
    await link.nc.flush()
    expect(cameras.size).toBe(0)
  })

  it('is refused by name on a broker that keeps nothing', async () => {
    const bare = await startBroker({ conf: '/dev/null' })
    try {
      link = await links.connect(bare.url)
      await expect(watchThem()).rejects.toMatchObject({ fault: { code: 'broker-config' } })
    } finally {
      await links.close()
      await bare.stop()
    }
  })
})
