/** What a producer wants kept is kept, within bounds. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_ATTRIBUTES_BYTES } from '../../src/domain/attributes.ts'
import { accepted, byBox, byPixel, byPosition, having, json, refused, type Wire } from './samples.ts'

const attributesOf = (wire: Wire | string) => accepted(wire).detection.attributes

describe('what the producer wants kept is kept', () => {
  it('unknown fields are kept in attributes under their own name', () => {
    expect(attributesOf({ ...byPosition, sceneId: 7, tags: ['a', { b: null }] })).toEqual({
      sceneId: 7,
      tags: ['a', { b: null }],
    })
    expect(attributesOf(byPosition)).toBeUndefined()
    expect(attributesOf({ ...byPosition, attributes: {} })).toBeUndefined()
  })

  it('inside an object they are kept under their dotted path', () => {
    const wire = having(having(byPixel, 'camera.pose.gimbalMode', 'follow'), 'pixel.score', 0.25)
    expect(attributesOf(wire)).toEqual({ 'camera.pose.gimbalMode': 'follow', 'pixel.score': 0.25 })
  })

  it('the id of a camera that is not looked up by it is kept', () => {
    expect(attributesOf(having(byPixel, 'camera.id', 'tower-3'))).toEqual({ 'camera.id': 'tower-3' })
    expect(attributesOf(having(byPosition, 'camera.id', 'tower-3'))).toEqual({ 'camera.id': 'tower-3' })
    expect(attributesOf(byBox)).toBeUndefined()
  })

  it('a name that attributes already hold wins over an unknown field', () => {
    expect(attributesOf({ ...byPosition, site: 'field', attributes: { site: 'kept' } })).toEqual({ site: 'kept' })
  })

  it('names of built-in properties are names like any other', () => {
    const message = json(byPosition).replace(
      '{',
      '{"__proto__":{"a":1},"constructor":2,"attributes":{"toString":3,"__proto__":4},',
    )
    const attributes = attributesOf(message) ?? {}
    expect(JSON.parse(JSON.stringify(attributes))).toEqual(JSON.parse('{"toString":3,"__proto__":4,"constructor":2}'))
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype)
    expect(attributesOf(json(byPosition).replace('{', '{"__proto__":{"a":1},'))).toEqual(
      JSON.parse('{"__proto__":{"a":1}}'),
    )
    expect({}).not.toHaveProperty('a')
  })

  it('any unknown field survives, whatever it is called and holds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        const unknown = `x${name}`
        const kept = attributesOf({ ...byPosition, [unknown]: value })
        expect(kept).toEqual(JSON.parse(JSON.stringify({ [unknown]: value })))
      }),
    )
  })
})

describe('attributes are bounded', () => {
  it('64 KiB as JSON pass, a byte more does not', () => {
    const room = MAX_ATTRIBUTES_BYTES - '{"a":""}'.length
    expect(attributesOf({ ...byPosition, attributes: { a: 'x'.repeat(room) } })).toBeDefined()
    const tooLong = refused({ ...byPosition, attributes: { a: 'x'.repeat(room + 1) } })
    expect(tooLong).toMatchObject({ code: 'bad-field', field: 'attributes' })
    expect(tooLong.reason).toContain('65537 bytes')
  })

  it('bytes are counted, not characters, and unknown fields with them', () => {
    expect(refused({ ...byPosition, a: 'é'.repeat(20_000), b: 'é'.repeat(20_000) }).field).toBe('attributes')
  })

  it('numbers that grow when written out are counted as written', () => {
    const grown = `[${Array.from({ length: 3_300 }, () => '1e20').join()}]`
    expect(refused(JSON.parse(`{"attributes":{"a":${grown}}}`)).code).toBe('ambiguous-place')
    expect(() => attributesOf(json(byPosition).replace('{', `{"a":${grown},`))).toThrow('at most 65536 bytes')
  })

  it('a number that no double can hold is refused with its path, for it could not be kept', () => {
    expect(refused({ ...byPosition, attributes: { a: [0, { b: '1e999' }] } })).toMatchObject({
      code: 'bad-field',
      field: 'attributes.a[1].b',
    })
    expect(refused({ ...byPosition, unknown: '1e999' }).field).toBe('attributes.unknown')
  })
})
