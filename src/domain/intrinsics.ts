/** Intrinsics as sent to intrinsics as used: one pair of focal lengths, those of the frame that is seen, defaults filled in. */
import type { WireIntrinsics } from './camera-schema.ts'
import type { Distortion, Intrinsics } from './detection.ts'
import { below, isRefused, type Read, refusal, refuse } from './expectation.ts'

const DEGREE = Math.PI / 180

function distortionOf(wire: Distortion, at: string): Read<Distortion> {
  const count = wire.coefficients.length
  if (wire.model === 'kannala-brandt' ? count !== 4 : count !== 4 && count !== 5 && count !== 8) {
    const expected = wire.model === 'kannala-brandt' ? '4 coefficients' : '4, 5 or 8 coefficients'
    return refusal(below(at, 'distortion.coefficients'), `${expected} for ${wire.model}`, String(count))
  }
  return { model: wire.model, coefficients: wire.coefficients }
}

/**
 * Pixels of focal length that make half a side subtend half a field of view, both along one axis.
 * Pinhole: f = side / 2 / tan(fov / 2). A fisheye images the angle itself, so its polynomial takes the place of the tangent.
 */
function focalFromFov(sidePx: number, fovDeg: number, distortion: Distortion | undefined): number {
  const half = (fovDeg / 2) * DEGREE
  if (distortion?.model !== 'kannala-brandt') return sidePx / 2 / Math.tan(half)
  const [k1 = 0, k2 = 0, k3 = 0, k4 = 0] = distortion.coefficients
  const h2 = half * half
  return sidePx / 2 / (half * (1 + h2 * (k1 + h2 * (k2 + h2 * (k3 + h2 * k4)))))
}

interface Focal {
  readonly fx: number
  readonly fy: number
}

const WAYS = 'exactly one of fx and fy, hfovDeg or vfovDeg, focalMm with sensorWidthMm and sensorHeightMm'

/** The focal lengths in pixels from the one way they were given. */
function focalOf(wire: WireIntrinsics, distortion: Distortion | undefined, at: string): Read<Focal> {
  const { fx, fy, hfovDeg, vfovDeg, focalMm, sensorWidthMm, sensorHeightMm } = wire
  const given: string[] = []
  if (fx !== undefined || fy !== undefined) given.push('fx or fy')
  if (hfovDeg !== undefined || vfovDeg !== undefined) given.push('a field of view')
  if (focalMm !== undefined || sensorWidthMm !== undefined || sensorHeightMm !== undefined) given.push('millimetres')
  if (given.length !== 1) return refusal(at, WAYS, given.join(' and ') || 'none of them')

  if (given[0] === 'a field of view') return focalFromFovs(wire, distortion, at)
  if (given[0] === 'fx or fy') {
    if (fx === undefined) return refuse(below(at, 'fx'), 'a number above 0, beside fy', fx)
    if (fy === undefined) return refuse(below(at, 'fy'), 'a number above 0, beside fx', fy)
    return { fx, fy }
  }
  if (focalMm === undefined) return missingMm(below(at, 'focalMm'))
  if (sensorWidthMm === undefined) return missingMm(below(at, 'sensorWidthMm'))
  if (sensorHeightMm === undefined) return missingMm(below(at, 'sensorHeightMm'))
  return usable({ fx: (focalMm * wire.width) / sensorWidthMm, fy: (focalMm * wire.height) / sensorHeightMm }, at)
}

function missingMm(field: string) {
  const expected = 'a number of millimetres above 0: focalMm, sensorWidthMm and sensorHeightMm go together'
  return refuse(field, expected, undefined)
}

/** Each focal length from its own field of view; with one of them only, pixels are square. */
function focalFromFovs(wire: WireIntrinsics, distortion: Distortion | undefined, at: string): Read<Focal> {
  const { hfovDeg, vfovDeg } = wire
  if (distortion?.model !== 'kannala-brandt') {
    const wide = 'a number above 0 and below 180 (a wider lens is kannala-brandt)'
    if (hfovDeg !== undefined && hfovDeg >= 180) return refuse(below(at, 'hfovDeg'), wide, hfovDeg)
    if (vfovDeg !== undefined && vfovDeg >= 180) return refuse(below(at, 'vfovDeg'), wide, vfovDeg)
  }
  const fx = hfovDeg === undefined ? undefined : focalFromFov(wire.width, hfovDeg, distortion)
  const fy = vfovDeg === undefined ? undefined : focalFromFov(wire.height, vfovDeg, distortion)
  return usable({ fx: fx ?? fy ?? Number.NaN, fy: fy ?? fx ?? Number.NaN }, at)
}

function usable(focal: Focal, at: string): Read<Focal> {
  if (focal.fx > 0 && focal.fy > 0 && focal.fx < 1e12 && focal.fy < 1e12) return focal
  return refusal(at, 'a lens with a focal length above 0', `fx ${focal.fx}, fy ${focal.fy} pixels`)
}

/** The part of the image that the frame shows, in pixels of the image. */
interface Shown {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function cropOf(wire: WireIntrinsics, at: string): Read<Shown> {
  const { crop, width, height } = wire
  if (crop === undefined) return { x: 0, y: 0, width, height }
  if (crop.x + crop.width <= width && crop.y + crop.height <= height) return crop
  const found = `${crop.width} x ${crop.height} from (${crop.x}, ${crop.y})`
  return refusal(below(at, 'crop'), `a part of the image of ${width} x ${height}`, found)
}

/**
 * Intrinsics as sent to intrinsics as used; `at` is their path. They come out as those of the frame: cutting moves the
 * principal point, and digital zoom enlarges the middle of what was cut to the same size again.
 */
export function intrinsicsOf(wire: WireIntrinsics, at: string): Read<Intrinsics> {
  const distortion = wire.distortion && distortionOf(wire.distortion, at)
  if (isRefused(distortion)) return distortion
  const focal = focalOf(wire, distortion, at)
  if (isRefused(focal)) return focal
  const crop = cropOf(wire, at)
  if (isRefused(crop)) return crop
  const { zoom = 1, cx = wire.width / 2, cy = wire.height / 2 } = wire
  // About the middle of the crop; with a zoom of 1 exactly what was given.
  const u = cx - crop.x
  const v = cy - crop.y
  return {
    fx: focal.fx * zoom,
    fy: focal.fy * zoom,
    cx: zoom === 1 ? u : (u - crop.width / 2) * zoom + crop.width / 2,
    cy: zoom === 1 ? v : (v - crop.height / 2) * zoom + crop.height / 2,
    width: crop.width,
    height: crop.height,
    skew: wire.skew === undefined ? undefined : wire.skew * zoom,
    distortion,
    sigmaFocalRel: wire.sigmaFocalRel,
  }
}
