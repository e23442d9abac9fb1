/** Guarantees of the copies of dead letters, against a real nats-server. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { headerText, readHeader } from '../../src/nats/header-text.ts'
import { LetterCopies } from '../../src/nats/letters.ts'
import { provision } from '../../src/nats/provision.ts'
import { DEADLETTERS, DEFAULT_STREAMS } from '../../src/nats/streams.ts'
import { type WatchedMessage, watch } from '../../src/nats/watch.ts'
import type { DeadLetter } from '../../src/port/deadletter.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

const LETTER: DeadLetter = {
  code: 'bad-field',
  reason: 'camera.pose.lat must be a number\r\nand not "north" – 5 %',
  field: 'camera.pose.lat',
  stage: 'validate',
  source: 'tower-3',
  detectionId: 'é-1',
  trace: 'trace-1',
  attempt: 2,
  timeMs: Date.parse('2024-07-24T16:00:00.250Z'),
  subject: 'detections.tower-3',
  original: Buffer.from([0, 1, 2, 255, 13, 10]),
}

let broker: TestBroker
let links: Links
let link: BrokerConnection

beforeEach(async () => {
  broker = await startBroker()
  links = new Links()
  link = await links.connect(broker.url)
  await provision(link, DEFAULT_STREAMS)
})

afterEach(async () => {
  await links.close()
  await broker.stop()
})

const stored = async () => (await (await jetstreamManager(link.nc)).streams.info(DEADLETTERS)).state.messages

describe('a copy', () => {
  it('carries the exact bytes on the subject of its stage, and the headers of the contract', async () => {
    const seen: WatchedMessage[] = []
    watch(link, ['deadletters.>'], (message) => seen.push(message))
    await new LetterCopies(link).copy(LETTER)
    await until(() => seen.length === 1, 'the copy came by')
    const [copy] = seen
    expect(copy?.subject).toBe('deadletters.validate')
    expect([...(copy?.data ?? [])]).toEqual([...LETTER.original])
    const headers = ['Code', 'Reason', 'Field', 'Stage', 'Source', 'Detection-Id', 'Attempt', 'Time', 'Trace'].map(
      (name) => copy?.header(`Sightline-${name}`),
    )
    expect(headers).toEqual([
      'bad-field',
      LETTER.reason,
      'camera.pose.lat',
      'validate',
      'tower-3',
      'é-1',
      '2',
      '2024-07-24T16:00:00.250Z',
      'trace-1',
    ])
  })

  it('made twice is stored once, and another death of the same bytes is another letter', async () => {
    const copies = new LetterCopies(link)
    await copies.copy(LETTER)
    await copies.copy(LETTER)
    expect(await stored()).toBe(1)
    await copies.copy({ ...LETTER, timeMs: LETTER.timeMs + 1 })
    expect(await stored()).toBe(2)
  })

  it('of a message larger than the broker takes is cut, and says how long it was', async () => {
    const conf = join(broker.storeDir, 'small.conf')
    await writeFile(conf, 'max_payload: 64KB\njetstream { max_file_store: 16GB }\n')
    const small = await startBroker({ conf })
    try {
      const other = await links.connect(small.url)
      await provision(other, DEFAULT_STREAMS)
      const original = Buffer.alloc(100_000, 'x')
      await new LetterCopies(other).copy({ ...LETTER, original })
      const message = await jetstream(other.nc)
        .consumers.get(DEADLETTERS)
        .then((consumer) => consumer.next())
      expect(message?.headers?.get('Sightline-Original-Bytes')).toBe('100000')
      expect(message?.data.length).toBeLessThan(64 * 1024)
    } finally {
      await links.close()
      await small.stop()
    }
  })
})

describe('what keeps a copy from being made is worth another try', () => {
  it('no connection', async () => {
    await broker.kill()
    await until(() => !link.connected, 'the connection broke')
    await expect(new LetterCopies(link).copy(LETTER)).rejects.toMatchObject({ fault: { code: 'broker-unreachable' } })
  })

  it('no stream', async () => {
    await (await jetstreamManager(link.nc)).streams.delete(DEADLETTERS)
    await expect(new LetterCopies(link).copy(LETTER)).rejects.toMatchObject({ fault: { code: 'publish-refused' } })
  })

  it('no answer', async () => {
    await broker.pause()
    await expect(new LetterCopies(link, 150).copy(LETTER)).rejects.toMatchObject({
      fault: { code: 'broker-unreachable' },
    })
    broker.resume()
  })
})

describe('text in a header', () => {
  it('is printable ASCII on one line, and reads back as it was', () => {
    for (const text of [
      'plain text',
      'a\r\nb',
      '100 %',
      '%41',
      ' edges ',
      'naïve 🔥',
      '',
      '\u0000',
      'tab\there',
      '~!#$&',
    ]) {
      expect(headerText(text)).toMatch(/^[\x20-\x7e]*$/)
      expect(headerText(text).trim()).toBe(headerText(text))
      expect(readHeader(headerText(text))).toBe(text)
    }
  })

  it('that was written by somebody else and is no encoding is read as it stands', () => {
    expect(readHeader('100% sure')).toBe('100% sure')
  })
})
