/** What was appended is there, once, in order; what came before is recognised. */
import { afterEach, describe, expect, it } from 'vitest'
import { FaultError } from '../../src/fault/fault.ts'
import { openJournal } from '../../src/store/journal.ts'
import type { LmdbJournal } from '../../src/store/lmdb-journal.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import { ManualClock } from '../support/manual-clock.ts'
import {
  cursorOf,
  draftOf,
  draftsOf,
  newDirectory,
  plentyOfSpace,
  poisonOf,
  removeDirectories,
  seqsOf,
  T0,
} from './sample.ts'

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

describe('appending', () => {
  it('gives out sequences from 1 without a gap, in the order of the calls', async () => {
    const journal = await open(newDirectory())
    const batches = await Promise.all([
      journal.append(draftsOf(1, 5)),
      journal.append(draftsOf(6, 6)),
      journal.append([]),
      journal.append(draftsOf(7, 2_000)),
    ])
    expect(seqsOf(batches.flat())).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1))
    expect(journal.head).toBe(2_000)
  })

  it('gives back what was put in, from memory and, after a restart, from the file', async () => {
    const dir = newDirectory()
    const first = await open(dir)
    const large = draftOf('large', { padding: 300_000 })
    await first.append([draftOf('a'), large])
    const check = (journal: LmdbJournal): void => {
      const [a, b] = journal.read(1, 10, 1e9)
      expect(a?.event).toEqual(draftOf('a').event)
      expect([a?.seq, a?.source, a?.id, a?.trace, a?.publishedMs, a?.receivedMs]).toEqual([
        1,
        'cam',
        'a',
        'trace-a',
        T0,
        T0 + 5,
      ])
      expect(Buffer.from(b?.detection ?? []).equals(large.detection)).toBe(true)
      expect(b?.bytes).toBeGreaterThan(300_000)
    }
    check(first)
    await first.close()
    const second = await open(dir)
    check(second)
    expect(seqsOf(await second.append([draftOf('b')]))).toEqual([3])
  })

  it('shows nothing and tells no listener before it is on disk', async () => {
    const journal = await open(newDirectory())
    const heads: number[] = []
    const stop = journal.onCommit(() => heads.push(journal.head))
    const appended = journal.append(draftsOf(1, 3))
    expect(journal.head).toBe(0)
    expect(journal.read(1, 10, 1e9)).toEqual([])
    await appended
    expect(heads).toEqual([3])
    stop()
    await journal.append(draftsOf(4, 4))
    expect(heads).toEqual([3])
  })

  it('rejects a request that cannot be written, whole, and keeps the others', async () => {
    const journal = await open(newDirectory())
    const broken = { ...draftOf('broken'), contentHash: Buffer.alloc(3) }
    const [good, bad, after] = await Promise.allSettled([
      journal.append(draftsOf(1, 2)),
      journal.append([draftOf('beside'), broken]),
      journal.append(draftsOf(3, 4)),
    ])
    expect(bad.status).toBe('rejected')
    expect(seqsOf([good, after].flatMap((each) => (each.status === 'fulfilled' ? each.value : [])))).toEqual([
      1, 2, 3, 4,
    ])
    // Its key was not remembered either.
    expect(seqsOf(await journal.append([draftOf('beside')]))).toEqual([5])
  })

  it('goes on when a listener fails', async () => {
    const journal = await open(newDirectory())
    journal.onCommit(() => {
      throw new Error('listener')
    })
    await journal.append(draftsOf(1, 1))
    expect(seqsOf(await journal.append(draftsOf(2, 2)))).toEqual([2])
  })
})

