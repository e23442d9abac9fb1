/**
 * Heights of the EGM96 geoid above the ellipsoid, interpolated from a grid of 15 minutes.
 *
 * The grid goes round the globe and over the poles, so there is no seam: a row beyond a pole is the row before it,
 * half a turn on. Cubic (four by four Lagrange) interpolation holds 1 cm at the test points of the model's publisher,
 * where bilinear holds 6 cm.
 */

/** Height of mean sea level above the WGS84 ellipsoid, metres, at a place in degrees; NaN where it is not known. */
export type Undulation = (latDeg: number, lonDeg: number) => number

/** Posts from south to north, each row eastwards from -180 degrees, as integers of `unitM`. */
export interface GeoidGrid {
  readonly rows: number
  readonly columns: number
  readonly unitM: number
  readonly posts: Int16Array
}

/** Interpolates a grid; latitudes beyond the poles and values that are not finite give NaN. */
export function undulationOf(grid: GeoidGrid): Undulation {
  const { rows, columns, unitM, posts } = grid
  const perLat = (rows - 1) / 180
  const perLon = columns / 360

  const along = (row: number, column: number, w0: number, w1: number, w2: number, w3: number): number => {
    let r = row
    let c = column
    if (r < 0 || r >= rows) {
      r = r < 0 ? -r : 2 * (rows - 1) - r
      c += columns / 2
    }
    const start = r * columns
    const c0 = (c - 1 + columns) % columns
    const c1 = c0 + 1 === columns ? 0 : c0 + 1
    const c2 = c1 + 1 === columns ? 0 : c1 + 1
    const c3 = c2 + 1 === columns ? 0 : c2 + 1
    return (
      w0 * (posts[start + c0] as number) +
      w1 * (posts[start + c1] as number) +
      w2 * (posts[start + c2] as number) +
      w3 * (posts[start + c3] as number)
    )
  }

  return (latDeg, lonDeg) => {
    if (!(latDeg >= -90 && latDeg <= 90) || !Number.isFinite(lonDeg)) return Number.NaN
    const y = (latDeg + 90) * perLat
    const turned = (lonDeg + 180) % 360
    const x = (turned < 0 ? turned + 360 : turned) * perLon
    const row = Math.min(Math.floor(y), rows - 2)
    const column = Math.floor(x) % columns
    const v = y - row
    const u = x - Math.floor(x)
    const w0 = (-u * (u - 1) * (u - 2)) / 6
    const w1 = ((u + 1) * (u - 1) * (u - 2)) / 2
    const w2 = (-(u + 1) * u * (u - 2)) / 2
    const w3 = ((u + 1) * u * (u - 1)) / 6
    return (
      unitM *
      (((-v * (v - 1) * (v - 2)) / 6) * along(row - 1, column, w0, w1, w2, w3) +
        (((v + 1) * (v - 1) * (v - 2)) / 2) * along(row, column, w0, w1, w2, w3) +
        ((-(v + 1) * v * (v - 2)) / 2) * along(row + 1, column, w0, w1, w2, w3) +
        (((v + 1) * v * (v - 1)) / 6) * along(row + 2, column, w0, w1, w2, w3))
    )
  }
}
