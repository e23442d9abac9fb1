/** Several sinks at once: the same events everywhere, in order for each uid, each from where it was, also after a restart. */
import { describe, expect, test } from 'vitest'
import { authority, clientIdentity, serverIdentity } from '../support/certificates.ts'
import { positionDetections } from '../support/detections.ts'
import type { ServiceProcess } from '../support/service.ts'
import { type Arrival, atHttp, atTak, missing, onSubjects, outOfOrder, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { type SinkSettings, Site, sinks } from './site.ts'

/** Most events of a TAK sink that are in doubt at once in these tests. */
const WINDOW = 200

interface Ends {
  readonly settings: readonly SinkSettings[]
  /** What each far end has, the CoT subjects among them. */
  arrivals(): Promise<Readonly<Record<string, readonly Arrival[]>>>
}

/** A TAK server over TCP, one over TLS that wants to know who we are, and an HTTP server. */
async function farEnds(site: Site): Promise<Ends> {
  const { cert, key } = clientIdentity()
  const ca = authority().cert
  const plain = await site.tak()
  const secure = await site.tak({ tls: { ...serverIdentity(), ca } })
  const http = await site.http()
  return {
    settings: [
      { NAME: 'plain', URL: plain.url, WINDOW: `${WINDOW}` },
      { NAME: 'secure', URL: secure.url, WINDOW: `${WINDOW}`, TLS_CERT: cert, TLS_KEY: key, TLS_CA: ca },
      { NAME: 'http', URL: http.url },
    ],
    arrivals: async () => ({
      plain: atTak(plain.events),
      secure: atTak(secure.events),
      http: atHttp(http.accepted),
      cot: onSubjects(await site.oracle.all('COT')),
    }),
  }
}

/** Waits until every sink has settled everything, so that nothing is in doubt. */
async function idle(service: ServiceProcess, events: number): Promise<void> {
  await eventually(
    () => service.health(),
    ({ components: { database, sinks: all } }) =>
      database.events === events && Object.values(all).every(({ pending }) => pending === 0),
    'every sink has settled everything',
  )
}

describe('several sinks at once', () => {
  test('have the same events in order, once each, before and after a restart in good order', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const ends = await farEnds(site)
    const service = await site.service(sinks(...ends.settings))
    await oracle.publish('cam', positionDetections('d', 3_000))
    await idle(service, 3_000)
    expect(await service.stop()).toBe(0)
    await service.start()
    await oracle.publish('cam', positionDetections('d', 1_000, 3_000))
    await idle(service, 4_000)
    for (const [name, arrivals] of Object.entries(await ends.arrivals())) {
      expect(missing(4_000, arrivals), name).toEqual([])
      expect(repeats(arrivals), name).toBe(0)
      expect(outOfOrder(arrivals), name).toEqual([])
    }
    expect(await service.stop()).toBe(0)
  }, 60_000)

  test('go on after kill -9 from where they were: only what was in doubt is sent again, and never to the CoT subjects', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const ends = await farEnds(site)
    const service = await site.service({
      ...sinks(...ends.settings),
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '1000',
    })
    const total = 5_000
    const perSecond = 1_000
    const publishing = oracle.publishSteadily('cam', perSecond, [...positionDetections('d', total)])
    await eventually(
      () => oracle.count('COT'),
      (n) => n >= total / 2,
      'half of it has passed',
    )
    await service.kill()
    await service.start()
    await publishing
    await idle(service, total)
    const { cot = [], ...others } = await ends.arrivals()
    expect(missing(total, cot)).toEqual([])
    expect(repeats(cot)).toBe(0)
    for (const [name, arrivals] of Object.entries(others)) {
      expect(missing(total, arrivals), name).toEqual([])
      // What was in doubt, and what settled within the last moment before the cursor was written.
      expect(repeats(arrivals), name).toBeLessThanOrEqual(WINDOW + perSecond / 2)
    }
    expect(await oracle.count('DEADLETTERS')).toBe(0)
  }, 60_000)
})

describe('a sink that is new', () => {
  test('starts at the head, or at the start where it is told to; the others do not notice', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const [first, head, start] = [await site.tak(), await site.tak(), await site.tak()]
    const old = { NAME: 'old', URL: first.url }
    const service = await site.service(sinks(old))
    await oracle.publish('cam', positionDetections('d', 500))
    await idle(service, 500)
    expect(await service.stop()).toBe(0)
    await service.start(sinks(old, { NAME: 'head', URL: head.url }, { NAME: 'start', URL: start.url, FROM: 'start' }))
    await oracle.publish('cam', positionDetections('d', 100, 500))
    await idle(service, 600)
    const numbers = (arrivals: readonly Arrival[]): number[] => arrivals.map(({ number }) => number)
    expect(numbers(atTak(head.events))).toEqual(Array.from({ length: 100 }, (_, n) => 500 + n))
    expect(numbers(atTak(start.events))).toEqual(Array.from({ length: 600 }, (_, n) => n))
    expect(numbers(atTak(first.events))).toEqual(Array.from({ length: 600 }, (_, n) => n))
  }, 60_000)
})
