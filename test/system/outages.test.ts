/** Destinations in trouble: nothing is lost, nothing transient is dead-lettered, memory stays flat, healthy sinks notice nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { positionDetections, weightyDetections } from '../support/detections.ts'
import type { HttpAnswer, HttpRequestSeen } from '../support/http-recorder.ts'
import { until } from '../support/until.ts'
import { type Arrival, atHttp, atTak, missing, onSubjects, outOfOrder, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { Site, sinks } from './site.ts'

// The tests of this file run beside each other, each with a site of its own: most of their time is waiting.

const MIB = 2 ** 20

describe.concurrent('a minute without two TAK servers', () => {
  test('one dead, one that accepts and never reads: nothing is lost, memory is flat, the other sinks do not notice', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const dead = await site.takProcess()
    const deaf = await site.tak({ read: false })
    const well = await site.http()
    const service = await site.service({
      ...sinks({ NAME: 'dead', URL: dead.url }, { NAME: 'deaf', URL: deaf.url }, { NAME: 'well', URL: well.url }),
    })
    // More than the journal keeps of its newest events in memory, so that this is full when the outage begins.
    const before = 10_000
    await oracle.publish('cam', weightyDetections(0, before))
    await until(() => well.accepted.length === before, 'the healthy sink has what came before the outage', 60_000)

    await dead.kill()
    const perSecond = 250
    const seconds = 60
    const during = perSecond * seconds
    const publishing = oracle.publishSteadily('cam', perSecond, weightyDetections(before, during))
    const memory: number[] = []
    for (let second = 0; second < seconds; second++) {
      memory.push(service.rssAnon())
      await sleep(1_000)
    }
    await publishing
    const total = before + during
    console.log(
      `RssAnon in MiB, every five seconds: ${memory.filter((_, s) => s % 5 === 0).map((b) => Math.round(b / MIB))}`,
    )
    await until(() => well.accepted.length === total, 'the healthy sink has everything while two others are bad')
    await eventually(
      () => oracle.count('COT'),
      (n) => n === total,
      'the CoT subjects have everything meanwhile',
    )
    await eventually(
      () => service.sink('dead'),
      ({ status, pending }) => status === 'down' && pending >= during,
      'down',
    )
    expect(deaf.count).toBe(0)
    const settled = Math.max(...memory.slice(5, 20))
    const late = Math.max(...memory.slice(-10))
    // What was published meanwhile is about twice this much, and each sink that kept it would keep it once more.
    expect(late - settled).toBeLessThan(32 * MIB)

    await dead.startAgain()
    deaf.resumeReading()
    await eventually(
      () => missing(total, atTak(dead.received())).length,
      (n) => n === 0,
      'the dead one got all',
    )
    await until(() => missing(total, atTak(deaf.events)).length === 0, 'the deaf one got all')
    for (const arrivals of [atTak(deaf.events), atTak(dead.received()), atHttp(well.accepted)]) {
      expect(outOfOrder(arrivals)).toEqual([])
    }
    expect(repeats(atHttp(well.accepted))).toBe(0)
    expect(missing(total, onSubjects(await oracle.all('COT')))).toEqual([])
    expect(await oracle.count('DEADLETTERS')).toBe(0)
    expect(await service.stop()).toBe(0)
  }, 180_000)
})

/** Most requests under way to one HTTP sink. */
const IN_FLIGHT = 10
const BROKEN: HttpAnswer = { status: 500, body: 'out of order' }

