/** The uid of a track stays, and two things never share one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Detection } from '../../src/domain/detection.ts'
import { TrackSessions } from '../../src/domain/identity.ts'

const STALE = 120_000
const START = Date.UTC(2024, 6, 24, 16)

const seen = (fields: Partial<Detection> = {}): Detection => ({
  id: 't24-0001',
  source: 'skydio-x2',
  timeMs: START,
  class: 'person',
  fix: { kind: 'position', lat: 1, lon: 2 },
  ...fields,
})

const fresh = (maxTracks = 1_000) => new TrackSessions({ maxTracks })
const uidOf = (fields: Partial<Detection>) => fresh().uidOf(seen(fields), STALE)

/** The uids of one track seen at these times, in this order. */
const uidsAt = (times: readonly number[], sessions = fresh()) =>
  times.map((ms) => sessions.uidOf(seen({ trackId: '17', timeMs: START + ms }), STALE))

describe('the uid says whose detection or track it is', () => {
  it('without a track it is the detection', () => {
    expect(uidOf({})).toBe('sightline.skydio-x2.d.t24-0001')
  })

  it('with a track and a session it is the track, from message to message', () => {
    const sessions = fresh()
    for (const timeMs of [START, START + 1e9, START - 1e9]) {
      const uid = sessions.uidOf(seen({ id: String(timeMs), timeMs, session: 'run-3', trackId: 'gcp-17' }), STALE)
      expect(uid).toBe('sightline.skydio-x2.t.run-3.gcp-17')
    }
    expect(sessions.size).toBe(0)
  })

  it('is ASCII, and keeps a dot in its last part only', () => {
    expect(uidOf({ id: '1607123955.475377-mxklsc' })).toBe('sightline.skydio-x2.d.1607123955.475377-mxklsc')
    expect(uidOf({ id: 'a b/ü%🔥' })).toBe('sightline.skydio-x2.d.a%20b%2F%C3%BC%25%F0%9F%94%A5')
    expect(uidOf({ session: 'a.b', trackId: 'c' })).toBe('sightline.skydio-x2.t.a%2Eb.c')
    expect(uidOf({ session: 'a', trackId: 'b.c' })).toBe('sightline.skydio-x2.t.a.b.c')
  })

  it('is never shared by two tracks or detections, whatever they are called', () => {
    const name = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('.', '~', '%', '-', 'a', 'A', '2', 'E', 'd', 't', 'é', ' '),
    })
    const source = fc.constantFrom('a', 'a-t', 'd')
    const thing = fc.oneof(
      fc.record({ source, id: name }),
      fc.record({ source, session: name, trackId: name }),
      fc.record({ source, trackId: name }),
    )
    fc.assert(
      fc.property(thing, thing, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))
        expect(uidOf(one)).not.toBe(uidOf(other))
        expect(uidOf(one)).toMatch(/^[A-Za-z0-9_.%~-]+$/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps tracks of one number apart by source', () => {
    const sessions = fresh()
    const [a, b] = ['a', 'b'].map((source) => sessions.uidOf(seen({ source, trackId: '1' }), STALE))
    expect(a).not.toBe(b)
  })
})

