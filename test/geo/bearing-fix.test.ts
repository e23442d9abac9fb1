/** Bearings that cross make a place whose stated error is true, and those that do not are refused by name. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BearingLine } from '../../src/domain/location.ts'
import { crossBearings, type FixRules, type Sighting } from '../../src/geo/bearing-fix.ts'
import { DEG, toEcef, toGeodetic } from '../../src/geo/ellipsoid.ts'
import { FLAG_THRESHOLDS } from '../../src/geo/flag.ts'
import { directionOfNed, ecefToNed, nedAxes, nedToEcef } from '../../src/geo/frames.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { apartM, faultIn, known, nth, placeIn } from './cases.ts'

const RULES: FixRules = { thresholds: FLAG_THRESHOLDS, floors: SIGMA_FLOORS, maxRangeM: 30_000 }
const STILL: FixRules = { ...RULES, refraction: { k: 0, fromM: 0 } }
const TARGET = { lat: 39.5, lon: -121.5, haeM: 640 }

interface Site {
  /** Where it stands, seen from the target. */
  readonly azimuthDeg: number
  readonly distanceM: number
  readonly haeM?: number
  readonly sigmaAzimuthDeg?: number
  /** Present: it measures the elevation as well. */
  readonly sigmaElevationDeg?: number
  readonly sigmaPositionM?: number
}

const p = new Float64Array(3)
const q = new Float64Array(3)
const v = new Float64Array(3)
const axes = new Float64Array(9)

function shifted(from: typeof TARGET, n: number, e: number, d: number) {
  toEcef(from.lat * DEG, from.lon * DEG, from.haeM, p)
  nedAxes(from.lat * DEG, from.lon * DEG, axes)
  nedToEcef(axes, n, e, d, v)
  toGeodetic(nth(p, 0) + nth(v, 0), nth(p, 1) + nth(v, 1), nth(p, 2) + nth(v, 2), q)
  return { lat: nth(q, 0) / DEG, lon: nth(q, 1) / DEG, haeM: nth(q, 2) }
}

/** What an observer without any error sees; `noise` gives standard normal draws. */
function sightingOf(site: Site, target = TARGET, noise: () => number = () => 0): Sighting {
  const { azimuthDeg, distanceM, haeM = 700, sigmaAzimuthDeg = 1, sigmaPositionM = 3 } = site
  const { lat, lon } = shifted(
    target,
    distanceM * Math.cos(azimuthDeg * DEG),
    distanceM * Math.sin(azimuthDeg * DEG),
    0,
  )
  const stand = { lat, lon, haeM }
  toEcef(lat * DEG, lon * DEG, haeM, p)
  const [x, y, z] = [nth(p, 0), nth(p, 1), nth(p, 2)]
  toEcef(target.lat * DEG, target.lon * DEG, target.haeM, q)
  nedAxes(lat * DEG, lon * DEG, axes)
  ecefToNed(axes, nth(q, 0) - x, nth(q, 1) - y, nth(q, 2) - z, v)
  const { azimuth, elevation } = directionOfNed(nth(v, 0), nth(v, 1), nth(v, 2))
  const said = shifted(stand, noise() * sigmaPositionM, noise() * sigmaPositionM, noise() * 5)
  const { sigmaElevationDeg } = site
  const line: BearingLine = {
    kind: 'bearing',
    ...said,
    azimuthDeg: azimuth / DEG + noise() * sigmaAzimuthDeg,
    sigmaAzimuthDeg,
    ...(sigmaElevationDeg === undefined
      ? undefined
      : { elevationDeg: elevation / DEG + noise() * sigmaElevationDeg, sigmaElevationDeg }),
    sigmaPositionM,
    sigmaHeightM: 5,
    assumedError: false,
    lengthM: 30_000,
    because: 'above-horizon',
  }
  return { line }
}

const cross = (sites: readonly Site[], target = TARGET, rules = STILL) =>
  crossBearings(
    sites.map((site) => sightingOf(site, target)),
    'smoke',
    rules,
  )

