/**
 * Error of a place on broken ground: the ray is swept over the ground as far as its error reaches, and what it meets
 * there is the error.
 *
 * Seen from the sensor every cause moves the ray across itself, up or sideways, and a surface that is higher is a ray
 * that is lower. All causes together are one Gaussian across the ray. Casting it at ten quantiles up and down and at two
 * sideways costs less than two casts for every cause, and ground behind a crest is met as the errors meet it. The spread
 * is scaled so that the 90 % quantile of the casts comes to 1.645 sigma, because that is the circle that is stated.
 */
import { clearErrorSum, type ErrorSum } from './covariance.ts'
import { nedToEcef } from './frames.ts'
import { type LevelHit, newLevelHit } from './level.ts'
import { type MarchRules, marchTerrain } from './march.ts'
import type { Sight } from './sight.ts'
import { rotate } from './sigma-points.ts'
import type { Spread } from './spread.ts'

/** Middles of ten parts of equal probability of the normal distribution; the outermost is its 95 % quantile. */
const QUANTILES = Float64Array.of(
  -1.64485,
  -1.03643,
  -0.67449,
  -0.38532,
  -0.12566,
  0.12566,
  0.38532,
  0.67449,
  1.03643,
  1.64485,
)
const OUTERMOST = 1.64485
/** Where `up` is less upright than this the view is steep, and a shift may well be taken for a turn. */
const LEAST_UPRIGHT = 0.3
/** Step to the sides, where central differences do. */
const SIDE = 1.2

const seen = new Float64Array(3 * QUANTILES.length)
const sides = new Float64Array(6)
const axis = new Float64Array(3)
const ray = new Float64Array(3)
const probe = newLevelHit()

/**
 * Sums all causes about the nominal hit into `sum`, in the target's east-north-up axes.
 *
 * @param liftM how much the ground is raised
 * @param enu rows: the target's east, north and up in ECEF
 * @returns false when a cast does not come down to the ground
 */
export function sumBySweep(
  sight: Sight,
  spread: Spread,
  liftM: number,
  march: MarchRules,
  hit: LevelHit,
  enu: Float64Array,
  sum: ErrorSum,
): boolean {
  clearErrorSum(sum)
  const sigmaUp = Math.sqrt(spread.upUp)
  // What goes sideways with a move up, and what the ground's height does with either.
  const lean = spread.upUp > 0 ? spread.upRight / spread.upUp : 0
  // A shift moves the ray along itself, so it does not change with the distance as a turn does.
  const shifting = spread.upright > LEAST_UPRIGHT && spread.upUp > 0 ? 1 - spread.upTurn / spread.upUp : 0
  const sideVariance = Math.max(spread.rightRight - lean * spread.upRight, 0)
  const sigmaSide = Math.sqrt(sideVariance)
  const withUp = sigmaUp > 0 ? spread.upGround / sigmaUp : 0
  const withSide = sigmaSide > 0 ? (spread.rightGround - lean * spread.upGround) / sigmaSide : 0

  for (let i = 0; i < QUANTILES.length; i++) {
    const k = QUANTILES[i] as number
    const lifted = k * sigmaUp * shifting
    if (
      !swept(
        spread,
        k * sigmaUp * (1 - shifting),
        k * sigmaUp * lean,
        lifted / spread.upright,
        sight,
        liftM,
        march,
        hit,
        enu,
        seen,
        3 * i,
      )
    )
      return false
    seen[3 * i + 2] = (seen[3 * i + 2] as number) + k * withUp
  }
  for (let i = 0; i < 2; i++) {
    const k = i === 0 ? SIDE : -SIDE
    if (!swept(spread, 0, k * sigmaSide, 0, sight, liftM, march, hit, enu, sides, 3 * i)) return false
    sides[3 * i + 2] = (sides[3 * i + 2] as number) + k * withSide
  }
  const alongVariance = addAlong(sum)
  const acrossVariance = addSides(sum)
  const m = sum.m
  m[5] = (m[5] as number) + Math.max(spread.groundGround - withUp * withUp - withSide * withSide, 0)
  const causes = sight.causes
  for (let i = 0; i < causes.count; i++) {
    const a = spread.moves[2 * i] as number
    const b = (spread.moves[2 * i + 1] as number) - lean * a
    const part = share(a, spread.upUp) * alongVariance + share(b, sideVariance) * acrossVariance
    const source = causes.source[i] as number
    sum.horizontal[source] = (sum.horizontal[source] as number) + part
  }
  return true
}

function share(part: number, variance: number): number {
  return variance > 0 ? (part * part) / variance : 0
}

