/** A damaged file is found out and named, and everything that can still be read is brought to safety. */
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { openJournal } from '../../src/store/journal.ts'
import type { LmdbJournal } from '../../src/store/lmdb-journal.ts'
import { salvageStore } from '../../src/store/salvage.ts'
import { verifyStore } from '../../src/store/verify.ts'
import {
  cursorOf,
  draftOf,
  draftsOf,
  letterOf,
  newDirectory,
  plentyOfSpace,
  removeDirectories,
  seqsOf,
} from './sample.ts'

const EVENTS = 3_000
const LARGE = 1_500
const LETTERS = 40
const PAGE = 4_096

afterEach(removeDirectories)

const fileOf = (dir: string): string => path.join(dir, 'journal.mdb')
const open = (dir: string): Promise<LmdbJournal> => openJournal({ dir, freeSpace: plentyOfSpace })

/** A store with events (one of them large), letters, two sinks and their outcomes. */
async function store(): Promise<string> {
  const dir = newDirectory()
  const journal = await open(dir)
  const tak = journal.cursor(cursorOf('tak'))
  journal.cursor(cursorOf('http'))
  for (let i = 1; i <= EVENTS; i += 100) await journal.append(draftsOf(i, i + 99, { padding: 100 }))
  await journal.append([draftOf('large', { padding: 20_000 })])
  for (let i = 1; i <= LETTERS; i++) await journal.letters.append(letterOf({ original: Buffer.from(`letter ${i}`) }))
  await journal.letters.remove([7])
  for (let seq = 1; seq <= LARGE; seq++) tak.settle(seq, 'delivered')
  tak.settle(LARGE + 10, 'delivered')
  await journal.close()
  return dir
}

/** Where this text stands in the file, every time it does. */
function placesOf(bytes: Buffer, text: string): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) places.push(at)
  return places
}

function damage(dir: string, change: (bytes: Buffer) => void): void {
  const bytes = fs.readFileSync(fileOf(dir))
  change(bytes)
  fs.writeFileSync(fileOf(dir), bytes)
}

/** Changes one event's detection wherever a copy of it lies. */
function damageEvent(dir: string, id: string): void {
  damage(dir, (bytes) => {
    const places = placesOf(bytes, `{"id":"${id}","source"`)
    expect(places.length).toBeGreaterThan(0)
    for (const at of places) bytes[at + 8] = 0x21
  })
}

/** Changes the key of one event, so that the tree holds it where nobody looks for it. */
function damageKey(dir: string, seq: number): void {
  const key = Buffer.alloc(8)
  key.writeBigUInt64BE(BigInt(seq))
  damage(dir, (bytes) => {
    let found = 0
    for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + 1)) {
      if (!bytes.subarray(at, at + 400).includes(`{"id":"${seq}","source"`)) continue
      bytes[at + 4] = 0x7f
      found++
    }
    expect(found).toBeGreaterThan(0)
  })
}

async function idsIn(dir: string): Promise<Map<number, string>> {
  const journal = await open(dir)
  const ids = new Map<number, string>()
  for (let next = 1; ; ) {
    const entries = journal.read(next, 1_000, 1e9)
    const last = entries.at(-1)
    if (last === undefined) break
    for (const entry of entries) ids.set(entry.seq, entry.id)
    next = last.seq + 1
  }
  await journal.close()
  return ids
}

const idOf = (seq: number): string => (seq > EVENTS ? 'large' : String(seq))

