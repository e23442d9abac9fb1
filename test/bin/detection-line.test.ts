/** A line is sent as it is under the source it names, or made new without losing anything but its ids and times. */
import { describe, expect, it } from 'vitest'
import { type LineReading, type Renewal, readLine } from '../../bin/detection-line.ts'
import { readMessage } from '../../src/domain/message.ts'
import { detection } from './command-line.ts'

const read = (value: unknown, source?: string, renewal?: Renewal): LineReading =>
  readLine(Buffer.from(JSON.stringify(value)), source, renewal)

function sent(value: unknown, source?: string, renewal?: Renewal): Record<string, unknown> {
  const reading = read(value, source, renewal)
  if (!reading.ok) throw new Error(reading.reason)
  return JSON.parse(Buffer.from(reading.payload).toString())
}

const { source: _, ...anonymous } = detection('a') as Record<string, unknown>
const frame = {
  schema: 1,
  source: 'cam',
  time: '2025-06-01T12:00:00Z',
  detections: [{ class: 'car' }, { id: 'x', class: 'car' }],
}

describe('a line', () => {
  it('is sent byte by byte as it is', () => {
    const bytes = Buffer.from('{ "source":"a",  "n": 1.0, "big": 12345678901234567890 }')
    const reading = readLine(bytes)
    expect(reading).toMatchObject({ ok: true, source: 'a', detections: 1 })
    expect(reading.ok && Buffer.from(reading.payload).equals(bytes)).toBe(true)
  })

  it('takes its source from itself, its members, or the option, which must agree', () => {
    expect(read(detection('a'))).toMatchObject({ ok: true, source: 'test' })
    expect(read([detection('a'), anonymous])).toMatchObject({ ok: true, source: 'test', detections: 2 })
    expect(read(frame)).toMatchObject({ ok: true, source: 'cam', detections: 2 })
    expect(read(anonymous, 'given')).toMatchObject({ ok: true, source: 'given' })
    expect(read(detection('a'), 'test')).toMatchObject({ ok: true, source: 'test' })
    expect(read(detection('a'), 'given')).toMatchObject({ ok: false })
    expect(read({ ...frame, detections: [{ source: 'other' }] })).toMatchObject({ ok: false })
  })

  it.each([
    [anonymous, /no "source"/],
    [detection('a', { source: 7 }), /its source 7 is none/],
    [detection('a', { source: 'a b' }), /its source "a b" is none/],
    [[], /no "source"/],
    [7, /expected a detection/],
    [null, /expected a detection/],
    [Array.from({ length: 1_001 }, () => detection('a')), /1001 detections/],
  ])('like %j is refused with the reason', (value, reason) => {
    const reading = read(value)
    expect(reading.ok ? '' : reading.reason).toMatch(reason)
  })

  it('that is not UTF-8 is refused', () => {
    expect(readLine(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false, reason: 'it is not UTF-8' })
  })
})

describe('a line that is made new', () => {
  const renewal = { idSuffix: '@r#2', time: '2026-01-01T00:00:00.000Z' }

  it('has another id and time, and everything else as before', () => {
    expect(sent(detection('a'), undefined, { idSuffix: '#2' })).toEqual(detection('a#2'))
    expect(sent(detection('a'), undefined, renewal)).toEqual(detection('a@r#2', { time: renewal.time }))
    expect(sent([detection('a')], undefined, renewal)).toEqual([detection('a@r#2', { time: renewal.time })])
  })

  it('gives members of a frame ids of their own, and the time to the frame', () => {
    const made = sent(frame, undefined, renewal)
    expect(made).toEqual({
      ...frame,
      time: renewal.time,
      detections: [
        { class: 'car', id: expect.stringMatching(/^[0-9a-f]{32}@r#2$/) },
        { id: 'x@r#2', class: 'car' },
      ],
    })
  })

  it('has ids that no other line and no other round has, even where there were none', () => {
    const { id: __, ...nameless } = detection('') as Record<string, unknown>
    const other = { ...nameless, class: 'car' }
    const later = { ...frame, time: '2025-06-01T12:00:01Z' }
    const idOf = (value: unknown): unknown => sent(value, undefined, { idSuffix: '#2' }).id
    const memberId = (value: unknown): unknown =>
      (sent(value, undefined, { idSuffix: '#2' }).detections as { id: string }[])[0]?.id
    const ids = [idOf(nameless), idOf(other), memberId(frame), memberId(later)]
    expect(new Set(ids).size).toBe(4)
    expect(idOf(nameless)).toBe(ids[0])
  })

  it('is read by the service as before', () => {
    const reading = read([detection('a'), detection('b')], undefined, renewal)
    if (!reading.ok) throw new Error(reading.reason)
    const message = readMessage(reading.payload, { source: 'test', receivedMs: Date.now(), maxAheadMs: 0 })
    if (message.kind !== 'elements') throw new Error(message.fault.reason)
    expect(message.elements.map((element) => element.ok && element.detection.id)).toEqual(['a@r#2', 'b@r#2'])
  })
})
