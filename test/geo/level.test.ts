/** Rays meet level surfaces where fifty-digit arithmetic says, and nowhere else. */
import { describe, expect, it } from 'vitest'
import { DEG, toEcef } from '../../src/geo/ellipsoid.ts'
import { nedAxes, nedOfDirection, nedToEcef } from '../../src/geo/frames.ts'
import { hitLevel, type LevelAnswer, newLevelHit } from '../../src/geo/level.ts'
import { apartM, fixture, nth, shared } from './cases.ts'

interface Ray {
  readonly lat: number
  readonly lon: number
  readonly hae: number
  readonly azimuth: number
  readonly elevation: number
  readonly surfaceHae?: number
}

interface RayCase {
  readonly id: string
  readonly tags: readonly string[]
  readonly in: Ray
  readonly mustReject?: boolean
  readonly expect: {
    readonly hit?: boolean
    readonly lat?: string
    readonly lon?: string | null
    readonly hae?: string
    readonly slantRange?: string
    readonly horizonElevationDeg?: string
  }
}

const hit = newLevelHit()

function cast(ray: Ray, elevation = ray.elevation): LevelAnswer {
  const p = new Float64Array(3)
  const axes = new Float64Array(9)
  const d = new Float64Array(3)
  toEcef(ray.lat * DEG, ray.lon * DEG, ray.hae, p)
  nedAxes(ray.lat * DEG, ray.lon * DEG, axes)
  nedOfDirection(ray.azimuth * DEG, elevation * DEG, d)
  nedToEcef(axes, nth(d, 0), nth(d, 1), nth(d, 2), d)
  return hitLevel(nth(p, 0), nth(p, 1), nth(p, 2), nth(d, 0), nth(d, 1), nth(d, 2), ray.surfaceHae ?? 0, hit)
}

describe('the exact rays', () => {
  for (const c of fixture<{ cases: RayCase[] }>('ray-exact.json').cases) {
    const e = c.expect
    if (e.horizonElevationDeg !== undefined) {
      const horizon = Number(e.horizonElevationDeg)
      it(`hit steeper than the horizon and miss flatter: ${c.id}`, () => {
        expect(cast(c.in, horizon - 1e-5)).toBe('hit')
        expect(cast(c.in, horizon + 1e-5)).toBe('miss')
      })
    } else if (c.mustReject === true) {
      it(`are refused from under the surface: ${c.id}`, () => {
        expect(cast(c.in)).toBe('below')
      })
    } else if (e.hit === false) {
      it(`miss: ${c.id}`, () => {
        expect(cast(c.in)).toBe('miss')
      })
    } else {
      const loose = c.tags.includes('grazing') || c.tags.includes('space')
      it(`hit within ${loose ? '1e-4' : '1e-6'} m: ${c.id}`, () => {
        expect(cast(c.in)).toBe('hit')
        const found = { lat: hit.lat / DEG, lon: hit.lon / DEG, haeM: hit.haeM }
        const truth = { lat: Number(e.lat), lon: Number(e.lon ?? 0), haeM: Number(e.hae) }
        const tolerance = loose ? 1e-4 : 1e-6
        expect(apartM(found, truth)).toBeLessThan(tolerance)
        expect(Math.abs(hit.t - Number(e.slantRange))).toBeLessThan(tolerance)
      })
    }
  }
})

interface PublishedRay {
  readonly id: string
  readonly in: Ray
  readonly hit: boolean
  readonly exact: { readonly lat?: string; readonly lon?: string; readonly range?: string }
}

const lookAt = shared<{ cases: PublishedRay[] }>('pymap3d-los.json')

describe.skipIf(lookAt === undefined)('the published lines of sight', () => {
  for (const c of lookAt?.cases ?? []) {
    it(`end where they should: ${c.id}`, () => {
      expect(cast(c.in)).toBe(c.hit ? 'hit' : 'miss')
      if (!c.hit) return
      expect(hit.lat / DEG).toBeCloseTo(Number(c.exact.lat), 11)
      expect(hit.lon / DEG).toBeCloseTo(Number(c.exact.lon), 11)
      expect(hit.t).toBeCloseTo(Number(c.exact.range), 6)
    })
  }

  it('from under the ellipsoid is refused', () => {
    expect(cast({ lat: 0, lon: 0, hae: -1, azimuth: 0, elevation: -45 })).toBe('below')
  })
})

interface EllipsoidRay {
  readonly id: string
  readonly origin: [number, number, number]
  readonly dir: [number, number, number]
  readonly hit: [number, number, number]
}

const lines = shared<{ rayEllipsoid: EllipsoidRay[] }>('opensensorhub.json')

describe.skipIf(lines === undefined)('the published ellipsoid intersections', () => {
  for (const c of lines?.rayEllipsoid ?? []) {
    it(`hold from outside and are refused from inside: ${c.id}`, () => {
      const answer = hitLevel(...c.origin, ...c.dir, 0, hit)
      const outside = Math.hypot(...c.origin) > 6.4e6
      expect(answer).toBe(outside ? 'hit' : 'below')
      if (outside) expect(Math.hypot(hit.x - c.hit[0], hit.y - c.hit[1], hit.z - c.hit[2])).toBeLessThan(1e-6)
    })
  }
})
