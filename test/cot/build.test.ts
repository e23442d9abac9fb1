/** A detection and its place become a truthful event. */
import { describe, expect, it } from 'vitest'
import { createEventBuilder } from '../../src/cot/build.ts'
import { UID_LIMIT } from '../../src/cot/charset.ts'
import { COT_UNKNOWN } from '../../src/cot/event.ts'
import { createTypeTable } from '../../src/cot/types.ts'
import { FaultError } from '../../src/fault/fault.ts'
import { bearing, built, detection, place, TIME_MS } from './samples.ts'

const DAY_MS = 86_400_000

describe('an event of a place', () => {
  it('has the time of the observation and goes stale after the lifetime of its class', () => {
    const event = built({ nowMs: TIME_MS + 7 * DAY_MS })
    expect([event.timeMs, event.startMs, event.staleMs]).toEqual([TIME_MS, TIME_MS, TIME_MS + 600_000])
  })

  it('is the same however late it is built, but for the date in the remarks', () => {
    const late = built({ nowMs: TIME_MS + 7 * DAY_MS })
    expect({ ...late, detail: { ...late.detail, remarks: built().detail.remarks } }).toEqual(built())
  })

  it('has the uid it was given and the type of its class', () => {
    expect(built()).toMatchObject({ uid: 'sightline.tower-3.t.17', type: 'a-u-X-i-f-s' })
  })

  it.each([
    ['given', 'm-r'],
    ['ray-level', 'm-i'],
    ['ray-terrain', 'm-i'],
    ['bearing-range', 'm-i'],
    ['bearing-fix', 'm-f'],
  ] as const)('found by %s says how: %s', (method, how) => {
    expect(built({ located: { ...place, method } }).how).toBe(how)
  })

  it('carries what a program needs to question it, and nothing of the attributes', () => {
    const event = built({ detection: { ...detection, trackId: '17', session: 's1', attributes: { plate: 'AB 123' } } })
    expect(event.detail.sightline).toMatchObject({
      source: 'tower-3',
      id: 't24-0001',
      class: 'smoke',
      confidence: 0.41,
      trackId: '17',
      session: 's1',
      flag: 'RED',
      method: 'ray-level',
      basis: '90',
      budget: { attitude: 0.75, surface: 0.25 },
    })
    expect(JSON.stringify(event)).not.toContain('AB 123')
  })

  it('names a class that no table knows to whoever asked, and calls it a-u-G', () => {
    const unknown: string[] = []
    const event = built(
      { detection: { ...detection, class: 'Flying Saucer' } },
      { onUnknownClass: (name) => unknown.push(name) },
    )
    expect(event.type).toBe('a-u-G')
    expect(unknown).toEqual(['Flying Saucer'])
  })
})

describe('ce and le', () => {
  it('are the 90 % circle and half-interval by default', () => {
    expect(built()).toMatchObject({ ceM: 380.4, leM: 4.93, haeM: 1369.2 })
  })

  it('are one sigma of the worst direction when that is asked for', () => {
    const event = built({}, { basis: '1sigma' })
    expect(event.ceM).toBe(178.9)
    expect(event.leM).toBe(3)
    expect(event.detail.sightline.basis).toBe('1sigma')
  })

  it('are found from the covariance where there is no ellipse, and from the circle where there is neither', () => {
    const covariance = { ee: 13, en: 12, eu: 0, nn: 13, nu: 0, uu: 4 }
    const bare = { ...place, ellipse: undefined }
    expect(built({ located: { ...bare, covariance } }, { basis: '1sigma' }).ceM).toBeCloseTo(5, 9)
    const circle = built(
      { located: { ...bare, covariance: undefined, ce90M: 21.4597, le90M: 16.4485 } },
      { basis: '1sigma' },
    )
    expect(circle.ceM).toBeCloseTo(10, 3)
    expect(circle.leM).toBeCloseTo(10, 3)
  })

  it.each([undefined, 0, -3, Number.NaN, Infinity, 1e6])('of %s are unknown, never zero', (metres) => {
    const located = { ...place, ce90M: metres, le90M: metres }
    expect(built({ located })).toMatchObject({ ceM: COT_UNKNOWN, leM: COT_UNKNOWN })
    expect(built({ located }).detail.remarks).toContain('error unknown')
  })

  it('say that the height error is unknown where the height is', () => {
    expect(built({ located: { ...place, haeM: undefined } })).toMatchObject({ haeM: COT_UNKNOWN, leM: COT_UNKNOWN })
  })
})

