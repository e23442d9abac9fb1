/** Cameras that move, cameras registered while running, and bearings of several sensors: through the running system. */
import { Kvm } from '@nats-io/kv'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CotEvent } from '../../src/cot/event.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import { eventOf } from '../../src/cot/read.ts'
import { watch } from '../../src/nats/watch.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Oracle } from '../support/oracle.ts'
import { ServiceProcess } from '../support/service.ts'
import { until } from '../support/until.ts'

const CAMERAS = JSON.stringify({
  'uav-eo': { sensor: 'uav-1', intrinsics: { width: 1000, height: 1000, hfovDeg: 60 } },
})

let broker: TestBroker
let service: ServiceProcess
let oracle: Oracle
let events: CotEvent[]

beforeEach(async () => {
  broker = await startBroker()
  service = await ServiceProcess.start({ SIGHTLINE_NATS_URL: broker.url, SIGHTLINE_CAMERAS: CAMERAS })
  oracle = await Oracle.at(broker.url)
  events = []
  watch(oracle.link, ['cot.>'], ({ data }) => {
    const parsed = parseEvent(data)
    const event = parsed.ok ? eventOf(parsed.value) : undefined
    if (event !== undefined) events.push(event)
  })
  await oracle.link.nc.flush()
})
afterEach(async () => {
  await oracle?.close()
  await service?.dispose()
  await broker?.stop()
})

const T0 = Date.now() - 10_000
const at = (ms: number): string => new Date(T0 + ms).toISOString()
/** Straight down from 100 m, flying north. */
const pose = (lat: number) => ({
  lat,
  lon: -110.43,
  height: { value: 1_500, datum: 'hae' },
  yawDeg: 0,
  pitchDeg: -90,
  rollDeg: 0,
  sigma: { positionM: 1, heightM: 1, yawDeg: 0.5, pitchDeg: 0.5, rollDeg: 0.5, timeMs: 10 },
})
const centre = { pixel: { u: 500, v: 500 }, image: { width: 1000, height: 1000 } }
const surface = { height: { value: 1_400, datum: 'hae' }, sigmaM: 1 }

describe('a camera carried by a sensor', () => {
  test('is where its telemetry says, at the time of the detection; without telemetry it is refused as stale-pose', async () => {
    for (const [ms, lat] of [
      [0, 31.6],
      [1_000, 31.6002],
    ] as const) {
      oracle.link.nc.publish('telemetry.uav-1', JSON.stringify({ time: at(ms), ...pose(lat) }))
    }
    await oracle.link.nc.flush()
    const seen = (id: string, ms: number) =>
      JSON.stringify({ id, time: at(ms), class: 'car', camera: { id: 'uav-eo' }, surface, ...centre })
    await oracle.publish('uav', [seen('between', 500), seen('late', 9_000)])
    await until(() => events.length === 1, 'the one with a pose came out')
    expect(events[0]?.lat).toBeCloseTo(31.6001, 6)
    await until(() => service.log.includes('stale-pose'), 'the other was refused')
    const letters = await oracle.all('DEADLETTERS')
    expect(letters.map((each) => each.headers['Sightline-Code'])).toEqual(['stale-pose'])
  })
})

describe('a camera put into the bucket while the service runs', () => {
  test('can be named by the next detection, and no longer once it is deleted', async () => {
    const bucket = await new Kvm(oracle.link.nc).open('cameras')
    const { sigma, lat, lon, height, ...attitude } = pose(31.6)
    await bucket.put(
      'tower-9',
      JSON.stringify({
        pose: { lat, lon, height, ...attitude, sigma },
        intrinsics: { width: 1000, height: 1000, hfovDeg: 60 },
      }),
    )
    let n = 0
    const publish = () =>
      oracle.publish('tower', [
        JSON.stringify({ id: `t${n++}`, time: at(0), class: 'car', camera: { id: 'tower-9' }, surface, ...centre }),
      ])
    // The watch runs beside the detections: until it has brought the camera, it is not known.
    while (events.length === 0) {
      await publish()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(events[0]?.lat).toBeCloseTo(31.6, 6)
    await bucket.delete('tower-9')
    const before = await oracle.count('DEADLETTERS')
    while ((await oracle.count('DEADLETTERS')) === before) {
      await publish()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const last = (await oracle.all('DEADLETTERS')).at(-1)
    expect(last?.headers['Sightline-Code']).toBe('camera-unknown')
  })
})

describe('bearings of two towers on one target', () => {
  test('become one fused place, under a uid of its own', async () => {
    const bearing = (azimuthDeg: number, lon: number) => ({
      time: at(0),
      class: 'smoke',
      target: 'ridge-fire',
      bearing: { azimuthDeg, sigma: { azimuthDeg: 0.3 } },
      observer: { lat: 31.6, lon, height: { value: 1_500, datum: 'hae' }, sigma: { positionM: 1, heightM: 1 } },
    })
    await oracle.publish('tower-1', [JSON.stringify({ id: 'a', ...bearing(45, -110.45) })])
    await until(() => events.length === 1, 'the first is a line')
    await oracle.publish('tower-2', [JSON.stringify({ id: 'b', ...bearing(315, -110.41) })])
    await until(() => events.length === 2, 'the second is a place')
    const [line, place] = events
    expect(line).toMatchObject({ type: 'u-rb-a' })
    expect(place).toMatchObject({ how: 'm-f', uid: 'sightline.~fix.ridge-fire' })
    expect(place?.lon).toBeCloseTo(-110.43, 3)
    expect(place?.ceM).toBeGreaterThan(1)
    expect(place?.ceM).toBeLessThan(200)
  })
})
