/** Pings and pongs are made and recognised. */
import { describe, expect, it } from 'vitest'
import { checkEvent } from '../../src/cot/check.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import { encodePing, encodePong, isPing, isPong, signOf } from '../../src/cot/ping.ts'
import { encodeXml } from '../../src/cot/xml.ts'
import { built, TIME_MS } from './samples.ts'

describe('a sign of life', () => {
  it('of ours is a ping under our own name, and a whole event', () => {
    const ping = encodePing('sightline-<7>', TIME_MS)
    expect(checkEvent(ping)).toEqual([])
    expect(parseEvent(ping)).toMatchObject({
      ok: true,
      value: { uid: 'sightline-<7>-ping', type: 't-x-c-t', timeMs: TIME_MS },
    })
    expect(signOf(ping)).toBe('ping')
  })

  it('of a server is a pong', () => {
    expect(signOf(encodePong(TIME_MS))).toBe('pong')
    const taken =
      "<?xml version='1.0' encoding='UTF-8'?>\n<event how='m-g' type='t-x-c-t-r' uid='takPong' version='2.0' start='2024-07-24T16:00:00Z' time='2024-07-24T16:00:00Z' stale='2024-07-24T16:00:20Z'><point/></event>"
    expect(signOf(Buffer.from(taken))).toBe('pong')
  })

  it('is told from every other event', () => {
    expect(signOf(encodeXml(built({ uid: 'takPong' })))).toBe('event')
    expect(signOf(Buffer.from('not xml at all: t-x-c-t-r'))).toBe('event')
    expect([isPing({ type: 't-x-c-t-r' }), isPong({ type: 't-x-c-t' })]).toEqual([false, false])
  })
})
