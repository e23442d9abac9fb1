/** A sink's position survives restarts, never claims what was not settled, and its outcomes can be asked for. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/port/journal.ts'
import { SETTLED_WINDOW } from '../../src/store/cursors.ts'
import { openJournal } from '../../src/store/journal.ts'
import type { LmdbJournal } from '../../src/store/lmdb-journal.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { cursorOf, draftsOf, newDirectory, plentyOfSpace, removeDirectories, T0 } from './sample.ts'

const opened: LmdbJournal[] = []

async function open(dir: string, over: Partial<StoreOptions> = {}): Promise<LmdbJournal> {
  const journal = await openJournal({ dir, freeSpace: plentyOfSpace, ...over })
  opened.push(journal)
  return journal
}

afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close()
  removeDirectories()
})

describe('a new cursor', () => {
  it('starts at the head, or at the oldest event when it is told to', async () => {
    const journal = await open(newDirectory())
    await journal.append(draftsOf(1, 5))
    const late = journal.cursor(cursorOf('late', { from: 'head' }))
    const early = journal.cursor(cursorOf('early'))
    expect([late.low, late.pending, early.low, early.pending]).toEqual([5, 0, 0, 5])
    await journal.append(draftsOf(6, 7))
    expect([late.pending, early.pending]).toEqual([2, 7])
  })

  it('is on disk with the first event it must see', async () => {
    const dir = newDirectory()
    // The timer that writes cursors never fires here: only the transaction of the event can have written it.
    const journal = await open(dir, { clock: new ManualClock(T0), cursorFlushMs: 1e9 })
    await journal.append(draftsOf(1, 3))
    journal.cursor(cursorOf('tak', { from: 'head' }))
    await journal.append(draftsOf(4, 4))
    const { openReadOnly } = await import('../../src/store/journal.ts')
    const reader = await openReadOnly(dir)
    expect(reader.sinks().map(({ name, low }) => [name, low])).toEqual([['tak', 3]])
    await reader.close()
  })

  it('is the same one when asked for again', async () => {
    const journal = await open(newDirectory())
    expect(journal.cursor(cursorOf('tak'))).toBe(journal.cursor(cursorOf('tak', { whenFull: 'drop' })))
  })
})

describe('settling', () => {
  it('moves low over what is settled without a gap, in whatever order it was settled', async () => {
    const journal = await open(newDirectory())
    await journal.append(draftsOf(1, 6))
    const cursor = journal.cursor(cursorOf('http'))
    for (const seq of [3, 5, 2]) cursor.settle(seq, 'delivered')
    expect([cursor.low, cursor.pending]).toEqual([0, 3])
    expect([1, 2, 3, 4, 5, 6].map((seq) => cursor.isSettled(seq))).toEqual([false, true, true, false, true, false])
    cursor.settle(1, 'delivered')
    expect([cursor.low, cursor.pending]).toEqual([3, 2])
    cursor.settle(4, 'delivered')
    cursor.settle(6, 'delivered')
    expect([cursor.low, cursor.pending, cursor.oldestMs()]).toEqual([6, 0, undefined])
  })

  it('counts once what is settled twice, and refuses what never was', async () => {
    const journal = await open(newDirectory())
    await journal.append(draftsOf(1, 2))
    const cursor = journal.cursor(cursorOf('http'))
    for (const seq of [2, 2, 1, 1, 2]) cursor.settle(seq, 'delivered')
    expect([cursor.low, cursor.pending]).toEqual([2, 0])
    expect(() => cursor.settle(3, 'delivered')).toThrow('never committed')
    expect(cursor.low).toBe(2)
  })

  it('says since when its oldest event waits', async () => {
    const clock = new ManualClock(T0)
    const journal = await open(newDirectory(), { clock })
    await journal.append(draftsOf(1, 1))
    clock.advance(1_000)
    await journal.append(draftsOf(2, 2))
    const cursor = journal.cursor(cursorOf('tak'))
    expect(cursor.oldestMs()).toBe(T0)
    cursor.settle(1, 'delivered')
    expect(cursor.oldestMs()).toBe(T0 + 1_000)
  })

  it('is bounded: a sink that leaves too many holes behind is stopped', async () => {
    const journal = await open(newDirectory())
    for (let i = 0; i < 21; i++) await journal.append(draftsOf(i * 1_000 + 1, i * 1_000 + 1_000))
    const cursor = journal.cursor(cursorOf('tak'))
    for (let i = 1; i <= SETTLED_WINDOW; i++) cursor.settle(2 * i, 'delivered')
    expect(() => cursor.settle(2 * SETTLED_WINDOW + 2, 'delivered')).toThrow('too far ahead')
  })
})

describe('a restart', () => {
  it('resumes at the persisted state, ranges included, whatever `from` says', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    await journal.append(draftsOf(1, 10))
    const cursor = journal.cursor(cursorOf('http'))
    for (const seq of [1, 2, 4, 5, 9]) cursor.settle(seq, 'delivered')
    await journal.close()
    const again = (await open(dir)).cursor(cursorOf('http', { from: 'head' }))
    expect([again.low, again.pending]).toEqual([2, 5])
    expect([3, 4, 5, 6, 9, 10].map((seq) => again.isSettled(seq))).toEqual([false, true, true, false, true, false])
  })

  it('finds what was settled a moment before, without any further event', async () => {
    const dir = newDirectory()
    const clock = new ManualClock(T0)
    const journal = await open(dir, { clock, cursorFlushMs: 25 })
    await journal.append(draftsOf(1, 2))
    const cursor = journal.cursor(cursorOf('tak'))
    await until(() => journal.stats().commits === 2, 'the new cursor is written')
    cursor.settle(1, 'delivered')
    clock.advance(25)
    await until(() => journal.stats().commits === 3, 'the moved cursor is written')
    const { openReadOnly } = await import('../../src/store/journal.ts')
    const reader = await openReadOnly(dir)
    expect(reader.sinks()[0]?.low).toBe(1)
    await reader.close()
  })

  it('costs one transaction however much was settled', async () => {
    const journal = await open(newDirectory(), { clock: new ManualClock(T0), cursorFlushMs: 0 })
    await journal.append(draftsOf(1, 1_000))
    const cursor = journal.cursor(cursorOf('tak'))
    await journal.append(draftsOf(1_001, 1_001))
    const before = journal.stats().commits
    for (let seq = 1; seq <= 1_000; seq++) cursor.settle(seq, 'delivered')
    await journal.append(draftsOf(1_002, 1_002))
    expect(journal.stats().commits - before).toBe(1)
  })
})

describe('a removed sink', () => {
  it('is forgotten for good: under its name a new one starts over', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    const cursor = journal.cursor(cursorOf('tak'))
    await journal.append(draftsOf(1, 3))
    cursor.settle(1, 'delivered')
    await cursor.remove()
    expect(journal.sinks).toEqual([])
    cursor.settle(2, 'delivered')
    expect(cursor.low).toBe(1)
    await journal.close()
    const again = await open(dir)
    expect(again.sinks).toEqual([])
    expect(again.cursor(cursorOf('tak', { from: 'head' })).low).toBe(3)
    // What it did stays on record.
    expect(again.outcomes(1)).toMatchObject([{ sink: 'tak', outcome: 'delivered' }])
  })
})

describe('outcomes', () => {
  it('tell for every event what each sink did with it, before and after they are written', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    await journal.append(draftsOf(1, 200))
    const tak = journal.cursor(cursorOf('tak'))
    const http = journal.cursor(cursorOf('http'))
    const expected = new Map<number, Outcome>()
    const kinds: Outcome[] = ['delivered', 'confirmed', 'written', 'rejected', 'filtered']
    for (let i = 0; i < 180; i++) {
      // A permutation of 1 to 180, in runs of changing kinds.
      const seq = ((i * 77) % 180) + 1
      const outcome = kinds[Math.floor(seq / 7) % kinds.length] ?? 'delivered'
      expected.set(seq, outcome)
      http.settle(seq, outcome)
      if (i % 40 === 0) await journal.append(draftsOf(1_000 + i, 1_000 + i))
    }
    for (let seq = 1; seq <= 200; seq++) tak.settle(seq, 'delivered')
    const check = (from: LmdbJournal): void => {
      for (let seq = 1; seq <= 200; seq++) {
        const found = new Map(from.outcomes(seq).map((range) => [range.sink, range]))
        expect(found.get('tak')?.outcome).toBe('delivered')
        expect(found.get('http')?.outcome, `event ${seq}`).toBe(expected.get(seq))
      }
    }
    check(journal)
    await journal.close()
    check(await open(dir))
  })

  it('are ranges: a thousand events in order take one', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    const cursor = journal.cursor(cursorOf('tak'))
    await journal.append(draftsOf(1, 1_000))
    for (let seq = 1; seq <= 1_000; seq++) cursor.settle(seq, 'delivered')
    expect(journal.outcomes(500)).toMatchObject([{ sink: 'tak', from: 1, to: 1_000, outcome: 'delivered' }])
    await journal.close()
    const { verifyStore } = await import('../../src/store/verify.ts')
    expect((await verifyStore(dir)).outcomeRanges).toBe(1)
  })

  it('join across transactions while they are a second young', async () => {
    const dir = newDirectory()
    const clock = new ManualClock(T0)
    const journal = await open(dir, { clock, cursorFlushMs: 0 })
    const cursor = journal.cursor(cursorOf('tak'))
    for (let i = 1; i <= 30; i++) {
      await journal.append(draftsOf(i, i))
      cursor.settle(i, 'delivered')
      clock.advance(100)
    }
    await journal.close()
    const { verifyStore } = await import('../../src/store/verify.ts')
    const { outcomeRanges } = await verifyStore(dir)
    expect(outcomeRanges).toBeGreaterThanOrEqual(3)
    expect(outcomeRanges).toBeLessThanOrEqual(4)
  })
})
