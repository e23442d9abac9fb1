/** The one way in which a detection says where: checked beyond what the schema can say, and brought to its final form. */
import type { Fault } from '../fault/fault.ts'
import { fault } from '../fault/fault.ts'
import { bearingDeg, cameraOf, heightOf, northOf, poseSigmaOf } from './camera.ts'
import type { Accuracy, BearingFix, BearingSigma, BoxFix, Fix, ImageSize, PixelFix, PositionFix } from './detection.ts'
import { isRefused, type Read, refusal, refuse } from './expectation.ts'
import { PLACES, type WireDetection } from './schema.ts'

/** The fault of a detection that says where in no way or in several. */
export function ambiguousPlace(value: Readonly<Record<string, unknown>>): Fault | undefined {
  let count = 0
  for (const name of PLACES) if (value[name] !== undefined) count++
  if (count === 1) return undefined
  const given = PLACES.filter((name) => value[name] !== undefined)
  const found = given.join(' and ') || 'none of them'
  const reason = `$: expected exactly one of ${PLACES.join(', ')}, found ${found}`
  return fault('ambiguous-place', reason, { field: given[1] ?? '$' })
}

function looksNormalized(field: string, values: string): Fault {
  return fault(
    'looks-normalized',
    `${field}: expected pixels, or "units": "normalized", found no units and no value above 1 (${values})`,
    { field },
  )
}

function imageOf(wire: WireDetection): ImageSize | undefined {
  return wire.image && { width: wire.image.width, height: wire.image.height }
}

function missingCamera(beside: string): Fault {
  return refuse('camera', `an object, because there is a ${beside}`, undefined)
}

function pixelFix(wire: WireDetection, pixel: NonNullable<WireDetection['pixel']>): Read<PixelFix> {
  if (wire.camera === undefined) return missingCamera('pixel')
  const { u, v, units, sigmaPx } = pixel
  if (units === undefined && u <= 1 && v <= 1) return looksNormalized('pixel', `${u}, ${v}`)
  const camera = cameraOf(wire.camera)
  if (isRefused(camera)) return camera
  return { kind: 'pixel', u, v, sigmaPx, units: units ?? 'px', camera, image: imageOf(wire) }
}

function boxFix(wire: WireDetection, bbox: NonNullable<WireDetection['bbox']>): Read<BoxFix> {
  if (wire.camera === undefined) return missingCamera('bbox')
  const { x1, y1, x2, y2, units, sigmaPx } = bbox
  if (!(x2 > x1)) return refuse('bbox.x2', `a number above x1 (${x1})`, x2)
  if (!(y2 > y1)) return refuse('bbox.y2', `a number above y1 (${y1})`, y2)
  // Left and top edges are below right and bottom ones, so these two decide for all four.
  if (units === undefined && x2 <= 1 && y2 <= 1) return looksNormalized('bbox', `${x1}, ${y1}, ${x2}, ${y2}`)
  const camera = cameraOf(wire.camera)
  if (isRefused(camera)) return camera
  return { kind: 'bbox', x1, y1, x2, y2, sigmaPx, units: units ?? 'px', camera, image: imageOf(wire) }
}

function accuracyOf(wire: Accuracy): Accuracy {
  return { horizontalM: wire.horizontalM, verticalM: wire.verticalM, basis: wire.basis }
}

function positionFix(position: NonNullable<WireDetection['position']>): Read<PositionFix> {
  const height = position.height && heightOf(position.height, 'position.height')
  if (isRefused(height)) return height
  const accuracy = position.accuracy && accuracyOf(position.accuracy)
  return { kind: 'position', lat: position.lat, lon: position.lon, height, accuracy }
}

function bearingSigmaOf(wire: BearingSigma): BearingSigma {
  return { azimuthDeg: wire.azimuthDeg, elevationDeg: wire.elevationDeg, rangeM: wire.rangeM }
}

function bearingFix(wire: WireDetection, bearing: NonNullable<WireDetection['bearing']>): Read<BearingFix> {
  const { observer } = wire
  if (observer === undefined) return refuse('observer', 'an object, because there is a bearing', undefined)
  const height = heightOf(observer.height, 'observer.height')
  if (isRefused(height)) return height
  const north = northOf(bearing.azimuthRef, bearing.declinationDeg, 'bearing', 'azimuthRef')
  if (isRefused(north)) return north
  return {
    kind: 'bearing',
    azimuthDeg: bearingDeg(bearing.azimuthDeg),
    elevationDeg: bearing.elevationDeg,
    rangeM: bearing.rangeM,
    azimuthRef: north.ref,
    declinationDeg: north.declinationDeg,
    sigma: bearing.sigma && bearingSigmaOf(bearing.sigma),
    observer: { lat: observer.lat, lon: observer.lon, height, sigma: observer.sigma && poseSigmaOf(observer.sigma) },
  }
}

/** The fault of a camera or observer that is sent along but not used: what is sent must be sound, and is then let be. */
export function bystanderFault(wire: WireDetection): Fault | undefined {
  if (wire.camera !== undefined && wire.pixel === undefined && wire.bbox === undefined) {
    const camera = cameraOf(wire.camera)
    if (isRefused(camera)) return camera
  }
  if (wire.observer !== undefined && wire.bearing === undefined) {
    const height = heightOf(wire.observer.height, 'observer.height')
    if (isRefused(height)) return height
  }
  return undefined
}

/** Where the detection is, from a wire form that {@link ambiguousPlace} let pass. */
export function fixOf(wire: WireDetection): Read<Fix> {
  if (wire.pixel) return pixelFix(wire, wire.pixel)
  if (wire.bbox) return boxFix(wire, wire.bbox)
  if (wire.position) return positionFix(wire.position)
  if (wire.bearing) return bearingFix(wire, wire.bearing)
  return refusal('$', `exactly one of ${PLACES.join(', ')}`, 'none of them', 'ambiguous-place')
}