describe('precisionlocation is truthful', () => {
  it('about what was worked out, estimated, or never said', () => {
    const source = (change: object) => built({ located: { ...place, ...change } }).detail.precision
    expect(source({ method: 'ray-level' })).toEqual({ geopointsrc: 'CALC', altsrc: 'ESTIMATED' })
    expect(source({ method: 'ray-terrain' })).toEqual({ geopointsrc: 'CALC', altsrc: 'CALC' })
    expect(source({ method: 'ray-terrain', assumedError: true })?.geopointsrc).toBe('ESTIMATED')
    expect(source({ method: 'given' })).toEqual({ geopointsrc: '???', altsrc: '???' })
    expect(source({ method: 'ray-terrain', haeM: undefined })?.altsrc).toBe('???')
  })
})

describe('a track', () => {
  it('has its course in [0, 360) and its speed', () => {
    const track = (courseDeg: number, speedMps = 3) =>
      built({ detection: { ...detection, velocity: { courseDeg, speedMps } } }).detail.track
    expect(track(-90)).toEqual({ courseDeg: 270, speedMps: 3 })
    expect(track(360)).toEqual({ courseDeg: 0, speedMps: 3 })
    expect(track(90, -1)).toBeUndefined()
    expect(track(Number.NaN)).toBeUndefined()
    expect(built().detail.track).toBeUndefined()
  })
})

describe('remarks tell a person', () => {
  it('what, how sure, how exact, by whom and when', () => {
    expect(built().detail.remarks).toBe('smoke 41 % · ±380 m (90 %) · tower-3 · 16:00:00Z')
  })

  it('nothing about a confidence that is not known', () => {
    expect(built({ detection: { ...detection, confidence: undefined } }).detail.remarks).toMatch(/^smoke · ±380 m/)
  })

  it('under which reading the error stands and that it rests on assumptions', () => {
    expect(built({}, { basis: '1sigma' }).detail.remarks).toContain('±179 m (1 sigma)')
    expect(built({ located: { ...place, assumedError: true } }).detail.remarks).toContain('(90 %, partly assumed)')
  })

  it.each([
    [0.04, '±0.04 m'],
    [9.14, '±9.1 m'],
    [42.4, '±42 m'],
    [23_456, '±23 km'],
  ])('an error of %d metres as %s', (ce90M, text) => {
    expect(built({ located: { ...place, ce90M } }).detail.remarks).toContain(text)
  })

  it('which camera, when the source has several', () => {
    expect(built({ detection: { ...detection, source: 'alert' } }).detail.remarks).toContain('· alert tower-3 ·')
  })

  it('the date, when the observation is a day or more away', () => {
    expect(built({ nowMs: TIME_MS + DAY_MS }).detail.remarks).toMatch(/ · 2024-07-24 16:00:00Z$/)
    expect(built({ nowMs: TIME_MS + DAY_MS - 1 }).detail.remarks).toMatch(/ · 16:00:00Z$/)
  })
})

describe('a callsign', () => {
  const callsign = (change: object, options = {}) =>
    built({ detection: { ...detection, ...change } }, options).detail.callsign

  it('names the class and the track, or the end of the id', () => {
    expect(callsign({ class: 'person', trackId: '17' })).toBe('person 17')
    expect(callsign({ id: 't24-0001' })).toBe('smoke t24-0001')
    expect(callsign({ id: '7b0c4d0e-0f6f-4f0c-9a51-3f9a02c1d2e3' })).toBe('smoke c1d2e3')
    expect(callsign({ trackId: '18446744073709551615' })).toBe('smoke 551615')
  })

  it('follows a template', () => {
    const template = '{source}/{class} #{track}{session} {confidence} {id}'
    expect(callsign({ trackId: '17', session: 'b' }, { callsign: template })).toBe('tower-3/smoke #17b 41 % t24-0001')
  })

  it('is never blank', () => {
    expect(callsign({}, { callsign: '{track}' })).toBe('detection')
    expect(callsign({ class: '\u0000', id: '\u0001' })).toBe('detection')
  })

  it('is short, whatever it is made of', () => {
    expect(callsign({ class: 'x'.repeat(1000), id: 'y'.repeat(1000) }).length).toBeLessThanOrEqual(64)
  })

  it('is refused when its template names what there is not', () => {
    expect(() => createEventBuilder({ types: createTypeTable(), callsign: '{class} {colour}' })).toThrow(FaultError)
  })
})

