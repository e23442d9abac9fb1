/** Records come back as written, and a changed byte is found. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CotEvent } from '../../src/cot/event.ts'
import { readEvent, writeEvent } from '../../src/store/event-codec.ts'
import type { EventRecord } from '../../src/store/event-fields.ts'
import { FrameError, FrameReader, FrameWriter, KIND } from '../../src/store/frame.ts'
import { readLetter, writeLetter } from '../../src/store/letter-codec.ts'
import { draftOf, letterOf, T0 } from './sample.ts'

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 30 }).filter((s) => s.isWellFormed()),
  fc.string({ minLength: 60, maxLength: 400 }),
)
const number = fc.double({ noNaN: true })
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const bytes = fc.uint8Array({ maxLength: 600 })

const event: fc.Arbitrary<CotEvent> = fc.record({
  uid: text,
  type: text,
  how: text,
  timeMs: number,
  startMs: number,
  staleMs: number,
  lat: number,
  lon: number,
  haeM: number,
  ceM: number,
  leM: number,
  detail: fc.record({
    callsign: text,
    remarks: text,
    track: optional(fc.record({ courseDeg: number, speedMps: number })),
    precision: optional(fc.record({ geopointsrc: text, altsrc: text })),
    bearing: optional(
      fc.record({ azimuthDeg: number, elevationDeg: optional(number), sigmaAzimuthDeg: number, lengthM: number }),
    ),
    sightline: fc.record({
      source: text,
      id: text,
      class: text,
      confidence: optional(number),
      trackId: optional(text),
      session: optional(text),
      flag: fc.constantFrom('GREEN' as const, 'UNKNOWN' as const),
      method: fc.constantFrom('given' as const, 'bearing' as const),
      basis: fc.constantFrom('90' as const, '1sigma' as const),
      assumedError: fc.boolean(),
      ellipse: optional(fc.record({ semiMajorM: number, semiMinorM: number, azimuthDeg: number })),
      covariance: optional(fc.record({ ee: number, en: number, eu: number, nn: number, nu: number, uu: number })),
      budget: optional(fc.dictionary(text, number, { noNullPrototype: true, maxKeys: 6 })),
      rangeM: optional(number),
      because: optional(text),
    }),
  }),
})

const record: fc.Arbitrary<EventRecord> = fc.record({
  seq: fc.maxSafeNat(),
  offset: fc.maxSafeNat(),
  journalledMs: number,
  publishedMs: number,
  receivedMs: number,
  source: text,
  id: text,
  contentHash: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  trace: text,
  traceparent: optional(text),
  detection: bytes,
  event,
})

const plain = (value: Uint8Array): number[] => [...value]

function sampleRecord(): EventRecord {
  const { source, id, contentHash, trace, publishedMs, receivedMs, detection, event } = draftOf('7')
  const offset = 4_096
  return { seq: 9, offset, journalledMs: T0, publishedMs, receivedMs, source, id, contentHash, trace, detection, event }
}

describe('the record of an event', () => {
  it('comes back as it was written, whatever its fields hold', () => {
    // One writer for all, so that frames also cross its chunks.
    const writer = new FrameWriter()
    const reader = new FrameReader()
    fc.assert(
      fc.property(record, (written) => {
        const frame = writeEvent(writer, written)
        const read = readEvent(reader, frame)
        expect(read.bytes).toBe(frame.length)
        const { bytes: _bytes, encoded: _encoded, contentHash, detection, ...rest } = read
        const { contentHash: writtenHash, detection: writtenDetection, ...writtenRest } = written
        expect(plain(contentHash)).toEqual(plain(writtenHash))
        expect(plain(detection)).toEqual(plain(writtenDetection))
        expect(rest).toEqual(writtenRest)
      }),
      { numRuns: 500 },
    )
  })

  it('takes any name in an error budget, `__proto__` too', () => {
    const sample = sampleRecord()
    const budget = Object.fromEntries([['__proto__', 0.25]])
    const detail = { ...sample.event.detail, sightline: { ...sample.event.detail.sightline, budget } }
    const frame = writeEvent(new FrameWriter(), { ...sample, event: { ...sample.event, detail } })
    const read = readEvent(new FrameReader(), frame).event.detail.sightline.budget ?? {}
    expect(Object.entries(read)).toEqual([['__proto__', 0.25]])
  })

  it('keeps earlier frames untouched by later ones', () => {
    const writer = new FrameWriter()
    const frames = Array.from({ length: 2_000 }, (_, i) => writeEvent(writer, { ...sampleRecord(), seq: i + 1 }))
    const reader = new FrameReader()
    for (const [i, frame] of frames.entries()) expect(readEvent(reader, frame).seq).toBe(i + 1)
  })

  it('is refused when any one of its bytes is changed, or when it is cut', () => {
    const frame = writeEvent(new FrameWriter(), sampleRecord())
    const reader = new FrameReader()
    for (let i = 0; i < frame.length; i++) {
      const damaged = Buffer.from(frame)
      damaged[i] = (damaged[i] ?? 0) ^ 0x10
      expect(() => readEvent(reader, damaged), `byte ${i}`).toThrow(FrameError)
      expect(() => readEvent(reader, frame.subarray(0, i)), `cut at ${i}`).toThrow(FrameError)
    }
  })

  it('is read by a release that does not know all of its tags', () => {
    const writer = new FrameWriter()
    writer.begin(KIND.event)
    for (const value of [9, 4_096, T0, T0, T0, T0]) writer.f64(value)
    writer.tagText(1, 'cam')
    writer.tagText(60, 'from the future')
    writer.tagF64(61, 1)
    writer.tagByte(62, 1)
    writer.tagBytes(63, Buffer.alloc(300))
    writer.tagText(2, '7')
    const read = readEvent(new FrameReader(), writer.end())
    expect([read.seq, read.source, read.id]).toEqual([9, 'cam', '7'])
  })
})

describe('the record of a dead letter', () => {
  it('comes back as it was written, original bytes and all', () => {
    const written = letterOf({
      detectionId: 'd-1',
      original: Buffer.from([0, 255, 10, 13, 0xc3]),
      envelope: Buffer.from('{}'),
      sink: 'tak',
      journalSeq: 77,
    })
    const frame = writeLetter(new FrameWriter(), 5, written, '12:3')
    const read = readLetter(new FrameReader(), frame)
    expect(read).toEqual({ ...written, seq: 5, origin: '12:3' })
  })
})
