/** What is read about processes and profiles is what they did. */
import { describe, expect, it } from 'vitest'
import { busiest } from '../../bench/measure/cpu-profile.ts'
import { cpuSeconds, MemoryMeter } from '../../bench/measure/process-meter.ts'

const hasProc = process.platform === 'linux'
if (!hasProc) console.log('no /proc on this system: what is read from it is not tested')

describe.skipIf(!hasProc)('a process', () => {
  it('is charged the processor time it used', () => {
    const before = cpuSeconds(process.pid) ?? Number.NaN
    const own = process.cpuUsage()
    let spent = 0
    while (spent < 200_000) {
      const { user, system } = process.cpuUsage(own)
      spent = user + system
    }
    // The kernel counts in ticks of 10 ms, and what ran before the first look belongs to one of them.
    expect((cpuSeconds(process.pid) ?? Number.NaN) - before).toBeGreaterThanOrEqual(0.17)
  })

  it('has memory, and a peak that is no less than its end', () => {
    const seen = new MemoryMeter(process.pid).stop()
    expect(seen?.anonEnd).toBeGreaterThan(2 ** 20)
    expect(seen?.anonPeak).toBeGreaterThanOrEqual(seen?.anonEnd ?? Number.NaN)
  })

  it('that is not there gives nothing, and no zero', () => {
    expect(cpuSeconds(2 ** 22 + 1)).toBeUndefined()
    expect(new MemoryMeter(2 ** 22 + 1).stop()).toBeUndefined()
  })
})

describe('a profile', () => {
  const node = (id: number, functionName: string) => ({ id, callFrame: { functionName, url: '', lineNumber: 0 } })

  it('is shared out over the time in which there was work, the busiest first', () => {
    const profile = {
      nodes: [node(1, '(idle)'), node(2, 'little'), node(3, 'much'), node(4, '')],
      samples: [1, 2, 3, 3, 4],
      timeDeltas: [9_000_000, 1_000, 5_000, 3_000, 1_000],
    }
    expect(busiest(profile, 2)).toEqual([
      { where: 'much', share: 0.8, ms: 8 },
      { where: 'little', share: 0.1, ms: 1 },
    ])
    expect(busiest(profile, 9).map(({ where }) => where)).toContain('(anonymous)')
  })

  it('names functions of this project by their place in it', () => {
    const url = new URL('../../src/x.ts', import.meta.url).href
    const nodes = [{ id: 1, callFrame: { functionName: 'f', url, lineNumber: 41 } }]
    expect(busiest({ nodes, samples: [1], timeDeltas: [1] }, 1)[0]?.where).toBe('f src/x.ts:42')
  })
})