describe('reading', () => {
  it('stops at the number of items or about the bytes asked for, but gives one if there is one', async () => {
    const journal = await open(newDirectory())
    await journal.append(draftsOf(1, 50))
    expect(journal.read(10, 7, 1e9).map((entry) => entry.seq)).toEqual([10, 11, 12, 13, 14, 15, 16])
    expect(journal.read(10, 7, 1).map((entry) => entry.seq)).toEqual([10])
    const one = journal.read(1, 1, 1e9)[0]?.bytes ?? 0
    expect(journal.read(1, 50, one * 3 - 1)).toHaveLength(3)
    expect(journal.read(51, 7, 1e9)).toEqual([])
  })

  it('hands the same entry to all sinks at the head, so that one encoding serves them', async () => {
    const journal = await open(newDirectory())
    await journal.append(draftsOf(1, 1))
    const [entry] = journal.read(1, 1, 1e9)
    if (entry !== undefined) entry.encoded = { xml: Buffer.from('<event/>') }
    expect(journal.read(1, 1, 1e9)[0]?.encoded?.xml).toEqual(Buffer.from('<event/>'))
  })

  it('keeps memory flat however deep the backlog is', async () => {
    const journal = await open(newDirectory(), { tailBytes: 0 })
    for (let i = 0; i < 40; i++) await journal.append(draftsOf(i * 500, i * 500 + 499, { padding: 1_000 }))
    let largest = 0
    let seen = 0
    for (let next = 1; ; ) {
      const chunk = journal.read(next, 256, 100_000)
      const last = chunk.at(-1)
      if (last === undefined) break
      next = last.seq + 1
      seen += chunk.length
      largest = Math.max(
        largest,
        chunk.reduce((sum, entry) => sum + entry.bytes, 0),
      )
    }
    expect(seen).toBe(20_000)
    expect(largest).toBeLessThan(105_000)
    // No read transaction is left behind that would keep LMDB from reusing pages.
    expect(journal.stats().readersInUse).toBeLessThanOrEqual(1)
  })
})

describe('an event that came before', () => {
  it('is a duplicate within a batch, across batches under way, and after a restart', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    const batches = await Promise.all([
      journal.append([draftOf('a'), draftOf('a')]),
      journal.append([draftOf('a'), draftOf('b')]),
    ])
    expect(seqsOf(batches.flat())).toEqual([1, 'duplicate', 'duplicate', 2])
    await journal.close()
    const again = await open(dir)
    expect(seqsOf(await again.append([draftOf('b'), draftOf('a'), draftOf('c')]))).toEqual([
      'duplicate',
      'duplicate',
      3,
    ])
  })

  it('is told apart by its source', async () => {
    const journal = await open(newDirectory())
    const results = await journal.append([draftOf('a'), draftOf('a', { source: 'cam2' })])
    expect(seqsOf(results)).toEqual([1, 2])
  })

  it('is a conflict with other content: its letter takes its place in the same transaction', async () => {
    const journal = await open(newDirectory())
    const other = draftOf('a', { content: 'other' })
    const results = await journal.append([draftOf('a'), other, draftOf('b')])
    expect(results).toEqual([
      { kind: 'appended', seq: 1 },
      { kind: 'conflict', letterSeq: 1 },
      { kind: 'appended', seq: 2 },
    ])
    const letter = journal.letters.get(1)
    expect(letter?.code).toBe('id-conflict')
    expect(Buffer.from(letter?.original ?? []).equals(other.detection)).toBe(true)
    expect(journal.head).toBe(2)
  })

  it('leaves one letter for a conflict that is delivered again, and another when it is sent again', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    await journal.append([draftOf('a')])
    const conflict = draftOf('a', { content: 'other' })
    const first = await journal.append([conflict, conflict])
    expect(first).toEqual([
      { kind: 'conflict', letterSeq: 1 },
      { kind: 'conflict', letterSeq: 1 },
    ])
    await journal.close()
    const again = await open(dir)
    expect(await again.append([conflict])).toEqual([{ kind: 'conflict', letterSeq: 1 }])
    // A replayed letter comes as a new message; its old letter is removed, so it needs a new one.
    const replayed = draftOf('a', { content: 'other', publishedMs: T0 + 60_000 })
    expect(await again.append([replayed])).toEqual([{ kind: 'conflict', letterSeq: 2 }])
    expect(again.letters.count()).toBe(2)
  })
})

