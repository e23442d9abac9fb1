/** A ray ends where it first meets the ground, and says why where it does not. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf, heightIn, modelOfRaster, rowOf } from '../../src/geo/elevation.ts'
import { DEG, toGeodetic } from '../../src/geo/ellipsoid.ts'
import { hitLevel, newLevelHit } from '../../src/geo/level.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, nth, shared } from './cases.ts'
import { even } from './draws.ts'
import { ecefRay, gridOf, groundModel, march, type Ray, straight } from './terrain-scene.ts'

interface RayCase {
  readonly id: string
  readonly dem: {
    readonly lat0: number
    readonly lon0: number
    readonly postSpacingDeg: number | string
    readonly rows: number
    readonly cols: number
    readonly formula: string
  }
  readonly in: Ray
  readonly expect: { status: string; lat: number; lon: number; hae: number; range: number }
}

type Ground = (row: number, column: number) => number
/** The grounds of the cases, by the beginning of their formula as it is written there. */
const FORMULAS: Readonly<Record<string, Ground>> = {
  'z = 100': () => 100,
  'z = 200 + 2*(row-150)  (rises to the north 2 m per post)': (r) => 200 + 2 * (r - 150),
  'z = 300 if col >= 170 else 50  (north-south cliff)': (_, c) => (c >= 170 ? 300 : 50),
  'z = 50 + 200*exp(-((row-150)/3)^2)  (east-west ridge)': (r) => 50 + 200 * Math.exp(-(((r - 150) / 3) ** 2)),
  'z = 400 - 300*exp(-((col-150)/20)^2)  (north-south valley)': (_, c) =>
    400 - 300 * Math.exp(-(((c - 150) / 20) ** 2)),
  'z = 100, except None (void) for cols 160..170': (_, c) => (c >= 160 && c <= 170 ? Number.NaN : 100),
  'z = 10 + 0.5*col': (_, c) => 10 + 0.5 * c,
}
const cone: Ground = (r, c) => {
  const north = (13 + r / 1200 - 13.25667) * DEG
  const east = (123 + c / 1200 - 123.685) * DEG
  return Math.max(2463 - 6378137 * Math.hypot(north, east) * Math.sin(30 * DEG), 16)
}
/** What the cases call a refusal, and what it is called here. */
const STATUS: Readonly<Record<string, string[]>> = {
  'left-dem-or-void': ['void', 'uncovered'],
  'camera-under-dem': ['below'],
  hit: ['hit'],
}

const file = new URL('../fixtures/terrain/rays.json', import.meta.url)
const cases = (JSON.parse(readFileSync(file, 'utf8')) as { cases: RayCase[] }).cases

describe('the brute-force cases', () => {
  for (const c of cases) {
    it(`hold within 2 mm: ${c.id}`, () => {
      const { dem } = c
      const step = dem.postSpacingDeg === '1/1200' ? 1 / 1200 : Number(dem.postSpacingDeg)
      const z = FORMULAS[dem.formula] ?? (dem.formula.startsWith('max(2463') ? cone : undefined)
      if (z === undefined) throw new Error(`no such ground: ${dem.formula}`)
      const grid = {
        south: dem.lat0,
        west: dem.lon0,
        latStep: step,
        lonStep: step,
        rows: dem.rows,
        columns: dem.cols,
        z,
      }
      const { answer, hit } = march(c.in, straight(groundModel(grid)))
      expect(STATUS[c.expect.status]).toContain(answer)
      if (answer !== 'hit') return
      expect(Math.abs(hit.t - c.expect.range)).toBeLessThan(0.002)
      expect(
        apartM({ lat: hit.lat / DEG, lon: hit.lon / DEG, haeM: hit.haeM }, { ...c.expect, haeM: c.expect.hae }),
      ).toBeLessThan(0.002)
    })
  }
})

interface RealCase {
  readonly id: string
  readonly dem: string
  readonly in: Ray
  readonly expect: { lat: number; lon: number; hae: number; range: number }
}
interface RealDem {
  readonly northPostLat: number
  readonly westPostLon: number
  readonly postSpacingDeg: number
  readonly z: number[][]
}
const real = shared<{ dems: Record<string, RealDem>; cases: RealCase[] }>('terrain-real-srtm.json')

describe.skipIf(real === undefined)('the cases on real ground', () => {
  for (const c of real?.cases ?? []) {
    it(`hold within the difference of two geoid grids: ${c.id}`, () => {
      const dem = real?.dems[c.dem] as RealDem
      const rows = dem.z.length
      const step = dem.postSpacingDeg
      const model = groundModel({
        south: dem.northPostLat - (rows - 1) * step,
        west: dem.westPostLon,
        latStep: step,
        lonStep: step,
        rows,
        columns: nth(dem.z, 0).length,
        datum: 'egm96',
        z: (r, column) => nth(nth(dem.z, rows - 1 - r), column),
      })
      const { answer, hit } = march(c.in, straight(model, egm96))
      expect(answer).toBe('hit')
      expect(
        apartM({ lat: hit.lat / DEG, lon: hit.lon / DEG, haeM: hit.haeM }, { ...c.expect, haeM: c.expect.hae }),
      ).toBeLessThan(0.01)
    })
  }
})

