/** Guarantees of the stream operators: batches keep order and bounds; concurrency does not reorder. */
import fc from 'fast-check'
import { from, lastValueFrom, mergeMap, Subject, toArray } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { inOrder } from '../../streams/in-order.ts'
import { microBatch } from '../../streams/micro-batch.ts'

describe('micro-batches', () => {
  test('hold everything, in order, and never more than the limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), async (items, maxItems) => {
        const batches = await lastValueFrom(from(items).pipe(microBatch({ maxItems, lingerMs: 0 }), toArray()))
        expect(batches.flat()).toEqual(items)
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(maxItems)
        expect(batches.every((batch) => batch.length > 0)).toBe(true)
      }),
    )
  })

  test('what arrives in one turn of the event loop goes together, and a lone item does not wait for company', async () => {
    const source = new Subject<number>()
    const batches: number[][] = []
    source.pipe(microBatch({ maxItems: 100, lingerMs: 0 })).subscribe((batch) => batches.push(batch))
    source.next(1)
    source.next(2)
    expect(batches).toEqual([])
    await new Promise(setImmediate)
    expect(batches).toEqual([[1, 2]])
    source.next(3)
    await new Promise(setImmediate)
    expect(batches).toEqual([[1, 2], [3]])
  })
})

describe('re-sequencing', () => {
  test('gives back arrival order whatever order concurrent work ends in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }), async (turns) => {
        const numbered = turns.map((wait, seq) => ({ seq, wait }))
        const work = async (item: { seq: number; wait: number }) => {
          for (let i = 0; i < item.wait; i++) await new Promise(setImmediate)
          return item
        }
        const out = await lastValueFrom(
          from(numbered).pipe(
            mergeMap((item) => from(work(item)), 4),
            inOrder((item) => item.seq, 0),
            toArray(),
          ),
        )
        expect(out).toEqual(numbered)
      }),
      { numRuns: 30 },
    )
  })
})
