/** Bounds: what is in flight, what the journal holds, what a sink may leave waiting; beyond them the broker keeps the rest. */
import { describe, expect, test } from 'vitest'
import { positionDetections, weightyDetections } from '../support/detections.ts'
import { until } from '../support/until.ts'
import { atHttp, atTak, missing, onSubjects, outOfOrder, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { Site, sinks } from './site.ts'

const MIB = 2 ** 20

describe('a journal that a blocking sink keeps full', () => {
  test('leaves the backlog in the broker, holds no more than the credits, and lets everything flow when the sink is back', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const tak = await site.tak()
    await tak.stop()
    const credits = 200
    const service = await site.service({
      ...sinks({ NAME: 'tak', URL: tak.url, WHEN_FULL: 'block' }),
      SIGHTLINE_STORE_MAX_BYTES: `${MIB}`,
      SIGHTLINE_INTAKE_CREDITS: `${credits}`,
      SIGHTLINE_BATCH_MAX_ITEMS: '50',
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '500',
    })
    const first = 2_000
    await oracle.publish('cam', weightyDetections(0, first))
    const blocked = await eventually(
      () => service.health(),
      ({ components }) => components.database.status === 'BLOCKED',
      'the journal is full',
    )
    expect(blocked.components.database).toMatchObject({ code: 'store-full' })
    expect(blocked.components.database.reason).toContain('tak')
    const before = await eventually(
      () => oracle.backlog(),
      ({ unsettled }) => unsettled >= credits / 2,
      'the credits are in use',
    )

    // Ten times as much as the journal takes, over many times the broker's patience for what is in flight.
    const anon = service.rssAnon()
    const more = 6_000
    await oracle.publishSteadily('cam', 1_500, weightyDetections(first, more))
    const after = await oracle.backlog()
    const grown = service.rssAnon() - anon
    console.log(
      `RssAnon grew by ${Math.round(grown / MIB)} MiB while the broker's backlog grew by ${after.pending - before.pending}`,
    )
    expect(after.pending - before.pending).toBeGreaterThan(more - credits)
    expect(after.unsettled).toBeLessThanOrEqual(credits)
    expect(grown).toBeLessThan(16 * MIB)
    expect(await service.metric('sightline_intake_in_flight_peak')).toBeLessThanOrEqual(credits)
    expect(await service.metric('sightline_redelivered_total')).toBe(0)

    await tak.listenAgain()
    const total = first + more
    await until(() => missing(total, atTak(tak.events)).length === 0, 'everything reached TAK', 60_000)
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'the broker holds nothing any more',
    )
    expect((await service.health()).components.database.status).toBe('UP')
    expect(missing(total, onSubjects(await oracle.all('COT')))).toEqual([])
    expect(outOfOrder(atTak(tak.events))).toEqual([])
    expect(await oracle.count('DEADLETTERS')).toBe(0)
    expect(await service.metric('sightline_intake_in_flight_peak')).toBeLessThanOrEqual(credits)
  }, 120_000)
})

describe('credits', () => {
  test('count detections, not messages: batches of a hundred never bring more inside than there are credits', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const credits = 500
    const service = await site.service({ SIGHTLINE_INTAKE_CREDITS: `${credits}` })
    const detections = [...positionDetections('d', 20_000)]
    const batches = Array.from({ length: 200 }, (_, n) => `[${detections.slice(n * 100, n * 100 + 100).join(',')}]`)
    await oracle.publish('cam', batches)
    await eventually(
      () => oracle.count('COT'),
      (n) => n === 20_000,
      'all are on their subjects',
    )
    const peak = await service.metric('sightline_intake_in_flight_peak')
    expect(peak).toBeLessThanOrEqual(credits)
    expect(peak).toBeGreaterThanOrEqual(100)
    expect(await service.metric('sightline_intake_credit_limit')).toBe(credits)
  }, 60_000)

  test('let a message pass alone that holds more than all of them, in number or in bytes', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service({
      SIGHTLINE_INTAKE_CREDITS: '10',
      SIGHTLINE_INTAKE_CREDIT_BYTES: `${MIB}`,
      SIGHTLINE_BATCH_MAX_ITEMS: '10',
    })
    const detections = [...positionDetections('d', 1_030)]
    await oracle.publish('cam', [
      ...detections.slice(0, 15),
      `[${detections.slice(15, 1_015).join(',\n  ')}]`.padEnd(1_000_000),
      'x'.repeat(2 * MIB),
      ...detections.slice(1_015),
    ])
    await eventually(
      () => oracle.count('COT'),
      (n) => n === 1_030,
      'all are on their subjects',
    )
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === 1,
      'the one that is larger than allowed is a dead letter',
    )
    expect(await service.metric('sightline_intake_in_flight_peak')).toBe(1_000)
  }, 60_000)
})

describe('a sink that drops when it is full', () => {
  test('holds back neither the journal nor another sink, drops its oldest, counts them, and goes on with the newest', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const [gone, well] = [await site.tak(), await site.http()]
    await gone.stop()
    const service = await site.service({
      ...sinks(
        { NAME: 'gone', URL: gone.url, WHEN_FULL: 'drop', MAX_PENDING_BYTES: '65536' },
        { NAME: 'well', URL: well.url, WHEN_FULL: 'block' },
      ),
      SIGHTLINE_STORE_MAX_BYTES: `${MIB}`,
    })
    const total = 3_000
    await oracle.publish('cam', weightyDetections(0, total))
    await until(() => well.accepted.length === total, 'the healthy sink has everything')
    await eventually(
      () => oracle.count('COT'),
      (n) => n === total,
      'the CoT subjects have everything',
    )
    const { pending, dropped } = await eventually(
      () => service.sink('gone'),
      (sink) => sink.pending + sink.dropped === total,
      'every event waits or was dropped',
    )
    // 64 KiB are some fifteen events of this size; one transaction may be over it.
    expect(dropped).toBeGreaterThan(total - 600)
    expect(await service.metric('sightline_sink_dropped_total', { sink: 'gone' })).toBe(dropped)
    expect((await service.health()).components.database.status).toBe('UP')

    await gone.listenAgain()
    await until(() => gone.count >= pending, 'what was kept arrives')
    await eventually(
      () => service.sink('gone'),
      (sink) => sink.pending === 0,
      'nothing waits any more',
    )
    const arrived = atTak(gone.events).map(({ number }) => number)
    expect(arrived).toEqual(Array.from({ length: pending }, (_, n) => total - pending + n))
    expect(repeats(atHttp(well.accepted))).toBe(0)
    expect(await oracle.count('DEADLETTERS')).toBe(0)
  }, 60_000)
})