describe('any ray over any ground', () => {
  const step = 1 / 3600
  const size = 121

  /** Rough ground: waves of all directions and a scatter that no two posts share. */
  const rough = (seed: number, metres: number): Ground => {
    const waves = Array.from({ length: 6 }, (_, i) => ({
      r: Math.sin(seed * 7.1 + i * 3.3) / 4,
      c: Math.cos(seed * 5.7 + i * 1.9) / 4,
      high: metres * (0.2 + Math.abs(Math.sin(seed + i))),
    }))
    return (r, c) => {
      const scatter = Math.sin(r * 12.9898 + c * 78.233 + seed) * 43758.5453
      return (
        waves.reduce((z, w) => z + w.high * Math.sin(w.r * r + w.c * c), 500) +
        (scatter - Math.floor(scatter)) * metres * 0.2
      )
    }
  }

  it('meets it where small steps meet it', () => {
    const seen: Record<string, number> = {}
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom(2, 30, 90),
        fc.constantFrom(0, 45.3, -60, 82),
        fc.constantFrom(7, 179.985),
        fc.record({
          y: even(0.1, 0.9),
          x: even(0.1, 0.9),
        }),
        even(0, 360),
        even(-60, 6),
        even(1, 25),
        (seed, metres, south, west, at, azimuth, elevation, root) => {
          const raster = gridOf({
            south,
            west,
            latStep: step,
            lonStep: step,
            rows: size,
            columns: size,
            z: rough(seed, metres),
          })
          const lat = south + at.y * (size - 1) * step
          const lon = west + at.x * (size - 1) * step
          const hae = heightIn(raster, columnOf(raster, lon), rowOf(raster, lat)) + root * root
          const ray = { lat, lon, hae, azimuth, elevation }
          const { answer, hit } = march(ray, { ...straight(modelOfRaster(raster)), maxRangeM: 3000 })
          seen[answer] = (seen[answer] ?? 0) + 1

          const { origin, along } = ecefRay(ray)
          const g = new Float64Array(3)
          const gap = (t: number): number => {
            toGeodetic(...([0, 1, 2].map((i) => nth(origin, i) + t * nth(along, i)) as [number, number, number]), g)
            const x = columnOf(raster, nth(g, 1) / DEG)
            const y = rowOf(raster, nth(g, 0) / DEG)
            if (!(x >= 0 && x <= size - 1 && y >= 0 && y <= size - 1)) return Number.NaN
            return nth(g, 2) - heightIn(raster, x, y)
          }
          const end = answer === 'hit' ? hit.t : answer === 'uncovered' ? hit.t - 0.5 : 0
          // Nothing was met before; a touch of less than a millimetre is none.
          for (let t = 0; t < end - 0.01; t += 1.3) {
            const left = gap(t)
            // Beyond the data a ray may still be above all of it.
            if (Number.isNaN(left)) expect(nth(g, 2)).toBeGreaterThan(raster.highestM)
            else expect(left).toBeGreaterThan(-1e-3)
          }
          if (answer !== 'hit') return
          expect(Math.abs(gap(hit.t))).toBeLessThan(1e-5)
          const quick = march(ray, { ...straight(modelOfRaster(raster)), maxRangeM: 3000 }, false)
          expect(quick.answer).toBe('hit')
        },
      ),
      { numRuns: 300 },
    )
    expect(seen.hit).toBeGreaterThan(100)
    expect(Object.keys(seen).length).toBeGreaterThan(1)
  })

  it('on level ground ends where the level surface is, at all heights, ranges and places', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(-75, -10, 0, 33, 60, 89.95),
        even(20, 5000),
        even(0, 360),
        even(-89.9, -4),
        (south, above, azimuth, elevation) => {
          const wide = { south: south - 3, west: -4, latStep: 0.02, lonStep: 0.2, rows: 301, columns: 1800 }
          const model = groundModel({ ...wide, rows: south > 80 ? 152 : 301, z: () => 250 })
          const ray = { lat: south, lon: 20, hae: 250 + above, azimuth, elevation }
          const { answer, hit } = march(ray, { ...straight(model), maxRangeM: 60_000 })
          const { origin, along } = ecefRay(ray)
          const level = newLevelHit()
          const [px, py, pz] = origin as unknown as [number, number, number]
          const [dx, dy, dz] = along as unknown as [number, number, number]
          expect(hitLevel(px, py, pz, dx, dy, dz, 250, level)).toBe('hit')
          if (answer === 'far') expect(level.t).toBeGreaterThan(60_000)
          else if (answer !== 'uncovered') expect(Math.abs(hit.t - level.t)).toBeLessThan(1e-4)
          // Near the pole the grid ends at 89.97 degrees; elsewhere it has no end in reach.
          if (south < 80) expect(answer).not.toBe('uncovered')
        },
      ),
    )
  })
})

