/** What is really there: a wildfire in a level valley, the crews around it, and the engines that bring them. */
import { type GeoPoint, offset } from './earth.ts'

/** Where the fire started; the valley floor lies level at this height above the ellipsoid. */
export const ORIGIN: GeoPoint = { lat: 37.4126, lon: -119.8714, haeM: 612 }

/** Compass direction towards which the wind drives the fire. */
const DOWNWIND_DEG = 60
const FRONT_CELLS = 18
const CREW = 6
const ENGINES = 4

/** The engines' road, metres east and north of the origin: up the valley and round the south of the fire. */
const ROAD: readonly (readonly [eastM: number, northM: number])[] = [
  [-1_250, -620],
  [-900, -330],
  [-560, -300],
  [-260, -250],
  [60, -270],
  [290, -160],
]

/** Something true at one moment. */
export interface Thing {
  readonly class: string
  readonly trackId: string
  readonly place: GeoPoint
  readonly speedMps: number
  readonly courseDeg: number
  /** Size to draw a box by, metres. */
  readonly widthM: number
  readonly heightM: number
}

/** A point by its direction and distance from the origin of the fire. */
function around(bearingDeg: number, distanceM: number): GeoPoint {
  const bearing = (bearingDeg * Math.PI) / 180
  return offset(ORIGIN, distanceM * Math.sin(bearing), distanceM * Math.cos(bearing))
}

/** How far the front has come in a direction, metres: fast at first, furthest downwind. */
function frontDistance(bearingDeg: number, atS: number): number {
  const downwind = Math.cos(((bearingDeg - DOWNWIND_DEG) * Math.PI) / 180)
  const grown = 60 + 110 * (1 - Math.exp(-atS / 240))
  return grown * (1 + 0.35 * downwind) + 4 * Math.sin(bearingDeg * 3 + atS / 11)
}

/** The burning edge, cell by cell. */
export function fireFront(atS: number): Thing[] {
  return Array.from({ length: FRONT_CELLS }, (_, cell) => {
    const bearing = (cell * 360) / FRONT_CELLS
    return {
      class: 'fire',
      trackId: `front-${cell}`,
      place: around(bearing, frontDistance(bearing, atS)),
      speedMps: 0,
      courseDeg: bearing,
      widthM: 12,
      heightM: 8,
    }
  })
}

/** Where the smoke rises: a third of the way from the origin to the head of the fire. */
export function smokeColumn(atS: number): Thing {
  return {
    class: 'smoke',
    trackId: 'column',
    place: around(DOWNWIND_DEG, frontDistance(DOWNWIND_DEG, atS) / 3),
    speedMps: 0,
    courseDeg: DOWNWIND_DEG,
    widthM: 70,
    heightM: 160,
  }
}

/** People on foot, walking the fire line at a safe distance, some one way round and some the other. */
export function crew(atS: number): Thing[] {
  return Array.from({ length: CREW }, (_, member) => {
    const distance = 260 + 12 * member
    const speed = (member % 2 === 0 ? 1 : -1) * (0.9 + 0.1 * member)
    const bearing = member * 47 + ((speed * atS) / distance) * (180 / Math.PI)
    return {
      class: 'person',
      trackId: `crew-${member + 1}`,
      place: around(bearing, distance),
      speedMps: Math.abs(speed),
      courseDeg: compass(bearing + (speed > 0 ? 90 : -90)),
      widthM: 0.8,
      heightM: 1.8,
    }
  })
}

/** Fire engines, up and down the road at an even pace. */
export function engines(atS: number): Thing[] {
  return Array.from({ length: ENGINES }, (_, engine) => {
    const speed = 7 + engine
    const there = pathLength()
    const run = (speed * atS + (engine * there) / ENGINES) % (2 * there)
    const back = run > there
    const { eastM, northM, courseDeg } = alongRoad(back ? 2 * there - run : run)
    return {
      class: 'truck',
      trackId: `engine-${engine + 1}`,
      place: offset(ORIGIN, eastM, northM),
      speedMps: speed,
      courseDeg: compass(courseDeg + (back ? 180 : 0)),
      widthM: 6,
      heightM: 3.2,
    }
  })
}

/** A direction brought into [0, 360). */
export const compass = (deg: number): number => ((deg % 360) + 360) % 360

/** The road's stretches: start, vector and length. */
const STRETCHES = ROAD.slice(1).map(([east, north], index) => {
  const [fromEast, fromNorth] = ROAD[index] ?? [east, north]
  const [de, dn] = [east - fromEast, north - fromNorth]
  return { fromEast, fromNorth, de, dn, lengthM: Math.hypot(de, dn) }
})

const pathLength = (): number => STRETCHES.reduce((sum, { lengthM }) => sum + lengthM, 0)

function alongRoad(distanceM: number): { eastM: number; northM: number; courseDeg: number } {
  let left = distanceM
  let last = { eastM: 0, northM: 0, courseDeg: 0 }
  for (const { fromEast, fromNorth, de, dn, lengthM } of STRETCHES) {
    const part = Math.min(left / lengthM, 1)
    last = {
      eastM: fromEast + part * de,
      northM: fromNorth + part * dn,
      courseDeg: (Math.atan2(de, dn) * 180) / Math.PI,
    }
    if (left <= lengthM) return last
    left -= lengthM
  }
  return last
}
