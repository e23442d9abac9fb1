/** A skewed sensor is located, and errs, as its geometry says. */
import { describe, expect, it } from 'vitest'
import type { Camera } from '../../src/domain/detection.ts'
import { DEG, toEcef } from '../../src/geo/ellipsoid.ts'
import { ecefToNed, nedAxes } from '../../src/geo/frames.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, detection, known, nth, placeIn } from './cases.ts'

const locate = createLocator({
  cameras: () => undefined,
  undulation: egm96,
  floors: { ...SIGMA_FLOORS, resolutionM: 0 },
})
const none = { positionM: 0, heightM: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
const camera = (skew: number, width = 1920): Camera => ({
  pose: { ...CAMERA.pose, sigma: none },
  intrinsics: { ...CAMERA.intrinsics, skew, width, sigmaFocalRel: 0 },
})
const surface = { height: { value: 0, datum: 'hae' as const }, sigmaM: 0 }
const at = (u: number, v: number, seenBy: Camera, sigmaPx = 0, image = { width: 1920, height: 1440 }) =>
  placeIn(locate(detection({ kind: 'pixel', u, v, sigmaPx, units: 'px', camera: seenBy, image }, { surface })))

/** East and north from one place to another, metres. */
function way(from: { lat: number; lon: number }, to: { lat: number; lon: number }): [e: number, n: number] {
  const p = new Float64Array(3)
  const q = new Float64Array(3)
  const axes = new Float64Array(9)
  toEcef(from.lat * DEG, from.lon * DEG, 0, p)
  toEcef(to.lat * DEG, to.lon * DEG, 0, q)
  nedAxes(from.lat * DEG, from.lon * DEG, axes)
  ecefToNed(axes, nth(q, 0) - nth(p, 0), nth(q, 1) - nth(p, 1), nth(q, 2) - nth(p, 2), p)
  return [nth(p, 1), nth(p, 0)]
}

describe('skew', () => {
  it('is u = cx + fx x + skew y: the same ray, that much further right', () => {
    // 300 px down is y = 0.1, with a skew of 1,500 px another 150 px to the right.
    const straight = at(1000, 1020, camera(0))
    const skewed = at(1150, 1020, camera(1500))
    expect(apartM({ ...straight, haeM: 0 }, { ...skewed, haeM: 0 })).toBeLessThan(1e-6)
  })

  it('is scaled with the width of the frame', () => {
    const half = at(575, 510, camera(1500), 0, { width: 960, height: 720 })
    expect(apartM({ ...half, haeM: 0 }, { ...at(1150, 1020, camera(1500)), haeM: 0 })).toBeLessThan(1e-6)
  })

  it('slants the error of the pixel as far as the geometry itself goes', () => {
    const seenBy = camera(1500)
    const here = at(700, 1100, seenBy, 0.01)
    const [eu, nu] = way(here, at(700.01, 1100, seenBy))
    const [ev, nv] = way(here, at(700, 1100.01, seenBy))
    const found = known(here.covariance)
    expect(found.ee / (eu * eu + ev * ev)).toBeCloseTo(1, 3)
    expect(found.en / (eu * nu + ev * nv)).toBeCloseTo(1, 3)
    expect(found.nn / (nu * nu + nv * nv)).toBeCloseTo(1, 3)
  })
})
