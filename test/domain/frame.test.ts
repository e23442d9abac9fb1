/** Members of a frame inherit what they leave out. */
import { describe, expect, it } from 'vitest'
import {
  accepted,
  byPixel,
  byPosition,
  CONTRACT_EXAMPLE,
  camera,
  elementsOf,
  json,
  SOURCE,
  type Wire,
} from './samples.ts'

const time = '2024-07-24T16:00:00Z'

const only = (frame: Wire) => {
  const [element] = elementsOf(json(frame))
  if (element === undefined) throw new Error('no element')
  return element
}

const detectionIn = (frame: Wire) => {
  const element = only(frame)
  if (!element.ok) throw new Error(element.fault.reason)
  return element.detection
}

const faultIn = (frame: Wire) => {
  const element = only(frame)
  if (element.ok) throw new Error('accepted')
  return element.fault
}

describe('a member takes from its frame what it leaves out', () => {
  it('every field of the contract example, and is then the very same detection', () => {
    const { id, trackId, pixel, ...shared } = JSON.parse(CONTRACT_EXAMPLE)
    const element = only({ schema: 1, ...shared, detections: [{ id, trackId, pixel }] })
    expect(element).toMatchObject({ ok: true, contentHash: accepted(CONTRACT_EXAMPLE).contentHash })
  })

  it('its own values stand before those of the frame', () => {
    const frame = {
      time: '2020-01-01T00:00:00Z',
      class: 'boat',
      session: 's',
      camera: { id: 'c' },
      surface: 5,
      detections: [byPixel],
    }
    const surface = { height: { value: 3, datum: 'hae' } }
    expect(detectionIn({ ...frame, detections: [{ ...byPixel, surface }] })).toMatchObject({
      class: 'car',
      session: 's',
      surface,
    })
  })

  it('but never its id and trackId, which name one thing and are kept under another name', () => {
    const { id: _, ...nameless } = byPosition
    const detection = detectionIn({ id: 'frame-7', trackId: 't', detections: [nameless] })
    expect(detection.id).not.toBe('frame-7')
    expect(detection.trackId).toBeUndefined()
    expect(detection.attributes).toEqual({ 'frame.id': 'frame-7', 'frame.trackId': 't' })
  })

  it('attributes are joined by name, unknown fields of the frame among them, the member winning', () => {
    const frame = { attributes: { a: 1, b: 1 }, mission: 'm', site: 's' }
    const member = { ...byPosition, attributes: { b: 2 }, site: 't' }
    expect(detectionIn({ ...frame, detections: [member] }).attributes).toEqual({ a: 1, b: 2, mission: 'm', site: 't' })
    expect(detectionIn({ ...frame, detections: [byPosition] }).attributes).toEqual({
      a: 1,
      b: 1,
      mission: 'm',
      site: 's',
    })
  })

  it('a place counts as one field: of its own it has one, else that of the frame', () => {
    const frame = { time, class: 'smoke', position: { lat: 1, lon: 2 }, camera }
    expect(detectionIn({ ...frame, detections: [{ pixel: { u: 3, v: 4 } }] }).fix.kind).toBe('pixel')
    expect(detectionIn({ ...frame, detections: [{}] }).fix).toEqual({ kind: 'position', lat: 1, lon: 2 })
  })
})

describe('a fault of the frame is a fault of each member that takes it', () => {
  it('a bad camera', () => {
    const frame = { time, class: 'car', camera: { pose: {} } }
    const elements = elementsOf(json({ ...frame, detections: [{ pixel: { u: 3, v: 4 } }, byPosition, byPixel] }))
    expect(elements.map((element) => element.ok)).toEqual([false, false, true])
    expect(elements[0]).toMatchObject({ fault: { code: 'bad-field', field: 'camera.pose.lat' } })
  })

  it('another source, another version, no time', () => {
    expect(faultIn({ source: 'other', detections: [byPosition] }).code).toBe('source-mismatch')
    expect(faultIn({ schema: 2, detections: [byPosition] }).code).toBe('bad-version')
    expect(faultIn({ class: 'car', detections: [{ position: { lat: 1, lon: 2 } }] })).toMatchObject({ field: 'time' })
    expect(detectionIn({ source: SOURCE, schema: 1, detections: [byPosition] }).source).toBe(SOURCE)
  })

  it('attributes that are no object', () => {
    expect(faultIn({ attributes: 3, detections: [byPosition] }).field).toBe('attributes')
  })
})
