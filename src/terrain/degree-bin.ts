/** Degree cells of the globe as numbers, to find what lies at a place. */

/** The cell of a place in degrees, on whatever turn of longitude. */
export function binOf(latDeg: number, lonDeg: number): number {
  const lon = Math.floor(lonDeg) % 360
  return (Math.floor(latDeg) + 90) * 360 + (lon < 0 ? lon + 360 : lon)
}

/** Every cell that a rectangle in degrees touches, each once. */
export function eachBin(south: number, north: number, west: number, east: number, visit: (bin: number) => void): void {
  const first = Math.floor(west)
  const last = Math.min(Math.floor(east), first + 359)
  for (let lat = Math.floor(south); lat <= north; lat++) {
    for (let lon = first; lon <= last; lon++) visit(binOf(lat, lon))
  }
}
