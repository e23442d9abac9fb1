/** Reading any bytes answers and never throws; neighbours of bad elements pass. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ElementReading, MAX_MESSAGE_BYTES, readMessage, rebuild } from '../../src/domain/message.ts'
import {
  accepted,
  byBearing,
  byBox,
  byPixel,
  byPosition,
  bytes,
  CONTRACT_EXAMPLE,
  camera,
  context,
  elementsOf,
  json,
  refused,
  text,
  unreadable,
  type Wire,
} from './samples.ts'

const numbered = (id: string): Wire => ({ ...byPosition, id })
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const hashOf = (element: ElementReading | undefined) =>
  element?.ok ? Buffer.from(element.contentHash).toString('hex') : undefined

/** Values that JSON can say, keys among them that mislead a careless reader of bytes. */
const anyJson = fc.jsonValue({ maxDepth: 3 })
const misleading = fc.constantFrom('detections', '__proto__', 'a"b', 'x\\', '[{', 'attributes', 'é🔥', '')
const anyElement = fc.oneof(
  anyJson,
  fc.dictionary(misleading, anyJson),
  fc.constantFrom(byPosition, byPixel, byBox, byBearing, { ...byPosition, attributes: { 'a"]': '\\"}' } }),
)
const space = fc.constantFrom('', ' ', '\n', '\r\n\t ')

/** JSON of a value with white space between its tokens, and now and then a character written as an escape. */
const spaced = (value: unknown, gap: string): string =>
  JSON.stringify(value).replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/gu, (token) =>
    token.length > 2 ? `${gap}${token.replace('d', '\\u0064')}${gap}` : `${gap}${token}${gap}`,
  )

