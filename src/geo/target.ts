/** The axes at the place a ray hits: its east, north and up, which every stated error is in. */

/** East, north and up (rows) in ECEF at a place with this unit vector up. */
export function enuAxes(upX: number, upY: number, upZ: number, out: Float64Array): void {
  const cosLat = Math.sqrt(upX * upX + upY * upY)
  const cosLon = cosLat > 0 ? upX / cosLat : 1
  const sinLon = cosLat > 0 ? upY / cosLat : 0
  out[0] = -sinLon
  out[1] = cosLon
  out[2] = 0
  out[3] = -upZ * cosLon
  out[4] = -upZ * sinLon
  out[5] = cosLat
  out[6] = upX
  out[7] = upY
  out[8] = upZ
}

/** Rotation from a sensor's NED to a target's ENU: the target's axes (rows of `out`), seen from the sensor. */
export function enuFromNed(ned: Float64Array, enu: Float64Array, out: Float64Array): void {
  for (let row = 0; row < 9; row += 3) {
    const x = enu[row] as number
    const y = enu[row + 1] as number
    const z = enu[row + 2] as number
    out[row] = (ned[0] as number) * x + (ned[1] as number) * y + (ned[2] as number) * z
    out[row + 1] = (ned[3] as number) * x + (ned[4] as number) * y + (ned[5] as number) * z
    out[row + 2] = (ned[6] as number) * x + (ned[7] as number) * y + (ned[8] as number) * z
  }
}
