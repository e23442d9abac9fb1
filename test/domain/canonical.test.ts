/** Equal content has one canonical form and one hash. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalBytes, contentHash, hashHex, parseCanonical } from '../../src/domain/canonical.ts'
import { FaultError } from '../../src/fault/fault.ts'
import {
  accepted,
  byPixel,
  byPosition,
  bytes,
  CONTRACT_EXAMPLE,
  context,
  elementsOf,
  everyWay,
  having,
  json,
  text,
  type Wire,
} from './samples.ts'

const hashOf = (wire: Wire | string) => hashHex(accepted(wire).contentHash)

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, turn))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, held]) => [key, shuffled(held, turn)] as const)
  const at = entries.length === 0 ? 0 : turn % entries.length
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)].reverse())
}

const rich: Wire = {
  ...having(JSON.parse(CONTRACT_EXAMPLE), 'camera.pose.velocity', { speedMps: 9, courseDeg: 4 }),
  session: 's',
  velocity: { speedMps: 1, courseDeg: 2, climbMps: 3 },
  attributes: { z: { b: 1, a: [{ d: 1, c: 2 }] }, 10: 'ten', 9: 'nine' },
}

describe('the same content has one hash', () => {
  it('whatever the order of keys and the white space', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(rich, ...everyWay.map(([, wire]) => wire)),
        fc.nat(20),
        fc.nat(8),
        (wire, turn, gap) => {
          expect(hashOf(JSON.stringify(shuffled(wire, turn), null, gap))).toBe(hashOf(wire))
        },
      ),
    )
  })

  it('alone, in an array and in a frame', () => {
    const alone = hashOf(rich)
    const [inArray] = elementsOf(json([rich]))
    const { id, trackId, ...rest } = rich
    const [inFrame] = elementsOf(json({ ...rest, detections: [{ id, trackId }] }))
    for (const element of [inArray, inFrame]) expect(element?.ok && hashHex(element.contentHash)).toBe(alone)
  })

  it('whenever it is received', () => {
    const later = accepted(rich, { ...context, receivedMs: context.receivedMs + 1e9 })
    expect(hashHex(later.contentHash)).toBe(hashOf(rich))
  })

  it('and other content another: each field counts', () => {
    const others: Wire[] = [
      ...['id', 'class', 'trackId', 'session', 'time', 'confidence', 'surface', 'velocity'].map((name) =>
        having(rich, name, { id: 'o', class: 'o', time: '2024-07-24T16:00:00.001Z' }[name]),
      ),
      having(rich, 'pixel.u', 1203.6),
      having(rich, 'pixel.units', 'normalized'),
      having(rich, 'pixel.sigmaPx', 1),
      having(rich, 'image', { width: 1, height: 1 }),
      having(rich, 'camera.pose.height.datum', 'msl'),
      having(rich, 'camera.pose.sigma.timeMs', 5),
      having(rich, 'camera.pose.airframe', { yawDeg: 0, pitchDeg: 0, rollDeg: 0 }),
      having(rich, 'camera.pose.velocity.speedMps', 8),
      having(rich, 'camera.intrinsics.sigmaFocalRel', 0.01),
      having(rich, 'camera.intrinsics.distortion.coefficients', [0, 0, 0, 0]),
      having(rich, 'attributes.z.b', 2),
      having(rich, 'unknown', 1),
    ]
    const hashes = others.map(hashOf)
    expect(new Set([...hashes, hashOf(rich)]).size).toBe(others.length + 1)
  })

  it('a detection without an id is named by it, alike for the same content only', () => {
    const { id: _, ...nameless } = byPixel
    const named = accepted(nameless).detection.id
    expect(named).toMatch(/^[0-9a-f]{32}$/)
    expect(accepted(JSON.stringify(shuffled(nameless, 3), null, 2)).detection.id).toBe(named)
    expect(accepted(having(nameless, 'pixel.u', 701)).detection.id).not.toBe(named)
  })
})

describe('canonical bytes', () => {
  it('are what the reading carries, and their hash is 16 bytes of SHA-256', () => {
    const element = accepted(byPosition)
    expect(text(element.canonical)).toBe(
      '{"id":"p-1","source":"skydio-x2","timeMs":1721836800000,"class":"car","fix":{"kind":"position","lat":31.6,"lon":-110.4}}',
    )
    expect(text(canonicalBytes(element.detection))).toBe(text(element.canonical))
    expect(hashHex(element.contentHash)).toBe(hashHex(contentHash(element.canonical)))
    expect(element.contentHash).toHaveLength(16)
  })

  it('sort the names of attributes at every level', () => {
    expect(text(accepted(rich).canonical)).toContain(
      '"attributes":{"9":"nine","10":"ten","z":{"a":[{"c":2,"d":1}],"b":1}}',
    )
  })

  it('come back as the detection that they were written from', () => {
    for (const wire of [rich, ...everyWay.map(([, one]) => one)]) {
      const { detection, canonical } = accepted(wire)
      expect(parseCanonical(canonical)).toEqual(detection)
      expect(text(canonicalBytes(parseCanonical(canonical)))).toBe(text(canonical))
    }
  })

  it('come back with any attributes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })), (attributes) => {
        const { canonical } = accepted({ ...byPosition, attributes })
        expect(text(canonicalBytes(parseCanonical(canonical)))).toBe(text(canonical))
      }),
    )
  })

  it('that are damaged are a store-damaged fault', () => {
    for (const damaged of ['', '{', '7', 'null', '{"id":"a"}']) {
      expect(() => parseCanonical(bytes(damaged))).toThrow(FaultError)
    }
  })
})
