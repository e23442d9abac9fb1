/**
 * A sight as a line of bearing: where it starts, where it leads, and how wrong either may be.
 */
import type { BearingLine } from '../domain/location.ts'
import type { FaultCode } from '../fault/table.ts'
import { type Causes, STRIDE, turnVariance } from './causes.ts'
import { DEG, wrapAzimuthDeg, wrapLonDeg } from './ellipsoid.ts'
import { azimuthOf, elevationOf, elevationSigma, type Sight } from './sight.ts'

/**
 * The sight as a line; its azimuth is as wrong as all turns together make it, at most half a turn.
 *
 * @param lengthM how far to draw it
 * @param because why there is no place
 */
export function lineOf(sight: Sight, withElevation: boolean, lengthM: number, because: FaultCode): BearingLine {
  const { causes } = sight
  const [n, e, d] = [sight.d[0] as number, sight.d[1] as number, sight.d[2] as number]
  const level = Math.hypot(n, e)
  // A turn w moves the azimuth by w . (down - (down . d) d) / cos^2: the part of the axis that swings the ray sideways.
  const scale = level > 0 ? 1 / (level * level) : 0
  const swing = turnVariance(causes, -d * n * scale, -d * e * scale, (1 - d * d) * scale)
  const sigmaDeg = Math.sqrt(swing) / DEG
  const liftDeg = elevationSigma(sight) / DEG
  const sigmaPositionM = Math.sqrt((shiftVariance(causes, 0) + shiftVariance(causes, 1)) / 2)
  const sigmaHeightM = Math.sqrt(shiftVariance(causes, 2))
  return {
    kind: 'bearing',
    lat: sight.latDeg,
    lon: wrapLonDeg(sight.lonDeg),
    ...(Number.isFinite(sight.haeM) ? { haeM: sight.haeM } : undefined),
    azimuthDeg: wrapAzimuthDeg(azimuthOf(sight) / DEG),
    ...(withElevation
      ? { elevationDeg: elevationOf(sight) / DEG, sigmaElevationDeg: liftDeg < 90 ? liftDeg : 90 }
      : undefined),
    sigmaAzimuthDeg: level > 0 && sigmaDeg < 180 ? sigmaDeg : 180,
    ...(Number.isFinite(sigmaPositionM) ? { sigmaPositionM } : undefined),
    ...(Number.isFinite(sigmaHeightM) ? { sigmaHeightM } : undefined),
    assumedError: sight.assumedPose,
    lengthM,
    because,
  }
}

/** Variance of the sensor's place along one axis (0 north, 1 east, 2 down). */
function shiftVariance(causes: Causes, axis: number): number {
  let sum = 0
  for (let i = 0; i < causes.count; i++) {
    const shift = causes.values[i * STRIDE + axis] as number
    sum += shift * shift
  }
  return sum
}