describe('without a session, a gap longer than the stale time starts a new uid', () => {
  it('and a shorter one, or one just as long, does not', () => {
    const [first, same, still, next, after] = uidsAt([0, STALE, 2 * STALE, 3 * STALE + 1, 3 * STALE + 2])
    expect(first).toBe(`sightline.skydio-x2.t.~${START}.17`)
    expect([same, still]).toEqual([first, first])
    expect(next).toBe(`sightline.skydio-x2.t.~${START + 3 * STALE + 1}.17`)
    expect(after).toBe(next)
  })

  it('a late observation joins the stretch it belongs to', () => {
    const [first, next, late, later, between] = uidsAt([0, 10 * STALE, 500, 10 * STALE - STALE, STALE])
    expect(next).not.toBe(first)
    expect([late, between]).toEqual([first, first])
    expect(later).toBe(next)
  })

  it('one that lies in a gap, near neither side, has a stretch of its own that ends neither of theirs', () => {
    const [first, next, alone, again, current] = uidsAt([0, 10 * STALE, 5 * STALE, 5 * STALE + 1, 10 * STALE + 1])
    expect(new Set([first, next, alone]).size).toBe(3)
    expect(again).toBe(alone)
    expect(current).toBe(next)
  })

  it('observations without a gap share one uid in whatever order they come', () => {
    const steps = fc.array(fc.integer({ min: 0, max: STALE }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(steps, fc.integer(), (gaps, seed) => {
        let at = 0
        const times = gaps.map((gap) => (at += gap))
        const [head, ...tail] = times
        const sorted = fc.sample(fc.shuffledSubarray(tail, { minLength: tail.length }), { numRuns: 1, seed })[0] ?? []
        const nearest = sorted.filter((ms) => ms - (head ?? 0) <= STALE)
        expect(new Set(uidsAt([...(head === undefined ? [] : [head]), ...nearest])).size).toBe(1)
        expect(new Set(uidsAt(times)).size).toBe(1)
        expect(new Set(uidsAt([...times].reverse())).size).toBe(1)
      }),
    )
  })

  it('a redelivery of everything mints nothing new', () => {
    const sessions = fresh()
    const times = [0, 1_000, 10 * STALE, 10 * STALE + 5, 20 * STALE]
    const first = uidsAt(times, sessions)
    expect(uidsAt(times, sessions)).toEqual(first)
    expect(uidsAt([...times].reverse(), sessions)).toEqual([...first].reverse())
  })
})

describe('what an earlier process gave out is taken up again', () => {
  const times = [0, 1_000, 10 * STALE, 10 * STALE + 5, 20 * STALE]

  it('from the journal, in any order, so that the next observation keeps its uid', () => {
    const given = uidsAt(times)
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (order) => {
        const sessions = fresh()
        for (const i of order) sessions.restore(given[i] ?? '', 'skydio-x2', '17', START + (times[i] ?? 0))
        expect(uidsAt(times, sessions)).toEqual(given)
        expect(uidsAt([20 * STALE + 9, 11 * STALE, 30 * STALE], sessions)).toEqual([
          given[4],
          given[3],
          `sightline.skydio-x2.t.~${START + 30 * STALE}.17`,
        ])
      }),
    )
  })

  it('also when the first observations are no longer kept', () => {
    const given = uidsAt([0, STALE, 2 * STALE])
    const sessions = fresh()
    sessions.restore(given[2] ?? '', 'skydio-x2', '17', START + 2 * STALE)
    expect(uidsAt([3 * STALE, STALE], sessions)).toEqual([given[0], given[0]])
  })

  it('and uids that are not sessions of ours leave no trace', () => {
    const sessions = fresh()
    sessions.restore('sightline.skydio-x2.t.run-3.17', 'skydio-x2', '17', START)
    sessions.restore('sightline.skydio-x2.d.17', 'skydio-x2', '17', START)
    sessions.restore(`sightline.skydio-x2.t.~${START}.18`, 'skydio-x2', '17', START)
    expect(sessions.size).toBe(0)
  })

  it('tracks with awkward names too', () => {
    const trackId = 'ü. 7'
    const given = fresh().uidOf(seen({ trackId }), STALE)
    const sessions = fresh()
    sessions.restore(given, 'skydio-x2', trackId, START)
    expect(sessions.uidOf(seen({ trackId, timeMs: START + 5 }), STALE)).toBe(given)
  })
})

describe('memory is bounded', () => {
  it('the track not seen for longest is forgotten first', () => {
    const sessions = fresh(3)
    const see = (trackId: string, ms: number) => sessions.uidOf(seen({ trackId, timeMs: START + ms }), STALE)
    const [a, b] = [see('a', 0), see('b', 0)]
    see('c', 0)
    expect(see('a', 1)).toBe(a)
    see('d', 1)
    expect(sessions.size).toBe(3)
    expect(see('a', 2)).toBe(a)
    expect(see('b', 2)).not.toBe(b)
  })

  it('of the stretches of one track the latest are remembered', () => {
    const sessions = fresh()
    const times = Array.from({ length: 50 }, (_, i) => i * 10 * STALE)
    const given = uidsAt(times, sessions)
    expect(new Set(given).size).toBe(50)
    expect(
      uidsAt(
        times.slice(-4).map((ms) => ms + 1),
        sessions,
      ),
    ).toEqual(given.slice(-4))
  })
})
