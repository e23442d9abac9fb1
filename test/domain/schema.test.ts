/** The published schema and the reader agree. */
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../src/domain/message.ts'
import { detectionJsonSchema, isSource, messageJsonSchema } from '../../src/domain/schema.ts'
import {
  byBearing,
  byBox,
  byPixel,
  byPosition,
  bytes,
  CONTRACT_EXAMPLE,
  context,
  everyWay,
  having,
  json,
  pose,
  type Wire,
} from './samples.ts'

const detection = Compile(detectionJsonSchema())
const message = Compile(messageJsonSchema())

const { yawDeg: _y, pitchDeg: _p, rollDeg: _r, ...bare } = pose

const sound: Wire[] = [
  JSON.parse(CONTRACT_EXAMPLE),
  ...everyWay.map(([, wire]) => wire),
  { ...byBox, image: { width: 640, height: 480 }, confidence: 93, confidenceScale: 'percent', schema: 1 },
  having(byPixel, 'camera.intrinsics', { width: 9, height: 9, hfovDeg: 60, vfovDeg: 40 }),
  having(byPixel, 'camera.intrinsics', { width: 9, height: 9, focalMm: 4, sensorWidthMm: 6, sensorHeightMm: 4 }),
  having(byPixel, 'camera.pose', { ...bare, quaternion: [1, 0, 0, 0.5] }),
  having(byPixel, 'camera.pose', {
    ...pose,
    yawRef: 'magnetic',
    declinationDeg: 9.5,
    airframe: { yawDeg: 1, pitchDeg: 2, rollDeg: 3 },
    leverArm: { forwardM: 1, rightM: -0.5, downM: 2 },
    sigma: { yawDeg: 1, airframe: { yawDeg: 2, rollDeg: 0.5 } },
  }),
  having(byPixel, 'camera.intrinsics', {
    width: 9,
    height: 9,
    fx: 9,
    fy: 9,
    skew: 0.1,
    zoom: 2,
    crop: { x: 1, y: 2, width: 4, height: 5 },
  }),
  { ...having(byBearing, 'bearing', { azimuthDeg: 5, azimuthRef: 'magnetic', declinationDeg: -3 }), target: 'smoke-7' },
  having(byPosition, 'position.height', { value: 3, datum: 'takeoff', takeoffHaeM: 4 }),
  having(byPosition, 'position.accuracy', { horizontalM: 3, verticalM: 4, basis: 'ce50' }),
]

/** Every path into a value, `camera.pose.lat` and the like. */
function paths(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  const inside = Object.entries(value).flatMap(([name, held]) => paths(held, path === '' ? name : `${path}.${name}`))
  return path === '' ? inside : [path, ...inside]
}

const everyPath = [...new Set(sound.flatMap((wire) => paths(wire)))]

/** What the schema cannot say, by code or by field; of all else it says what the reader does. */
const beyondSchema = (fault: { code: string; field?: string }) =>
  ['source-mismatch', 'clock-ahead', 'bad-time', 'looks-normalized'].includes(fault.code) ||
  ['bbox.x2', 'bbox.y2', 'camera.pose', 'camera.pose.quaternion', 'camera.intrinsics'].includes(fault.field ?? '') ||
  fault.field?.startsWith('camera.intrinsics.') === true ||
  fault.field?.startsWith('attributes') === true

function readerFault(text: string) {
  const reading = readMessage(bytes(text), context)
  if (reading.kind === 'unreadable') return reading.fault
  const [element] = reading.elements
  return element?.ok ? undefined : element?.fault
}

describe('the published schema and the reader agree', () => {
  it('on what is sound', () => {
    for (const wire of sound) {
      expect(readerFault(json(wire))).toBeUndefined()
      expect(detection.Errors(wire)).toEqual([])
      expect(message.Check(wire)).toBe(true)
      expect(message.Check([wire])).toBe(true)
      expect(message.Check({ detections: [wire] })).toBe(true)
    }
  })

  it('on detections with a field or two changed', () => {
    const value = fc.oneof(
      fc.constantFrom(
        undefined,
        null,
        -1,
        0,
        0.5,
        1,
        4,
        200,
        '1e999',
        '',
        'px',
        'hae',
        'takeoff',
        'x',
        [],
        [1, 2, 3, 4],
        {},
        true,
      ),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    const change = fc.tuple(fc.constantFrom(...everyPath), value)
    fc.assert(
      fc.property(fc.constantFrom(...sound), fc.array(change, { minLength: 1, maxLength: 2 }), (wire, changes) => {
        let changed = wire
        for (const [path, to] of changes) {
          try {
            changed = having(changed, path, to)
          } catch {
            return // The path leads through a value that an earlier change made no object.
          }
        }
        const text = json(changed)
        const said = detection.Check(JSON.parse(text))
        const fault = readerFault(text)
        if (fault === undefined) expect(detection.Errors(JSON.parse(text))).toEqual([])
        else if (said) expect(fault).toSatisfy(beyondSchema)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the published schema', () => {
  it('is JSON of draft 2020-12 without words of our own', () => {
    for (const schema of [detectionJsonSchema(), messageJsonSchema()]) {
      expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
      expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
      expect(JSON.stringify(schema)).not.toMatch(/"(x-|~)/)
    }
  })

  it('describes every field of the contract', () => {
    const { properties } = detectionJsonSchema() as { properties: Record<string, { description?: string }> }
    const contract = Object.keys({
      ...JSON.parse(CONTRACT_EXAMPLE),
      bbox: 0,
      position: 0,
      bearing: 0,
      observer: 0,
      image: 0,
      session: 0,
      target: 0,
      velocity: 0,
      schema: 0,
    })
    for (const name of contract) expect(properties[name]?.description, name).toMatch(/\w/)
  })

  it('takes messages of at most 1,000 detections, and frames whose members leave things out', () => {
    const frame = (count: number) => ({
      time: '2024-07-24T16:00:00Z',
      camera: { id: 'c' },
      detections: Array.from({ length: count }, () => ({ pixel: { u: 3, v: 4 } })),
    })
    expect(message.Check(frame(1_000))).toBe(true)
    expect(message.Check(frame(1_001))).toBe(false)
    expect(message.Check(Array.from({ length: 1_001 }, () => byPosition))).toBe(false)
    expect(message.Check({ ...byPosition, detections: 3 })).toBe(false)
    expect(message.Check([])).toBe(true)
  })
})

describe('a source', () => {
  it('is 1 to 64 letters, digits, underscores and hyphens', () => {
    for (const source of ['a', 'skydio-x2', 'A_9', 'x'.repeat(64)]) expect(isSource(source)).toBe(true)
    for (const source of ['', 'a.b', 'a b', 'a\n', '*', '>', 'ä', 'x'.repeat(65)]) expect(isSource(source)).toBe(false)
  })
})
