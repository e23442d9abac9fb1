/** A detection over terrain becomes a place on it, or on the next best surface, which it says, or a refusal with a name. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Datum, Detection, Surface } from '../../src/domain/detection.ts'
import type { Place } from '../../src/domain/location.ts'
import { createLocator, type LocatorOptions, type TerrainOptions } from '../../src/geo/locate.ts'
import { egm96 } from '../../src/terrain/geoid-file.ts'
import { apartM, CAMERA, centrePixel, detection, faultIn, known, placeIn } from './cases.ts'
import { even } from './draws.ts'
import { bearing, level, lineIn, OPTIONS, pitched } from './scene.ts'
import { type GridParts, groundModel } from './terrain-scene.ts'

/** Around the camera of the tests: 40.7128 N, 74.006 W. Row and column 150 are under it. */
const STEP = 1 / 3600
const GRID = {
  south: CAMERA.pose.lat - 150.4 * STEP,
  west: CAMERA.pose.lon - 150.3 * STEP,
  latStep: STEP,
  lonStep: STEP,
  rows: 301,
  columns: 301,
}
const over = (
  z: GridParts['z'],
  parts: Partial<GridParts> = {},
  more: Partial<LocatorOptions> = {},
  terrain: Partial<TerrainOptions> = {},
) => createLocator({ ...OPTIONS, ...more, terrain: { model: groundModel({ ...GRID, ...parts, z }), ...terrain } })
/** Nothing declared: only the terrain. */
const bare = (pose: object = {}, more: Partial<Detection> = {}): Detection =>
  centrePixel(pose, { surface: undefined, ...more })
const high = (value: number) => ({ height: level(value) })

describe('level terrain', () => {
  it('gives what the declared level surface gives, error and all', () => {
    const flat = over(() => 20, { sigmaM: 4 })
    const declared: Surface = { height: level(20), sigmaM: 4 }
    for (const pitchDeg of [-90, -45, -20, -12, -6, -3]) {
      const sigma = { ...CAMERA.pose.sigma, pitchDeg: 0.3 }
      const pose = { ...pitched(pitchDeg), sigma }
      const onTerrain = placeIn(flat(bare(pose)))
      const onLevel = placeIn(createLocator(OPTIONS)(centrePixel(pose, { surface: declared })))
      expect(apartM({ haeM: 0, ...onTerrain }, { haeM: 0, ...onLevel })).toBeLessThan(1e-3)
      for (const field of ['ce90M', 'ce50M', 'le90M', 'rangeM'] as const) {
        expect(Math.abs(known(onTerrain[field]) / known(onLevel[field]) - 1)).toBeLessThan(0.03)
      }
      expect(onTerrain.depressionDeg).toBeCloseTo(-pitchDeg, 9)
      for (const [name, share] of Object.entries(known(onLevel.budget))) {
        expect(Math.abs((onTerrain.budget?.[name] ?? 0) - share)).toBeLessThan(0.02)
      }
    }
  })

  it('is named, with its data, and a level surface is named as well', () => {
    expect(placeIn(over(() => 0)(bare()))).toMatchObject({
      method: 'ray-terrain',
      surface: 'terrain',
      elevationSource: 'TEST',
    })
    expect(placeIn(over(() => 0)(bare()))).not.toHaveProperty('because')
    const onLevel = placeIn(createLocator(OPTIONS)(centrePixel()))
    expect(onLevel).toMatchObject({ method: 'ray-level', surface: 'level' })
    expect(onLevel).not.toHaveProperty('elevationSource')
  })

  it('above sea level is above the geoid', () => {
    const place = placeIn(over(() => 20, { datum: 'egm96' })(bare()))
    expect(place.haeM).toBeCloseTo(20 + egm96(place.lat, place.lon), 5)
    expect(place.haeM).toBeLessThan(0)
  })

  it('counts before a declared surface, unless that is preferred', () => {
    const both = centrePixel({}, { surface: { height: level(-30), sigmaM: 1 } })
    expect(placeIn(over(() => 20)(both))).toMatchObject({ surface: 'terrain', haeM: expect.closeTo(20, 5) })
    const preferred = placeIn(over(() => 20, {}, {}, { prefer: 'declared' })(both))
    expect(preferred).toMatchObject({ surface: 'level', haeM: -30 })
    expect(preferred).not.toHaveProperty('because')
    expect(placeIn(over(() => 20, {}, {}, { prefer: 'declared' })(bare()))).toMatchObject({ surface: 'terrain' })
  })
})