describe('whatever the bytes are, reading them answers and never throws', () => {
  it('arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const reading = readMessage(data, context)
        if (reading.kind === 'elements') for (const element of reading.elements) element.original()
      }),
    )
  })

  it('arbitrary JSON, alone and in arrays and frames, and cut off anywhere', () => {
    fc.assert(
      fc.property(anyElement, fc.nat(3), fc.double({ min: 0, max: 1 }), (value, form, cut) => {
        const whole = bytes(
          JSON.stringify([value, [value], { ...byPosition, detections: [value] }, { detections: value }][form]),
        )
        for (const data of [whole, whole.subarray(0, Math.floor(whole.length * cut))]) {
          const reading = readMessage(data, context)
          if (reading.kind === 'unreadable') expect(reading.fault.reason.length).toBeLessThan(400)
          else for (const element of reading.elements) [element.original(), element.envelope()]
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a message that cannot be read is unreadable as a whole', () => {
  it('broken JSON, wherever it is broken, is bad-json and says so in one line', () => {
    for (const message of [
      '',
      ' ',
      '{',
      '{"id":"a"',
      '[{},]',
      "{'id':1}",
      '{"lat":NaN}',
      '\ufeff{}',
      '{}{}',
      '["a\nb"]',
    ]) {
      const fault = unreadable(message)
      expect(fault.code).toBe('bad-json')
      expect(fault.reason).toMatch(/^[^\p{Cc}]+$/u)
    }
  })

  it('one broken element takes the whole array with it, for its syntax has no end', () => {
    expect(unreadable(`[${json(byPosition)},{"id":}]`).code).toBe('bad-json')
  })

  it('invalid UTF-8 is bad-utf8, also inside a string', () => {
    expect(unreadable(new Uint8Array([0x22, 0xc3, 0x28, 0x22])).code).toBe('bad-utf8')
    const broken = bytes(json({ ...byPosition, class: 'carX' }))
    broken[text(broken).indexOf('X')] = 0xff
    expect(unreadable(broken).code).toBe('bad-utf8')
  })

  it('more than 1 MiB is too-large, whatever it holds, and exactly 1 MiB is not', () => {
    const padded = (length: number) => json(byPosition).padEnd(length, ' ')
    expect(unreadable(padded(MAX_MESSAGE_BYTES + 1)).code).toBe('too-large')
    expect(accepted(padded(MAX_MESSAGE_BYTES)).ok).toBe(true)
  })

  it('more than 1,000 elements are too-many, in an array and in a frame', () => {
    const many = Array.from({ length: 1_001 }, (_, i) => numbered(`n-${i}`))
    expect(unreadable(json(many)).code).toBe('too-many')
    expect(unreadable(json({ detections: many })).code).toBe('too-many')
    expect(elementsOf(json(many.slice(1)))).toHaveLength(1_000)
  })

  it('a frame whose detections are not an array is a bad-field', () => {
    for (const detections of [null, 3, 'a', { a: 1 }]) {
      expect(unreadable(json({ ...byPosition, detections }))).toMatchObject({ code: 'bad-field', field: 'detections' })
    }
  })

  it('a subject whose source may not be one is a bad-source', () => {
    for (const source of ['', 'a.b', 'ä', 'x'.repeat(65), 'a b']) {
      expect(unreadable(json(byPosition), { ...context, source }).code).toBe('bad-source')
    }
  })
})

describe('nesting deeper than 64 levels is refused before it is parsed', () => {
  it('0.9 MB of it, closed or not, in an array, an object or the attributes', () => {
    for (const message of [
      nested(450_000),
      '['.repeat(900_000),
      `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`,
      `{"attributes":${nested(450_000)}}`,
      `[${nested(450_000)}]`,
      `{"detections":${nested(450_000)}}`,
    ]) {
      expect(unreadable(message).code).toBe('too-deep')
    }
  })

  it('64 levels pass, 65 do not, and brackets in strings do not count', () => {
    const kept = (levels: number) => json(byPosition).replace('}', `},"deep":${nested(levels)}`)
    expect(accepted(kept(63)).detection.attributes).toHaveProperty('deep')
    expect(unreadable(kept(64)).code).toBe('too-deep')
    expect(accepted({ ...byPosition, note: '[{"'.repeat(100) }).ok).toBe(true)
  })

  it('beside sound neighbours only the deep element is lost, with its exact bytes', () => {
    const deep = `{"id":"deep","attributes":${nested(400_000)}}`
    const array = elementsOf(`[${json(numbered('a'))}, ${deep} ,${json(numbered('b'))}]`)
    const frame = elementsOf(`{"class":"car","detections":[${json(numbered('a'))}, ${deep} ,${json(numbered('b'))}]}`)
    for (const elements of [array, frame]) {
      expect(elements.map((element) => (element.ok ? element.detection.id : element.fault.code))).toEqual([
        'a',
        'too-deep',
        'b',
      ])
      expect(text(elements[1]?.original())).toBe(deep)
    }
    expect(unreadable(`{"deep":${nested(70)},"detections":[${json(byPosition)}]}`).code).toBe('too-deep')
  })
})

describe('a bad element fails alone', () => {
  it('1,000 elements with 7 bad ones are 993 detections and 7 refusals that name element and field', () => {
    const bad = new Map<number, unknown>([
      [0, { ...byPosition, id: 'bad-0', class: 7 }],
      [7, { ...byPosition, position: { lat: '31.6', lon: 0 } }],
      [101, null],
      [500, { ...byPosition, time: '2024-07-24T16:00:00' }],
      [501, [byPosition]],
      [998, { ...byPosition, source: 'other' }],
      [999, { ...byPosition, position: { lat: '1e999', lon: 0 } }],
    ])
    const elements = elementsOf(
      json(Array.from({ length: 1_000 }, (_, i) => (bad.has(i) ? bad.get(i) : numbered(`n-${i}`)))),
    )
    expect(elements.map((element) => element.index)).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    for (const element of elements) {
      expect(element.ok).toBe(!bad.has(element.index))
      if (element.ok) expect(element.detection.id).toBe(`n-${element.index}`)
      else {
        expect(element.fault.reason).toMatch(new RegExp(`^element ${element.index}: `))
        expect(text(element.original())).toBe(json(bad.get(element.index)))
      }
    }
    expect(elements[0]).toMatchObject({ id: 'bad-0', fault: { field: 'class' } })
    expect(elements[7]).toMatchObject({ fault: { code: 'bad-field', field: 'position.lat' } })
    expect(elements[101]).toMatchObject({ fault: { code: 'bad-field', field: '$' } })
    expect(elements[998]).toMatchObject({ fault: { code: 'source-mismatch', field: 'source' } })
  })

  it('a sound detection is read the same beside any neighbours', () => {
    const alone = hashOf(accepted(byPixel))
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 4 }), fc.array(anyElement, { maxLength: 4 }), (before, after) => {
        expect(hashOf(elementsOf(JSON.stringify([...before, byPixel, ...after]))[before.length])).toBe(alone)
        const frame = elementsOf(JSON.stringify({ detections: [...before, byPixel, ...after] }))
        expect(hashOf(frame[before.length])).toBe(alone)
      }),
    )
  })

  it('a value that is no object is one refused element, and nothing at all is none', () => {
    for (const value of [5, 'a', null, true]) expect(refused(value)).toMatchObject({ code: 'bad-field', field: '$' })
    for (const none of ['[]', ' [ ] ', '{"detections":[]}', '{"schema":1,"source":"skydio-x2","detections":[ ]}']) {
      expect(elementsOf(none)).toEqual([])
    }
  })

  it('a frame inside an array is refused by name', () => {
    const [element] = elementsOf(json([{ ...byPosition, detections: [byPosition] }]))
    expect(element).toMatchObject({ ok: false, fault: { code: 'bad-field', field: 'detections' } })
  })

  it('an id that may not be one is not repeated beside the fault', () => {
    const [element] = elementsOf(json({ ...byPosition, id: 'a\r\nb' }))
    expect(element).toMatchObject({ ok: false, fault: { field: 'id' } })
    expect(element).toHaveProperty('id', undefined)
  })
})

