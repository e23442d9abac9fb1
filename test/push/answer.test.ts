/** What a status code means: which answers reject an event, and which are only for now. */
import { describe, expect, it } from 'vitest'
import { classOf } from '../../src/fault/fault.ts'
import { faultOfAnswer, retryAfterMsOf } from '../../src/push/answer.ts'

const NOW = Date.parse('2024-07-24T16:00:00Z')
const faultOf = (status: number, retryAfter?: string) =>
  faultOfAnswer({ status, retryAfter, said: '', target: 'http://host/cot' }, 30_000, NOW)

describe('an answer', () => {
  it.each([
    [301, 'sink-failing'],
    [400, 'sink-rejected'],
    [401, 'sink-auth'],
    [403, 'sink-auth'],
    [404, 'sink-rejected'],
    [407, 'sink-auth'],
    [408, 'sink-timeout'],
    [422, 'sink-rejected'],
    [429, 'sink-busy'],
    [500, 'sink-failing'],
    [503, 'sink-busy'],
    [504, 'sink-failing'],
  ] as const)('of %i is %s', (status, code) => {
    expect(faultOf(status).code).toBe(code)
    expect(classOf(faultOf(status))).toBe(code === 'sink-rejected' ? 'dead' : 'retry')
  })

  it('of 2xx that was not agreed on is transient: nothing says that the event is at fault', () => {
    expect(faultOf(202)).toMatchObject({
      code: 'sink-failing',
      reason: expect.stringContaining('accepted status codes'),
    })
  })
})

describe('retry-after', () => {
  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['Wed, 24 Jul 2024 16:00:30 GMT', 30_000],
    ['Wed, 24 Jul 2024 15:00:00 GMT', 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j means %j ms', (value, ms) => {
    expect(retryAfterMsOf(value, NOW)).toBe(ms)
  })
})