describe('relief', () => {
  it('stands in the way: a ridge hides what lies behind it, and a ray may rise onto a flank', () => {
    const ridge = over((r) => (Math.abs(r - 170) < 2 ? 90 : 0))
    const place = placeIn(ridge(bare(pitched(-3))))
    expect(place.rangeM).toBeLessThan(650)
    expect(place.haeM).toBeGreaterThan(60)
    const flank = over((r) => Math.max(0, (r - 160) * 20))
    const up = placeIn(flank(bare(pitched(5))))
    expect(up.depressionDeg).toBeCloseTo(-5, 9)
    expect(up.haeM).toBeGreaterThan(100)
  })

  it('turns the error: facing slopes make it shorter, falling ones longer', () => {
    const reach = (slope: number) => {
      const place = placeIn(over((r) => slope * (r - 153) * 30.9)(bare(pitched(-30))))
      return Math.sqrt(known(place.covariance?.nn))
    }
    expect(reach(0.4)).toBeLessThan(0.8 * reach(0))
    expect(reach(-0.25)).toBeGreaterThan(1.3 * reach(0))
  })
})

describe('what has no place on terrain', () => {
  const flat = over(() => 20)
  const strict = over(() => 20, {}, {}, { fallback: 'none' })
  const holed = (r: number): number => (r > 152 && r < 156 ? Number.NaN : 20)

  it.each([
    ['a camera under the ground', 'datum-suspect', flat(bare(high(19))), /19\.0 m hae .* 20\.0 m hae .* datum/],
    ['a camera at the ground', 'datum-suspect', flat(bare(high(20))), /20\.0 m hae/],
    [
      'a hole in the way',
      'terrain-void',
      over(holed)(bare({ ...pitched(-70), lat: GRID.south + 154 * STEP })),
      /void at 40\.71/,
    ],
    ['the end of the data', 'terrain-void', strict(bare({ lat: 40.754 })), /no terrain data at 40\.75/],
    ['a camera where there is no data', 'terrain-void', flat(bare({ lat: 41.2 })), /no terrain data at 41\.2/],
    ['a ray into the sky', 'above-horizon', flat(bare(pitched(4))), /elevation 4\.000/],
    [
      'ground too far away',
      'beyond-range',
      over(() => 20, {}, { maxRangeM: 300 })(bare({ ...high(800), ...pitched(-20) })),
      /300 m/,
    ],
    [
      'a slope met too flat',
      'grazing',
      over((r) => -0.0156 * (r - 150) * 30.9)(bare({ ...pitched(-2), ...high(30) })),
      /slope at 1\.\d+ deg/,
    ],
    [
      'a camera under the roof it looks at',
      'camera-below-surface',
      flat(bare({}, { surface: { height: level(90, 'agl') } })),
      /110\.0 m hae/,
    ],
  ] as const)('%s: %s', (_, code, answer, reason) => {
    const fault = faultIn(answer)
    expect(fault.code).toBe(code)
    expect(fault.reason).toMatch(reason)
  })

  it('is refused when the error reaches over the edge of what is known or over a ridge into the sky', () => {
    const crest = over((r) => (r > 165 ? Number.NaN : 20))
    const wide = { positionM: 2, heightM: 2, yawDeg: 1, pitchDeg: 1, rollDeg: 0.5 }
    expect(faultIn(crest(bare({ ...pitched(-11), sigma: wide }))).code).toBe('error-unbounded')
  })

  it('keeps its direction for smoke', () => {
    const smoke = { class: 'smoke' }
    expect(lineIn(bare(high(19), smoke), flat).because).toBe('datum-suspect')
    expect(lineIn(bare(pitched(4), smoke), flat).because).toBe('above-horizon')
    expect(lineIn(bare({ lat: 41.2 }, smoke), flat).because).toBe('terrain-void')
  })
})

