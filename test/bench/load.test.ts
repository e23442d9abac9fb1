/** The load is what the report says it is: 300 bytes, located, numbered; and poison is poison. */
import { describe, expect, it } from 'vitest'
import { DETECTION_BYTES, detection, idOf, numberInBytes, numberInId, poison } from '../../bench/load/detections.ts'
import { paced } from '../../bench/load/pacer.ts'
import { stages } from '../../bench/load/stages.ts'
import { arrays, isPoison, poisoned, singles, twice } from '../../bench/load/streams.ts'
import { encodeXml } from '../../src/cot/xml.ts'
import { readMessage } from '../../src/domain/message.ts'

const context = { source: 'bench', receivedMs: Date.parse('2024-07-24T17:00:00Z'), maxAheadMs: 60_000 }

describe('detections', () => {
  it('have the bytes the report claims', () => {
    for (const n of [0, 1, 999, 49_999]) expect(Buffer.byteLength(detection(n))).toBe(DETECTION_BYTES)
  })

  it('are all located, every other one by a ray, and end as events that carry their number', () => {
    const { through } = stages()
    const methods = Array.from({ length: 4_000 }, (_, n) => {
      const { located, event } = through(Buffer.from(detection(n)))
      expect(numberInBytes(encodeXml(event))).toBe(n)
      return located.kind === 'place' ? located.method : located.kind
    })
    expect(methods.filter((method) => method === 'given')).toHaveLength(2_000)
    expect(methods.filter((method) => method === 'ray-level')).toHaveLength(2_000)
  })

  it('carry their number in id and bytes, and nothing else passes for one', () => {
    expect(numberInId(idOf(12))).toBe(12)
    expect(numberInId('b-')).toBeUndefined()
    expect(numberInBytes(Buffer.from('uid="b-1"'))).toBeUndefined()
  })
})

describe('poison', () => {
  it('is refused in at least four different ways, with its number still readable', () => {
    const codes = new Set<string>()
    for (let n = 19; n < 20 * 12; n += 20) {
      const bytes = poison(n)
      expect(numberInBytes(bytes)).toBe(n)
      const reading = readMessage(bytes, context)
      const why = reading.kind === 'unreadable' ? reading.fault : reading.elements.find(({ ok }) => !ok)
      const code =
        why === undefined ? undefined : 'fault' in why ? why.fault.code : 'code' in why ? why.code : undefined
      expect(code, Buffer.from(bytes).toString('latin1')).toBeDefined()
      codes.add(code as string)
    }
    expect(codes.size).toBeGreaterThanOrEqual(4)
  })

  it('is 5 % of a poisoned stream, and the rest of it is good', () => {
    const bad = [...poisoned(1_000)].filter((bytes, n) => {
      const reading = readMessage(bytes, context)
      const good = reading.kind === 'elements' && reading.elements.every(({ ok }) => ok)
      expect(good).toBe(!isPoison(n))
      return !good
    })
    expect(bad).toHaveLength(50)
  })
})

describe('streams', () => {
  const numbers = (messages: Iterable<Uint8Array>): number[] =>
    [...messages].flatMap((bytes) => {
      const reading = readMessage(bytes, context)
      if (reading.kind !== 'elements') throw new Error('unreadable')
      return reading.elements.map((element) => (element.ok ? (numberInId(element.detection.id) ?? -1) : -1))
    })
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

  it('hold every number once and in order, in arrays or not', () => {
    expect(numbers(singles(25))).toEqual(upTo(25))
    expect(numbers(arrays(25, 10))).toEqual(upTo(25))
    expect([...arrays(25, 10)]).toHaveLength(3)
  })

  it('repeat every number at the distance asked for, also where that does not divide them', () => {
    expect(numbers(twice(5, 2))).toEqual([0, 1, 0, 1, 2, 3, 2, 3, 4, 4])
  })
})

describe('the pacer', () => {
  it('sends each once and in order, none before it is due', async () => {
    const sent: number[] = []
    const { latenessMs } = await paced({ perSecond: 1_000, count: 50, send: (n) => sent.push(n) })
    expect(sent).toEqual(Array.from({ length: 50 }, (_, n) => n))
    expect(Math.min(...latenessMs)).toBeGreaterThanOrEqual(0)
  })

  it('counts a stall against everything that was due behind it', async () => {
    const stallMs = 60
    const { latenessMs } = await paced({
      perSecond: 1_000,
      count: 40,
      send(n) {
        const end = performance.now() + stallMs
        while (n === 10 && performance.now() < end);
      },
    })
    // Number 11 was due a millisecond after the stall began, number 30 twenty later: both had to wait for its end.
    expect(latenessMs[11]).toBeGreaterThan(stallMs - 5)
    expect(latenessMs[30]).toBeGreaterThan(stallMs - 25)
  })
})
