/** What a TAK server sends: signs of life are found however the stream is cut, the rest is harmless. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Listener } from '../../src/tak/listener.ts'

const PONG = `<?xml version='1.0' encoding='UTF-8'?>\n<event version='2.0' uid='takPong' type='t-x-c-t-r' how='h-g-i-g-o'><point lat='0' lon='0'/></event>`
const PING = `<event version="2.0" type="t-x-c-t" uid="server-1" how="m-g"><point lat="0" lon="0"/></event>\n`
const OTHER = `<event version="2.0" uid="a" type="a-f-G"><detail><remarks>t-x-c-t-r é</remarks></detail></event>`
const OWN = `<event version="2.0" uid="me-ping" type="t-x-c-t"><point lat="0" lon="0"/></event>`

function hearing(chunks: readonly Uint8Array[]): string[] {
  const heard: string[] = []
  const listener = new Listener('me', { onPing: () => heard.push('ping'), onPong: () => heard.push('pong') })
  for (const chunk of chunks) listener.read(chunk)
  return heard
}

describe('the listener', () => {
  it('finds pings and pongs in order wherever the stream is cut', () => {
    const stream = Buffer.from(OTHER + PONG + OTHER + PING + PONG + OTHER)
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
        const chunks = at.slice(1).map((to, i) => stream.subarray(at[i], to))
        expect(hearing(chunks)).toEqual(['pong', 'ping', 'pong'])
      }),
    )
  })

  it('does not take an echo of our own ping for one of theirs, nor words about a pong for a pong', () => {
    expect(hearing([Buffer.from(OWN + OTHER)])).toEqual([])
  })

  it('passes over giants and garbage, and hears what comes after', () => {
    const chunks = [
      Buffer.alloc(3_000_000, '<event '),
      Buffer.from('</event>'),
      Buffer.from([0, 255, 191]),
      Buffer.from(`</event>${PONG}`),
    ]
    expect(hearing(chunks)).toEqual(['pong'])
  })
})