describe('verification', () => {
  it('finds nothing wrong with a whole store, and counts what is in it', async () => {
    const dir = await store()
    const steps: string[] = []
    const report = await verifyStore(dir, ({ table, done, total }) => {
      steps.push(table)
      expect(done).toBeLessThanOrEqual(total)
    })
    expect(report).toMatchObject({
      ok: true,
      events: EVENTS + 1,
      headSeq: EVENTS + 1,
      tailSeq: 1,
      letters: LETTERS - 1,
      sinks: 2,
      problems: [],
      lostEarlier: [],
    })
    expect(report.seenKeys).toBe(EVENTS + 1)
    expect(new Set(steps)).toEqual(new Set(['free pages', 'log', 'letters', 'sinks', 'seen', 'outcomes']))
  })

  it('names the event whose bytes were changed, and opening does not trust it either', async () => {
    const dir = await store()
    damageEvent(dir, '1234')
    const report = await verifyStore(dir)
    expect(report.ok).toBe(false)
    expect(report.problems).toEqual([{ table: 'log', from: 1_234, to: 1_234, reason: 'its checksum is wrong' }])
    const journal = await open(dir)
    expect(() => journal.read(1_230, 10, 1e9)).toThrow('Event 1234 cannot be read')
    await journal.close()
  })

  it('names an event that cannot be found any more, and reading does not pass over it', async () => {
    const dir = await store()
    damageKey(dir, 1_234)
    expect((await verifyStore(dir)).ok).toBe(false)
    const journal = await open(dir)
    expect(() => journal.read(1_230, 10, 1e9)).toThrow('store-damaged: Event 1234 is not in the store')
    await journal.close()
  })

  it('is refused while the store is in use, and where there is none', async () => {
    const dir = newDirectory()
    await expect(verifyStore(dir)).rejects.toThrow('store-damaged')
    const journal = await open(dir)
    await expect(verifyStore(dir)).rejects.toThrow('store-locked')
    await journal.close()
    expect((await verifyStore(dir)).ok).toBe(true)
  })

  it('never falls over, whatever was done to the file', async () => {
    const dir = await store()
    const whole = fs.readFileSync(fileOf(dir))
    const pages = whole.length / PAGE
    const wound = fc.record({
      page: fc.integer({ min: 0, max: pages - 1 }),
      at: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: PAGE - 9 })),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    })
    const run = fc.asyncProperty(
      fc.array(wound, { minLength: 1, maxLength: 6 }),
      fc.option(fc.nat(pages), { nil: undefined }),
      async (wounds, cut) => {
        const bytes = Buffer.from(whole)
        for (const { page, at, bytes: dirt } of wounds) bytes.set(dirt, page * PAGE + at)
        fs.writeFileSync(fileOf(dir), cut === undefined ? bytes : bytes.subarray(0, cut * PAGE + 100))
        const report = await verifyStore(dir)
        expect(report.ok).toBe(report.problemCount === 0)
        expect(report.events).toBeLessThanOrEqual(EVENTS + 1)
      },
    )
    await fc.assert(run, { numRuns: 60 })
  })
})

