/** Recent latencies and rates forget what is old. */
import { describe, expect, it } from 'vitest'
import { Rate, RecentLatency } from '../../src/watch/recent.ts'
import { Roster } from '../../src/watch/roster.ts'
import { heldClock } from './clock.ts'

describe('recent latency', () => {
  it('remembers half a minute at least and a minute at most', () => {
    const clock = heldClock()
    const recent = new RecentLatency(clock)
    recent.record(5)
    clock.advance(31_000)
    recent.record(7)
    expect(recent.snapshot().count).toBe(2)
    clock.advance(30_000)
    expect(recent.snapshot().count).toBe(1)
    clock.advance(30_000)
    expect(recent.snapshot().count).toBe(0)
  })

  it('forgets all after a long silence', () => {
    const clock = heldClock()
    const recent = new RecentLatency(clock)
    recent.record(5)
    clock.advance(3_600_000)
    expect(recent.snapshot().count).toBe(0)
  })
})

describe('a rate', () => {
  it('is over the last ten full seconds', () => {
    const clock = heldClock()
    const rate = new Rate(clock)
    for (let second = 0; second < 20; second++) {
      rate.count(second < 10 ? 1000 : 50)
      clock.advance(1000)
    }
    expect(rate.perSecond()).toBe(50)
  })

  it('is over the time since the start while that is shorter', () => {
    const clock = heldClock()
    const rate = new Rate(clock)
    rate.count(30)
    clock.advance(3000)
    expect(rate.perSecond()).toBe(10)
  })

  it('falls to nothing in silence, however long', () => {
    const clock = heldClock()
    const rate = new Rate(clock)
    rate.count(30)
    clock.advance(12_000)
    expect(rate.perSecond()).toBe(0)
    clock.advance(10_000_000)
    rate.count(1)
    clock.advance(1000)
    expect(rate.perSecond()).toBe(0.1)
  })
})

describe('a roster', () => {
  it('gives names beyond its limit one entry together', () => {
    const roster = new Roster<{ n: number }>(2, () => ({ n: 0 }))
    for (const name of ['a', 'b', 'c', 'd', 'a', 'e']) roster.of(name).n += 1
    expect([...roster.entries()]).toEqual([
      ['a', { n: 2 }],
      ['b', { n: 1 }],
      ['other', { n: 3 }],
    ])
  })

  it('cuts long names', () => {
    const roster = new Roster<number>(2, () => 0, 4)
    roster.of('abcdefgh')
    roster.of('abcdxyz')
    expect([...roster.entries()]).toEqual([['abcd', 0]])
  })
})
