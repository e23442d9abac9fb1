/** The journal against a model in plain memory: whatever is done in whatever order, both tell the same story. */
import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppendResult } from '../../src/port/journal.ts'
import type { SinkCursor } from '../../src/store/cursors.ts'
import { openJournal } from '../../src/store/journal.ts'
import type { LmdbJournal } from '../../src/store/lmdb-journal.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { cursorOf, draftOf, newDirectory, plentyOfSpace, poisonOf, removeDirectories, T0 } from './sample.ts'

const RETENTION_MS = 3_600_000
const SINKS = ['cot', 'http'] as const
type SinkName = (typeof SINKS)[number]

type Draft = { readonly id: number; readonly content: 'a' | 'b' | 'poison' }

type Action =
  | { readonly kind: 'append'; readonly batches: readonly (readonly Draft[])[] }
  | { readonly kind: 'settle'; readonly sink: SinkName; readonly picks: readonly number[] }
  | { readonly kind: 'flush' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'replay'; readonly pick: number }

const draft = fc.record({
  id: fc.nat(60),
  content: fc.constantFrom('a' as const, 'a' as const, 'b' as const, 'poison' as const),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      batches: fc.array(fc.array(draft, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      sink: fc.constantFrom(...SINKS),
      picks: fc.array(fc.nat(30), { minLength: 1, maxLength: 15 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(RETENTION_MS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), pick: fc.nat(30) }) },
)

/** The truth, kept in plain maps. */
class Model {
  readonly events: { readonly id: number; readonly content: string; readonly timeMs: number }[] = []
  readonly keys = new Map<number, string>()
  readonly conflicts = new Map<string, number>()
  readonly poison = new Map<number, number>()
  readonly letters = new Set<number>()
  letterHead = 0
  readonly settled: Record<SinkName, Set<number>> = { cot: new Set(), http: new Set() }
  /** Of these, what a crash must not take back. */
  durable: Record<SinkName, Set<number>> = { cot: new Set(), http: new Set() }

  append({ id, content }: Draft, nowMs: number): AppendResult {
    if (content === 'poison') return { kind: 'dead', letterSeq: this.once(this.poison, id) }
    const known = this.keys.get(id)
    if (known === content) return { kind: 'duplicate' }
    if (known !== undefined) return { kind: 'conflict', letterSeq: this.once(this.conflicts, `${id} ${content}`) }
    this.keys.set(id, content)
    this.events.push({ id, content, timeMs: nowMs })
    return { kind: 'appended', seq: this.events.length }
  }

  persisted(): void {
    for (const name of SINKS) this.durable[name] = new Set(this.settled[name])
  }

  private once<K>(seen: Map<K, number>, key: K): number {
    const before = seen.get(key)
    if (before !== undefined) return before
    seen.set(key, ++this.letterHead)
    this.letters.add(this.letterHead)
    return this.letterHead
  }
}

class Scenario {
  readonly model = new Model()
  readonly clock = new ManualClock(T0)
  dir = newDirectory()
  journal: LmdbJournal | undefined
  cursors: Partial<Record<SinkName, SinkCursor>> = {}

  async open(): Promise<void> {
    const { dir, clock } = this
    this.journal = await openJournal({
      dir,
      clock,
      freeSpace: plentyOfSpace,
      retentionMs: RETENTION_MS,
      dedupeWindowMs: 1e12,
      commitDeadlineMs: 1e12,
      // Small, so that both ways of reading are taken.
      tailBytes: 20_000,
    })
    for (const name of SINKS) this.cursors[name] = this.journal.cursor(cursorOf(name))
  }

  get store(): LmdbJournal {
    if (this.journal === undefined) throw new Error('not open')
    return this.journal
  }

  cursor(name: SinkName): SinkCursor {
    const cursor = this.cursors[name]
    if (cursor === undefined) throw new Error('not open')
    return cursor
  }

  /** Makes what was settled durable. */
  async flush(): Promise<void> {
    this.clock.advance(25)
    await this.store.append([])
    await until(() => Object.values(this.cursors).every((cursor) => !cursor.dirty), 'cursors are written')
    await this.store.append([])
    this.model.persisted()
  }

  async do(action: Action): Promise<void> {
    const { model, clock, store } = this
    switch (action.kind) {
      case 'append': {
        const expected = action.batches.map((batch) => batch.map((each) => model.append(each, clock.now())))
        const answers = action.batches.map((batch) =>
          store.append(
            batch.map(({ id, content }) =>
              content === 'poison' ? poisonOf(`${id}:0`, `poison ${id}`) : draftOf(String(id), { content }),
            ),
          ),
        )
        expect(await Promise.all(answers)).toEqual(expected)
        return
      }
      case 'settle':
        for (const pick of action.picks) {
          const seq = this.cursor(action.sink).low + 1 + pick
          if (seq > model.events.length) continue
          this.cursor(action.sink).settle(seq, 'delivered')
          model.settled[action.sink].add(seq)
        }
        return
      case 'flush':
        return this.flush()
      case 'restart':
        await store.close()
        model.persisted()
        return this.open()
      case 'crash':
        return this.crash()
      case 'wait':
        clock.advance(action.ms)
        return
      case 'replay': {
        const seq = [...model.letters][action.pick % Math.max(1, model.letters.size)]
        if (seq === undefined) return
        expect(await store.letters.remove([seq])).toBe(1)
        model.letters.delete(seq)
        return
      }
    }
  }

  /** Goes on from the files as they are, nothing being closed: what was settled lately may be forgotten. */
  private async crash(): Promise<void> {
    const copy = newDirectory()
    await this.store.append([])
    fs.copyFileSync(path.join(this.dir, 'journal.mdb'), path.join(copy, 'journal.mdb'))
    const abandoned = this.store
    this.dir = copy
    await this.open()
    await abandoned.close()
    for (const name of SINKS) {
      const cursor = this.cursor(name)
      for (const seq of this.model.durable[name])
        expect(cursor.isSettled(seq), `${name} ${seq} was persisted`).toBe(true)
      for (const seq of [...this.model.settled[name]]) {
        if (!cursor.isSettled(seq)) this.model.settled[name].delete(seq)
      }
    }
  }

  check(): void {
    const { model, store, clock } = this
    const count = model.events.length
    expect(store.head).toBe(count)
    const { tailSeq } = store.stats()
    for (const name of SINKS) {
      const cursor = this.cursor(name)
      const settled = model.settled[name]
      // Nothing counts as settled that was not; nothing is gone that was not settled.
      for (let seq = 1; seq <= count; seq++) expect(cursor.isSettled(seq), `${name} ${seq}`).toBe(settled.has(seq))
      expect(cursor.pending).toBe(count - settled.size)
      expect(tailSeq).toBeLessThanOrEqual(cursor.low + 1)
    }
    for (let seq = 1; seq < tailSeq; seq++) {
      expect(model.events[seq - 1]?.timeMs).toBeLessThan(clock.now() - RETENTION_MS)
    }
    const read = []
    for (let next = 1; ; ) {
      const chunk = store.read(next, 7, 5_000)
      const last = chunk.at(-1)
      if (last === undefined) break
      read.push(...chunk)
      next = last.seq + 1
    }
    expect(read.map(({ seq, id, journalledMs }) => [seq, id, journalledMs])).toEqual(
      model.events.slice(tailSeq - 1).map(({ id, timeMs }, i) => [tailSeq + i, String(id), timeMs]),
    )
    expect(store.letters.list({}, 1_000).map((letter) => letter.seq)).toEqual([...model.letters])
    expect(store.letters.count()).toBe(model.letters.size)
  }
}

afterAll(removeDirectories)

describe('the journal and a model of it', () => {
  it('agree after any course of appends, settlements, waits, restarts and crashes', async () => {
    const property = fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
      const scenario = new Scenario()
      await scenario.open()
      try {
        for (const each of actions) {
          await scenario.do(each)
          scenario.check()
        }
      } finally {
        await scenario.store.close()
      }
      expect((await verifyStore(scenario.dir)).problems).toEqual([])
      removeDirectories()
    })
    await fc.assert(property, { numRuns: 60 })
  }, 120_000)
})
