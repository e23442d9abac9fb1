/** Places all over a circle on the Earth, from the middle outwards, and the names of the degree cells they are in. */

/** One degree of latitude and longitude by its south-west corner, and whether data lies all over what is asked of it. */
export interface Cell {
  /** As SRTM names it, such as `N45E007`. */
  readonly name: string
  readonly covered: boolean
}

/** Good enough to spread places; nothing is measured with it. */
export const METRES_PER_DEGREE = 111_320

/** Visits places some `stepM` apart, rings from the middle outwards, until `visit` says that it is enough. */
export function eachAround(
  latDeg: number,
  lonDeg: number,
  radiusM: number,
  stepM: number,
  visit: (latDeg: number, lonDeg: number) => boolean,
): void {
  if (!visit(latDeg, lonDeg)) return
  const rings = Math.ceil(radiusM / stepM)
  const perLon = METRES_PER_DEGREE * Math.max(Math.cos((latDeg * Math.PI) / 180), 0.01)
  for (let ring = 1; ring <= rings; ring++) {
    const reach = (radiusM * ring) / rings
    const places = Math.ceil((2 * Math.PI * reach) / stepM)
    for (let i = 0; i < places; i++) {
      const angle = (2 * Math.PI * i) / places
      const lat = latDeg + (reach * Math.cos(angle)) / METRES_PER_DEGREE
      const lon = lonDeg + (reach * Math.sin(angle)) / perLon
      if (Math.abs(lat) <= 90 && !visit(lat, lon)) return
    }
  }
}

/** The name of the degree cell of a place, by its south-west corner. */
export function cellName(latDeg: number, lonDeg: number): string {
  const lat = Math.min(Math.floor(latDeg), 89)
  const lon = ((((Math.floor(lonDeg) + 180) % 360) + 360) % 360) - 180
  const two = String(Math.abs(lat)).padStart(2, '0')
  const three = String(Math.abs(lon)).padStart(3, '0')
  return `${lat < 0 ? 'S' : 'N'}${two}${lon < 0 ? 'W' : 'E'}${three}`
}
