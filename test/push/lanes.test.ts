/** Lanes keep order per uid whatever fails, for every sequence of happenings. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/port/journal.ts'
import { Lanes } from '../../src/push/lanes.ts'
import { sampleEntry } from '../support/sample-entries.ts'

const COUNT = 3
/** Highest number of a track: few tracks meet often. */
const TRACKS = 4

describe('lanes', () => {
  it('bring every event through, each uid in order, never more under way than lanes', () => {
    const step = fc.constantFrom('add', 'take', 'pass', 'fail', 'again', 'give up')
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(TRACKS)), { maxLength: 200, size: 'max' }), (steps) => {
        const lanes = new Lanes(COUNT)
        const underWay: JournalEntry[] = []
        const handedBack: JournalEntry[] = []
        const done: JournalEntry[] = []
        let added = 0
        const one = (from: JournalEntry[], n: number) => from.splice(n % from.length, 1)[0] as JournalEntry
        const act = (what: string, n: number) => {
          if (what === 'add') lanes.add(sampleEntry(++added, `u${n}`))
          if (what === 'take') underWay.push(...[lanes.take()].filter((entry) => entry !== undefined))
          if (what === 'pass' && underWay.length > 0) {
            const entry = one(underWay, n)
            lanes.free(entry)
            done.push(entry)
          }
          if (what === 'fail' && underWay.length > 0) {
            const entry = one(underWay, n)
            lanes.block(entry, 0)
            lanes.free(entry)
            handedBack.push(entry)
          }
          if (what === 'again' && handedBack.length > 0) lanes.add(one(handedBack, n))
          if (what === 'give up' && handedBack.length > 0) {
            const entry = one(handedBack, n)
            lanes.forget(entry.seq)
            done.push(entry)
          }
          expect(lanes.busy).toBe(underWay.length)
          expect(lanes.busy).toBeLessThanOrEqual(COUNT)
          expect(new Set(underWay.map(({ event }) => event.uid)).size).toBe(underWay.length)
        }
        for (const [what, n] of steps) act(what, n)
        for (let round = 0; done.length < added; round++) {
          expect(round).toBeLessThan(3 * added + 10)
          for (const what of ['again', 'take', 'take', 'take', 'pass']) act(what, 0)
        }
        expect(lanes.idle).toBe(true)
        expect(lanes.heldSinceMs).toBeUndefined()
        for (let track = 0; track <= TRACKS; track++) {
          const seqs = done.filter(({ event }) => event.uid === `u${track}`).map(({ seq }) => seq)
          expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
        }
      }),
    )
  })

  it('tell how long events have waited behind one that was handed back', () => {
    const lanes = new Lanes(COUNT)
    lanes.add(sampleEntry(1, 'u'))
    lanes.add(sampleEntry(2, 'u'))
    const first = lanes.take() as JournalEntry
    lanes.block(first, 70)
    lanes.free(first)
    expect(lanes.heldSinceMs).toBe(70)
    expect(lanes.idle).toBe(true)
    lanes.forget(1)
    expect(lanes.heldSinceMs).toBeUndefined()
    expect(lanes.take()?.seq).toBe(2)
  })
})
