/** Memory is told apart by who can take it back. */
import { describe, expect, it } from 'vitest'
import { estimate, parseStatus, readMemory } from '../../src/watch/memory.ts'

describe('memory', () => {
  it('is read from the status page of Linux', () => {
    const status = 'Name:\tnode\nVmRSS:\t  100 kB\nRssAnon:\t   60 kB\nRssFile:\t   40 kB\n'
    expect(parseStatus(status)).toEqual({ rssBytes: 102_400, rssAnonBytes: 61_440, rssFileBytes: 40_960 })
    expect(parseStatus('Name:\tnode\n')).toBeUndefined()
  })

  it('is estimated elsewhere, and adds up', () => {
    const usage = { rss: 100, heapTotal: 50, heapUsed: 40, external: 20, arrayBuffers: 5 }
    expect(estimate(usage)).toEqual({ rssBytes: 100, rssAnonBytes: 70, rssFileBytes: 30 })
    expect(estimate({ ...usage, external: 500 })).toEqual({ rssBytes: 100, rssAnonBytes: 100, rssFileBytes: 0 })
  })

  it('grows in its anonymous part with what this process holds', () => {
    const before = readMemory()
    const held = Buffer.alloc(64 * 1024 * 1024, 1)
    const after = readMemory()
    expect(after.rssAnonBytes - before.rssAnonBytes).toBeGreaterThan(48 * 1024 * 1024)
    expect(held.length).toBe(64 * 1024 * 1024)
  })
})
