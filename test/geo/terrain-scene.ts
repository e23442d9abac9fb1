/** Synthetic ground for tests, and rays onto it. */
import {
  type ElevationDatum,
  type ElevationModel,
  type ElevationRaster,
  modelOfRaster,
  rasterOf,
} from '../../src/geo/elevation.ts'
import { DEG, toEcef } from '../../src/geo/ellipsoid.ts'
import { nedAxes, nedOfDirection, nedToEcef } from '../../src/geo/frames.ts'
import type { Undulation } from '../../src/geo/geoid.ts'
import { type MarchAnswer, type MarchRules, marchTerrain, newTerrainHit, type TerrainHit } from '../../src/geo/march.ts'

export interface GridParts {
  readonly south: number
  readonly west: number
  readonly latStep: number
  readonly lonStep: number
  readonly rows: number
  readonly columns: number
  readonly datum?: ElevationDatum
  readonly sigmaM?: number
  readonly relativeSigmaM?: number
  /** Height of a post, row from the south. */
  readonly z: (row: number, column: number) => number
}

export function gridOf(parts: GridParts): ElevationRaster {
  const { rows, columns, z } = parts
  const posts = new Float64Array(rows * columns)
  for (let i = 0; i < posts.length; i++) posts[i] = z(Math.floor(i / columns), i % columns)
  const { sigmaM = 3, relativeSigmaM = 2, datum = 'hae' } = parts
  return rasterOf({ ...parts, posts, source: { name: 'TEST', datum, sigmaM, relativeSigmaM, assumed: false } })
}

export function groundModel(parts: GridParts): ElevationModel {
  return modelOfRaster(gridOf(parts))
}

export interface Ray {
  readonly lat: number
  readonly lon: number
  readonly hae: number
  readonly azimuth: number
  readonly elevation: number
}

/** Origin and unit direction of a ray, ECEF. */
export function ecefRay(ray: Ray): { origin: Float64Array; along: Float64Array } {
  const origin = new Float64Array(3)
  const axes = new Float64Array(9)
  const along = new Float64Array(3)
  toEcef(ray.lat * DEG, ray.lon * DEG, ray.hae, origin)
  nedAxes(ray.lat * DEG, ray.lon * DEG, axes)
  nedOfDirection(ray.azimuth * DEG, ray.elevation * DEG, along)
  nedToEcef(axes, along[0] as number, along[1] as number, along[2] as number, along)
  return { origin, along }
}

export const straight = (model: ElevationModel, undulation: Undulation = () => 0): MarchRules => ({
  model,
  undulation,
  refraction: { k: 0, fromM: 5000 },
  maxRangeM: 30_000,
})

export function march(ray: Ray, rules: MarchRules, exact = true): { answer: MarchAnswer; hit: TerrainHit } {
  const { origin, along } = ecefRay(ray)
  const [px, py, pz] = origin as unknown as [number, number, number]
  const [dx, dy, dz] = along as unknown as [number, number, number]
  const hit = newTerrainHit()
  return { answer: marchTerrain(px, py, pz, dx, dy, dz, 0, exact, rules, hit), hit }
}
