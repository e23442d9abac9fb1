/** Lenses are inverted exactly, and refused where they fold. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Distortion } from '../../src/domain/detection.ts'
import { newLensRay, type Pinhole, pixelOfPoint, rayOfPixel } from '../../src/geo/lens.ts'
import { nth } from './cases.ts'

const FRAME = { fx: 900, fy: 905, cx: 640, cy: 360 }
const brown = (...coefficients: number[]): Distortion => ({ model: 'brown-conrady', coefficients })
const fisheye = (...coefficients: number[]): Distortion => ({ model: 'kannala-brandt', coefficients })

const LENSES: Readonly<Record<string, Pinhole>> = {
  pinhole: FRAME,
  'brown, five coefficients': { ...FRAME, distortion: brown(-0.32, 0.12, 0.0008, -0.0006, -0.02) },
  'brown with skew': { ...FRAME, skew: -12, distortion: brown(-0.32, 0.12, 0.0008, -0.0006, -0.02) },
  'brown, pincushion': { ...FRAME, distortion: brown(0.2, 0.05, -0.001, 0.002) },
  'brown, eight coefficients': { ...FRAME, distortion: brown(2.1, 0.9, 0.0003, -0.0002, 0.05, 2.4, 1.6, 0.2) },
  fisheye: { ...FRAME, fx: 400, fy: 402, distortion: fisheye(-0.02, 0.004, -0.0012, 0.0001) },
  'fisheye with skew': { ...FRAME, fx: 400, fy: 402, skew: 5, distortion: fisheye(-0.02, 0.004, -0.0012, 0.0001) },
  'fisheye without distortion': { ...FRAME, fx: 300, fy: 300, distortion: fisheye() },
}

describe('a pixel turned into a ray and back is the same pixel within 1e-6', () => {
  for (const [name, lens] of Object.entries(LENSES)) {
    it(`through a ${name} lens`, () => {
      const ray = newLensRay()
      const pixel = new Float64Array(2)
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: 1280, noNaN: true }),
          fc.double({ min: 0, max: 720, noNaN: true }),
          (u, v) => {
            expect(rayOfPixel(lens, u, v, ray)).toBe(true)
            expect(Math.hypot(...ray.d)).toBeCloseTo(1, 12)
            expect(pixelOfPoint(lens, 50 * nth(ray.d, 0), 50 * nth(ray.d, 1), 50 * nth(ray.d, 2), pixel)).toBe(true)
            expect(Math.hypot(nth(pixel, 0) - u, nth(pixel, 1) - v)).toBeLessThan(1e-6)
          },
        ),
        { numRuns: 300 },
      )
    })

    it(`and its derivatives are the ray's own differences through a ${name} lens`, () => {
      const at = newLensRay()
      const right = newLensRay()
      const below = newLensRay()
      fc.assert(
        fc.property(
          fc.double({ min: 1, max: 1279, noNaN: true }),
          fc.double({ min: 1, max: 719, noNaN: true }),
          (u, v) => {
            const h = 1e-3
            rayOfPixel(lens, u, v, at)
            rayOfPixel(lens, u + h * lens.fx, v, right)
            // A step of the normalised y alone is, with skew, one along u as well.
            rayOfPixel(lens, u + h * (lens.skew ?? 0), v + h * lens.fy, below)
            for (let i = 0; i < 3; i++) {
              expect(Math.abs((nth(right.d, i) - nth(at.d, i)) / h - nth(at.dx, i))).toBeLessThan(5e-3)
              expect(Math.abs((nth(below.d, i) - nth(at.d, i)) / h - nth(at.dy, i))).toBeLessThan(5e-3)
            }
          },
        ),
        { numRuns: 100 },
      )
    })
  }
})

describe('a fisheye lens', () => {
  it('sees more than 90 degrees off its axis', () => {
    const lens: Pinhole = { fx: 300, fy: 300, cx: 640, cy: 360, distortion: fisheye() }
    const ray = newLensRay()
    const pixel = new Float64Array(2)
    expect(rayOfPixel(lens, 640 + 300 * 1.8, 360, ray)).toBe(true)
    expect(ray.d[2]).toBeCloseTo(Math.cos(1.8), 12)
    expect(pixelOfPoint(lens, nth(ray.d, 0), nth(ray.d, 1), nth(ray.d, 2), pixel)).toBe(true)
    expect(pixel[0]).toBeCloseTo(640 + 540, 9)
  })

  it('sees nothing a full half turn off its axis', () => {
    const ray = newLensRay()
    expect(rayOfPixel({ fx: 100, fy: 100, cx: 0, cy: 0, distortion: fisheye() }, 320, 0, ray)).toBe(false)
    expect(pixelOfPoint({ ...FRAME, distortion: fisheye() }, 0, 0, -1, new Float64Array(2))).toBe(false)
  })
})

describe('a lens model is refused beyond its fold', () => {
  // 1 + 3 k1 r^2 = 0 at r = 1: no ideal point is seen further out than r = 2/3.
  const folding: Pinhole = { fx: 1000, fy: 1000, cx: 0, cy: 0, distortion: brown(-1 / 3) }

  it('where the polynomial has no solution', () => {
    const ray = newLensRay()
    expect(rayOfPixel(folding, 666, 0, ray)).toBe(true)
    expect(ray.x).toBeCloseTo(0.666, 12)
    expect(rayOfPixel(folding, 667, 0, ray)).toBe(false)
    expect(rayOfPixel(folding, -600, 600, ray)).toBe(false)
  })

  it('where a solution exists on a branch beyond the fold', () => {
    // Radial growth 1 - 1.2 s + 0.4 s^2 + ... comes back up far outside: a root there is not what the lens shows.
    const lens: Pinhole = { fx: 1000, fy: 1000, cx: 0, cy: 0, distortion: brown(-0.9, 0.3) }
    const ray = newLensRay()
    for (let u = 0; u < 4000; u += 25) {
      if (rayOfPixel(lens, u, 0, ray)) expect(nth(ray.d, 0) / nth(ray.d, 2)).toBeLessThan(0.71)
    }
    expect(rayOfPixel(lens, 3000, 0, ray)).toBe(false)
  })

  it('and a point that lies there is not drawn into the image', () => {
    const pixel = new Float64Array(2)
    expect(pixelOfPoint(folding, 0.99, 0, 1, pixel)).toBe(true)
    expect(pixelOfPoint(folding, 1.01, 0, 1, pixel)).toBe(false)
    expect(pixelOfPoint(folding, 1.7, 0, 1, pixel)).toBe(false)
  })

  it('and for a fisheye and an eight-coefficient model alike', () => {
    const ray = newLensRay()
    const fold = { fx: 1000, fy: 1000, cx: 0, cy: 0, distortion: fisheye(-1 / 3) }
    expect(rayOfPixel(fold, 660, 0, ray)).toBe(true)
    expect(rayOfPixel(fold, 700, 0, ray)).toBe(false)
    const rational = { ...fold, distortion: brown(-1 / 3, 0, 0, 0, 0, 0, 0, 0) }
    expect(rayOfPixel(rational, 660, 0, ray)).toBe(true)
    expect(rayOfPixel(rational, 667, 0, ray)).toBe(false)
    const pole = { ...fold, distortion: brown(0, 0, 0, 0, 0, -1, 0, 0) }
    expect(pixelOfPoint(pole, 1.5, 0, 1, new Float64Array(2))).toBe(false)
  })
})

describe('a point behind a lens', () => {
  it('has no pixel', () => {
    const pixel = new Float64Array(2)
    expect(pixelOfPoint(FRAME, 0, 0, -1, pixel)).toBe(false)
    expect(pixelOfPoint(FRAME, 1, 0, 0, pixel)).toBe(false)
    expect(pixelOfPoint(FRAME, 0, 0, Number.NaN, pixel)).toBe(false)
  })
})