describe('the ladder', () => {
  const holed = over((r) => (r > 151 ? Number.NaN : 20), { sigmaM: 3 })

  it('leads to the declared surface where the terrain is not known, and says why', () => {
    const place = placeIn(holed(centrePixel()))
    expect(place).toMatchObject({ method: 'ray-level', surface: 'level', because: 'terrain-void', haeM: 0 })
    const plain = placeIn(createLocator(OPTIONS)(centrePixel()))
    expect({ ...place, because: undefined }).toEqual({ ...plain, because: undefined })
  })

  it('leads to the height of the ground under the camera, with an error that grows with the distance', () => {
    const near = placeIn(holed(bare(pitched(-60))))
    const far = placeIn(holed(bare(pitched(-30))))
    for (const place of [near, far]) {
      expect(place).toMatchObject({
        method: 'ray-level',
        surface: 'terrain-under-camera',
        elevationSource: 'TEST',
        because: 'terrain-void',
        haeM: expect.closeTo(20, 6),
      })
    }
    const across = 80 / Math.tan(Math.PI / 6)
    expect(far.le90M).toBeCloseTo(1.645 * Math.hypot(3, 0.1 * across), 1)
    expect(far.assumedError).toBe(known(far.budget?.surface) > 0.5)
    const flat = over((r) => (r > 151 ? Number.NaN : 20), { sigmaM: 3 }, {}, { reliefRel: 0 })
    expect(placeIn(flat(bare(pitched(-30)))).le90M).toBeCloseTo(1.645 * 3, 1)
    expect(known(near.le90M)).toBeLessThan(known(far.le90M))
    const strict = over((r) => (r > 151 ? Number.NaN : 20), {}, {}, { fallback: 'none' })
    expect(faultIn(strict(bare(pitched(-30)))).code).toBe('terrain-void')
    expect(placeIn(strict(centrePixel(pitched(-30))))).toMatchObject({ surface: 'level', because: 'terrain-void' })
  })

  it('ends in a refusal that names the terrain, and what came of the rest', () => {
    expect(faultIn(holed(bare({ lat: 41.2 }))).code).toBe('terrain-void')
    const both = faultIn(holed(centrePixel({}, { surface: { height: level(150) } })))
    expect(both.code).toBe('terrain-void')
    expect(both.reason).toMatch(/void.*instead.*not above the surface/)
  })

  it('does not make good a ray into the sky or a camera under the ground', () => {
    expect(faultIn(holed(centrePixel(high(10)))).code).toBe('datum-suspect')
    expect(faultIn(over(() => 20)(centrePixel(pitched(1)))).code).toBe('above-horizon')
  })
})