describe('what a march cannot answer', () => {
  const grid = { south: 45, west: 7, latStep: 1 / 3600, lonStep: 1 / 3600, rows: 301, columns: 301 }
  const plain = straight(groundModel({ ...grid, z: () => 100 }))
  const from: Ray = { lat: 45.03, lon: 7.03, hae: 300, azimuth: 90, elevation: -20 }

  it('a ray that rises over the highest ground goes into the sky, from above it and from a valley', () => {
    expect(march({ ...from, elevation: 1 }, plain).answer).toBe('sky')
    const valley = straight(groundModel({ ...grid, z: (_, c) => (Math.abs(c - 108) < 30 ? 100 : 400) }))
    expect(march({ ...from, elevation: 80 }, valley).answer).toBe('sky')
    expect(march({ ...from, elevation: 5 }, valley).answer).toBe('hit')
  })

  it('a ray that goes down too far away is far, and one that leaves the data is told where', () => {
    expect(march({ ...from, elevation: -20 }, { ...plain, maxRangeM: 500 }).answer).toBe('far')
    const bowl = straight(groundModel({ ...grid, z: (_, c) => (c < 50 ? 400 : 100) }))
    const { answer, hit } = march({ ...from, elevation: 0 }, bowl)
    expect(answer).toBe('uncovered')
    expect(hit.lon / DEG).toBeCloseTo(7 + 300 / 3600, 4)
  })

  it('a ray that starts at the ground or under it is below', () => {
    expect(march({ ...from, hae: 100 }, plain).answer).toBe('below')
    expect(march({ ...from, hae: 99 }, plain).answer).toBe('below')
    expect(march({ ...from, hae: 100.001, elevation: -45 }, plain).answer).toBe('hit')
  })

  it('a hole on the way is one however thin, also along the lines between posts', () => {
    const holed = straight(groundModel({ ...grid, z: (r, c) => (r === 108 && c === 140 ? Number.NaN : 100 + 0.1 * c) }))
    expect(march({ ...from, lat: 45 + 108.5 / 3600, hae: 140, elevation: -2 }, holed).answer).toBe('void')
    expect(march({ ...from, lat: 45 + 108 / 3600, hae: 140, elevation: -2 }, holed).answer).toBe('void')
    expect(march({ ...from, lat: 45 + 110 / 3600, hae: 140, elevation: -2 }, holed).answer).toBe('hit')
  })

  it('a ray along the last line of posts is still on the ground', () => {
    for (const azimuth of [0, 90, 180, 270]) {
      for (const [lat, lon] of [
        [45, 7.04],
        [45 + 300 / 3600, 7.04],
        [45.04, 7],
        [45.04, 7 + 300 / 3600],
      ] as const) {
        const { answer } = march({ ...from, lat, lon, azimuth, elevation: -60 }, plain)
        const out = (azimuth === 0 && lat > 45.08) || (azimuth === 180 && lat === 45)
        const aside = (azimuth === 90 && lon > 7.08) || (azimuth === 270 && lon === 7)
        // A great circle leaves the parallel it starts along, so going east or west on an edge may go over it.
        if (azimuth === 0 || azimuth === 180 || (lat > 45.01 && lat < 45.08)) {
          expect(answer).toBe(out || aside ? 'uncovered' : 'hit')
        }
      }
    }
  })

  it('wild numbers end as well', () => {
    const wild = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, 0, 90, -90, 180, 1e9))
    fc.assert(
      fc.property(wild, wild, wild, wild, wild, (lat, lon, hae, azimuth, elevation) => {
        const { answer, hit } = march({ lat, lon, hae, azimuth, elevation }, plain)
        if (answer === 'hit') expect(Number.isFinite(hit.t + hit.lat + hit.lon + hit.haeM)).toBe(true)
      }),
    )
  })
})

describe('refraction', () => {
  it('brings the far end of a ray down as it does on a level surface, and leaves the near end alone', () => {
    const model = groundModel({ south: 45, west: 7, latStep: 0.01, lonStep: 0.01, rows: 101, columns: 101, z: () => 0 })
    const bent = { ...straight(model), refraction: { k: 0.13, fromM: 5000 } }
    const ray: Ray = { lat: 45.5, lon: 7.3, hae: 800, azimuth: 90, elevation: -4 }
    const far = march(ray, bent).hit.t
    const plain = march(ray, straight(model)).hit.t
    const drop = (0.13 * (far * Math.cos(4 * DEG)) ** 2) / (2 * 6371000)
    expect(plain - far).toBeGreaterThan(1)
    // The Earth has fallen away by a tenth of a degree there.
    expect(plain - far).toBeCloseTo(drop / Math.sin(3.9 * DEG), 0)
    const near = { ...ray, elevation: -30 }
    expect(march(near, bent).hit.t).toBe(march(near, straight(model)).hit.t)
  })
})
