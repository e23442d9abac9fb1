/** Guarantees of the sink that publishes on CoT subjects, against a real nats-server. */
import { type JetStreamManager, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { cotSubjectsSink } from '../../src/nats/cot-subjects.ts'
import { detectionMessageId } from '../../src/nats/message-id.ts'
import { provision } from '../../src/nats/provision.ts'
import { COT, DEFAULT_STREAMS } from '../../src/nats/streams.ts'
import { type WatchedMessage, watch } from '../../src/nats/watch.ts'
import type { JournalEntry } from '../../src/port/journal.ts'
import type { SinkLink } from '../../src/port/sink.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { LinkLog } from '../support/link-log.ts'
import { Links } from '../support/links.ts'
import { sampleEntries, sampleEntry, sampleXml } from '../support/sample-entries.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
let links: Links
let link: BrokerConnection
let jsm: JetStreamManager
const open: SinkLink[] = []

beforeEach(async () => {
  broker = await startBroker()
  links = new Links()
  link = await links.connect(broker.url)
  await provision(link, DEFAULT_STREAMS)
  jsm = await jetstreamManager(link.nc)
})

afterEach(async () => {
  for (const each of open.splice(0)) each.abort()
  await links.close()
  await broker.stop()
})

const sink = (encode: (entry: JournalEntry) => Uint8Array = (entry) => sampleXml(entry), ackTimeoutMs = 5_000) =>
  cotSubjectsSink(link, {
    name: 'cot',
    encode,
    subjectOf: (type) => `cot.${type.replaceAll('-', '.')}`,
    ackTimeoutMs,
  })

const opened = async (log: LinkLog, driver = sink()) => {
  const each = await driver.open(log, new AbortController().signal)
  open.push(each)
  return each
}

const stored = async () => (await jsm.streams.info(COT)).state.messages
const seqs = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('publishing', () => {
  it('settles every event once and in order, by the acknowledgement of the stream', async () => {
    const log = new LinkLog()
    const out = await opened(log)
    out.send(sampleEntries(1, 500))
    await log.untilSettled(500)
    expect(log.settledSeqs).toEqual(seqs(1, 500))
    expect(new Set(log.outcomes)).toEqual(new Set(['delivered']))
    expect(log.breaches).toEqual([])
    expect(await stored()).toBe(500)
  })

  it('puts the event on the subject of its type, with its headers, and with what is not printable encoded', async () => {
    const seen: WatchedMessage[] = []
    const watching = watch(link, ['cot.>'], (message) => seen.push(message))
    const log = new LinkLog()
    const out = await opened(log)
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const entry = { ...sampleEntry(1), id: 'Brand 100 %\r\nX-Evil: 1 🔥', traceparent }
    out.send([entry])
    await until(() => seen.length === 1, 'the event came by')
    const [message] = seen
    expect(message?.subject).toBe('cot.a.u.G')
    expect(message?.data).toEqual(sampleXml(entry))
    expect(message?.header('Nats-Msg-Id')).toMatch(/^[0-9a-f]{32}$/)
    expect(message?.header('Nats-Msg-Id')).toBe(detectionMessageId(entry.source, entry.id))
    expect(message?.header('Sightline-Detection-Id')).toBe(entry.id)
    expect(message?.header('Sightline-Source')).toBe('sample')
    expect(message?.header('Sightline-Trace')).toBe('trace-1')
    expect(message?.header('traceparent')).toBe(traceparent)
    expect(message?.header('X-Evil')).toBeUndefined()
    await watching.stop()
  })

  it('an event the stream holds already is delivered, and stored once', async () => {
    const first = new LinkLog()
    ;(await opened(first)).send(sampleEntries(1, 10))
    await first.untilSettled(10)
    const second = new LinkLog()
    ;(await opened(second)).send(sampleEntries(6, 15))
    await second.untilSettled(10)
    expect(second.settledSeqs).toEqual(seqs(6, 15))
    expect(await stored()).toBe(15)
  })

  it('the same id from two sources is two events', async () => {
    const log = new LinkLog()
    const out = await opened(log)
    out.send([sampleEntry(1), { ...sampleEntry(2), id: sampleEntry(1).id, source: 'other' }])
    await log.untilSettled(2)
    expect(await stored()).toBe(2)
  })
})

describe('losing the broker', () => {
  it('killed with -9 in the middle: sent again from the first unacknowledged, each event is on the stream exactly once', async () => {
    const total = 3_000
    const settled = new Set<number>()
    let log = new LinkLog()
    let out = await opened(log)
    let kills = 0
    while (settled.size < total) {
      const batch = seqs(1, total)
        .filter((seq) => !settled.has(seq))
        .slice(0, 400)
      out.send(batch.map((seq) => sampleEntry(seq)))
      if (kills < 2 && settled.size > total / 4) {
        kills += 1
        await log.untilSettled(1)
        await broker.kill()
        await log.untilLost()
        for (const seq of log.settledSeqs) settled.add(seq)
        await broker.start()
        await until(() => link.connected, 'the connection is back')
        log = new LinkLog()
        out = await openedAgain(log)
      } else {
        await log.untilSettled(batch.length)
        for (const seq of log.settledSeqs) settled.add(seq)
        out.abort()
        log = new LinkLog()
        out = await opened(log)
      }
    }
    expect(kills).toBe(2)
    const state = (await jsm.streams.info(COT)).state
    expect(state.messages).toBe(total)
  })

  it('dropped after the broker stored and before we heard of it: sent again, each event is on the stream exactly once', async () => {
    const total = 200
    let log = new LinkLog()
    let inDoubtAndStored = 0
    for (let round = 0; round < 20 && inDoubtAndStored === 0; round++) {
      await jsm.streams.purge(COT)
      log = new LinkLog()
      const out = await opened(log)
      out.send(sampleEntries(round * total + 1, (round + 1) * total))
      // The bytes are on their way after this turn of the loop; the acknowledgements are not read before the next.
      await new Promise((resolve) => setImmediate(resolve))
      await link.nc.reconnect()
      await log.untilLost()
      await until(() => link.connected, 'the connection is back')
      inDoubtAndStored = (await stored()) - log.settledSeqs.length
      const again = new LinkLog()
      const next = await opened(again)
      const settled = new Set(log.settledSeqs)
      const rest = sampleEntries(round * total + 1, (round + 1) * total).filter(({ seq }) => !settled.has(seq))
      next.send(rest)
      await again.untilSettled(rest.length)
      expect(again.settledSeqs).toEqual(rest.map(({ seq }) => seq))
      expect(await stored()).toBe(total)
    }
    expect(inDoubtAndStored).toBeGreaterThan(0)
  })

  it('tells the loss once, and says nothing of events after it', async () => {
    const log = new LinkLog()
    const out = await opened(log)
    await broker.pause()
    out.send(sampleEntries(1, 5))
    await broker.kill()
    expect(await log.untilLost()).toMatchObject({ code: 'broker-unreachable' })
    out.send(sampleEntries(6, 10))
    await broker.start()
    await until(() => link.connected, 'the connection is back')
    await link.nc.flush()
    expect(log.settledSeqs).toEqual([])
    expect(log.breaches).toEqual([])
    expect(log.losses).toHaveLength(1)
  })

  it('a broker that stops answering is lost as sink-timeout', async () => {
    const log = new LinkLog()
    const out = await opened(log, sink(undefined, 300))
    await broker.pause()
    out.send(sampleEntries(1, 3))
    const because = await log.untilLost()
    broker.resume()
    expect(because.code).toBe('sink-timeout')
  })

  it('does not open while the connection is down, and does as soon as it is back', async () => {
    await broker.kill()
    await until(() => !link.connected, 'the connection broke')
    let isOpen = false
    const opening = opened(new LinkLog()).then(() => {
      isOpen = true
    })
    await new Promise(setImmediate)
    expect(isOpen).toBe(false)
    await broker.start()
    await opening
  })

  it('gives up opening when it is told to, connected or not', async () => {
    const gaveUp = { fault: { code: 'shutting-down' } }
    await expect(sink().open(new LinkLog(), AbortSignal.abort())).rejects.toMatchObject(gaveUp)
    await broker.kill()
    await until(() => !link.connected, 'the connection broke')
    const ending = new AbortController()
    const opening = sink().open(new LinkLog(), ending.signal)
    ending.abort()
    await expect(opening).rejects.toMatchObject(gaveUp)
  })
})

describe('a stream that does not take the event', () => {
  it('missing: the link is lost as broker-unreachable and nothing is rejected', async () => {
    await jsm.streams.delete(COT)
    const log = new LinkLog()
    ;(await opened(log)).send(sampleEntries(1, 3))
    expect(await log.untilLost()).toMatchObject({ code: 'broker-unreachable' })
    expect(log.rejections).toEqual([])
  })

  it('full and refusing the new: the link is lost as publish-refused, so that no later event passes this one', async () => {
    await jsm.streams.delete(COT)
    await jsm.streams.add({
      name: COT,
      subjects: ['cot.>'],
      retention: RetentionPolicy.Limits,
      discard: 'new',
      max_msgs: 2,
    })
    const log = new LinkLog()
    ;(await opened(log)).send(sampleEntries(1, 5))
    expect(await log.untilLost()).toMatchObject({
      code: 'publish-refused',
      reason: expect.stringContaining('maximum messages'),
    })
    expect(log.settledSeqs).toEqual([1, 2])
    expect(log.breaches).toEqual([])
  })

  it('too small for one event: only that one is rejected', async () => {
    await jsm.streams.update(COT, { max_msg_size: 10_000 })
    const log = new LinkLog()
    const out = await opened(
      log,
      sink((entry) => sampleXml(entry, entry.seq === 2 ? 20_000 : 0)),
    )
    out.send(sampleEntries(1, 3))
    await log.untilSettled(2)
    expect(log.settledSeqs).toEqual([1, 3])
    expect(log.rejections).toMatchObject([{ seq: 2, fault: { code: 'sink-rejected' } }])
    expect(log.losses).toEqual([])
  })

  it('an event the broker itself would not take, or that cannot be encoded, is rejected before it is sent', async () => {
    const log = new LinkLog()
    const out = await opened(
      log,
      sink((entry) => {
        if (entry.seq === 3) throw new Error('no encoding')
        return sampleXml(entry, entry.seq === 2 ? link.maxPayload : 0)
      }),
    )
    out.send(sampleEntries(1, 4))
    await log.untilSettled(2)
    expect(log.rejections.map(({ seq }) => seq)).toEqual([2, 3])
    expect(log.settledSeqs).toEqual([1, 4])
  })
})

describe('finishing', () => {
  it('waits for what is under way, then is closed', async () => {
    const log = new LinkLog()
    const out = await opened(log)
    out.send(sampleEntries(1, 300))
    await out.finish(5_000)
    expect(log.settledSeqs).toEqual(seqs(1, 300))
    out.send(sampleEntries(301, 310))
    await link.nc.flush()
    expect(log.settledSeqs).toHaveLength(300)
  })

  it('gives up at the deadline when the broker does not answer', async () => {
    const log = new LinkLog()
    const out = await opened(log)
    await broker.pause()
    out.send(sampleEntries(1, 3))
    await out.finish(100)
    broker.resume()
    expect(log.settledSeqs).toEqual([])
    expect(log.losses).toEqual([])
  })
})

/** Opens after a restart, when the stream may need a moment more than the connection. */
async function openedAgain(log: LinkLog): Promise<SinkLink> {
  const end = performance.now() + 5_000
  for (;;) {
    try {
      return await opened(log)
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}
