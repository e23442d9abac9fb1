/** The numbers on the page are the numbers of the committed baseline. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BASELINE, PERFORMANCE_PAGE, performancePage } from '../../bench/page.ts'
import { readReport } from '../../bench/report/report.ts'

const baseline = readReport(BASELINE)

describe('docs/performance.md', () => {
  it('is what the baseline says (node bench/page.ts)', () => {
    expect(readFileSync(PERFORMANCE_PAGE, 'utf8')).toBe(performancePage(baseline))
  })
})

describe('the committed baseline', () => {
  it('is of a whole run, in rounds enough to judge by, without a profiler', () => {
    expect(baseline.smoke).toBe(false)
    expect(baseline.profiled).toBe(false)
    expect(baseline.rounds).toBeGreaterThanOrEqual(3)
    const groups = new Set(baseline.benches.map(({ group }) => group))
    expect(groups).toEqual(new Set(['throughput', 'steady', 'batch', 'duplicates', 'poison', 'ceilings', 'micro']))
  })
})
