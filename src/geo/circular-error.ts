/**
 * The circle that holds a given share of an elliptical normal error.
 *
 * The radius is the ellipse's larger sigma times a factor that depends on the shape alone. The factors come from
 * quadrature of the normal density at 21 shapes, with cubic interpolation between them: within 0.02 % everywhere.
 * Neither 2.146 times the mean of the sigmas (a third too small for a thin ellipse) nor 2.146 times their root sum of
 * squares (a third too large) is used.
 */

/** Share of the error inside the circle; `sigma1` is 39.35 %, the one-sigma circle of a round error. */
export type CircleShare = 'sigma1' | 'ce50' | 'ce68' | 'ce90' | 'ce95'

/** Half-interval that holds 50 % and 90 % of a one-dimensional normal error, in sigmas. */
export const LE50 = 0.67448975
export const LE90 = 1.644853627

/** Radius of the 50 % and 90 % circle of a round error, in sigmas. */
export const CE50 = 1.177410023
export const CE90 = 2.145966026

/** Factors at smaller sigma / larger sigma = 0, 0.05 ... 1. */
const FACTORS: Readonly<Record<CircleShare, readonly number[]>> = {
  sigma1: [
    0.515031999, 0.517468012, 0.524897378, 0.537868368, 0.557381172, 0.582509482, 0.610825884, 0.640510063, 0.670568117,
    0.700503004, 0.730076064, 0.759180473, 0.787777264, 0.815862649, 0.843450937, 0.870565381, 0.897233208, 0.923482895,
    0.949342678, 0.974839777, 1,
  ],
  ce50: [
    0.67448975, 0.676347931, 0.681985088, 0.691625779, 0.705853867, 0.725434382, 0.749935122, 0.777877499, 0.807852714,
    0.838896121, 0.870417428, 0.902069327, 0.933651386, 0.965050701, 0.996206746, 1.02709061, 1.05769258, 1.08801463,
    1.11806575, 1.14785907, 1.17741002,
  ],
  ce68: [
    1.00002171, 1.00127404, 1.00505995, 1.01147159, 1.02068568, 1.03303321, 1.04909823, 1.06942162, 1.0939509, 1.122056,
    1.15291552, 1.1857881, 1.22009799, 1.25542737, 1.29148235, 1.32805933, 1.36501856, 1.40226504, 1.43973507,
    1.47738702, 1.51519476,
  ],
  ce90: [
    1.64485363, 1.6456147, 1.64791161, 1.65178648, 1.65731349, 1.6646058, 1.67382866, 1.68522713, 1.69918306,
    1.71625651, 1.73707993, 1.76212154, 1.79152231, 1.8251118, 1.86252969, 1.90334936, 1.9471581, 1.99359468,
    2.04235993, 2.09321363, 2.14596603,
  ],
  ce95: [
    1.95996398, 1.96060265, 1.9625296, 1.96577836, 1.9704075, 1.97650506, 1.98419623, 1.99365648, 2.00513724,
    2.01901684, 2.03585872, 2.0563843, 2.08130448, 2.11111217, 2.14598113, 2.18580192, 2.23028729, 2.27907508,
    2.33179798, 2.38811952, 2.44774683,
  ],
}

const STEP = 0.05

/** Radius of the circle in units of the larger sigma; `ratio` is smaller / larger sigma, 0 to 1. */
export function circleFactor(share: CircleShare, ratio: number): number {
  const table = FACTORS[share]
  const last = table.length - 1
  const at = Math.min(Math.max(ratio / STEP, 0), last)
  const i = Math.min(Math.floor(at), last - 1)
  const w = at - i
  // Cubic through four neighbours; at the ends the outermost four serve twice. NaN falls through to NaN.
  const first = Math.min(Math.max(i - 1, 0), last - 3)
  const x = i - first + w
  const p0 = table[first] as number
  const p1 = table[first + 1] as number
  const p2 = table[first + 2] as number
  const p3 = table[first + 3] as number
  const x1 = x - 1
  const x2 = x - 2
  const x3 = x - 3
  return (-p0 * x1 * x2 * x3 + p3 * x * x1 * x2) / 6 + (p1 * x * x2 * x3 - p2 * x * x1 * x3) / 2
}

/** Radius in metres of the circle that holds a share of an error with these one-sigma semi-axes. */
export function circleRadiusM(share: CircleShare, semiMajorM: number, semiMinorM: number): number {
  return semiMajorM > 0 ? semiMajorM * circleFactor(share, semiMinorM / semiMajorM) : semiMajorM
}
