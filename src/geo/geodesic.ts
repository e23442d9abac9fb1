/**
 * The shortest way along the ellipsoid: where it leads, and how long it is.
 *
 * Follows Karney (2013, J. Geodesy 87) on the auxiliary sphere; his two integrals are taken by Gauss-Legendre quadrature
 * instead of series, which on an ellipsoid as round as the Earth is exact to rounding (some nanometres).
 * Angles are radians, azimuths clockwise from true north.
 */
import { B, EP2, F } from './ellipsoid.ts'

/** Nodes and weights of the 8-point rule on [-1, 1], positive half. */
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363]
const WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763]
/** Longest arc given to one rule. */
const ARC = Math.PI / 3
const STEPS = 50

/** Integral over [from, to] of the length (metres per radian / b) or of the longitude lag, by `lag`. */
function integral(k2: number, from: number, to: number, lag: boolean): number {
  const pieces = Math.max(1, Math.ceil(Math.abs(to - from) / ARC))
  const half = (to - from) / pieces / 2
  let sum = 0
  for (let p = 0; p < pieces; p++) {
    const middle = from + half * (2 * p + 1)
    for (let i = 0; i < NODES.length; i++) {
      const reach = half * (NODES[i] as number)
      const both = lag
        ? lagAt(k2, middle - reach) + lagAt(k2, middle + reach)
        : lengthAt(k2, middle - reach) + lengthAt(k2, middle + reach)
      sum += (WEIGHTS[i] as number) * both
    }
  }
  return sum * half
}

function lengthAt(k2: number, sigma: number): number {
  const s = Math.sin(sigma)
  return Math.sqrt(1 + k2 * s * s)
}

function lagAt(k2: number, sigma: number): number {
  return (2 - F) / (1 + (1 - F) * lengthAt(k2, sigma))
}

/** Where a geodesic ends, with its azimuth there. Longitude is not wrapped. */
export interface GeodesicEnd {
  readonly lat: number
  readonly lon: number
  readonly azimuth: number
}

/** Follows the geodesic from a place in a direction over a distance in metres on the ellipsoid. */
export function geodesicDirect(lat: number, lon: number, azimuth: number, distanceM: number): GeodesicEnd {
  const beta = Math.atan2((1 - F) * Math.sin(lat), Math.cos(lat))
  const sinA = Math.sin(azimuth)
  const cosA = Math.cos(azimuth)
  const sinA0 = sinA * Math.cos(beta)
  const cosA0 = Math.hypot(cosA, sinA * Math.sin(beta))
  const start = Math.atan2(Math.sin(beta), cosA * Math.cos(beta))
  const k2 = EP2 * cosA0 * cosA0
  let end = start + distanceM / (B * (1 + k2 / 4))
  for (let step = 0; step < STEPS; step++) {
    const delta = (distanceM / B - integral(k2, start, end, false)) / lengthAt(k2, end)
    end += delta
    if (Math.abs(delta) < 1e-15) break
  }
  // The longitude on the sphere, counted on through whole turns by the arc itself.
  const omega = sphereLongitude(sinA0, end) - sphereLongitude(sinA0, start)
  const across = Math.hypot(sinA0, cosA0 * Math.cos(end))
  return {
    lat: Math.atan2(cosA0 * Math.sin(end), (1 - F) * across),
    lon: lon + omega - F * sinA0 * integral(k2, start, end, true),
    azimuth: Math.atan2(sinA0, cosA0 * Math.cos(end)),
  }
}

function sphereLongitude(sinA0: number, sigma: number): number {
  return Math.atan2(sinA0 * Math.sin(sigma), Math.cos(sigma))
}

/** Length of a geodesic and its azimuths at both ends. */
export interface GeodesicArc {
  readonly distanceM: number
  readonly azimuth: number
  readonly endAzimuth: number
}

/**
 * The geodesic between two places; undefined when they lie so nearly opposite each other on the globe that the
 * iteration does not settle.
 */
export function geodesicInverse(lat1: number, lon1: number, lat2: number, lon2: number): GeodesicArc | undefined {
  const beta1 = Math.atan2((1 - F) * Math.sin(lat1), Math.cos(lat1))
  const beta2 = Math.atan2((1 - F) * Math.sin(lat2), Math.cos(lat2))
  const [s1, c1, s2, c2] = [Math.sin(beta1), Math.cos(beta1), Math.sin(beta2), Math.cos(beta2)]
  const turn = 2 * Math.PI
  const lambda = lon2 - lon1 - turn * Math.round((lon2 - lon1) / turn)
  let omega = lambda
  for (let step = 0; step < STEPS; step++) {
    const sinO = Math.sin(omega)
    const cosO = Math.cos(omega)
    const east = c2 * sinO
    const north = c1 * s2 - s1 * c2 * cosO
    const sinArc = Math.hypot(east, north)
    if (sinArc === 0 && omega === 0) return { distanceM: 0, azimuth: 0, endAzimuth: 0 }
    const arc = Math.atan2(sinArc, s1 * s2 + c1 * c2 * cosO)
    const azimuth = Math.atan2(east, north)
    const sinA0 = Math.sin(azimuth) * c1
    const cosA0 = Math.hypot(Math.cos(azimuth), Math.sin(azimuth) * s1)
    const start = Math.atan2(s1, Math.cos(azimuth) * c1)
    const k2 = EP2 * cosA0 * cosA0
    const next = lambda + F * sinA0 * integral(k2, start, start + arc, true)
    const moved = Math.abs(next - omega)
    omega = next
    if (moved > 1e-15) continue
    return {
      distanceM: B * integral(k2, start, start + arc, false),
      azimuth,
      endAzimuth: Math.atan2(c1 * sinO, -s1 * c2 + c1 * s2 * cosO),
    }
  }
  return undefined
}