describe('salvage', () => {
  it('copies a whole store so that nothing is missing and everything goes on', async () => {
    const dir = await store()
    const target = path.join(newDirectory(), 'rescued')
    const report = await salvageStore(dir, target)
    expect(report).toMatchObject({
      events: EVENTS + 1,
      carvedEvents: 0,
      lostEvents: [],
      letters: LETTERS - 1,
      lostLetters: 0,
      sinks: 2,
      problems: [],
    })
    expect((await verifyStore(target)).problems).toEqual([])
    const journal = await open(target)
    const tak = journal.cursor(cursorOf('tak', { from: 'head' }))
    expect([tak.low, tak.isSettled(LARGE + 10), tak.pending]).toEqual([LARGE, true, EVENTS - LARGE])
    expect(journal.outcomes(3)).toMatchObject([{ sink: 'tak', outcome: 'delivered' }])
    expect(journal.letters.get(8)?.original).toEqual(Buffer.from('letter 8'))
    expect(seqsOf(await journal.append([draftOf('2', { padding: 100 }), draftOf('new')]))).toEqual([
      'duplicate',
      EVENTS + 2,
    ])
    expect(await journal.letters.append(letterOf())).toBe(LETTERS + 1)
    await journal.close()
  })

  it('leaves out exactly the event that is gone, lets it come again, and makes no sink wait for it', async () => {
    const dir = await store()
    damageEvent(dir, '2345')
    const before = fs.readFileSync(fileOf(dir))
    const target = newDirectory()
    const report = await salvageStore(dir, target)
    expect(report.lostEvents).toEqual([[2_345, 2_345]])
    expect(report.events).toBe(EVENTS)
    expect(fs.readFileSync(fileOf(dir)).equals(before)).toBe(true)
    const verified = await verifyStore(target)
    expect([verified.ok, verified.lostEarlier]).toEqual([true, [[2_345, 2_345]]])
    const journal = await open(target)
    const tak = journal.cursor(cursorOf('tak'))
    expect(journal.read(2_344, 2, 1e9).map((entry) => entry.seq)).toEqual([2_344, 2_346])
    for (let seq = LARGE + 1; seq <= EVENTS + 1; seq++) if (seq !== 2_345) tak.settle(seq, 'delivered')
    expect([tak.low, tak.pending]).toEqual([EVENTS + 1, 0])
    expect(seqsOf(await journal.append([draftOf('2345', { padding: 100 })]))).toEqual([EVENTS + 2])
    await journal.close()
  })

  it('finds events by their own bytes where the tree above them is destroyed', async () => {
    const dir = await store()
    damage(dir, (bytes) => {
      for (let page = 2; page < bytes.length / PAGE; page++) {
        const flags = bytes.readUInt16LE(page * PAGE + 18)
        // All branch pages lose their header.
        if (flags === 1) bytes.fill(0xff, page * PAGE, page * PAGE + 24)
      }
    })
    expect((await verifyStore(dir)).ok).toBe(false)
    const target = newDirectory()
    const report = await salvageStore(dir, target)
    expect(report.lostEvents).toEqual([])
    expect(report.carvedEvents).toBe(EVENTS + 1)
    expect((await verifyStore(target)).problems).toEqual([])
    const ids = await idsIn(target)
    for (let seq = 1; seq <= EVENTS + 1; seq++) expect(ids.get(seq)).toBe(idOf(seq))
    // What was remembered under the destroyed tree is remembered again from the events.
    const journal = await open(target)
    const again = await journal.append([draftOf('5', { padding: 100 }), draftOf('2999', { padding: 100 })])
    expect(seqsOf(again)).toEqual(['duplicate', 'duplicate'])
    await journal.close()
  })

  it('works when neither meta page nor table can be found', async () => {
    const dir = await store()
    damage(dir, (bytes) => bytes.fill(0, 0, 2 * PAGE))
    const target = newDirectory()
    const report = await salvageStore(dir, target)
    expect([report.events, report.lostEvents, report.sinks]).toEqual([EVENTS + 1, [], 2])
    expect((await verifyStore(target)).problems).toEqual([])
    const journal = await open(target)
    expect(journal.cursor(cursorOf('tak')).low).toBe(LARGE)
    expect(journal.letters.get(8)?.original).toEqual(Buffer.from('letter 8'))
    await journal.close()
  })

  it('takes what is left of a file that was cut, and says what is not', async () => {
    const dir = await store()
    const size = fs.statSync(fileOf(dir)).size
    fs.truncateSync(fileOf(dir), Math.floor(size / 2))
    const target = newDirectory()
    const report = await salvageStore(dir, target)
    const ids = await idsIn(target)
    expect(ids.size).toBe(report.events)
    expect(report.events).toBeGreaterThan(EVENTS / 4)
    for (const [seq, id] of ids) expect(id).toBe(idOf(seq))
    const lost = report.lostEvents.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    expect(lost + report.events).toBe(EVENTS + 1)
    for (const [first, last] of report.lostEvents) {
      for (let seq = first; seq <= last; seq++) expect(ids.has(seq)).toBe(false)
    }
    expect((await verifyStore(target)).problems).toEqual([])
  })

  it('gives a sound store with only true events in it, whatever was done to the file', async () => {
    const dir = await store()
    const whole = fs.readFileSync(fileOf(dir))
    const pages = whole.length / PAGE
    const hit = fc.tuple(fc.integer({ min: 0, max: pages - 1 }), fc.integer({ min: 0, max: PAGE - 200 }), fc.nat(255))
    const run = fc.asyncProperty(fc.array(hit, { minLength: 1, maxLength: 12 }), async (hits) => {
      const bytes = Buffer.from(whole)
      for (const [page, at, value] of hits) bytes.fill(value, page * PAGE + at, page * PAGE + at + 200)
      fs.writeFileSync(fileOf(dir), bytes)
      const target = newDirectory()
      const report = await salvageStore(dir, target)
      const ids = await idsIn(target)
      for (const [seq, id] of ids) expect(id).toBe(idOf(seq))
      const lost = report.lostEvents.reduce((sum, [first, last]) => sum + last - first + 1, 0)
      expect(ids.size + lost).toBe(EVENTS + 1)
      // Twelve hits of 200 bytes: at most 24 records and the large one.
      expect(lost).toBeLessThanOrEqual(25)
      expect((await verifyStore(target)).problems).toEqual([])
      removeLast(target)
    })
    await fc.assert(run, { numRuns: 12 })
  }, 60_000)

  it('does not touch a directory that holds a store already', async () => {
    const dir = await store()
    const target = newDirectory()
    await (await open(target)).close()
    await expect(salvageStore(dir, target)).rejects.toThrow('already holds a store')
  })
})

function removeLast(dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true })
}
