/** The store forgets by age and size, but never what a sink still holds; what a sink drops is counted and on record. */
import { afterEach, describe, expect, it } from 'vitest'
import { openJournal } from '../../src/store/journal.ts'
import type { LmdbJournal } from '../../src/store/lmdb-journal.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import {
  cursorOf,
  draftsOf,
  letterOf,
  newDirectory,
  plentyOfSpace,
  poisonOf,
  removeDirectories,
  seqsOf,
  T0,
} from './sample.ts'

const MINUTE = 60_000
const opened: LmdbJournal[] = []
let clock = new ManualClock(T0)
let dir = ''

async function open(over: Partial<StoreOptions> = {}): Promise<LmdbJournal> {
  const journal = await openJournal({ dir, clock, freeSpace: plentyOfSpace, ...over })
  opened.push(journal)
  return journal
}

function fresh(): void {
  clock = new ManualClock(T0)
  dir = newDirectory()
}

afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close()
  removeDirectories()
})

/** Bytes of one padded record. */
async function recordBytes(): Promise<number> {
  fresh()
  const journal = await open()
  await journal.append(draftsOf(100, 100, { padding: 1_000 }))
  return journal.stats().logBytes
}

describe('age and size', () => {
  it('let events go that are old enough, when no sink holds them', async () => {
    fresh()
    const journal = await open({ retentionMs: 10 * MINUTE })
    await journal.append(draftsOf(1, 100))
    clock.advance(5 * MINUTE)
    await journal.append(draftsOf(101, 150))
    clock.advance(5 * MINUTE + 1)
    await journal.append(draftsOf(151, 151))
    expect(journal.stats().tailSeq).toBe(101)
    // Reading below passes over what is gone.
    expect(journal.read(1, 1, 1e9)[0]?.seq).toBe(101)
    await journal.close()
    const report = await verifyStore(dir)
    expect([report.ok, report.events, report.tailSeq]).toEqual([true, 51, 101])
  })

  it('let old events go when nothing is appended any more', async () => {
    fresh()
    const journal = await open({ retentionMs: 10 * MINUTE })
    await journal.append(draftsOf(1, 5_000))
    clock.advance(11 * MINUTE)
    await until(() => journal.stats().tailSeq === 5_001, 'all events are gone')
    expect(journal.stats().logBytes).toBe(0)
    expect(journal.read(1, 10, 1e9)).toEqual([])
    await journal.close()
    const again = await open()
    expect(again.head).toBe(5_000)
    expect(seqsOf(await again.append(draftsOf(9_001, 9_001)))).toEqual([5_001])
  })

  it('keep the log within its bytes', async () => {
    const each = await recordBytes()
    fresh()
    const journal = await open({ maxBytes: 50 * each })
    for (let i = 0; i < 40; i++) {
      await journal.append(draftsOf(i * 10 + 100, i * 10 + 109, { padding: 1_000 }))
      expect(journal.stats().logBytes).toBeLessThanOrEqual(61 * each)
    }
    expect(journal.stats().tailSeq).toBeGreaterThanOrEqual(340)
  })

  it('delete in chunks what is suddenly far too much, without holding up appends', async () => {
    fresh()
    const first = await open()
    for (let i = 0; i < 8; i++) await first.append(draftsOf(i * 1_000, i * 1_000 + 999))
    const { logBytes } = first.stats()
    await first.close()
    const journal = await open({ maxBytes: logBytes / 100 })
    expect(seqsOf(await journal.append(draftsOf(9_001, 9_001)))).toEqual([8_001])
    await until(() => journal.stats().logBytes <= logBytes / 100, 'the log is small again')
    await journal.close()
    expect((await verifyStore(dir)).ok).toBe(true)
  })

  it('do nothing before the first event of this process, when the sinks are not known yet', async () => {
    fresh()
    const first = await open()
    first.cursor(cursorOf('cot'))
    await first.append(draftsOf(1, 10))
    await first.close()
    const journal = await open({ retentionMs: MINUTE })
    clock.advance(10 * MINUTE)
    await journal.letters.append(letterOf())
    expect(journal.stats().tailSeq).toBe(1)
    expect(journal.cursor(cursorOf('cot')).pending).toBe(10)
    await journal.append(draftsOf(11, 11))
    expect(journal.stats().tailSeq).toBe(1)
  })
})