describe('the exact bytes of every element are kept', () => {
  it('a single detection is its whole message, white space and all', () => {
    expect(text(accepted(CONTRACT_EXAMPLE).original())).toBe(CONTRACT_EXAMPLE)
    expect(accepted(CONTRACT_EXAMPLE).envelope()).toBeUndefined()
  })

  it('whatever stands in an array, with any white space and escapes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyElement, space), { minLength: 1, maxLength: 6 }), space, (values, gap) => {
        const pieces = values.map(([value, inside]) => spaced(value, inside).trim())
        const elements = elementsOf(`${gap}[${gap}${pieces.join(`${gap},${gap}`)}${gap}]${gap}`)
        expect(elements.map((element) => text(element.original()))).toEqual(pieces)
        expect(elements.every((element) => element.envelope() === undefined)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('whatever stands in a frame, however the frame orders, escapes and repeats its keys', () => {
    fc.assert(
      fc.property(
        fc.array(anyElement, { minLength: 1, maxLength: 4 }),
        anyJson,
        space,
        fc.boolean(),
        (values, other, gap, escaped) => {
          const pieces = values.map((value) => spaced(value, gap).trim())
          const key = escaped ? '"det\\u0065ctions"' : '"detections"'
          const rest = `"note"${gap}:${gap}${spaced(other, gap)}`
          const frame = `${gap}{"detections":[1,2,{"detections":[3]}],${rest},${key}${gap}:${gap}[${pieces.join(`${gap},`)}${gap}]${gap},${rest}}`
          const elements = elementsOf(frame)
          expect(elements.map((element) => text(element.original()))).toEqual(pieces)
          expect(JSON.parse(text(elements[0]?.envelope()))).toEqual({ note: JSON.parse(JSON.stringify(other)) })
        },
      ),
      { numRuns: 500 },
    )
  })

  it('numbers that no double holds survive in the original and in the envelope', () => {
    const member = '{"id":"a","big":18446744073709551615}'
    const [element] = elementsOf(`{"class":"car","x":1e999,"detections":[${member}]}`)
    expect(text(element?.original())).toBe(member)
    expect(text(element?.envelope())).toBe('{"class":"car","x":1e999}')
  })
})

describe('a replayed element is read as it was the first time', () => {
  const frame = { time: '2024-07-24T16:00:00Z', class: 'car', camera, surface: { height: { value: 3, datum: 'hae' } } }

  it('a member of a frame comes back in a frame of one, never larger than its message', () => {
    const message = json({
      ...frame,
      detections: [
        { id: 'a', pixel: { u: 3, v: 4 } },
        { id: 'b', pixel: { u: 3 } },
      ],
    })
    for (const element of elementsOf(message)) {
      const again = rebuild(element.original(), element.envelope())
      expect(again.length).toBeLessThanOrEqual(message.length)
      const [second, ...none] = elementsOf(again)
      expect(none).toEqual([])
      expect(hashOf(second)).toBe(hashOf(element))
      expect(second?.ok).toBe(element.ok)
      if (second?.ok === false && element.ok === false) expect(second.fault.field).toBe(element.fault.field)
    }
  })

  it('any frame does', () => {
    fc.assert(
      fc.property(
        fc.dictionary(misleading, anyJson),
        fc.array(anyElement, { minLength: 1, maxLength: 3 }),
        (fields, values) => {
          const message = JSON.stringify({ ...fields, detections: values })
          for (const element of elementsOf(message)) {
            const [second] = elementsOf(rebuild(element.original(), element.envelope()))
            expect(text(second?.original())).toBe(text(element.original()))
            expect(hashOf(second)).toBe(hashOf(element))
          }
        },
      ),
    )
  })

  it('an element of an array and a single detection come back alone', () => {
    const [element] = elementsOf(json([byPixel]))
    if (element === undefined) throw new Error('no element')
    expect(text(rebuild(element.original(), element.envelope()))).toBe(json(byPixel))
    expect(text(rebuild(bytes('{"a":1}'), bytes('{ }')))).toBe('{ "detections":[{"a":1}]}')
  })
})