/** The same draws on every run. */
function gauss(seed: number): () => number {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

describe('bearings without error', () => {
  const azimuth = fc.double({ min: 0, max: 360, noNaN: true })
  const distanceM = fc.double({ min: 200, max: 25_000, noNaN: true })
  const place = fc.record({
    lat: fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(89.99, -89.99)),
    lon: fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(179.999, -179.999)),
    haeM: fc.constant(640),
  })

  it('cross at the target, wherever on Earth, and with elevations at its height too', () => {
    const site = fc.record({ azimuthDeg: azimuth, distanceM, haeM: fc.double({ min: 0, max: 3000, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(site, { minLength: 2, maxLength: 5 }), place, (sites, target) => {
        const fine = sites.map((each) => ({
          ...each,
          sigmaAzimuthDeg: 0.05,
          sigmaElevationDeg: 0.05,
          sigmaPositionM: 0.1,
        }))
        const answer = cross(fine, target)
        if (!answer.ok) {
          expect(['bearings-parallel', 'error-unbounded']).toContain(answer.fault.code)
          return
        }
        const found = placeIn(answer)
        expect(apartM({ ...found, haeM: known(found.haeM) }, target)).toBeLessThan(1e-3)
      }),
      { numRuns: 300 },
    )
  })

  it('without elevations cross at the target to within what its unknown height does', () => {
    const sites = [
      { azimuthDeg: 200, distanceM: 9000, haeM: 900 },
      { azimuthDeg: 290, distanceM: 12_000, haeM: 1100 },
    ]
    const found = placeIn(cross(sites))
    expect(found.haeM).toBeUndefined()
    expect(found.le90M).toBeUndefined()
    expect(found.covariance).toBeUndefined()
    expect(apartM({ ...found, haeM: 640 }, TARGET)).toBeLessThan(0.05)
  })

  it('are m-f of method bearing-fix, with the range from the first and a budget that adds up', () => {
    const sites = [
      { azimuthDeg: 200, distanceM: 900 },
      { azimuthDeg: 290, distanceM: 2000, sigmaElevationDeg: 1 },
    ]
    const found = placeIn(cross(sites))
    expect(found).toMatchObject({ kind: 'place', method: 'bearing-fix', assumedError: false })
    expect(found.rangeM).toBeCloseTo(Math.hypot(900, 60), 0)
    const shares = Object.values(known(found.budget))
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
    expect(Object.keys(known(found.budget))).toEqual(expect.arrayContaining(['azimuth', 'position']))
  })

  it('have the error that geometry gives: at right angles, the distance times the angle', () => {
    const site = { distanceM: 5000, haeM: 640, sigmaAzimuthDeg: 1, sigmaPositionM: 0 }
    const found = placeIn(
      cross([
        { ...site, azimuthDeg: 180 },
        { ...site, azimuthDeg: 90 },
      ]),
    )
    expect(known(found.ellipse).semiMajorM).toBeCloseTo(5000 * DEG, 1)
    expect(known(found.ellipse).semiMinorM).toBeCloseTo(5000 * DEG, 1)
    const oblique = placeIn(
      cross([
        { ...site, azimuthDeg: 180 },
        { ...site, azimuthDeg: 210 },
      ]),
    )
    // Two strips of width s that cross at 30 degrees: semi-major s / (sqrt 2 sin 15), along the middle of the two.
    expect(known(oblique.ellipse).semiMajorM).toBeCloseTo((5000 * DEG) / (Math.SQRT2 * Math.sin(15 * DEG)), 0)
    expect(known(oblique.ellipse).azimuthDeg).toBeCloseTo(15, 1)
  })

  it('bent by the air, as light is, still cross at the height of the target', () => {
    const far = { distanceM: 20_000, sigmaAzimuthDeg: 0.05, sigmaElevationDeg: 0.02 }
    const dropM = (0.13 * 20_000 ** 2) / (2 * 6_371_000)
    const bent = [
      { ...far, azimuthDeg: 180 },
      { ...far, azimuthDeg: 260 },
    ].map((site) => {
      const { line } = sightingOf(site)
      return { line: { ...line, elevationDeg: known(line.elevationDeg) + dropM / 20_000 / DEG } }
    })
    expect(Math.abs(known(placeIn(crossBearings(bent, 'smoke', RULES)).haeM) - 640)).toBeLessThan(0.1)
    expect(known(placeIn(crossBearings(bent, 'smoke', STILL)).haeM) - 640).toBeGreaterThan(3)
  })
})

describe('the stated 90 % circle', () => {
  const layouts: Record<string, readonly Site[]> = {
    'of two towers at 60 degrees': [
      { azimuthDeg: 180, distanceM: 8000 },
      { azimuthDeg: 240, distanceM: 11_000 },
    ],
    'of two towers at 20 degrees': [
      { azimuthDeg: 180, distanceM: 8000, sigmaAzimuthDeg: 0.5 },
      { azimuthDeg: 200, distanceM: 9000, sigmaAzimuthDeg: 0.5 },
    ],
    'of three of different worth': [
      { azimuthDeg: 180, distanceM: 3000 },
      { azimuthDeg: 240, distanceM: 14_000, sigmaAzimuthDeg: 2 },
      { azimuthDeg: 10, distanceM: 20_000 },
    ],
    'of two with elevations': [
      { azimuthDeg: 180, distanceM: 3000, sigmaElevationDeg: 1 },
      { azimuthDeg: 250, distanceM: 4000, sigmaElevationDeg: 1 },
    ],
    'of two that hardly know where they stand': [
      { azimuthDeg: 180, distanceM: 500, sigmaAzimuthDeg: 0.2, sigmaPositionM: 30 },
      { azimuthDeg: 250, distanceM: 400, sigmaAzimuthDeg: 0.2, sigmaPositionM: 30 },
    ],
  }

  for (const [name, sites] of Object.entries(layouts)) {
    it(`${name} holds 90 % of what is drawn`, () => {
      const noise = gauss(7)
      const draws = 3000
      let located = 0
      let inside = 0
      let within = 0
      for (let i = 0; i < draws; i++) {
        const answer = crossBearings(
          sites.map((site) => sightingOf(site, TARGET, noise)),
          'smoke',
          STILL,
        )
        if (!answer.ok) continue
        located += 1
        const found = placeIn(answer)
        if (apartM({ ...found, haeM: 640 }, TARGET) <= known(found.ce90M)) inside += 1
        if (found.le90M === undefined || Math.abs(known(found.haeM) - 640) <= found.le90M) within += 1
      }
      expect(located).toBeGreaterThan(0.99 * draws)
      // Three sigma of counting 3,000 draws is 1.6 %.
      expect(Math.abs(inside / located - 0.9)).toBeLessThan(0.025)
      if (sites.some(({ sigmaElevationDeg }) => sigmaElevationDeg !== undefined)) {
        expect(Math.abs(within / located - 0.9)).toBeLessThan(0.025)
      }
    })
  }
})

describe('bearings that make no place', () => {
  const south = { azimuthDeg: 180, distanceM: 8000 }

  it('are refused as parallel when they cross at too small an angle, outright or for their error', () => {
    const nearly = [south, { azimuthDeg: 191, distanceM: 9000 }]
    expect(cross([south, { azimuthDeg: 188, distanceM: 9000, sigmaAzimuthDeg: 0.1 }])).toMatchObject({
      fault: { code: 'bearings-parallel', reason: expect.stringContaining('less than the 10.0 deg') },
    })
    expect(cross(nearly.map((site) => ({ ...site, sigmaAzimuthDeg: 0.2 }))).ok).toBe(true)
    expect(faultIn(cross(nearly.map((site) => ({ ...site, sigmaAzimuthDeg: 2 }))))).toMatchObject({
      code: 'bearings-parallel',
    })
    expect(
      cross(
        nearly.map((site) => ({ ...site, sigmaAzimuthDeg: 0.2 })),
        TARGET,
        { ...STILL, minAngleDeg: 15 },
      ).ok,
    ).toBe(false)
  })

  it('are refused as parallel when they are, or when there is but one', () => {
    expect(faultIn(cross([south])).code).toBe('bearings-parallel')
    const same = sightingOf(south)
    expect(faultIn(crossBearings([same, same], 'smoke', STILL)).code).toBe('bearings-parallel')
    // From either end of the line that they share.
    expect(faultIn(cross([south, { azimuthDeg: 0, distanceM: 8000 }])).code).toBe('bearings-parallel')
  })

  it('are refused as diverging when they meet behind a sensor', () => {
    const [a, b] = [sightingOf(south), sightingOf({ azimuthDeg: 240, distanceM: 8000 })]
    const back = { line: { ...b.line, azimuthDeg: b.line.azimuthDeg + 180 } }
    expect(faultIn(crossBearings([a, back], 'smoke', STILL)).code).toBe('bearings-diverge')
  })

  it('are refused as disagreeing when none of them can be told to be the wrong one', () => {
    const sites = [south, { azimuthDeg: 240, distanceM: 8000 }, { azimuthDeg: 300, distanceM: 8000 }]
    const [a, b, c] = sites.map((site) => sightingOf(site))
    for (let offDeg = 8; offDeg < 20; offDeg++) {
      const off = { line: { ...known(c).line, azimuthDeg: known(c).line.azimuthDeg + offDeg } }
      expect(faultIn(crossBearings([known(a), known(b), off], 'smoke', STILL)).code).toBe('bearings-disagree')
    }
  })

  it('are refused beyond the range that is trusted', () => {
    expect(faultIn(cross([south, { azimuthDeg: 250, distanceM: 31_000 }]))).toMatchObject({ code: 'beyond-range' })
  })
})

describe('one bearing that disagrees', () => {
  const sites = [180, 240, 300, 20].map((azimuthDeg) => ({ azimuthDeg, distanceM: 8000 }))
  const wrong = (i: number) =>
    sites.map((site, j) => {
      const { line } = sightingOf(site)
      return { line: j === i ? { ...line, azimuthDeg: line.azimuthDeg + 12 } : line }
    })

  it('is left out when the others still agree among themselves', () => {
    const found = placeIn(crossBearings(wrong(2), 'smoke', STILL))
    expect(apartM({ ...found, haeM: 640 }, TARGET)).toBeLessThan(0.1)
  })

  it('is never answered with the place that the others make', () => {
    expect(faultIn(crossBearings(wrong(0), 'smoke', STILL)).code).toBe('bearings-disagree')
  })
})

describe('what is assumed and what has moved', () => {
  const sites = [
    { azimuthDeg: 180, distanceM: 3000 },
    { azimuthDeg: 250, distanceM: 3000 },
  ]
  const [a, b] = sites.map((site) => sightingOf(site))

  it('an error that a sensor left to be assumed caps the flag', () => {
    const { assumedError: _said, ...open } = known(b).line
    const found = placeIn(crossBearings([known(a), { line: { ...open, sigmaAzimuthDeg: 0.1 } }], 'smoke', STILL))
    expect(found).toMatchObject({ assumedError: true, flag: 'YELLOW' })
    expect(placeIn(crossBearings([known(a), known(b)], 'smoke', STILL)).flag).toBe('GREEN')
  })

  it('a target that may have gone since is less certain by as much', () => {
    const still = placeIn(crossBearings([known(a), known(b)], 'smoke', STILL))
    const gone = placeIn(crossBearings([known(a), { ...known(b), driftM: 200 }], 'smoke', STILL))
    expect(known(gone.ce90M)).toBeGreaterThan(known(still.ce90M) + 200)
    expect(gone.budget?.time).toBeGreaterThan(0.5)
  })
})
