/**
 * The height of the ground under a place, above the ellipsoid, with the source it was read from.
 *
 * Heights above ground are measured from this, and a sensor is checked against it: one that stands at or under the
 * ground has a height in the wrong datum more often than not.
 */
import { columnOf, type ElevationModel, type ElevationSource, heightIn, newFooting, rowOf } from './elevation.ts'
import type { Undulation } from './geoid.ts'

export interface Ground {
  /** Height of the ground above the ellipsoid at a place in degrees, metres; NaN where it is not known. */
  heightAt(latDeg: number, lonDeg: number): number
  /** Where the ground at a place comes from; undefined where it is not known. */
  sourceAt(latDeg: number, lonDeg: number): ElevationSource | undefined
}

export function groundOf(model: ElevationModel, undulation: Undulation): Ground {
  const footing = newFooting()

  const heightAt = (latDeg: number, lonDeg: number): number => {
    if (!model.enter(latDeg, lonDeg, footing)) return Number.NaN
    const raster = footing.raster
    if (raster === undefined) return Number.NaN
    const z = heightIn(raster, columnOf(raster, lonDeg), rowOf(raster, latDeg))
    return raster.source.datum === 'egm96' ? z + undulation(latDeg, lonDeg) : z
  }

  return {
    heightAt,
    sourceAt: (latDeg, lonDeg) => (Number.isNaN(heightAt(latDeg, lonDeg)) ? undefined : footing.raster?.source),
  }
}
