/**
 * What bearings from several sensors say about one point: how far each angle is off it, and how that changes with it.
 *
 * Angles are compared as angles, each in the local frame of its own sensor on the ellipsoid, so that neither the curve
 * of the Earth nor the meeting of meridians comes in. An error of the sensor's place, and whatever way the target may
 * have gone since, are angles at the distance of the point.
 */
import type { BearingLine } from '../domain/location.ts'
import { DEG, toEcef } from './ellipsoid.ts'
import { nedAxes } from './frames.ts'
import { type Refraction, refractionDrop } from './refraction.ts'

/** One bearing on the target, as seen by one sensor. */
export interface Sighting {
  readonly line: BearingLine
  /** One sigma of the way that the target may have gone between this sighting and the moment of the fix, metres. */
  readonly driftM?: number
}

/** A sighting ready to be compared with points. Radians and metres. */
export interface Ray {
  /** ECEF of the sensor. */
  readonly origin: Float64Array
  /** Its local axes. */
  readonly ned: Float64Array
  readonly azimuth: number
  /** NaN when only the azimuth is known. */
  readonly elevation: number
  readonly sigmaAzimuth: number
  readonly sigmaElevation: number
  readonly positionM: number
  readonly heightM: number
  readonly driftM: number
}

/** Where a sensor that states no error of its own place is taken to stand: the default of a pose. */
const ASSUMED_POSITION_M = 3
const ASSUMED_HEIGHT_M = 5

/** @param otherwiseHaeM height of a sensor whose own is not known; its elevation is of no use then */
export function rayOf({ line, driftM = 0 }: Sighting, otherwiseHaeM: number): Ray {
  const origin = new Float64Array(3)
  const ned = new Float64Array(9)
  toEcef(line.lat * DEG, line.lon * DEG, line.haeM ?? otherwiseHaeM, origin)
  nedAxes(line.lat * DEG, line.lon * DEG, ned)
  const { elevationDeg, sigmaElevationDeg, haeM } = line
  const lifted = elevationDeg !== undefined && sigmaElevationDeg !== undefined && haeM !== undefined
  return {
    origin,
    ned,
    azimuth: line.azimuthDeg * DEG,
    elevation: lifted ? elevationDeg * DEG : Number.NaN,
    sigmaAzimuth: line.sigmaAzimuthDeg * DEG,
    sigmaElevation: lifted ? sigmaElevationDeg * DEG : Number.NaN,
    positionM: line.sigmaPositionM ?? ASSUMED_POSITION_M,
    heightM: line.sigmaHeightM ?? ASSUMED_HEIGHT_M,
    driftM,
  }
}

/** How one angle, measured towards a point, relates to it. */
export interface Relation {
  /** Measured less expected, radians, within half a turn. */
  off: number
  /** How the expected angle changes with the point, ECEF, radians per metre. */
  readonly slope: Float64Array
  /** One-sigma error of the angle itself. */
  angle: number
  /** The same of what stems from the sensor's place, its height, and the target's own way. */
  position: number
  height: number
  drift: number
}

export const newRelation = (): Relation => ({
  off: Number.NaN,
  slope: new Float64Array(3),
  angle: Number.NaN,
  position: Number.NaN,
  height: Number.NaN,
  drift: Number.NaN,
})

/** Variance of the angle against the point, from everything. */
export function varianceOf({ angle, position, height, drift }: Relation): number {
  return angle * angle + position * position + height * height + drift * drift
}

/** The point as a sensor sees it: north, east, down, level and slant distance. */
export interface Seen {
  n: number
  e: number
  d: number
  levelM: number
  rangeM: number
}

export function seenBy({ origin, ned }: Ray, point: Float64Array, out: Seen): void {
  const x = (point[0] as number) - (origin[0] as number)
  const y = (point[1] as number) - (origin[1] as number)
  const z = (point[2] as number) - (origin[2] as number)
  out.n = (ned[0] as number) * x + (ned[1] as number) * y + (ned[2] as number) * z
  out.e = (ned[3] as number) * x + (ned[4] as number) * y + (ned[5] as number) * z
  out.d = (ned[6] as number) * x + (ned[7] as number) * y + (ned[8] as number) * z
  out.levelM = Math.hypot(out.n, out.e)
  out.rangeM = Math.hypot(out.levelM, out.d)
}

/** How the azimuth relates to a point that is seen so. */
export function relateAzimuth(ray: Ray, seen: Seen, out: Relation): void {
  const { n, e, levelM } = seen
  out.off = halfTurn(ray.azimuth - Math.atan2(e, n))
  const north = -e / (levelM * levelM)
  const east = n / (levelM * levelM)
  for (let i = 0; i < 3; i++) {
    out.slope[i] = north * (ray.ned[i] as number) + east * (ray.ned[3 + i] as number)
  }
  out.angle = ray.sigmaAzimuth
  out.position = ray.positionM / levelM
  out.height = 0
  out.drift = ray.driftM / levelM
}

/** How the elevation relates to a point that is seen so; the air bends light, so that things look higher than they are. */
export function relateElevation(ray: Ray, seen: Seen, refraction: Refraction, out: Relation): void {
  const { n, e, d, levelM, rangeM } = seen
  const elevation = Math.atan2(-d, levelM)
  out.off = ray.elevation - (elevation + refractionDrop(rangeM, elevation, refraction) / rangeM)
  const square = rangeM * rangeM
  const north = (d * n) / (levelM * square)
  const east = (d * e) / (levelM * square)
  const down = -levelM / square
  for (let i = 0; i < 3; i++) {
    out.slope[i] =
      north * (ray.ned[i] as number) + east * (ray.ned[3 + i] as number) + down * (ray.ned[6 + i] as number)
  }
  out.angle = ray.sigmaElevation
  out.position = (ray.positionM * Math.abs(d)) / square
  out.height = (ray.heightM * levelM) / square
  out.drift = ray.driftM / rangeM
}

function halfTurn(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))
}
