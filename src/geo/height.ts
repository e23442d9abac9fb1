/**
 * Any height to a height above the ellipsoid, or a refusal that names what is missing.
 *
 * Datums are never mixed and never guessed: hae = msl + EGM96 undulation; above ground needs a ground, which is the
 * terrain, or the declared surface where there is none; above take-off needs the take-off point's own height.
 */
import type { Height, Surface } from '../domain/detection.ts'
import { type Fault, fault } from '../fault/fault.ts'
import type { Undulation } from './geoid.ts'
import type { Ground } from './ground.ts'

/**
 * Height above the ellipsoid at a place in degrees, metres; NaN when it cannot be had, for which
 * {@link heightFault} gives the reason. (A number, because this runs for every detection.)
 */
export function haeOf(
  height: Height,
  latDeg: number,
  lonDeg: number,
  undulation: Undulation,
  declared: Surface | undefined,
  ground?: Ground | undefined,
): number {
  switch (height.datum) {
    case 'hae':
      return height.value
    case 'msl':
      return height.value + undulation(latDeg, lonDeg)
    case 'takeoff':
      return height.takeoffHaeM === undefined ? Number.NaN : height.takeoffHaeM + height.value
    case 'agl': {
      const groundHaeM = ground === undefined ? Number.NaN : ground.heightAt(latDeg, lonDeg)
      if (Number.isFinite(groundHaeM)) return height.value + groundHaeM
      if (declared === undefined || declared.height.datum === 'agl') return Number.NaN
      return height.value + haeOf(declared.height, latDeg, lonDeg, undulation, undefined)
    }
    default:
      return Number.NaN
  }
}

/** Why {@link haeOf} gave NaN; `field` is the path of the height. */
export function heightFault(height: Height, field: string): Fault {
  const stated = `${height.value} m ${height.datum}`
  if (!Number.isFinite(height.value)) return fault('bad-field', `the height ${stated} is no number`, { field })
  switch (height.datum) {
    case 'agl':
      return fault(
        'datum-unsupported',
        `the height ${stated} needs the ground under it, and neither terrain nor a surface gives it`,
        {
          field,
        },
      )
    case 'takeoff':
      return fault('datum-unsupported', `the height ${stated} needs takeoffHaeM`, { field })
    case 'msl':
      return fault('datum-unsupported', `no geoid height is known at the place of the height ${stated}`, { field })
    default:
      return fault('datum-unsupported', `the height ${stated} cannot be brought to the ellipsoid`, { field })
  }
}
