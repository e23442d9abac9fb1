/** The measuring TAK sink counts every event once, however the bytes were cut, and answers pings. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { detection } from '../../bench/load/detections.ts'
import { monotonicMs } from '../../bench/load/monotonic.ts'
import { SinkProcess } from '../../bench/load/sink-process.ts'
import { stages } from '../../bench/load/stages.ts'
import { encodePing } from '../../src/cot/ping.ts'
import { encodeXml } from '../../src/cot/xml.ts'
import { until } from '../support/until.ts'

let sink: SinkProcess | undefined

afterEach(() => sink?.stop())

async function sentTo(port: number, pieces: Iterable<Uint8Array>) {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  await once(socket, 'connect')
  for (const piece of pieces) socket.write(piece)
  return { heard: () => heard, end: () => socket.destroy() }
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

describe('the sink', () => {
  it.each([1, 7, 64, 100_000])('counts in pieces of %i bytes', async (size) => {
    const { through } = stages()
    const event = (n: number) => encodeXml(through(Buffer.from(detection(n))).event)
    const before = monotonicMs()
    sink = await SinkProcess.start()
    const parts = [event(0), event(1), encodePing('me', 0), event(2), event(2), event(70_000)]
    const { heard, end } = await sentTo(sink.port, cut(Buffer.concat(parts), size))
    await until(() => sink?.total === 5, 'all came')
    expect(sink.distinct).toBe(4)
    const { atMs, times } = await sink.arrivals()
    expect([0, 1, 2, 3, 70_000].map((n) => times[n])).toEqual([1, 1, 2, 0, 1])
    expect(atMs[3]).toBe(0)
    expect(atMs[0]).toBeGreaterThan(before)
    expect(sink.lastMs).toBe(Math.max(...[0, 1, 2, 70_000].map((n) => atMs[n] as number)))
    await until(() => heard().includes('t-x-c-t-r'), 'the ping is answered')
    expect(heard().match(/<event /g)).toHaveLength(1)
    end()
  })
})
