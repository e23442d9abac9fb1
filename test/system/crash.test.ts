/** Nothing is lost: the process dies at random moments, the broker dies, and every detection is still accounted for. */
import { afterEach, describe, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { positionDetections } from '../support/detections.ts'
import { Oracle } from '../support/oracle.ts'
import { ServiceProcess } from '../support/service.ts'
import { TakProcess } from '../support/tak-process.ts'
import { until } from '../support/until.ts'

let broker: TestBroker | undefined
let service: ServiceProcess | undefined
let tak: TakProcess | undefined
let oracle: Oracle | undefined

afterEach(async () => {
  await oracle?.close()
  await service?.dispose()
  await tak?.stop()
  await broker?.stop()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function standUp(env: Record<string, string> = {}) {
  broker = await startBroker()
  tak = await TakProcess.start()
  service = await ServiceProcess.start({
    SIGHTLINE_NATS_URL: broker.url,
    SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '2000',
    SIGHTLINE_SINKS_0_NAME: 'tak',
    SIGHTLINE_SINKS_0_URL: tak.url,
    SIGHTLINE_LOG_LEVEL: 'warn',
    ...env,
  })
  oracle = await Oracle.at(broker.url)
  return { broker, tak, service, oracle }
}

/** Numbered ids that are nowhere to be found. */
function missing(count: number, ...places: ReadonlySet<string>[]): string[] {
  return Array.from({ length: count }, (_, n) => `d-${n}`).filter((id) => !places.some((place) => place.has(id)))
}

describe('a process killed with -9', () => {
  test('ten times at random moments loses none of 20,000 detections and repeats none on the CoT subjects', async () => {
    const { service, oracle, tak } = await standUp()
    const total = 20_000
    // Every hundredth is one that cannot be read, so that dead letters are counted too.
    const payloads = [...positionDetections('d', total)].map((payload, n) =>
      n % 100 === 7 ? payload.replace('"person"', '7') : payload,
    )
    const publishing = (async () => {
      for (let at = 0; at < total; at += 500) {
        await oracle.publish('cam', payloads.slice(at, at + 500))
        await pause(20)
      }
    })()
    for (let round = 0; round < 10; round++) {
      await pause(50 + Math.random() * 350)
      await service.kill()
      await service.start()
    }
    await publishing
    const bad = total / 100
    await until(() => tak.received().length >= total - bad, 'TAK has as many as there are', 60_000)
    await settled(oracle)
    await published(oracle, total - bad)
    const stored = await oracle.all('COT')
    const onSubjects = new Set(stored.map((each) => each.id))
    const letters = await oracle.all('DEADLETTERS')
    const dead = new Set(letters.map((each) => each.id))
    expect(missing(total, onSubjects, dead)).toEqual([])
    expect(stored).toHaveLength(total - bad)
    expect(letters).toHaveLength(bad)
    expect(letters.every((each) => each.headers['Sightline-Field'] === 'class')).toBe(true)
    const atTak = new Set(tak.received().map((each) => `${each.uid} ${each.time}`))
    const onWire = stored.map((each) => /uid="([^"]+)"[^>]* time="([^"]+)"/.exec(Buffer.from(each.data).toString()))
    expect(onWire.filter((found) => found === null || !atTak.has(`${found[1]} ${found[2]}`))).toEqual([])
  }, 180_000)
})

describe('a broker killed with -9', () => {
  test('mid-stream and started again loses nothing, and the service carries on by itself', async () => {
    const { broker, service, oracle, tak } = await standUp()
    const publishing = oracle.publish('cam', positionDetections('d', 10_000))
    for (let round = 0; round < 3; round++) {
      await pause(200)
      await broker.restart()
    }
    await publishing
    await until(() => tak.received().length >= 10_000, 'everything reached TAK', 60_000)
    await settled(oracle)
    await published(oracle, 10_000)
    const stored = new Set((await oracle.all('COT')).map((each) => each.id))
    expect(missing(10_000, stored)).toEqual([])
    expect(service.running).toBe(true)
    expect(await oracle.count('DEADLETTERS')).toBe(0)
  }, 120_000)
})

describe('SIGTERM under load', () => {
  test('ends with 0, loses nothing, and a restart carries on', async () => {
    const { service, oracle, tak } = await standUp()
    const publishing = oracle.publish('cam', positionDetections('d', 10_000))
    for (let round = 0; round < 3; round++) {
      await pause(150)
      expect(await service.stop()).toBe(0)
      await service.start()
    }
    await publishing
    await until(() => tak.received().length >= 10_000, 'everything reached TAK', 60_000)
    await settled(oracle)
    await published(oracle, 10_000)
    const stored = await oracle.all('COT')
    expect(missing(10_000, new Set(stored.map((each) => each.id)))).toEqual([])
    expect(stored).toHaveLength(10_000)
  }, 120_000)
})

/** Waits until the input stream is empty: everything was acknowledged or ended. */
async function settled(oracle: Oracle): Promise<void> {
  const deadline = performance.now() + 30_000
  while ((await oracle.count('DETECTIONS')) > 0) {
    if (performance.now() > deadline)
      throw new Error(`the input stream still holds ${await oracle.count('DETECTIONS')}`)
    await pause(50)
  }
}

/** Waits until so many events are on the CoT subjects. */
async function published(oracle: Oracle, count: number): Promise<void> {
  const deadline = performance.now() + 60_000
  while ((await oracle.count('COT')) < count) {
    if (performance.now() > deadline)
      throw new Error(`only ${await oracle.count('COT')} of ${count} are on CoT subjects`)
    await pause(50)
  }
}