describe('heights above ground', () => {
  const hill = (r: number): number => 30 + r / 10
  const under = 30 + 15.04

  it('are measured from the terrain, for cameras, observers and positions', () => {
    const locate = over(hill)
    const place = placeIn(locate(bare({ height: level(60, 'agl') })))
    const same = placeIn(locate(bare(high(under + 60))))
    expect(apartM({ haeM: 0, ...place }, { haeM: 0, ...same })).toBeLessThan(1e-6)

    const { lat, lon } = CAMERA.pose
    const observer = { lat, lon, height: level(2, 'agl') }
    const line = lineIn(
      detection(bearing({ observer, azimuthDeg: 10 }), { class: 'smoke', surface: undefined }),
      locate,
    )
    expect(line.haeM).toBeCloseTo(under + 2, 6)

    const accuracy = { horizontalM: 5, verticalM: 1, basis: '1sigma' } as const
    const given = placeIn(
      locate(detection({ kind: 'position', lat, lon, height: level(2, 'agl'), accuracy }, { surface: undefined })),
    )
    expect(given).toMatchObject({ method: 'given', haeM: expect.closeTo(under + 2, 6), elevationSource: 'TEST' })
    expect(given.le90M).toBeCloseTo(1.6449 * Math.hypot(1, 3), 3)
  })

  it('are measured from the declared surface where the terrain is not known, and are refused without either', () => {
    const holed = over((r) => (Math.abs(r - 150) < 3 ? Number.NaN : 0))
    const agl = { height: level(60, 'agl') }
    const place = placeIn(holed(centrePixel(agl, { surface: { height: level(10), sigmaM: 1 } })))
    expect(place).toMatchObject({ surface: 'level', because: 'terrain-void' })
    expect(place.rangeM).toBeCloseTo(60 * Math.SQRT2, 1)
    expect(faultIn(holed(bare(agl))).code).toBe('datum-unsupported')
  })

  it('err together with the terrain that is looked at', () => {
    const parts = { sigmaM: 10, relativeSigmaM: 1 }
    const steady = { positionM: 0.1, heightM: 0.1, yawDeg: 0.01, pitchDeg: 0.01, rollDeg: 0.01 }
    const agl = placeIn(over(() => 0, parts)(bare({ height: level(100, 'agl'), sigma: steady })))
    const hae = placeIn(over(() => 0, parts)(bare({ height: level(100), sigma: steady })))
    // Along the range only the difference counts, 1 m; vertically the whole error, 10 m.
    expect(Math.sqrt(known(agl.covariance?.nn))).toBeCloseTo(1, 1)
    expect(Math.sqrt(known(agl.covariance?.uu))).toBeCloseTo(10, 1)
    expect(Math.sqrt(known(hae.covariance?.nn))).toBeCloseTo(10, 1)
    // On a declared surface the sensor alone has the terrain's error.
    const declared = over(() => 0, parts, {}, { prefer: 'declared' })
    const onLevel = placeIn(
      declared(centrePixel({ height: level(100, 'agl'), sigma: steady }, { surface: { height: level(0), sigmaM: 0 } })),
    )
    expect(Math.sqrt(known(onLevel.covariance?.nn))).toBeCloseTo(10, 1)
    expect(onLevel.le90M).toBeLessThan(0.1)
  })

  it('lift the surface that a thing stands on: a roof, a canopy', () => {
    const place = placeIn(over(() => 20)(bare({}, { surface: { height: level(15, 'agl'), sigmaM: 2 } })))
    expect(place).toMatchObject({ surface: 'terrain', haeM: expect.closeTo(35, 6) })
    expect(place.rangeM).toBeCloseTo(65 * Math.SQRT2, 1)
    expect(place.le90M).toBeCloseTo(1.6449 * Math.hypot(2, 3), 1)
  })
})

describe('a bearing over terrain', () => {
  const observer = {
    lat: CAMERA.pose.lat,
    lon: CAMERA.pose.lon,
    height: level(100),
    sigma: { positionM: 1, heightM: 1 },
  }
  const sigma = { azimuthDeg: 0.5, elevationDeg: 0.3, rangeM: 2 }
  const hill = over((r) => Math.max(0, (r - 160) * 4))
  const none = { surface: undefined }

  it('with an elevation comes down on it', () => {
    const place = placeIn(hill(detection(bearing({ observer, sigma, azimuthDeg: 0, elevationDeg: -4 }), none)))
    expect(place).toMatchObject({ method: 'ray-terrain', surface: 'terrain' })
    expect(place.haeM).toBeGreaterThan(10)
  })

  it('with a range and no elevation ends on it', () => {
    const place = placeIn(hill(detection(bearing({ observer, sigma, azimuthDeg: 0, rangeM: 900 }), none)))
    expect(place).toMatchObject({ method: 'bearing-range', surface: 'terrain', elevationSource: 'TEST' })
    const row = (place.lat - GRID.south) / STEP
    expect(place.haeM).toBeCloseTo((row - 160) * 4, 3)
    const away = apartM({ ...observer, haeM: 100 }, { ...place, haeM: known(place.haeM) })
    expect(away).toBeCloseTo(900, 0)
    expect(known(place.le90M)).toBeGreaterThan(1.6 * 3)
  })

  it('with a range that does not come down to it is refused', () => {
    const deep = over(() => -400)
    expect(faultIn(deep(detection(bearing({ observer, sigma, azimuthDeg: 0, rangeM: 90 }), none))).code).toBe(
      'above-horizon',
    )
  })
})

