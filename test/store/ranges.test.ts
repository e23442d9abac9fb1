/** A set of ranges does what a set of numbers does. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RangeSet } from '../../src/store/ranges.ts'

const range = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 6 }))

describe('a set of ranges', () => {
  it('holds exactly the numbers that were added, in sorted ranges that do not touch', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (added) => {
        const set = new RangeSet()
        const model = new Set<number>()
        for (const [first, more] of added) {
          let fresh = 0
          for (let n = first; n <= first + more; n++) {
            if (!model.has(n)) fresh++
            model.add(n)
          }
          expect(set.add(first, first + more)).toBe(fresh)
        }
        expect(set.count).toBe(model.size)
        for (let n = 0; n <= 70; n++) expect(set.has(n)).toBe(model.has(n))
        const list = set.toList()
        for (let i = 1; i < list.length; i++) {
          // Firsts and lasts never go down, and between two ranges there is at least one number.
          expect((list[i] ?? 0) - (list[i - 1] ?? 0)).toBeGreaterThanOrEqual(i % 2 === 0 ? 2 : 0)
        }
        expect(RangeSet.from(list).toList()).toEqual(list)
      }),
      { numRuns: 300 },
    )
  })

  it('gives up what lies below a number and nothing else', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 20 }), fc.integer({ min: 0, max: 70 }), (added, last) => {
        const set = new RangeSet()
        for (const [first, more] of added) set.add(first, first + more)
        const kept = RangeSet.from(set.toList())
        set.dropThrough(last)
        for (let n = 0; n <= 70; n++) expect(set.has(n)).toBe(n > last && kept.has(n))
        let count = 0
        for (let n = 0; n <= 70; n++) count += set.has(n) ? 1 : 0
        expect(set.count).toBe(count)
      }),
    )
  })

  it('hands out the range that follows a number, once', () => {
    const set = RangeSet.from([5, 8, 12, 12])
    expect(set.takeFrom(4)).toBeUndefined()
    expect(set.takeFrom(5)).toBe(8)
    expect(set.takeFrom(5)).toBeUndefined()
    expect(set.toList()).toEqual([12, 12])
    expect(set.count).toBe(1)
  })
})
