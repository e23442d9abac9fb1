/** Guarantees of the JetStream source, against a real nats-server. */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type Msg } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/fault/fault.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { JetStreamDelivery } from '../../src/nats/delivery.ts'
import { provision } from '../../src/nats/provision.ts'
import { JetStreamSource, type SourceOptions } from '../../src/nats/source.ts'
import { DEFAULT_STREAMS, DETECTIONS } from '../../src/nats/streams.ts'
import type { Delivery } from '../../src/port/delivery.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
const ACK_WAIT_MS = 1_500
const SETTINGS = { ...DEFAULT_STREAMS, consumer: { name: 'sightline', ackWaitMs: ACK_WAIT_MS, maxAckPending: 10_000 } }
const text = new TextDecoder()

/** A source that keeps what comes, and never asks by itself. */
class Asker {
  readonly deliveries: Delivery[] = []
  readonly faults: Fault[] = []
  idles = 0
  onDelivery: (delivery: Delivery) => void = () => undefined
  readonly source: JetStreamSource

  constructor(link: BrokerConnection, options: Partial<SourceOptions> = {}) {
    const handlers = {
      onDelivery: (delivery: Delivery) => {
        this.deliveries.push(delivery)
        this.onDelivery(delivery)
      },
      onIdle: () => {
        this.idles += 1
      },
    }
    this.source = new JetStreamSource(link, handlers, {
      stream: DETECTIONS,
      consumer: 'sightline',
      log: links.log,
      onFault: (because) => this.faults.push(because),
      ...options,
    })
    askers.push(this)
  }

  get bodies(): string[] {
    return this.deliveries.map((delivery) => text.decode(delivery.data))
  }

  has(count: number): Promise<void> {
    return until(() => this.deliveries.length >= count, `${count} deliveries came`)
  }
}

let broker: TestBroker
let links: Links
let link: BrokerConnection
let js: JetStreamClient
let jsm: JetStreamManager
let askers: Asker[] = []

beforeEach(async () => {
  broker = await startBroker()
  links = new Links()
  link = await links.connect(broker.url)
  await provision(link, SETTINGS)
  js = jetstream(link.nc)
  jsm = await jetstreamManager(link.nc)
})

afterEach(async () => {
  await Promise.all(askers.map((asker) => asker.source.stop()))
  askers = []
  await links.close()
  await broker.stop()
})

const publish = async (count: number, body: (i: number) => string | Uint8Array = (i) => `m${i}`) => {
  for (let i = 0; i < count; i++) await js.publish('detections.cam', body(i))
}
const consumer = () => jsm.consumers.info(DETECTIONS, 'sightline')

