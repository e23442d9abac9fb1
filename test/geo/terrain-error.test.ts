/** The error stated on slopes is the error that draws show. */
import { describe, expect, it } from 'vitest'
import { DEG, meridianRadius, parallelRadius } from '../../src/geo/ellipsoid.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'
import { CAMERA, centrePixel, known, nth, placeIn } from './cases.ts'
import { normal } from './draws.ts'
import { level, OPTIONS } from './scene.ts'
import { type GridParts, groundModel } from './terrain-scene.ts'

const STEP = 1 / 3600
const { lat, lon } = CAMERA.pose
const GRID = { south: lat - 100 * STEP, west: lon - 100 * STEP, latStep: STEP, lonStep: STEP, rows: 201, columns: 201 }
const PER_ROW = meridianRadius(lat * DEG) * STEP * DEG
const PER_COLUMN = parallelRadius(lat * DEG) * STEP * DEG
const SIGMA_M = 3

/** Ground that rises by these metres per metre to the north and to the east of the camera. */
const plane =
  (north: number, east: number): GridParts['z'] =>
  (r, c) =>
    north * (r - 100) * PER_ROW + east * (c - 100) * PER_COLUMN

interface View {
  readonly aboveM: number
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly sigma: { positionM: number; heightM: number; yawDeg: number; pitchDeg: number; rollDeg: number }
}

/** CE90 and LE90 as stated, and of where the same pixel comes down when everything about it is drawn. */
function compare(z: GridParts['z'], view: View, draws = 8000) {
  const locate = createLocator({
    ...OPTIONS,
    minDepressionDeg: 0,
    floors: { ...SIGMA_FLOORS, resolutionM: 0 },
    terrain: { model: groundModel({ ...GRID, z, sigmaM: SIGMA_M }), fallback: 'none' },
  })
  const { sigma } = view
  const none = { positionM: 0, heightM: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }
  const pixelAt = (draw: () => number, stated: typeof none) => {
    const pose = {
      lat: lat + (sigma.positionM * draw()) / PER_ROW / 3600,
      lon: lon + (sigma.positionM * draw()) / PER_COLUMN / 3600,
      height: level(view.aboveM + sigma.heightM * draw()),
      attitude: {
        yawDeg: view.yawDeg + sigma.yawDeg * draw(),
        pitchDeg: view.pitchDeg + sigma.pitchDeg * draw(),
        rollDeg: sigma.rollDeg * draw(),
      },
      sigma: stated,
    }
    // The ground's own error is the same over all of the view: it is lifted.
    const surface = { height: level(SIGMA_M * draw(), 'agl'), sigmaM: 0 }
    const camera = {
      ...CAMERA,
      pose: { ...CAMERA.pose, ...pose },
      intrinsics: { ...CAMERA.intrinsics, sigmaFocalRel: 0 },
    }
    const detection = centrePixel({}, { surface })
    return { ...detection, fix: { ...detection.fix, camera, sigmaPx: 0 } } as typeof detection
  }
  const nominal = placeIn(locate(pixelAt(() => 0, sigma)))
  const draw = normal(11)
  const across: number[] = []
  const up: number[] = []
  for (let i = 0; i < draws; i++) {
    const answer = locate(pixelAt(draw, none))
    if (!answer.ok) {
      across.push(Number.POSITIVE_INFINITY)
      up.push(Number.POSITIVE_INFINITY)
      continue
    }
    const place = placeIn(answer)
    const north = (place.lat - nominal.lat) * 3600 * PER_ROW
    const east = (place.lon - nominal.lon) * 3600 * PER_COLUMN
    across.push(Math.hypot(north, east))
    up.push(Math.abs(known(place.haeM) - known(nominal.haeM)))
  }
  const ninety = (values: number[]): number =>
    nth(
      values.sort((a, b) => a - b),
      Math.floor(0.9 * draws),
    )
  return {
    nominal,
    ce: known(nominal.ce90M) / ninety(across),
    le: known(nominal.le90M) / ninety(up),
  }
}

const STEADY = { positionM: 2, heightM: 2, yawDeg: 0.5, pitchDeg: 0.3, rollDeg: 0.2 }

describe('on a plane slope', () => {
  for (const [what, north, east, pitchDeg] of [
    ['level', 0, 0, -30],
    ['rising ahead', 0.35, 0, -20],
    ['falling ahead', -0.2, 0, -35],
    ['rising to the side', 0, 0.5, -40],
    ['falling to one side and away', -0.15, -0.3, -45],
    ['met from below', 0.6, 0, 8],
    ['steep as a wall', 2.5, 0.5, -10],
  ] as const) {
    it(`CE90 and LE90 hold within 4 %: ${what}`, () => {
      const { ce, le } = compare(plane(north, east), { aboveM: 120, yawDeg: 0, pitchDeg, sigma: STEADY })
      expect(Math.abs(ce - 1)).toBeLessThan(0.04)
      expect(Math.abs(le - 1)).toBeLessThan(0.04)
    })
  }

  it('that is met at a shallow angle a sweep keeps it within 5 %', () => {
    for (const [north, pitchDeg, sigmaPitch] of [
      [0, -6, 0.5],
      [-0.1, -11, 0.5],
      [0.1, 0.5, 0.5],
    ] as const) {
      const sigma = { ...STEADY, pitchDeg: sigmaPitch }
      const { ce } = compare(plane(north, 0), { aboveM: 100, yawDeg: 0, pitchDeg, sigma })
      expect(Math.abs(ce - 1)).toBeLessThan(0.05)
    }
  })
})

describe('on broken ground', () => {
  const scatter = (r: number, c: number): number => {
    const x = Math.sin(r * 12.9898 + c * 78.233) * 43758.5453
    return x - Math.floor(x)
  }
  for (const [what, z] of [
    ['ripples', (r, c) => 4 * Math.sin(r * 1.9) + 3 * Math.cos(c * 2.3)],
    ['scree', (r, c) => 6 * scatter(r, c)],
    ['mountains', (r, c) => 150 * (Math.sin(r / 21 + 1) * Math.cos(c / 17) - 0.6) + 8 * Math.sin(r * 1.3 + c)],
  ] as [string, GridParts['z']][]) {
    it(`CE90 is that of the ground which the view sweeps, not of one cell's tilt: ${what}`, () => {
      for (let yawDeg = 0; yawDeg < 360; yawDeg += 45) {
        const sigma = { ...STEADY, pitchDeg: 1 }
        const { ce } = compare(z, { aboveM: 150, yawDeg, pitchDeg: -14, sigma }, 3000)
        expect(ce).toBeGreaterThan(0.8)
        expect(ce).toBeLessThan(1.4)
      }
    })
  }

  it('a ridge in front of a plain counts with all that lies behind it', () => {
    const ridge: GridParts['z'] = (r) => (Math.abs(r - 120) < 2 ? 40 : 0)
    const sigma = { ...STEADY, pitchDeg: 0.5 }
    const onCrest = compare(ridge, { aboveM: 100, yawDeg: 0, pitchDeg: -5.6, sigma }).nominal
    const onFoot = compare(() => 0, { aboveM: 100, yawDeg: 0, pitchDeg: -9, sigma }).nominal
    expect(onCrest.rangeM).toBeLessThan(known(onFoot.rangeM) + 50)
    expect(known(onCrest.ce90M)).toBeGreaterThan(3 * known(onFoot.ce90M))
  })
})
