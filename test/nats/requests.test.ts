/** Guarantees of watching and of questions and answers, against a real nats-server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FaultError, fault } from '../../src/fault/fault.ts'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { request, respond } from '../../src/nats/requests.ts'
import { watch } from '../../src/nats/watch.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Links } from '../support/links.ts'
import { until } from '../support/until.ts'

let broker: TestBroker
const links = new Links()
let asking: BrokerConnection
let answering: BrokerConnection

beforeAll(async () => {
  broker = await startBroker()
})
afterEach(() => links.close())
afterAll(() => broker.stop())

const connected = async () => {
  asking = await links.connect(broker.url, { instance: 'asking' })
  answering = await links.connect(broker.url, { instance: 'answering' })
}

describe('a question', () => {
  it('is answered with what the responder gives, at once or later', async () => {
    await connected()
    respond(answering, 'sightline.echo', (question, subject) => ({ question, subject }))
    respond(answering, 'sightline.later.*', async (_question, subject) => (await Promise.resolve(subject)).length)
    await answering.nc.flush()
    expect(await request(asking, 'sightline.echo', { n: 1 }, 5_000)).toEqual({
      question: { n: 1 },
      subject: 'sightline.echo',
    })
    expect(await request(asking, 'sightline.later.x', undefined, 5_000)).toBe(17)
  })

  it('whose answer is a fault throws that fault', async () => {
    await connected()
    respond(answering, 'sightline.no', () => {
      throw new FaultError(fault('camera-unknown', 'no camera tower-9'))
    })
    respond(answering, 'sightline.bug', () => {
      throw new TypeError('a bug')
    })
    await answering.nc.flush()
    await expect(request(asking, 'sightline.no', {}, 5_000)).rejects.toMatchObject({
      fault: { code: 'camera-unknown', reason: 'no camera tower-9' },
    })
    await expect(request(asking, 'sightline.bug', {}, 5_000)).rejects.toMatchObject({
      fault: { code: 'internal', reason: 'a bug' },
    })
  })

  it('that is not JSON is refused by name, and the responder goes on', async () => {
    await connected()
    respond(answering, 'sightline.echo', (question) => question)
    await answering.nc.flush()
    const answer = await asking.nc.request('sightline.echo', '{broken', { timeout: 5_000 })
    expect(answer.json()).toMatchObject({ fault: { code: 'bad-json' } })
    expect(await request(asking, 'sightline.echo', 'still there', 5_000)).toBe('still there')
  })

  it('that nobody hears, or nobody answers in time, is no-answer', async () => {
    await connected()
    await expect(request(asking, 'sightline.nobody', {}, 5_000)).rejects.toMatchObject({
      fault: { code: 'no-answer', reason: expect.stringContaining('is the service running') },
    })
    const forget = respond(answering, 'sightline.mute', () => new Promise(() => undefined))
    await answering.nc.flush()
    await expect(request(asking, 'sightline.mute', {}, 100)).rejects.toMatchObject({
      fault: { code: 'no-answer', reason: expect.stringContaining('100 ms') },
    })
    forget()
  })

  it('is answered no more once the responder was taken away', async () => {
    await connected()
    const forget = respond(answering, 'sightline.gone', () => 1)
    await answering.nc.flush()
    expect(await request(asking, 'sightline.gone', {}, 5_000)).toBe(1)
    forget()
    await answering.nc.flush()
    await expect(request(asking, 'sightline.gone', {}, 5_000)).rejects.toMatchObject({ fault: { code: 'no-answer' } })
  })
})

describe('watching', () => {
  it('hands over what is published on any of the subjects, in order, until it is stopped', async () => {
    await connected()
    const seen: string[] = []
    const watching = watch(answering, ['cot.a.*.A', 'cot.a.*.A.>'], ({ subject }) => seen.push(subject))
    await answering.nc.flush()
    for (const subject of ['cot.a.h.A', 'cot.a.u.G', 'cot.a.f.A.M.F', 'cot.a.h.A']) asking.nc.publish(subject, '')
    await asking.nc.flush()
    await until(() => seen.length === 3, 'the events came by')
    await watching.stop()
    asking.nc.publish('cot.a.h.A', '')
    await asking.nc.flush()
    await answering.nc.flush()
    expect(seen).toEqual(['cot.a.h.A', 'cot.a.f.A.M.F', 'cot.a.h.A'])
    expect(watching.seen).toBe(3)
  })
})