/**
 * Where the hit goes, in the target's east-north-up, when the ray is turned by so much at its end, up and right, and
 * lifted; into `out` from `at`.
 */
function swept(
  spread: Spread,
  up: number,
  right: number,
  lifted: number,
  sight: Sight,
  liftM: number,
  march: MarchRules,
  hit: LevelHit,
  enu: Float64Array,
  out: Float64Array,
  at: number,
): boolean {
  // Right x d = up and d x up = right: a turn about right moves the ray's end up, one about minus up moves it right.
  for (let i = 0; i < 3; i++) {
    axis[i] = ((spread.right[i] as number) * up - (spread.up[i] as number) * right) / hit.t
  }
  rotate(sight.d, axis[0] as number, axis[1] as number, axis[2] as number, ray)
  nedToEcef(sight.ned, ray[0] as number, ray[1] as number, ray[2] as number, ray)
  const o = sight.origin
  const answer = marchTerrain(
    o[0] as number,
    o[1] as number,
    o[2] as number,
    ray[0] as number,
    ray[1] as number,
    ray[2] as number,
    liftM - lifted,
    false,
    march,
    probe,
  )
  if (answer !== 'hit') return false
  const x = probe.x - hit.x
  const y = probe.y - hit.y
  const z = probe.z - hit.z
  for (let r = 0; r < 3; r++) {
    out[at + r] = (enu[3 * r] as number) * x + (enu[3 * r + 1] as number) * y + (enu[3 * r + 2] as number) * z
  }
  // A lifted ray over the ground is the ray over lowered ground, and higher by as much.
  out[at + 2] = (out[at + 2] as number) + lifted
  return true
}

/** Adds the second moment of what was seen up and down, scaled to its 90 % quantile; returns its horizontal variance. */
function addAlong(sum: ErrorSum): number {
  const count = QUANTILES.length
  let ee = 0
  let en = 0
  let eu = 0
  let nn = 0
  let nu = 0
  let uu = 0
  let far = 0
  let next = 0
  let high = 0
  let nextHigh = 0
  for (let i = 0; i < count; i++) {
    const e = seen[3 * i] as number
    const n = seen[3 * i + 1] as number
    const u = seen[3 * i + 2] as number
    ee += e * e
    en += e * n
    eu += e * u
    nn += n * n
    nu += n * u
    uu += u * u
    const flat = Math.sqrt(e * e + n * n)
    next = Math.max(next, Math.min(far, flat))
    far = Math.max(far, flat)
    const height = Math.abs(u)
    nextHigh = Math.max(nextHigh, Math.min(high, height))
    high = Math.max(high, height)
  }
  // The 90 % quantile lies between the two largest of ten.
  const flat = scale((far + next) / 2, (ee + nn) / count) / count
  const upright = scale((high + nextHigh) / 2, uu / count) / count
  const both = Math.sqrt(flat * upright)
  const m = sum.m
  m[0] = (m[0] as number) + flat * ee
  m[1] = (m[1] as number) + flat * en
  m[2] = (m[2] as number) + both * eu
  m[3] = (m[3] as number) + flat * nn
  m[4] = (m[4] as number) + both * nu
  m[5] = (m[5] as number) + upright * uu
  return flat * (ee + nn)
}

/** What a second moment is to be multiplied by to fit a 90 % quantile. */
function scale(ninety: number, moment: number): number {
  return moment > 0 ? ninety ** 2 / OUTERMOST ** 2 / moment : 1
}

/** Adds the slope and the bend of what was seen to the sides; returns its horizontal variance. */
function addSides(sum: ErrorSum): number {
  const m = sum.m
  let horizontal = 0
  for (let kind = 0; kind < 2; kind++) {
    const sign = kind === 0 ? -1 : 1
    const weight = kind === 0 ? 1 / (4 * SIDE ** 2) : (SIDE ** 2 - 1) / (4 * SIDE ** 4)
    const e = (sides[0] as number) + sign * (sides[3] as number)
    const n = (sides[1] as number) + sign * (sides[4] as number)
    const u = (sides[2] as number) + sign * (sides[5] as number)
    m[0] = (m[0] as number) + weight * e * e
    m[1] = (m[1] as number) + weight * e * n
    m[2] = (m[2] as number) + weight * e * u
    m[3] = (m[3] as number) + weight * n * n
    m[4] = (m[4] as number) + weight * n * u
    m[5] = (m[5] as number) + weight * u * u
    horizontal += weight * (e * e + n * n)
  }
  return horizontal
}