describe('asking', () => {
  it('brings exactly as many as were asked for, in order, and no more', async () => {
    await publish(5)
    const asker = new Asker(link)
    asker.source.pull(2, MIB)
    asker.source.pull(1, MIB)
    await asker.has(3)
    await link.nc.flush()
    expect(asker.bodies).toEqual(['m0', 'm1', 'm2'])
    expect(asker.source.outstanding).toBe(0)
    expect((await consumer()).num_pending).toBe(2)
  })

  it('counts what is outstanding over several requests at once, and what more is asked than slots hold waits its turn', async () => {
    const asker = new Asker(link)
    for (let i = 0; i < 40; i++) asker.source.pull(1, MIB)
    expect(asker.source.outstanding).toBe(40)
    expect(asker.source.outstandingBytes).toBe(40 * MIB)
    await publish(50)
    await asker.has(40)
    await link.nc.flush()
    expect(asker.deliveries).toHaveLength(40)
    expect(asker.source.outstanding).toBe(0)
    expect(asker.source.outstandingBytes).toBe(0)
  })

  it('never hands over more bytes than were asked for, and says when a request ended short', async () => {
    await publish(10, () => 'x'.repeat(1_000))
    const asker = new Asker(link)
    asker.source.pull(10, 3_500)
    await until(() => asker.idles > 0, 'the request ended')
    expect(asker.deliveries).toHaveLength(3)
    expect(asker.source.outstanding).toBe(0)
  })

  it('notices the end of a request whose bytes are used up exactly, of which the server says nothing', async () => {
    await publish(4, () => 'x'.repeat(100))
    const probe = new Asker(link)
    probe.source.pull(1, MIB)
    await probe.has(1)
    const [first] = probe.deliveries
    first?.settle({ kind: 'nak', delayMs: 0 })
    // The server charges subject, reply subject and payload; the reply subject is what varies, by digits.
    const ack = `$JS.ACK.${DETECTIONS}.sightline.1.2.2.${'0'.repeat(19)}.3`
    const asker = new Asker(link)
    asker.source.pull(10, 2 * ('detections.cam'.length + ack.length + 100))
    await until(() => asker.idles > 0, 'the request ended')
    expect(asker.deliveries).toHaveLength(2)
    expect(asker.source.outstanding).toBe(0)
  })

  it('brings a message that is larger than what was asked for alone, instead of standing before it for ever', async () => {
    await publish(1, () => 'L'.repeat(100_000))
    await publish(2)
    const asker = new Asker(link)
    asker.source.pull(5, 10_000)
    await asker.has(1)
    expect(asker.deliveries).toHaveLength(1)
    expect(asker.deliveries[0]?.data.length).toBe(100_000)
    expect(asker.source.outstanding).toBe(0)
    asker.source.pull(5, 10_000)
    await asker.has(3)
    expect(asker.bodies.slice(1)).toEqual(['m0', 'm1'])
  })

  it('gives back the count when a request expires', async () => {
    const asker = new Asker(link, { expiresMs: 400, heartbeatMs: 100 })
    asker.source.pull(3, MIB)
    expect(asker.source.outstanding).toBe(3)
    await until(() => asker.idles > 0, 'the request expired')
    expect(asker.source.outstanding).toBe(0)
    expect(links.log.lines.filter((line) => line.level === 'warn')).toEqual([])
  })

  it('gives back to the broker what comes without having been asked for', async () => {
    const target = `$JS.API.CONSUMER.MSG.NEXT.${DETECTIONS}.sightline`
    const inboxes: string[] = []
    const answers: string[] = []
    const onlooker = await links.connect(broker.url, { instance: 'onlooker' })
    onlooker.nc.subscribe(target, {
      callback: (_error, { reply = '' }) => {
        inboxes.push(reply)
      },
    })
    onlooker.nc.subscribe('$JS.ACK.>', {
      callback: (_error, { data }) => {
        answers.push(text.decode(data))
      },
    })
    await onlooker.nc.flush()
    await publish(2)
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await asker.has(1)
    await until(() => inboxes.length === 1, 'the request was seen')
    // Somebody else asks, and has the answer sent to us.
    onlooker.nc.publish(target, '{"batch":1}', { reply: inboxes[0] ?? '' })
    await until(() => answers.length > 0, 'the message was answered')
    expect(answers).toEqual(['-NAK'])
    expect(asker.bodies).toEqual(['m0'])
  })

  it('keeps asking possible from inside a delivery', async () => {
    await publish(200)
    const asker = new Asker(link)
    let peak = 0
    asker.onDelivery = (delivery) => {
      delivery.settle({ kind: 'ack' })
      peak = Math.max(peak, asker.source.outstanding)
      asker.source.pull(1, MIB)
    }
    asker.source.pull(4, MIB)
    await asker.has(200)
    expect(peak).toBeLessThan(4)
    expect(asker.source.outstanding).toBe(4)
  })
})