describe('a sink that blocks', () => {
  it('holds the log however old it is', async () => {
    fresh()
    const journal = await open({ retentionMs: MINUTE })
    const cursor = journal.cursor(cursorOf('cot'))
    await journal.append(draftsOf(1, 20))
    cursor.settle(1, 'delivered')
    cursor.settle(2, 'delivered')
    cursor.settle(9, 'delivered')
    clock.advance(100 * MINUTE)
    await journal.append(draftsOf(21, 21))
    expect([journal.stats().tailSeq, cursor.pending]).toEqual([3, 18])
  })

  it('fills the store: appends wait, letters do not, and go on when it settles', async () => {
    const each = await recordBytes()
    fresh()
    const journal = await open({ maxBytes: 20 * each })
    const cursor = journal.cursor(cursorOf('cot'))
    await journal.append(draftsOf(100, 118, { padding: 1_000 }))
    expect(journal.blocked).toBeUndefined()
    await journal.append(draftsOf(119, 119, { padding: 1_000 }))
    let answered = false
    const waiting = journal.append(draftsOf(120, 120, { padding: 1_000 })).then((results) => {
      answered = true
      return results
    })
    await until(() => journal.blocked !== undefined, 'the store is full')
    expect(journal.blocked?.code).toBe('store-full')
    expect(journal.blocked?.reason).toContain('cot')
    expect(await journal.letters.append(letterOf())).toBe(1)
    expect([answered, journal.head]).toEqual([false, 20])
    for (let seq = 1; seq <= 5; seq++) cursor.settle(seq, 'delivered')
    expect(seqsOf(await waiting)).toEqual([21])
    expect(journal.blocked).toBeUndefined()
  })

  it('never lets the log grow beyond one group while it settles one by one', async () => {
    const each = await recordBytes()
    fresh()
    const journal = await open({ maxBytes: 50 * each })
    const cursor = journal.cursor(cursorOf('cot'))
    await journal.append(draftsOf(100, 149, { padding: 1_000 }))
    let appended = 50
    let refused = false
    const append = async (): Promise<void> => {
      for (let i = 150; i < 250; i++) {
        await journal.append(draftsOf(i, i, { padding: 1_000 }))
        appended++
      }
    }
    const appending = append().catch(() => {
      refused = true
    })
    for (let seq = 1; seq <= 60; seq++) {
      cursor.settle(seq, 'delivered')
      const most = 50 + seq
      await until(() => appended === most, `event ${most} is in`)
      expect(journal.stats().logBytes).toBeLessThanOrEqual(52 * each)
    }
    await journal.close()
    await appending
    expect(refused).toBe(true)
  })

  it('holds nothing once it is removed or not used any more', async () => {
    const each = await recordBytes()
    fresh()
    const options = { maxBytes: 20 * each }
    const journal = await open(options)
    journal.cursor(cursorOf('gone'))
    const removed = journal.cursor(cursorOf('removed'))
    await journal.append(draftsOf(100, 119, { padding: 1_000 }))
    await journal.close()
    const again = await open(options)
    const waiting = again.append(draftsOf(120, 160, { padding: 1_000 }))
    expect(await waiting).toHaveLength(41)
    expect(again.sinks.sort()).toEqual(['gone', 'removed'])
    expect(removed.name).toBe('removed')
    clock.advance(MINUTE)
    await until(() => again.stats().logBytes <= 20 * each, 'the log is within its bytes')
    // Coming back, it takes up where the log begins now.
    expect(again.cursor(cursorOf('gone')).low).toBe(again.stats().tailSeq - 1)
    const blocking = again.append(draftsOf(200, 260, { padding: 1_000 }))
    await until(() => again.blocked !== undefined, 'the sink holds the log again')
    await again.cursor(cursorOf('gone')).remove()
    expect(await blocking).toHaveLength(61)
  })
})