describe('a simulated event', () => {
  it('says so in how and in its callsign, with or without a place', () => {
    for (const located of [place, bearing]) {
      const event = built({ located }, { simulated: true })
      expect(event.how).toBe('m-s')
      expect(event.detail.callsign).toBe('SIM smoke t24-0001')
    }
    expect(built({}, { simulated: true, callsign: '{track}' }).detail.callsign).toBe('SIM detection')
  })
})

describe('a line of bearing', () => {
  const event = built({ located: bearing })

  it('starts at the sensor and is drawn outwards', () => {
    expect(event).toMatchObject({ type: 'u-rb-a', how: 'm-i', lat: bearing.lat, lon: bearing.lon, haeM: 1466.057 })
    expect(event.detail.bearing).toEqual({
      azimuthDeg: 271.4,
      elevationDeg: undefined,
      sigmaAzimuthDeg: 0.5,
      lengthM: 20_000,
    })
  })

  it('claims no error for the place that it is not', () => {
    expect(event).toMatchObject({ ceM: COT_UNKNOWN, leM: COT_UNKNOWN })
    expect(event.detail.sightline).toMatchObject({ flag: 'UNKNOWN', method: 'bearing', because: 'above-horizon' })
    expect(event.detail.precision).toBeUndefined()
  })

  it('tells the direction, its error and the reason', () => {
    expect(event.detail.remarks).toBe(
      'smoke 41 % · direction 271.4° ±0.82° (90 %) · no place: the ray does not come down to the surface · tower-3 · 16:00:00Z',
    )
    expect(built({ located: { ...bearing, azimuthDeg: 359.97 } }).detail.remarks).toContain('direction 0.0°')
  })

  it('lives as long as its class', () => {
    expect(event.staleMs - event.startMs).toBe(600_000)
  })
})

describe('a uid', () => {
  it('that is unsafe or too long is made safe and stays unlike every other', () => {
    const uids = ['a\u0001b', 'a\u0002b', 'ab', 'x'.repeat(UID_LIMIT + 1), `${'x'.repeat(UID_LIMIT)}y`].map(
      (uid) => built({ uid }).uid,
    )
    expect(new Set(uids).size).toBe(uids.length)
    for (const uid of uids) expect(uid.length).toBeLessThanOrEqual(UID_LIMIT)
    expect(uids[2]).toBe('ab')
  })
})

describe('no event is made', () => {
  const build = createEventBuilder({ types: createTypeTable() })
  const field = (change: object) => {
    const answer = build({ detection, located: place, uid: 'u', nowMs: TIME_MS, ...change })
    return answer.ok ? 'an event' : `${answer.fault.code} ${answer.fault.field}`
  }

  it.each([
    ['a latitude that is none', { located: { ...place, lat: Number.NaN } }, 'position.lat'],
    ['a latitude beyond the pole', { located: { ...place, lat: 90.1 } }, 'position.lat'],
    ['a longitude beyond 180', { located: { ...place, lon: -181 } }, 'position.lon'],
    ['an endless line', { located: { ...bearing, lengthM: Infinity } }, 'bearing'],
    ['a line without direction', { located: { ...bearing, azimuthDeg: Number.NaN } }, 'bearing'],
    ['a time that is none', { detection: { ...detection, timeMs: Number.NaN } }, 'time'],
    ['a time whose stale is after the year 9999', { detection: { ...detection, timeMs: 253_402_300_799_000 } }, 'time'],
    ['a blank uid', { uid: ' ' }, 'uid'],
  ])('of %s', (_, change, where) => {
    expect(field(change)).toBe(`bad-field ${where}`)
  })
})
