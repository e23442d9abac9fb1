/** Guarantees of listening to telemetry, against a real nats-server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Telemetry } from '../../src/domain/telemetry.ts'
import type { Fault } from '../../src/fault/fault.ts'
import { listenToTelemetry, type TelemetryListener } from '../../src/nats/telemetry.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

const clock = new ManualClock()
const pose = {
  lat: 40,
  lon: -105,
  height: { value: 1700, datum: 'hae' },
  yawDeg: 10,
  pitchDeg: -5,
  rollDeg: 0,
}
const at = (ms: number) => new Date(clock.now() + ms).toISOString()

let broker: TestBroker
const links = new Links()
let listener: TelemetryListener | undefined
const poses: Telemetry[] = []
const refused: [string, Fault][] = []

const listening = async () => {
  const link = await links.connect(broker.url)
  listener = listenToTelemetry(link, {
    onPose: (telemetry) => poses.push(telemetry),
    onRefused: (sensor, because) => refused.push([sensor, because]),
    maxAheadMs: 1_000,
    clock,
  })
  await link.nc.flush()
  return links.connect(broker.url, { instance: 'sensor' })
}

beforeAll(async () => {
  broker = await startBroker()
})
afterEach(async () => {
  await listener?.stop()
  await links.close()
  poses.length = 0
  refused.length = 0
})
afterAll(() => broker.stop())

describe('telemetry', () => {
  it('is handed over pose by pose, in order, under the sensor that the subject names', async () => {
    const { nc } = await listening()
    nc.publish('telemetry.uav-1', JSON.stringify({ time: at(0), ...pose }))
    nc.publish('telemetry.uav-2', JSON.stringify([1, 2].map((ms) => ({ time: at(ms), sensor: 'uav-2', ...pose }))))
    nc.publish('telemetry.too.deep', JSON.stringify({ time: at(0), ...pose }))
    nc.publish('telemetry.uav-1', JSON.stringify({ time: at(3), ...pose }))
    await until(() => poses.length === 4, 'the poses came')
    expect(poses.map(({ sensor, timeMs }) => [sensor, timeMs - clock.now()])).toEqual([
      ['uav-1', 0],
      ['uav-2', 1],
      ['uav-2', 2],
      ['uav-1', 3],
    ])
    expect(listener?.heard).toBe(4)
  })

  it('that cannot be read is refused by name, and what follows is heard', async () => {
    const { nc } = await listening()
    nc.publish('telemetry.uav-1', '{broken')
    nc.publish('telemetry.uav-1', JSON.stringify({ time: at(0), ...pose, sensor: 'other' }))
    nc.publish(
      'telemetry.uav-1',
      JSON.stringify([
        { time: at(1_001), ...pose },
        { time: at(1_000), ...pose },
      ]),
    )
    await until(() => poses.length === 1, 'the good one came')
    expect(refused.map(([sensor, { code, field }]) => [sensor, code, field])).toEqual([
      ['uav-1', 'bad-json', undefined],
      ['uav-1', 'source-mismatch', 'sensor'],
      ['uav-1', 'clock-ahead', 'time'],
    ])
    expect(listener?.refused).toBe(3)
  })

  it('is heard again after the broker came back', async () => {
    const sensor = await listening()
    await broker.restart()
    await until(() => sensor.connected && links.log.text.includes('connected to the broker again'), 'we are back')
    await until(() => {
      sensor.nc.publish('telemetry.uav-1', JSON.stringify({ time: at(0), ...pose }))
      return poses.length > 0
    }, 'telemetry is heard again')
  })
})
