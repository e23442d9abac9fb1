/** Bad messages: each ends in dead letters with its own bytes and a reason that names the field, and harms nobody else. */
import { describe, expect, test } from 'vitest'
import { positionDetection, positionDetections } from '../support/detections.ts'
import type { Stored } from '../support/oracle.ts'
import { missing, onSubjects, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { Site } from './site.ts'

const MIB = 2 ** 20

interface Poison {
  readonly data: string | Uint8Array
  readonly code: string
  /** Where the detection is wrong; absent where it cannot be read at all. */
  readonly field?: string
}

const bad = (id: string, overrides: Readonly<Record<string, unknown>>) => positionDetection(id, overrides)
const position = { lat: 31.6, lon: -110.4 }

/** Brackets and as many of their counterparts, of so many bytes in all. */
function nested(bytes: number, open: string, close: string, core = ''): string {
  const levels = Math.floor((bytes - core.length) / (open.length + close.length))
  return open.repeat(levels) + core + close.repeat(levels)
}

const POISON: Readonly<Record<string, Poison>> = {
  'nothing at all': { data: '', code: 'bad-json' },
  'JSON that breaks off': { data: '{"id":"p-1","time":', code: 'bad-json' },
  'words instead of JSON': { data: 'person at the gate', code: 'bad-json' },
  'NaN, which is not JSON': { data: bad('p-2', {}).replace('0.87', 'NaN'), code: 'bad-json' },
  'a number instead of a detection': { data: '42', code: 'bad-field' },
  'a class that is a number': { data: bad('p-3', { class: 7 }), code: 'bad-field', field: 'class' },
  'a confidence in words': { data: bad('p-4', { confidence: 'high' }), code: 'bad-field', field: 'confidence' },
  'a latitude of 1e999': {
    data: bad('p-5', {}).replace(/"lat":[^,]+/, '"lat":1e999'),
    code: 'bad-field',
    field: 'position.lat',
  },
  'a time without a zone': { data: bad('p-6', { time: '2024-07-24T16:00:00' }), code: 'bad-time', field: 'time' },
  'a time in the far future': {
    data: bad('p-7', { time: '2999-01-01T00:00:00Z' }),
    code: 'clock-ahead',
    field: 'time',
  },
  'a height without a datum': {
    data: bad('p-8', { position: { ...position, height: { value: 12 } } }),
    code: 'bad-field',
    field: 'position.height.datum',
  },
  'somebody else as its source': { data: bad('p-9', { source: 'other' }), code: 'source-mismatch', field: 'source' },
  'two places at once': {
    data: bad('p-10', { bearing: { azimuthDeg: 1, rangeM: 2 }, observer: position }),
    code: 'ambiguous-place',
  },
  'bytes that are not UTF-8': {
    data: Buffer.from(bad('p-11', { class: 'caf\xe9' }), 'latin1'),
    code: 'bad-utf8',
  },
  '0.9 MB of brackets': { data: nested(0.9 * MIB, '[', ']'), code: 'too-deep' },
  '0.9 MB of attributes in attributes': {
    data: bad('p-12', { attributes: 0 }).replace(
      '"attributes":0',
      `"attributes":${nested(0.9 * MIB, '{"a":', '}', '0')}`,
    ),
    code: 'too-deep',
  },
  '1.5 MB': { data: bad('p-13', { attributes: { note: 'x'.repeat(1.5 * MIB) } }), code: 'too-large' },
}

const sameBytes = (letter: Stored, data: string | Uint8Array) => Buffer.from(letter.data).equals(Buffer.from(data))

describe('a message that cannot be used', () => {
  test('is dead-lettered with its exact bytes and a reason; its neighbours pass, and nothing of ours restarts', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service()
    const { pid } = service
    const good = [...positionDetections('d', Object.keys(POISON).length * 10)]
    const mixed = Object.values(POISON).flatMap(({ data }, n) => [...good.slice(n * 10, n * 10 + 10), data])
    await oracle.publish('cam', mixed)
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    await eventually(
      () => oracle.count('COT'),
      (n) => n === good.length,
      'the neighbours are on their subjects',
    )
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === mixed.length - good.length,
      'the rest is dead',
    )

    const letters = await oracle.all('DEADLETTERS')
    for (const [what, { data, code, field }] of Object.entries(POISON)) {
      const letter = letters.find((each) => sameBytes(each, data))
      expect(letter?.subject, what).toBe('deadletters.validate')
      expect(letter?.headers, what).toMatchObject({ 'Sightline-Code': code, 'Sightline-Source': 'cam' })
      expect(letter?.headers['Sightline-Reason'], what).toMatch(/\S/)
      if (field === undefined) continue
      expect(letter?.headers['Sightline-Field'], what).toBe(field)
      expect(letter?.headers['Sightline-Reason'], what).toContain(field)
    }
    expect(missing(good.length, onSubjects(await oracle.all('COT')))).toEqual([])
    expect(service.pid).toBe(pid)
    expect(service.running).toBe(true)
    expect(await service.metric('sightline_actor_restarts_total')).toBe(0)
    expect(await service.metric('sightline_redelivered_total')).toBe(0)
  }, 60_000)

  test('within a batch of a thousand costs its own place only: 7 dead letters, 993 events', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service()
    const wrong: Readonly<Record<number, readonly [field: string, overrides: Readonly<Record<string, unknown>>]>> = {
      0: ['class', { class: null }],
      13: ['confidence', { confidence: 1.5 }],
      14: ['time', { time: 'yesterday' }],
      500: ['position.lat', { position: { ...position, lat: 90.5 } }],
      777: ['position.accuracy.basis', { position: { ...position, accuracy: { horizontalM: 1, basis: '3sigma' } } }],
      998: ['trackId', { trackId: { n: 1 } }],
      999: ['position.height.datum', { position: { ...position, height: { value: 1, datum: 'navd88' } } }],
    }
    const elements = Array.from({ length: 1_000 }, (_, n) => {
      const detection = positionDetection(`d-${n}`, wrong[n]?.[1])
      // As a person would write it: what is kept must be the bytes, not what they mean.
      return n % 2 === 0 ? detection : JSON.stringify(JSON.parse(detection), undefined, 1)
    })
    await oracle.publish('cam', [`[\n  ${elements.join(' ,\n  ')}\n]\n`])
    await eventually(
      () => oracle.count('COT'),
      (n) => n === 993,
      '993 events',
    )
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === 7,
      'seven dead letters',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'the batch was settled',
    )

    const letters = await oracle.all('DEADLETTERS')
    for (const [n, [field]] of Object.entries(wrong)) {
      const letter = letters.find(({ id }) => id === `d-${n}`)
      expect(Buffer.from(letter?.data ?? []).toString()).toBe(elements[Number(n)])
      expect(letter?.headers['Sightline-Field']).toBe(field)
      expect(letter?.headers['Sightline-Reason']).toContain(`element ${n}: ${field}`)
    }
    expect(missing(1_000, onSubjects(await oracle.all('COT'))).map(String)).toEqual(Object.keys(wrong))
    expect(await service.metric('sightline_actor_restarts_total')).toBe(0)
  }, 60_000)
})