describe.concurrent('HTTP sinks that fail in every way', () => {
  test('lose nothing, dead-letter nothing that is transient, and leave the healthy one and the CoT subjects alone', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const total = 600
    const refused = new Set([7, 100, 101, 333, 599])
    let healed = false
    const trouble: Readonly<Record<string, (arrival: Arrival) => HttpAnswer>> = {
      failing: () => BROKEN,
      busy: () => ({ status: 429, headers: { 'retry-after': '1' } }),
      picky: ({ number }) => (refused.has(number) ? { status: 400, body: 'no such grid' } : { status: 200 }),
      hanging: () => 'hang',
      resetting: () => 'reset',
      closed: () => BROKEN,
      well: () => ({ status: 200 }),
    }
    const names = Object.keys(trouble)
    const ends = await Promise.all(names.map(() => site.http()))
    const end = (name: string) => ends[names.indexOf(name)] as (typeof ends)[number]
    names.forEach((name) => {
      end(name).answer = (seen: HttpRequestSeen) => {
        const [arrival] = atHttp([seen]) as [Arrival]
        return healed && name !== 'picky' ? { status: 200 } : (trouble[name] as (a: Arrival) => HttpAnswer)(arrival)
      }
    })
    await end('closed').stop()
    const service = await site.service(sinks(...names.map((name) => ({ NAME: name, URL: end(name).url }))))
    await oracle.publish('cam', positionDetections('d', total))

    await until(() => end('well').accepted.length === total, 'the healthy sink has everything')
    await eventually(
      () => oracle.count('COT'),
      (n) => n === total,
      'the CoT subjects have everything',
    )
    await until(() => end('picky').accepted.length === total - refused.size, 'the picky sink has what it takes')
    for (const name of ['failing', 'busy', 'resetting', 'closed']) {
      await eventually(
        () => service.sink(name),
        ({ status }) => status === 'down',
        `${name} counts as down`,
      )
    }
    for (const name of ['failing', 'busy', 'hanging', 'resetting']) expect(end(name).accepted).toEqual([])
    for (const each of ends) expect(each.peakInFlight).toBeLessThanOrEqual(IN_FLIGHT)
    healed = true
    await end('closed').listenAgain()
    for (const name of ['failing', 'busy', 'hanging', 'resetting', 'closed']) {
      await until(() => missing(total, atHttp(end(name).accepted)).length === 0, `${name} has everything`, 45_000)
      // A request that was under way when its link was given up may have been taken: it is sent again.
      expect(repeats(atHttp(end(name).accepted)), name).toBeLessThanOrEqual(IN_FLIGHT)
      expect(outOfOrder(atHttp(end(name).accepted)), name).toEqual([])
    }

    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === refused.size,
      'each refusal has its dead letter',
    )
    const letters = await oracle.all('DEADLETTERS')
    expect(letters.map(({ id }) => Number(id.slice(2))).sort((a, b) => a - b)).toEqual([...refused])
    for (const { subject, headers } of letters) {
      expect(subject).toBe('deadletters.push')
      expect(headers).toMatchObject({ 'Sightline-Code': 'sink-rejected', 'Sightline-Sink': 'picky' })
      expect(headers['Sightline-Reason']).toContain('answered 400: no such grid')
    }
    expect(await service.stop()).toBe(0)
  }, 120_000)
})

describe.concurrent('one event that an HTTP sink can never digest', () => {
  test('stops no other, not even on a quiet day, and is dead-lettered after twenty failures while others pass', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const far = await site.http()
    // 7 and 57 are of one track: what comes after the bad one on its track waits for it, and must not wait for ever.
    const bad = 7
    far.answer = (seen) => (atHttp([seen])[0]?.number === bad ? BROKEN : { status: 200 })
    const service = await site.service({
      ...sinks({ NAME: 'far', URL: far.url }),
      RIGGED_SINK_PAUSE_MS: '100',
    })
    const behind = (n: number) => n % 50 === bad
    const arrived = () => new Set(atHttp(far.accepted).map(({ number }) => number))
    await oracle.publish('cam', positionDetections('d', 50))
    await until(() => arrived().size === 49, 'the others passed')
    await eventually(
      () => service.sink('far'),
      ({ status }) => status === 'down',
      'only the bad one is left',
    )

    await oracle.publish('cam', positionDetections('d', 50, 50))
    await until(() => missing(100, atHttp(far.accepted)).every(behind), 'others pass though one keeps failing')
    // Others keep passing, which is what tells a bad event from a bad sink.
    let next = 100
    await eventually(
      async () => {
        await oracle.publish('cam', positionDetections('d', 1, behind(next) ? ++next : next))
        next++
        return await oracle.count('DEADLETTERS')
      },
      (n) => n === 1,
      'the bad one is given up',
      60_000,
    )
    const [letter] = await oracle.all('DEADLETTERS')
    expect(letter).toMatchObject({ id: `d-${bad}`, headers: { 'Sightline-Code': 'push-exhausted' } })
    expect(letter?.headers['Sightline-Reason']).toContain('failed 20 times while others passed')
    await until(() => arrived().has(57), 'what waited behind it on its track is delivered')
    // Three attempts each; failures with nothing else passing come on top.
    expect(far.seen.filter((seen) => atHttp([seen])[0]?.number === bad).length).toBeGreaterThanOrEqual(3 * 20)
    expect(outOfOrder(atHttp(far.accepted))).toEqual([])
    expect(await oracle.count('DEADLETTERS')).toBe(1)
  }, 120_000)
})
