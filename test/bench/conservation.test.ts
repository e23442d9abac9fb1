/** A run in which anything was lost, came twice or went the wrong way is no run. */
import { describe, expect, it } from 'vitest'
import type { RoundContext } from '../../bench/bench.ts'
import { BrokenRun } from '../../bench/broken-run.ts'
import { singles } from '../../bench/load/streams.ts'
import { discrepancies, type Expected, type Found } from '../../bench/measure/ledger.ts'
import { drained } from '../../bench/scenarios/drain.ts'

const expected: Expected = { numbers: 4, dies: (n) => n === 3, repeats: 2 }
const good: Found = { onSubjects: [1, 1, 1, 0], dead: [0, 0, 0, 1], atSink: [1, 2, 1, 0], duplicates: 2, left: 0 }

describe('the ledger', () => {
  it('finds nothing where everything is where it belongs, resent to the sink or not', () => {
    expect(discrepancies(expected, good)).toEqual([])
  })

  it.each<[string, Partial<Found>, string]>([
    ['lost', { onSubjects: [1, 0, 1, 0], atSink: [1, 0, 1, 0] }, '1 neither on a CoT subject nor dead (first: 1)'],
    ['on its subject twice', { onSubjects: [1, 1, 2, 0] }, '1 on a CoT subject more than once (first: 2)'],
    ['dead twice', { dead: [0, 0, 0, 2] }, '1 dead more than once (first: 3)'],
    ['dead though good', { dead: [1, 0, 0, 1] }, '1 dead though good, or on a CoT subject though bad (first: 0)'],
    [
      'let through though bad',
      { onSubjects: [1, 1, 1, 1], dead: [0, 0, 0, 0], atSink: [1, 1, 1, 1] },
      '1 dead though good, or on a CoT subject though bad (first: 3)',
    ],
    ['missing at the sink', { atSink: [1, 2, 0, 0] }, '1 on a CoT subject and not at the sink (first: 2)'],
    ['at the sink alone', { atSink: [1, 2, 1, 1] }, '1 at the sink and not on a CoT subject (first: 3)'],
    ['counted as a duplicate', { duplicates: 3 }, '3 duplicates counted where 2 were published'],
    ['left in the stream', { left: 1 }, '1 messages still in the input stream'],
  ])('names what was %s', (_, found, sentence) => {
    expect(discrepancies(expected, { ...good, ...found })).toContain(sentence)
  })
})

describe('a drained stream', () => {
  const context: RoundContext = { profile: false, say() {}, at() {}, profiled() {} }

  it('is measured when it adds up, and is a broken run when it does not', async () => {
    const honest = { numbers: 300, count: 300, messages: () => singles(300) }
    const sample = await drained(honest, context)
    expect(sample.rate).toBeGreaterThan(0)
    // A repeat is expected that nobody published.
    const mistaken = drained({ ...honest, repeats: 1 }, context)
    await expect(mistaken).rejects.toThrow(BrokenRun)
    await expect(mistaken).rejects.toThrow('0 duplicates counted where 1 were published')
  }, 60_000)
})