describe('poison', () => {
  it('lands once for each element, however often its message is delivered', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    const results = await journal.append([poisonOf('7:0'), poisonOf('7:1'), poisonOf('7:0')])
    expect(results).toEqual([
      { kind: 'dead', letterSeq: 1 },
      { kind: 'dead', letterSeq: 2 },
      { kind: 'dead', letterSeq: 1 },
    ])
    await journal.close()
    const again = await open(dir)
    expect(await again.append([poisonOf('7:1')])).toEqual([{ kind: 'dead', letterSeq: 2 }])
    expect(again.letters.count()).toBe(2)
  })

  it('is not mistaken for what a stream held that was made anew', async () => {
    const journal = await open(newDirectory())
    await journal.append([poisonOf('1:0', 'old stream')])
    expect(await journal.append([poisonOf('1:0', 'new stream')])).toEqual([{ kind: 'dead', letterSeq: 2 }])
    expect(await journal.append([poisonOf('1:0', 'new stream')])).toEqual([{ kind: 'dead', letterSeq: 2 }])
  })
})

describe('the dedupe window', () => {
  const HOUR = 3_600_000

  it('remembers a key for at least as long as it says, and forgets it in the end', async () => {
    const clock = new ManualClock(T0)
    const journal = await open(newDirectory(), { clock, dedupeWindowMs: 24 * HOUR })
    await journal.append([draftOf('a')])
    for (let hour = 1; hour <= 24; hour++) {
      clock.advance(HOUR - 1)
      expect(seqsOf(await journal.append([draftOf('a')]))).toEqual(['duplicate'])
      await journal.append([draftOf(`hour ${hour}`)])
    }
    clock.advance(16 * HOUR)
    expect(seqsOf(await journal.append([draftOf('a')]))).not.toEqual(['duplicate'])
  })

  it('deletes what it forgot, whole buckets at a time', async () => {
    const clock = new ManualClock(T0)
    const dir = newDirectory()
    const journal = await open(dir, { clock, dedupeWindowMs: HOUR })
    await journal.append(draftsOf(1, 3_000))
    const { verifyStore } = await import('../../src/store/verify.ts')
    for (let i = 0; i < 8; i++) {
      clock.advance(HOUR)
      await journal.append([draftOf(`later ${i}`)])
    }
    await journal.close()
    const report = await verifyStore(dir)
    expect(report.ok).toBe(true)
    expect(report.events).toBe(3_008)
    expect(report.seenKeys).toBeLessThanOrEqual(8)
  })

  it('shrinks when more keys come in than it may hold', async () => {
    const clock = new ManualClock(T0)
    const dir = newDirectory()
    const journal = await open(dir, { clock, dedupeMaxBytes: 60_000 })
    for (let i = 0; i < 40; i++) await journal.append(draftsOf(i * 100, i * 100 + 99))
    expect(seqsOf(await journal.append([draftOf('3999')]))).toEqual(['duplicate'])
    expect(seqsOf(await journal.append([draftOf('0')]))).toEqual([4_001])
  })

  it('survives a clock that is set back and one that leaps ahead', async () => {
    const clock = new ManualClock(T0)
    const dir = newDirectory()
    const journal = await open(dir, { clock })
    await journal.append([draftOf('a')])
    await journal.close()
    const back = await open(dir, { clock: new ManualClock(T0 - 400 * 24 * HOUR) })
    expect(seqsOf(await back.append([draftOf('a'), draftOf('b')]))).toEqual(['duplicate', 2])
    await back.close()
    const ahead = await open(dir, { clock: new ManualClock(T0 + 400 * 24 * HOUR) })
    expect(seqsOf(await ahead.append([draftOf('c')]))).toEqual([3])
  })
})

describe('a closed journal', () => {
  it('wrote everything, refuses what comes later, and gives the directory back', async () => {
    const dir = newDirectory()
    const journal = await open(dir)
    const cursor = journal.cursor(cursorOf('tak'))
    const appended = journal.append(draftsOf(1, 10))
    const closed = appended.then(() => {
      cursor.settle(1, 'delivered')
      return journal.close()
    })
    expect(seqsOf(await appended)).toHaveLength(10)
    await closed
    await expect(journal.append(draftsOf(11, 11))).rejects.toThrow(FaultError)
    const again = await open(dir)
    expect([again.head, again.cursor(cursorOf('tak')).low]).toEqual([10, 1])
  })
})