describe('an id that comes twice', () => {
  test('with the same content is counted and dropped; with other content it is dead-lettered, the first one stands', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service()
    const first = positionDetection('d-1')
    const again = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(first)).reverse()), undefined, 2)
    const other = positionDetection('d-1', { class: 'car' })
    await oracle.publish('cam', [first, again, other, first])
    await oracle.publish('tower', [other])
    // In one batch and over many, at once and after a restart: the journal tells them apart, not memory.
    await eventually(
      () => oracle.count('COT'),
      (n) => n === 2,
      'one event for each source',
    )
    await service.stop()
    await service.start()
    await oracle.publish('cam', [again, other])
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === 2,
      'each other content is a dead letter',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
    )
    for (const letter of await oracle.all('DEADLETTERS')) {
      expect(sameBytes(letter, other)).toBe(true)
      expect(letter).toMatchObject({ id: 'd-1', subject: 'deadletters.journal' })
      expect(letter.headers).toMatchObject({ 'Sightline-Code': 'id-conflict', 'Sightline-Source': 'cam' })
      expect(letter.headers['Sightline-Reason']).toMatch(/^id: /)
    }
    const [own] = (await oracle.all('COT')).filter(({ headers }) => headers['Sightline-Source'] === 'cam')
    expect(Buffer.from(own?.data ?? []).toString()).toContain('class="person"')
    expect(await service.metric('detection_ingestion_total', { source: 'cam', status: 'duplicate' })).toBe(1)
  }, 60_000)
})

describe('a message that kills the process each time', () => {
  test('ends as a dead letter, unparsed, after so many deliveries; innocents around it pass, once each', async () => {
    await using site = await Site.open()
    const { oracle } = site
    const maxDeliveries = 8
    const service = await site.service({
      SIGHTLINE_NATS_CONSUMER_MAX_DELIVERIES: `${maxDeliveries}`,
      SIGHTLINE_NATS_CONSUMER_SOLO_FROM: '3',
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '1000',
    })
    const killer = positionDetection('killer', { class: 'kill-process' })
    const innocents = [...positionDetections('d', 300)]
    await oracle.publish('cam', [...innocents.slice(0, 150), killer, ...innocents.slice(150)])
    let deaths = 0
    const settled = eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'everything was settled',
      60_000,
    )
    for (;;) {
      const end = await Promise.race([service.left(), settled])
      if (end !== 'SIGKILL') break
      deaths++
      service.launch()
    }
    await eventually(
      () => oracle.count('DEADLETTERS'),
      (n) => n === 1,
      'the killer is a dead letter',
    )
    const [letter] = (await oracle.all('DEADLETTERS')) as [Stored]
    expect(sameBytes(letter, killer)).toBe(true)
    expect(letter.subject).toBe('deadletters.intake')
    expect(letter.headers['Sightline-Code']).toBe('redelivery-limit')
    expect(Number(letter.headers['Sightline-Attempt'])).toBeGreaterThan(maxDeliveries)
    // A delivery that was not begun when the process died counts as well, so deaths may be fewer.
    expect(deaths).toBeGreaterThan(2)
    expect(deaths).toBeLessThanOrEqual(maxDeliveries)
    await eventually(
      () => oracle.count('COT'),
      (n) => n >= innocents.length,
      'the innocents passed',
    )
    const arrivals = onSubjects(await oracle.all('COT'))
    expect(missing(innocents.length, arrivals)).toEqual([])
    expect(repeats(arrivals)).toBe(0)
    await eventually(
      () => service.health(),
      ({ status }) => status === 'UP',
      'the service lives',
    )
  }, 120_000)
})