describe('a sink that drops', () => {
  const drops = { whenFull: 'drop' as const }

  it('keeps its backlog up to its bytes, then drops the oldest, as ranges and counted', async () => {
    const each = await recordBytes()
    fresh()
    const journal = await open()
    const cursor = journal.cursor(cursorOf('tak', { ...drops, maxPendingBytes: 30 * each }))
    for (let i = 0; i < 100; i++) await journal.append(draftsOf(100 + i, 100 + i, { padding: 1_000 }))
    expect(cursor.pending).toBeLessThanOrEqual(31)
    expect(cursor.pending).toBeGreaterThan(27)
    expect(cursor.dropped).toBe(100 - cursor.pending)
    expect([cursor.droppedOldest, cursor.droppedStale]).toEqual([cursor.dropped, 0])
    expect(journal.outcomes(1)).toMatchObject([{ sink: 'tak', outcome: 'dropped-oldest' }])
    expect(journal.outcomes(100)).toEqual([])
    // Dropping is the sink's affair: the events stay in the log.
    expect(journal.stats().tailSeq).toBe(1)
  })

  it('drops what is too old, and says so when it was stale already', async () => {
    fresh()
    const journal = await open()
    const cursor = journal.cursor(cursorOf('tak', { ...drops, maxPendingMs: 10 * MINUTE }))
    await journal.append(draftsOf(1, 5, { staleMs: T0 + 2 * MINUTE }))
    await journal.append(draftsOf(6, 8, { staleMs: T0 + 60 * MINUTE }))
    cursor.settle(2, 'delivered')
    clock.advance(5 * MINUTE)
    await journal.append(draftsOf(9, 9))
    expect(cursor.dropped).toBe(0)
    clock.advance(6 * MINUTE)
    await until(() => cursor.dropped === 7, 'old events are dropped without any append')
    expect([cursor.low, cursor.pending, cursor.droppedStale, cursor.droppedOldest]).toEqual([8, 1, 4, 3])
    const of = (seq: number) => journal.outcomes(seq).map((range) => range.outcome)
    expect([1, 2, 5, 6, 8, 9].map(of)).toEqual([
      ['dropped-stale'],
      ['delivered'],
      ['dropped-stale'],
      ['dropped-oldest'],
      ['dropped-oldest'],
      [],
    ])
  })

  it('never fills the store, and holds no other sink back', async () => {
    const each = await recordBytes()
    fresh()
    const journal = await open({ maxBytes: 20 * each })
    const dead = journal.cursor(cursorOf('dead', drops))
    const good = journal.cursor(cursorOf('good'))
    for (let i = 0; i < 100; i++) {
      await journal.append(draftsOf(100 + i, 100 + i, { padding: 1_000 }))
      good.settle(i + 1, 'delivered')
    }
    expect(journal.blocked).toBeUndefined()
    expect(journal.stats().logBytes).toBeLessThanOrEqual(22 * each)
    expect([good.low, good.pending]).toEqual([100, 0])
    expect(dead.dropped + dead.pending).toBe(100)
    expect(dead.dropped).toBeGreaterThanOrEqual(78)
    await journal.close()
    expect((await verifyStore(dir)).ok).toBe(true)
  })

  it('may still settle what was dropped under it', async () => {
    fresh()
    const journal = await open()
    const cursor = journal.cursor(cursorOf('tak', { ...drops, maxPendingMs: MINUTE }))
    await journal.append(draftsOf(1, 3))
    clock.advance(2 * MINUTE)
    await until(() => cursor.dropped === 3, 'the events are dropped')
    cursor.settle(2, 'delivered')
    expect([cursor.low, cursor.pending, cursor.dropped]).toEqual([3, 0, 3])
    expect(journal.outcomes(2)).toMatchObject([{ outcome: 'dropped-oldest' }])
  })
})