describe('any view of any ground', () => {
  it('gives a place with a finite error, or a refusal with a name', () => {
    const seen = new Set<string>()
    const num = even
    fc.assert(
      fc.property(
        fc.record({
          seed: num(0, 100),
          rough: num(0, 250),
          hole: num(-0.01, 0.01),
          step: fc.constantFrom(1e-5, STEP, 0.01),
        }),
        fc.record({ y: num(-0.1, 1.1), x: num(-0.1, 1.1), up: num(-5, 900), agl: fc.boolean() }),
        fc.record({ yawDeg: num(0, 360), pitchDeg: num(-90, 8), rollDeg: num(-10, 10) }),
        fc.option(
          fc.record({
            positionM: num(0, 5),
            heightM: num(0, 5),
            yawDeg: num(0, 3),
            pitchDeg: num(0, 2),
            rollDeg: num(0, 1),
          }),
          { freq: 1, nil: undefined },
        ),
        fc.option(
          fc.record({ height: fc.record({ value: num(-20, 20), datum: fc.constantFrom<Datum>('agl', 'hae') }) }),
          { freq: 1, nil: undefined },
        ),
        (shape, at, attitude, sigma, surface) => {
          const z = (r: number, c: number): number => {
            const x = Math.sin(r * 12.9898 + c * 78.233 + shape.seed) * 43758.5453
            const part = x - Math.floor(x)
            return part < shape.hole
              ? Number.NaN
              : shape.rough * (Math.sin(r / 5 + shape.seed) + Math.cos(c / 7) + 0.3 * part)
          }
          const { step } = shape
          const grid = { south: 45, west: 179.9, latStep: step, lonStep: step, rows: 60, columns: 60 }
          const locate = over(z, grid, { minDepressionDeg: 1 })
          const height = level(at.up, at.agl ? 'agl' : 'hae')
          const place = { lat: 45 + at.y * 60 * step, lon: 179.9 + at.x * 60 * step, height }
          const answer = locate(centrePixel({ ...place, attitude, sigma }, { surface }))
          seen.add(answer.ok ? String((answer.value as Place).surface) : answer.fault.code)
          if (!answer.ok) {
            expect(answer.fault.reason.length).toBeGreaterThan(10)
            return
          }
          const found = placeIn(answer)
          for (const value of [found.lat, found.lon, found.haeM, found.ce90M, found.le90M, found.rangeM]) {
            expect(Number.isFinite(value)).toBe(true)
          }
          expect(found.ce90M).toBeGreaterThan(0)
          const { ee, en, eu, nn, nu, uu } = known(found.covariance)
          expect(ee * nn - en * en).toBeGreaterThan(-1e-6 * ee * nn)
          expect(ee * uu - eu * eu).toBeGreaterThan(-1e-6 * ee * uu)
          expect(nn * uu - nu * nu).toBeGreaterThan(-1e-6 * nn * uu)
          const shares = Object.values(known(found.budget))
          expect(shares.reduce((all, share) => all + share, 0)).toBeCloseTo(1, 6)
        },
      ),
      { numRuns: 1000 },
    )
    for (const what of ['terrain', 'terrain-under-camera', 'datum-suspect', 'terrain-void'])
      expect(seen).toContain(what)
  })
})
