/** Detections to build tests from: one camera, one observer, and what each of them can say. */
import { expect } from 'vitest'
import type { BearingFix, Datum, Detection, Fix, Height, Pose } from '../../src/domain/detection.ts'
import type { BearingLine } from '../../src/domain/location.ts'
import { createLocator, type LocatorOptions } from '../../src/geo/locate.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { CAMERA } from './cases.ts'

export const OPTIONS: LocatorOptions = {
  cameras: (id) => (id === 'tower' ? CAMERA : undefined),
  undulation: egm96,
}
export const locate = createLocator(OPTIONS)

export const level = (value: number, datum: Datum = 'hae'): Height => ({ value, datum })
export const pitched = (pitchDeg: number): Partial<Pose> => ({ attitude: { yawDeg: 0, pitchDeg, rollDeg: 0 } })
export const pixel = (u: number, v: number, more: object = {}): Fix => ({
  kind: 'pixel',
  u,
  v,
  units: 'px',
  camera: CAMERA,
  ...more,
})
export const box = (x1: number, y1: number, x2: number, y2: number, more: object = {}): Fix => ({
  kind: 'bbox',
  x1,
  y1,
  x2,
  y2,
  units: 'px',
  camera: CAMERA,
  ...more,
})
export const OBSERVER = { lat: 10, lon: 20, height: level(100), sigma: { positionM: 1, heightM: 1 } }
export const bearing = (more: Partial<BearingFix>): BearingFix => ({
  kind: 'bearing',
  azimuthDeg: 90,
  observer: OBSERVER,
  ...more,
})
export const lineIn = (d: Detection, where = locate): BearingLine => {
  const answer = where(d)
  expect(answer).toMatchObject({ ok: true, value: { kind: 'bearing' } })
  return (answer as { value: BearingLine }).value
}
