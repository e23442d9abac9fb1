/** The whole way once: detections in on NATS, CoT out on NATS and TAK. */
import { afterEach, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { positionDetections } from '../support/detections.ts'
import { Oracle } from '../support/oracle.ts'
import { ServiceProcess } from '../support/service.ts'
import { TakRecorder } from '../support/tak-recorder.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
let service: ServiceProcess
let tak: TakRecorder
let oracle: Oracle

afterEach(async () => {
  await oracle?.close()
  await service?.dispose()
  await tak?.stop()
  await broker?.stop()
})

test('every detection published is on its CoT subject and at the TAK server', async () => {
  broker = await startBroker()
  tak = await TakRecorder.listen()
  service = await ServiceProcess.start({
    SIGHTLINE_NATS_URL: broker.url,
    SIGHTLINE_SINKS_0_NAME: 'tak',
    SIGHTLINE_SINKS_0_URL: tak.url,
  })
  oracle = await Oracle.at(broker.url)
  await oracle.publish('cam', positionDetections('d', 2_000))
  await until(() => tak.count >= 2_000, 'everything reached TAK')
  const stored = await oracle.all('COT')
  expect(new Set(stored.map((each) => each.id)).size).toBe(2_000)
  expect(stored).toHaveLength(2_000)
  expect(await oracle.count('DETECTIONS')).toBe(0)
  expect(await service.stop()).toBe(0)
}, 60_000)
