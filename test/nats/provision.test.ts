/** Guarantees of provisioning, against a real nats-server. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AckPolicy, type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { provision } from '../../src/nats/provision.ts'
import { COT, DEADLETTERS, DEFAULT_STREAMS, DETECTIONS, differences } from '../../src/nats/streams.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'

const HOUR_MS = 3_600_000

let broker: TestBroker
let links: Links
let link: BrokerConnection
let jsm: JetStreamManager

beforeEach(async () => {
  broker = await startBroker()
  links = new Links()
  link = await links.connect(broker.url)
  jsm = await jetstreamManager(link.nc)
})

afterEach(async () => {
  await links.close()
  await broker.stop()
})

const config = async (name: string) => (await jsm.streams.info(name)).config
const refused = (settings = DEFAULT_STREAMS) =>
  provision(link, settings, 1_000).then(
    () => undefined,
    (error: { fault: unknown }) => error.fault,
  )

describe('on an empty broker', () => {
  it('makes the three streams and the consumer as the contract says', async () => {
    expect(await provision(link, DEFAULT_STREAMS)).toEqual({
      created: ['stream DETECTIONS', 'stream COT', 'stream DEADLETTERS', 'consumer sightline'],
      changed: [],
      warnings: [],
    })
    expect(await config(DETECTIONS)).toMatchObject({
      subjects: ['detections.*'],
      retention: 'workqueue',
      storage: 'file',
      discard: 'new',
      num_replicas: 1,
    })
    expect(await config(COT)).toMatchObject({
      subjects: ['cot.>'],
      retention: 'limits',
      storage: 'file',
      discard: 'old',
      max_age: nanos(72 * HOUR_MS),
      duplicate_window: nanos(600_000),
    })
    expect(await config(DEADLETTERS)).toMatchObject({
      subjects: ['deadletters.>'],
      retention: 'limits',
      discard: 'old',
      max_age: nanos(14 * 24 * HOUR_MS),
    })
    expect((await jsm.consumers.info(DETECTIONS, 'sightline')).config).toMatchObject({
      ack_policy: 'explicit',
      max_deliver: -1,
      filter_subject: 'detections.*',
      ack_wait: nanos(DEFAULT_STREAMS.consumer.ackWaitMs),
      max_ack_pending: DEFAULT_STREAMS.consumer.maxAckPending,
    })
  })

  it('waits for a broker that goes away and comes back meanwhile', async () => {
    const [done] = await Promise.all([provision(link, DEFAULT_STREAMS), broker.restart()])
    expect(done.warnings).toEqual([])
    expect((await jsm.consumers.info(DETECTIONS, 'sightline')).name).toBe('sightline')
  })
})

describe('on a broker that has them', () => {
  it('changes nothing the second time', async () => {
    await provision(link, DEFAULT_STREAMS)
    expect(await provision(link, DEFAULT_STREAMS)).toEqual({ created: [], changed: [], warnings: [] })
  })

  it('changes what may be changed, keeps the messages, and says what it changed', async () => {
    await provision(link, DEFAULT_STREAMS)
    link.nc.publish('detections.cam', 'kept')
    const settings = {
      ...DEFAULT_STREAMS,
      detections: { maxBytes: 64 * 1024 * 1024, maxMessages: 1_000 },
      cot: { maxBytes: 32 * 1024 * 1024, maxAgeMs: HOUR_MS, duplicateWindowMs: 60_000 },
      consumer: { name: 'sightline', ackWaitMs: 2_000, maxAckPending: 64 },
    }
    expect(await provision(link, settings)).toMatchObject({
      created: [],
      changed: ['stream DETECTIONS', 'stream COT', 'consumer sightline'],
    })
    expect(await config(DETECTIONS)).toMatchObject({ max_bytes: 64 * 1024 * 1024, max_msgs: 1_000 })
    expect(await config(COT)).toMatchObject({ max_age: nanos(HOUR_MS), duplicate_window: nanos(60_000) })
    expect((await jsm.consumers.info(DETECTIONS, 'sightline')).config).toMatchObject({
      ack_wait: nanos(2_000),
      max_ack_pending: 64,
    })
    expect((await jsm.streams.info(DETECTIONS)).state.messages).toBe(1)
  })

  it('survives a crash of the broker as it was made', async () => {
    await provision(link, DEFAULT_STREAMS)
    await links.close()
    await broker.restart()
    link = await links.connect(broker.url)
    expect(await provision(link, DEFAULT_STREAMS)).toEqual({ created: [], changed: [], warnings: [] })
  })
})

describe('what cannot be had is a fault that says what and what to do', () => {
  it('a stream of another retention or storage', async () => {
    await jsm.streams.add({ name: DETECTIONS, subjects: ['detections.*'], storage: StorageType.Memory })
    expect(await refused()).toMatchObject({
      code: 'broker-config',
      reason: expect.stringMatching(
        /DETECTIONS has storage "memory", and "file" is needed.*retention "limits".*nats stream rm DETECTIONS/s,
      ),
    })
    expect((await config(DETECTIONS)).storage).toBe('memory')
  })

  it('a consumer that acknowledges otherwise, or that pushes', async () => {
    await provision(link, DEFAULT_STREAMS)
    await jsm.consumers.delete(DETECTIONS, 'sightline')
    const common = { durable_name: 'sightline', filter_subject: 'detections.*', ack_policy: AckPolicy.Explicit }
    await jsm.consumers.add(DETECTIONS, { ...common, deliver_subject: 'elsewhere' })
    expect(await refused()).toMatchObject({
      code: 'broker-config',
      reason: expect.stringContaining('pushes to elsewhere'),
    })
  })

  it('subjects that another stream takes already, named', async () => {
    await jsm.streams.add({ name: 'MINE', subjects: ['cot.>'] })
    expect(await refused()).toMatchObject({
      code: 'broker-config',
      reason: expect.stringMatching(/COT.*MINE already takes cot\.>/),
    })
  })

  it('more bytes than the broker may store', async () => {
    const settings = { ...DEFAULT_STREAMS, cot: { ...DEFAULT_STREAMS.cot, maxBytes: 2 ** 50 } }
    expect(await refused(settings)).toMatchObject({
      code: 'broker-config',
      reason: expect.stringContaining('max_file_store'),
    })
  })

  it('more replicas than there are servers', async () => {
    expect(await refused({ ...DEFAULT_STREAMS, replicas: 3 })).toMatchObject({ code: 'broker-config' })
  })

  it('a broker without JetStream', async () => {
    const conf = join(broker.storeDir, 'plain.conf')
    await writeFile(conf, 'max_payload: 1MB\n')
    const plain = await startBroker({ conf, storeDir: broker.storeDir })
    try {
      const other = await links.connect(plain.url)
      await expect(provision(other, DEFAULT_STREAMS)).rejects.toMatchObject({
        fault: { code: 'broker-config', reason: expect.stringContaining('without JetStream') },
      })
    } finally {
      await links.close()
      await plain.stop()
    }
  })

  it('a setting the server took and did not keep', () => {
    // Servers that ignore what they do not know are old; the comparison that finds it is what can be tried here.
    expect(differences({ max_age: 5, description: 'a' }, { description: 'b' })).toEqual([
      { setting: 'max_age', wanted: 5, found: undefined },
    ])
  })
})

it('a broker that takes only small messages is worth a warning', async () => {
  const conf = join(broker.storeDir, 'small.conf')
  await writeFile(conf, 'max_payload: 1MB\njetstream { max_file_store: 16GB }\n')
  const small = await startBroker({ conf })
  try {
    const other = await links.connect(small.url)
    expect((await provision(other, DEFAULT_STREAMS)).warnings).toMatchObject([expect.stringContaining('max_payload')])
  } finally {
    await links.close()
    await small.stop()
  }
})
