/** A stream is cut into whole events however it arrives. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EventSplitter } from '../../src/cot/frames.ts'
import { parseEvent } from '../../src/cot/parse.ts'
import { encodeXml } from '../../src/cot/xml.ts'
import { built } from './samples.ts'

const text = (events: readonly Uint8Array[]) => events.map((bytes) => Buffer.from(bytes).toString())

/** Pushes a stream cut at these places. */
function split(stream: Uint8Array, cuts: readonly number[], splitter = new EventSplitter()): string[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), stream.length]
  return edges.slice(1).flatMap((end, index) => text(splitter.push(stream.slice(edges[index], end))))
}

const events = [
  Buffer.from(encodeXml(built())).toString(),
  '<event uid="größe-火-😀"></event>',
  '<event><detail><remarks>&lt;/event></remarks></detail></event>',
  '<?xml version="1.0"?>\n<event/></event>',
]

describe('a stream', () => {
  const stream = Buffer.from(`${events[0]}\n${events[1]}\r\n  ${events[2]}${events[3]}\n<event unfinished`)

  it('gives its events whole, without what stands between them', () => {
    expect(split(stream, [])).toEqual(events)
  })

  it('gives the same events however it is cut, even within a character', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 60 }), (cuts) => {
        expect(split(stream, cuts)).toEqual(events)
      }),
    )
    expect(
      split(
        stream,
        Array.from({ length: stream.length }, (_, at) => at),
      ),
    ).toEqual(events)
  })

  it('gives copies: the chunk may be used again', () => {
    const chunk = Buffer.from(events[1] as string)
    const [first] = new EventSplitter().push(chunk)
    chunk.fill(0)
    expect(Buffer.from(first as Uint8Array).toString()).toBe(events[1])
  })

  it('of our own events gives each one back readable', () => {
    const own = Array.from({ length: 50 }, (_, n) => encodeXml(built({ uid: `u${n}` })))
    const got = split(
      Buffer.concat(own),
      Array.from({ length: 40 }, (_, n) => n * 1448),
    )
    expect(got.map((xml) => parseEvent(xml)).map((answer) => answer.ok && answer.value.uid)).toEqual(
      own.map((_, n) => `u${n}`),
    )
  })

  it('keeps what is unfinished and nothing else', () => {
    const splitter = new EventSplitter()
    splitter.push(Buffer.from(`${events[0]} \n <eve`))
    expect(splitter.pendingBytes).toBe(4)
  })
})

describe('an event that is too long', () => {
  const limit = 64
  const short = '<event>ok</event>'
  const fits = `<event>${'y'.repeat(limit - 15)}</event>`
  const long = `<event>${'x'.repeat(limit - 14)}</event>`

  it('is thrown away alone, however it is cut, and counted', () => {
    const stream = Buffer.from(short + long + fits + long + short)
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
        const splitter = new EventSplitter(limit)
        expect(split(stream, cuts, splitter)).toEqual([short, fits, short])
        expect(splitter.discarded).toBe(2)
      }),
    )
  })

  it('takes no memory beyond the limit while it lasts', () => {
    const splitter = new EventSplitter(limit)
    for (let n = 0; n < 1000; n++) {
      splitter.push(Buffer.alloc(50, 'x'))
      expect(splitter.pendingBytes).toBeLessThanOrEqual(limit)
    }
    expect(splitter.discarded).toBe(1)
    expect(text(splitter.push(Buffer.from(`</event>${short}`)))).toEqual([short])
  })
})