describe('a disk that runs low', () => {
  it('makes appends wait, and they go on when there is room again', async () => {
    fresh()
    let free = 100
    const journal = await open({ minFreeBytes: 1_000, freeSpace: async () => free })
    const waiting = journal.append(draftsOf(1, 3))
    await until(() => journal.blocked !== undefined, 'the store is blocked')
    expect(journal.blocked?.code).toBe('disk-low')
    expect(journal.blocked?.reason).toContain('100')
    expect(journal.stats().freeDiskBytes).toBe(100)
    free = 5_000
    clock.advance(1_000)
    await new Promise(setImmediate)
    clock.advance(1_000)
    expect(seqsOf(await waiting)).toEqual([1, 2, 3])
    expect(journal.blocked).toBeUndefined()
  })

  it('is asked at most once a second', async () => {
    fresh()
    let asked = 0
    const freeSpace = async (): Promise<number> => {
      asked++
      return 1e12
    }
    const journal = await open({ freeSpace })
    for (let i = 0; i < 50; i++) await journal.append(draftsOf(i, i))
    expect(asked).toBe(1)
    clock.advance(1_000)
    await journal.append(draftsOf(100, 100))
    expect(asked).toBe(2)
  })

  it('lets a waiting append go, unwritten, when the journal is closed', async () => {
    fresh()
    const journal = await open({ minFreeBytes: 1_000, freeSpace: async () => 1 })
    const waiting = journal.append(draftsOf(1, 1))
    const refused = expect(waiting).rejects.toThrow('shutting-down')
    await journal.close()
    await refused
    const again = await open()
    expect(again.head).toBe(0)
  })
})

describe('dead letters', () => {
  it('are listed in order by what they say, and stay until they are removed', async () => {
    fresh()
    const journal = await open()
    for (let i = 0; i < 10; i++) {
      await journal.letters.append(letterOf({ code: i % 2 === 0 ? 'bad-json' : 'bad-field', source: `cam${i % 3}` }))
    }
    await journal.append([poisonOf('1:0')])
    const list = (filter: object, limit = 100) => journal.letters.list(filter, limit).map((letter) => letter.seq)
    expect(list({ code: 'bad-json' })).toEqual([1, 3, 5, 7, 9])
    expect(list({ source: 'cam1', fromSeq: 3 })).toEqual([5, 8])
    expect(list({ stage: 'push' })).toEqual([])
    expect(list({}, 3)).toEqual([1, 2, 3])
    expect(await journal.letters.remove([3, 3, 4, 400])).toBe(2)
    expect(list({}, 3)).toEqual([1, 2, 5])
    expect([journal.letters.count(), journal.letters.get(3), journal.letters.head]).toEqual([9, undefined, 11])
    await journal.close()
    const again = await open()
    expect([again.letters.count(), again.letters.head, again.letters.get(4)]).toEqual([9, 11, undefined])
  })

  it('remember what was copied, and tell when one comes', async () => {
    fresh()
    const journal = await open()
    let told = 0
    const stop = journal.letters.onAppend(() => told++)
    await journal.letters.append(letterOf())
    await journal.append([poisonOf('1:0'), poisonOf('1:1')])
    stop()
    await journal.letters.append(letterOf())
    expect(told).toBe(2)
    journal.letters.markCopied(3)
    journal.letters.markCopied(1)
    await journal.close()
    expect((await open()).letters.copied).toBe(3)
  })

  it('are let go by age and size once they were copied, and never before', async () => {
    fresh()
    const journal = await open({ letterRetentionMs: 10 * MINUTE, letterMaxBytes: 10_000 })
    for (let i = 0; i < 20; i++)
      await journal.letters.append(letterOf({ original: Buffer.alloc(1_000), timeMs: clock.now() }))
    clock.advance(20 * MINUTE)
    await journal.append(draftsOf(1, 1))
    expect(journal.letters.count()).toBe(20)
    journal.letters.markCopied(5)
    clock.advance(MINUTE)
    await until(() => journal.letters.count() === 15, 'the copied ones are gone')
    for (let i = 0; i < 20; i++)
      await journal.letters.append(letterOf({ original: Buffer.alloc(1_000), timeMs: clock.now() }))
    journal.letters.markCopied(40)
    clock.advance(MINUTE)
    await until(() => journal.letters.count() < 10, 'only the newest are kept')
    expect(
      journal.letters
        .list({}, 100)
        .map((letter) => letter.seq)
        .at(-1),
    ).toBe(40)
    await journal.close()
    const report = await verifyStore(dir)
    expect([report.ok, report.letters]).toEqual([true, 8])
  })
})
