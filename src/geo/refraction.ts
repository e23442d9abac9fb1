/** How far standard refraction bends a ray down towards the Earth. */

/** The ray falls by k X^2 / (2 R) at horizontal distance X; left out nearer than `fromM`. */
export interface Refraction {
  readonly k: number
  readonly fromM: number
}

/** Mean radius of the Earth, metres; enough for refraction and for what a chord's bow is. */
export const EARTH_RADIUS_M = 6371000

/** How far below the straight ray the bent one is at a slant range and elevation (radians), metres. */
export function refractionDrop(rangeM: number, elevation: number, refraction: Refraction): number {
  if (!(rangeM > refraction.fromM)) return 0
  const across = rangeM * Math.cos(elevation)
  return (refraction.k * across * across) / (2 * EARTH_RADIUS_M)
}
