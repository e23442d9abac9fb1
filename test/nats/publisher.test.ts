/** Guarantees of publishing in bulk, against a real nats-server. */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/fault/fault.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { provision } from '../../src/nats/provision.ts'
import { type Outgoing, type PublishCounts, publishAll } from '../../src/nats/publisher.ts'
import { DEFAULT_STREAMS, DETECTIONS } from '../../src/nats/streams.ts'
import { watch } from '../../src/nats/watch.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
let links: Links
let link: BrokerConnection
let jsm: JetStreamManager

beforeEach(async () => {
  broker = await startBroker()
  links = new Links()
  link = await links.connect(broker.url)
  await provision(link, DEFAULT_STREAMS)
  jsm = await jetstreamManager(link.nc)
})

afterEach(async () => {
  await links.close()
  await broker.stop()
})

function* messages(count: number, onTaken: (i: number) => void = () => undefined): Generator<Outgoing> {
  for (let i = 0; i < count; i++) {
    onTaken(i)
    yield { subject: 'detections.cam', payload: Buffer.from(`m${i}`) }
  }
}

const stored = async () => (await jsm.streams.info(DETECTIONS)).state.messages

describe('all goes well', () => {
  it('resolves when the stream has acknowledged every message, having told the progress', async () => {
    const progress: PublishCounts[] = []
    const counts = await publishAll(link, messages(1_000), { onProgress: (each) => progress.push(each) })
    expect(counts).toEqual({ acked: 1_000, duplicates: 0 })
    expect(progress.map(({ acked }) => acked)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1))
    expect(await stored()).toBe(1_000)
  })

  it('never reads further ahead than its window', async () => {
    let acked = 0
    let furthest = 0
    await publishAll(
      link,
      messages(500, (i) => {
        furthest = Math.max(furthest, i - acked)
      }),
      {
        window: 32,
        onProgress: (counts) => {
          acked = counts.acked
        },
      },
    )
    expect(furthest).toBeGreaterThan(1)
    expect(furthest).toBeLessThanOrEqual(32)
  })

  it('keeps the order, and headers that are safe to send', async () => {
    const seen: [string, string | undefined][] = []
    const watching = watch(link, ['detections.>'], (message) =>
      seen.push([Buffer.from(message.data).toString(), message.header('Sightline-Trace')]),
    )
    await publishAll(link, [
      { subject: 'detections.a', payload: Buffer.from('1'), headers: { 'Sightline-Trace': 'line\r\nbreak' } },
      { subject: 'detections.b', payload: Buffer.from('2') },
    ])
    await watching.stop()
    expect(seen).toEqual([
      ['1', 'line\r\nbreak'],
      ['2', undefined],
    ])
  })

  it('counts as duplicates what the stream knows by its id already', async () => {
    const same = [{ subject: 'detections.cam', payload: Buffer.from('x'), messageId: 'once' }]
    expect(await publishAll(link, same)).toEqual({ acked: 1, duplicates: 0 })
    expect(await publishAll(link, same)).toEqual({ acked: 1, duplicates: 1 })
    expect(await stored()).toBe(1)
  })
})

describe('something is in the way', () => {
  it('the broker is killed with -9 twice: every message is stored exactly once', async () => {
    let acked = 0
    let restarts = 0
    let restarting = Promise.resolve()
    const counts = await publishAll(link, messages(4_000), {
      onProgress: (each) => {
        acked = each.acked
        if (restarts < 2 && acked > (restarts + 1) * 1_000) {
          restarts += 1
          restarting = broker.restart()
        }
      },
    })
    await restarting
    expect(restarts).toBe(2)
    expect(counts.acked).toBe(4_000)
    expect(await stored()).toBe(4_000)
  })

  it('the broker freezes: what is in doubt is sent again and stored once', async () => {
    const holds: Fault[] = []
    await broker.pause()
    const publishing = publishAll(link, messages(20), { ackTimeoutMs: 200, onHold: (because) => holds.push(because) })
    await until(() => holds.length > 0, 'the silence was noticed')
    broker.resume()
    expect(await publishing).toMatchObject({ acked: 20 })
    expect(await stored()).toBe(20)
  })

  it('the stream is full: it waits, says so, and goes on when there is room', async () => {
    await provision(link, { ...DEFAULT_STREAMS, detections: { ...DEFAULT_STREAMS.detections, maxMessages: 10 } })
    const holds: Fault[] = []
    const publishing = publishAll(link, messages(15), { onHold: (because) => holds.push(because) })
    await until(() => holds.length > 0, 'the wait was told')
    expect(holds[0]).toMatchObject({ code: 'publish-refused', reason: expect.stringContaining('maximum messages') })
    expect(await stored()).toBe(10)
    await jsm.streams.purge(DETECTIONS)
    expect(await publishing).toEqual({ acked: 15, duplicates: 0 })
    expect(await stored()).toBe(5)
  })

  it('no stream takes the subject: it is told, after a short wait', async () => {
    const strays = [{ subject: 'nowhere.at.all', payload: Buffer.from('x') }]
    await expect(publishAll(link, strays, { noStreamMs: 200 })).rejects.toMatchObject({
      fault: { code: 'publish-refused', reason: expect.stringContaining('nowhere.at.all') },
    })
  })

  it('a message is larger than the broker takes: it is told with its size', async () => {
    const giants = [{ subject: 'detections.cam', payload: Buffer.alloc(5 * 1024 * 1024) }]
    await expect(publishAll(link, giants)).rejects.toMatchObject({
      fault: { code: 'publish-refused', reason: expect.stringContaining('5242880 bytes') },
    })
  })

  it('it is told to stop: it reads no further, and what it sent is acknowledged', async () => {
    const ending = new AbortController()
    let taken = 0
    const counts = await publishAll(
      link,
      messages(1_000_000, () => {
        taken += 1
        if (taken === 300) ending.abort()
      }),
      { signal: ending.signal },
    )
    expect(taken).toBe(300)
    expect(counts.acked).toBe(299)
  })

  it('the connection is closed for good: it is told', async () => {
    await broker.pause()
    const publishing = publishAll(link, messages(10))
    await link.nc.close()
    await expect(publishing).rejects.toMatchObject({ fault: { code: 'broker-closed' } })
  })
})