describe('what a delivery knows', () => {
  it('carries subject, source, bytes, attempt, sequence and both times', async () => {
    const before = Date.now()
    await publish(1, () => 'hello')
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await asker.has(1)
    const [delivery] = asker.deliveries
    expect(delivery).toMatchObject({
      subject: 'detections.cam',
      source: 'cam',
      attempt: 1,
      streamSeq: 1,
      settled: false,
    })
    expect(delivery?.publishedMs).toBeGreaterThanOrEqual(before)
    expect(delivery?.receivedMs).toBeGreaterThanOrEqual(delivery?.publishedMs ?? Number.POSITIVE_INFINITY)
    expect(delivery?.traceparent).toBeUndefined()
  })

  it('is read from the longer reply subject of servers with domains just as well', () => {
    const reply = '$JS.ACK.hub.AbCdEf.DETECTIONS.sightline.3.42.57.1700000000123456789.7.rAnDoM'
    const message = { subject: 'detections.cam', data: new Uint8Array(1), headers: undefined } as unknown as Msg
    const delivery = new JetStreamDelivery(link.nc, message, reply, 1)
    expect(delivery).toMatchObject({ attempt: 3, streamSeq: 42, publishedMs: 1_700_000_000_123 })
    expect(delivery.trace).toBe('17000000001234567890000000000042')
  })

  it('keeps one trace over all deliveries of a message, and another for each message', async () => {
    await publish(2)
    const asker = new Asker(link)
    asker.source.pull(2, MIB)
    await asker.has(2)
    for (const delivery of asker.deliveries) delivery.settle({ kind: 'nak', delayMs: 0 })
    asker.source.pull(2, MIB)
    await asker.has(4)
    const traces = asker.deliveries.toSorted((a, b) => a.streamSeq - b.streamSeq).map(({ trace }) => trace)
    expect(traces[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(traces[0]).toBe(traces[1])
    expect(traces[2]).toBe(traces[3])
    expect(traces[0]).not.toBe(traces[2])
  })

  it('takes the trace it was given, and refuses one that could spoil a log line', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    for (const [name, value] of [
      ['Sightline-Trace', 'given-1'],
      ['traceparent', traceparent],
      ['Sightline-Trace', 'two words; and more'],
    ] as const) {
      const lines = headers()
      lines.set(name, value)
      await js.publish('detections.cam', 'x', { headers: lines })
    }
    const asker = new Asker(link)
    asker.source.pull(3, MIB)
    await asker.has(3)
    const [own, w3c, bad] = asker.deliveries
    expect(own?.trace).toBe('given-1')
    expect(w3c?.trace).toBe('0af7651916cd43dd8448eb211c80319c')
    expect(w3c?.traceparent).toBe(traceparent)
    expect(bad?.trace).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('a handler that throws', () => {
  it('is told as a fault, and the connection goes on reading', async () => {
    await publish(2)
    const asker = new Asker(link)
    asker.onDelivery = ({ streamSeq }) => {
      if (streamSeq === 1) throw new Error('a bug')
    }
    asker.source.pull(2, MIB)
    await asker.has(2)
    expect(asker.faults).toMatchObject([{ code: 'internal', reason: 'a bug' }])
    expect((await consumer()).num_ack_pending).toBe(2)
  })
})

describe('settling', () => {
  it('ack takes the message off the stream', async () => {
    await publish(1)
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await asker.has(1)
    asker.deliveries[0]?.settle({ kind: 'ack' })
    await link.nc.flush()
    await until2(async () => (await jsm.streams.info(DETECTIONS)).state.messages === 0)
    expect((await consumer()).num_ack_pending).toBe(0)
  })

  it('term takes it off as well, without another delivery', async () => {
    await publish(1)
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await asker.has(1)
    asker.deliveries[0]?.settle({ kind: 'term' })
    await until2(async () => (await jsm.streams.info(DETECTIONS)).state.messages === 0)
    expect((await consumer()).num_redelivered).toBe(0)
  })

  it('nak brings it again after the delay and not before, counted as another attempt', async () => {
    await publish(1)
    const asker = new Asker(link)
    asker.source.pull(2, MIB)
    await asker.has(1)
    const at = performance.now()
    asker.deliveries[0]?.settle({ kind: 'nak', delayMs: 300 })
    await asker.has(2)
    expect(performance.now() - at).toBeGreaterThanOrEqual(295)
    expect(asker.deliveries[1]).toMatchObject({ attempt: 2, streamSeq: 1 })
  })

  it('a second settlement throws and sends nothing', async () => {
    await publish(1)
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await asker.has(1)
    const [delivery] = asker.deliveries
    delivery?.settle({ kind: 'nak', delayMs: 60_000 })
    expect(delivery?.settled).toBe(true)
    expect(() => delivery?.settle({ kind: 'ack' })).toThrow(/settled twice/)
    await link.nc.flush()
    expect((await jsm.streams.info(DETECTIONS)).state.messages).toBe(1)
  })

  it('what is not settled comes again after ack_wait, unless work is said to go on', async () => {
    await publish(2)
    const asker = new Asker(link)
    asker.source.pull(3, MIB)
    await asker.has(2)
    const busy = setInterval(() => asker.deliveries[0]?.working(), 200)
    await asker.has(3).finally(() => clearInterval(busy))
    expect(asker.deliveries[2]).toMatchObject({ streamSeq: 2, attempt: 2 })
  })
})

describe('a broker that goes away', () => {
  it('killed with -9: outstanding goes to zero, what is asked meanwhile is sent once it is back, nothing is lost', async () => {
    await publish(20)
    const asker = new Asker(link)
    asker.source.pull(30, MIB)
    await asker.has(20)
    expect(asker.source.outstanding).toBe(10)
    await broker.kill()
    await until(() => asker.idles > 0, 'the source gave up on the dead broker')
    expect(asker.source.outstanding).toBe(0)
    asker.source.pull(25, MIB)
    expect(asker.source.outstanding).toBe(25)
    await broker.start()
    await asker.has(40)
    await link.nc.flush()
    expect(new Set(asker.bodies).size).toBe(20)
    expect(asker.deliveries).toHaveLength(40)
    expect(asker.source.outstanding).toBe(5)
    for (const delivery of asker.deliveries.slice(20)) delivery.settle({ kind: 'ack' })
    await until2(async () => (await jsm.streams.info(DETECTIONS)).state.messages === 0)
  })

  it('a connection that drops while the server lives on brings nothing for the requests of before', async () => {
    const asker = new Asker(link)
    asker.source.pull(10, MIB)
    await link.nc.flush()
    await link.nc.reconnect()
    await until(() => link.reconnects === 1, 'the connection is back')
    expect(asker.source.outstanding).toBe(0)
    await publish(5)
    await until2(async () => (await consumer()).num_waiting === 0)
    expect(asker.deliveries).toEqual([])
    expect((await consumer()).num_pending).toBe(5)
    asker.source.pull(5, MIB)
    await asker.has(5)
  })

  it('frozen: silence is noticed, and asking again brings each message once when it thaws', async () => {
    const asker = new Asker(link, { heartbeatMs: 100, expiresMs: 5_000 })
    asker.source.pull(10, MIB)
    await link.nc.flush()
    await broker.pause()
    await until(() => asker.idles > 0, 'the silence was noticed')
    expect(asker.source.outstanding).toBe(0)
    broker.resume()
    await publish(3)
    asker.source.pull(3, MIB)
    await asker.has(3)
    expect(new Set(asker.bodies)).toEqual(new Set(['m0', 'm1', 'm2']))
    expect(asker.deliveries).toHaveLength(3)
    expect(asker.faults).toEqual([])
  })

  it('a consumer that is deleted is a fault, and does not become a storm of requests', async () => {
    const asker = new Asker(link, { heartbeatMs: 100, expiresMs: 1_000 })
    asker.source.pull(1, MIB)
    await link.nc.flush()
    await jsm.consumers.delete(DETECTIONS, 'sightline')
    await until(() => asker.faults.length > 0, 'the fault was told')
    expect(asker.faults[0]).toMatchObject({ code: 'consumer-gone', reason: expect.stringContaining('sightline') })
  })

  it('a consumer that was never there is told by name, although the server answers nothing', async () => {
    const asker = new Asker(link, { consumer: 'nobody', heartbeatMs: 100, expiresMs: 1_000 })
    asker.source.pull(1, MIB)
    await until(() => asker.faults.length > 0, 'the fault was told')
    expect(asker.faults[0]).toMatchObject({ code: 'consumer-gone', reason: expect.stringContaining('nobody') })
  })
})

describe('stopping', () => {
  it('ends outstanding requests at once and strands no message until ack_wait', async () => {
    await provision(link, { ...SETTINGS, consumer: { ...SETTINGS.consumer, ackWaitMs: 120_000 } })
    const asker = new Asker(link)
    asker.source.pull(100, MIB)
    await link.nc.flush()
    const publishing = publish(50)
    await asker.has(1)
    await asker.source.stop()
    const handed = asker.deliveries.length
    await publishing
    expect(asker.source.outstanding).toBe(0)
    const other = new Asker(link)
    for (const delivery of asker.deliveries) delivery.settle({ kind: 'ack' })
    // Whatever the first one did not get is there for the next: ack_wait is longer than this test waits.
    other.source.pull(100, MIB)
    await other.has(50 - handed)
    expect(asker.deliveries).toHaveLength(handed)
    expect(new Set([...asker.bodies, ...other.bodies]).size).toBe(50)
  })

  it('does not wait for a broker that is gone', async () => {
    const asker = new Asker(link)
    asker.source.pull(1, MIB)
    await broker.kill()
    await until(() => !link.connected, 'the connection broke')
    await asker.source.stop()
    expect(asker.source.outstanding).toBe(0)
  })
})

/** As {@link until}, for a question to the broker. */
async function until2(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await holds())) if (performance.now() > end) throw new Error('gave up waiting for the broker to say so')
}
