/**
 * The three that watch the fire: a drone with a tilting gimbal, a tower camera with a wide lens, and a satellite.
 *
 * Each draws its errors from the very sigmas that it states: the pose it reports is the true one plus noise, afresh for
 * every observation, and the pixel is where the true camera saw the thing, plus noise. So the distance between what
 * the product answers and the truth should be what the product says it is.
 */
import { DEG, type GeoPoint, offset } from './earth.ts'
import type { Random } from './random.ts'
import { compass, crew, engines, fireFront, ORIGIN, smokeColumn, type Thing } from './scene.ts'
import { type Lens, type Seen, see, seeDirection, type ViewPose } from './view.ts'

/** The part of a wire-format detection that says what was seen and where. */
export interface Sighting {
  readonly fields: Readonly<Record<string, unknown>>
  readonly truth?: GeoPoint
}

/** One-sigma errors as they go on the wire. */
interface StatedPose {
  readonly positionM: number
  readonly heightM: number
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly rollDeg: number
}

const SURFACE_SIGMA_M = 2
const FULL_HD = { cx: 960, cy: 540, width: 1920, height: 1080 }

const DRONE_LENS: Lens = { fx: 1_500, fy: 1_500, ...FULL_HD }
const DRONE_SIGMA: StatedPose = { positionM: 1.5, heightM: 2, yawDeg: 0.8, pitchDeg: 0.4, rollDeg: 0.4 }
const DRONE_SIGMA_PX = 2
const DRONE_RANGE_M = 1_200
const DRONE_RADIUS_M = 520
const DRONE_ABOVE_M = 320
const DRONE_SPEED_MPS = 16

const TOWER_LENS: Lens = { fx: 1_450, fy: 1_450, ...FULL_HD, distortion: [-0.26, 0.07, 0.0006, -0.0004, 0] }
const TOWER_SIGMA: StatedPose = { positionM: 0.3, heightM: 0.5, yawDeg: 0.15, pitchDeg: 0.1, rollDeg: 0.1 }
const TOWER_SIGMA_PX = 3
const TOWER: ViewPose = { ...offset(ORIGIN, -2_400, -900, ORIGIN.haeM + 310), yawDeg: 69.4, pitchDeg: -5, rollDeg: 0.4 }

/** A 90 % circle of a normal error of sigma per axis has this radius in sigmas, and an interval that one. */
const CE90_PER_SIGMA = Math.sqrt(2 * Math.log(10))
const LE90_PER_SIGMA = 1.644854
const SATELLITE_SIGMA_M = 85
const SATELLITE_HEIGHT_SIGMA_M = 10

/** The drone flies its circle clockwise and looks inwards, nodding and rocking a little. */
function dronePose(atS: number): ViewPose {
  const bearing = 200 + (DRONE_SPEED_MPS * atS) / DRONE_RADIUS_M / DEG
  const place = offset(
    ORIGIN,
    DRONE_RADIUS_M * Math.sin(bearing * DEG),
    DRONE_RADIUS_M * Math.cos(bearing * DEG),
    ORIGIN.haeM + DRONE_ABOVE_M,
  )
  return {
    ...place,
    yawDeg: compass(bearing + 180),
    pitchDeg: -31.6 + 7 * Math.sin((2 * Math.PI * atS) / 40),
    rollDeg: 1.5 * Math.sin((2 * Math.PI * atS) / 13),
  }
}

/** A thing that the drone has in view, as one pixel on an earth-referenced gimbal; undefined when nothing is. */
export function seeFromDrone(random: Random, atS: number): Sighting | undefined {
  const pose = dronePose(atS)
  const things = [...fireFront(atS), ...crew(atS), ...engines(atS)]
  for (let attempt = 0; attempt < 12; attempt++) {
    const thing = random.pick(things)
    const seen = see(pose, DRONE_LENS, thing.place)
    if (seen !== undefined && seen.rangeM < DRONE_RANGE_M) return dronePixel(random, pose, thing, seen)
  }
  return undefined
}

function dronePixel(random: Random, pose: ViewPose, thing: Thing, seen: Seen): Sighting | undefined {
  const [u, v] = [seen.u + random.normal(DRONE_SIGMA_PX), seen.v + random.normal(DRONE_SIGMA_PX)]
  if (!insideImage(u, v)) return undefined
  const moving = thing.speedMps > 0
  return {
    fields: {
      ...what(random, thing),
      pixel: { u: round(u, 2), v: round(v, 2), sigmaPx: DRONE_SIGMA_PX },
      ...camera(random, pose, DRONE_LENS, DRONE_SIGMA),
      ...(moving && {
        velocity: { speedMps: round(thing.speedMps, 1), courseDeg: round(thing.courseDeg, 1) },
      }),
    },
    truth: thing.place,
  }
}

/** Smoke or an engine that the tower has in view, as a box; undefined when nothing fits into the frame. */
export function seeFromTower(random: Random, atS: number): Sighting | undefined {
  const things = [smokeColumn(atS), ...engines(atS)]
  for (let attempt = 0; attempt < 8; attempt++) {
    const thing = random.pick(things)
    const seen = see(TOWER, TOWER_LENS, thing.place)
    if (seen === undefined) continue
    const fields = towerBox(random, seen, thing.widthM / seen.rangeM, thing.heightM / seen.rangeM)
    if (fields !== undefined) return { fields: { ...what(random, thing), ...fields }, truth: thing.place }
  }
  return undefined
}

/** Smoke of a fire far beyond the ridge: a direction above the horizon, and no place. */
export function smokeAtHorizon(random: Random): Sighting {
  return { fields: { ...inTheSky(random, 1.8, 4.5), class: 'smoke', confidence: confidence(random, 0.3, 0.6) } }
}

/** An aircraft: seen by the tower, and not to be put on the ground. */
export function aircraftInTheSky(random: Random): Sighting {
  return { fields: { ...inTheSky(random, 4, 8), class: 'aircraft', confidence: confidence(random, 0.5, 0.9) } }
}

function inTheSky(random: Random, lowestDeg: number, highestDeg: number): Readonly<Record<string, unknown>> {
  const seen = seeDirection(
    TOWER,
    TOWER_LENS,
    TOWER.yawDeg + random.between(-22, 22),
    random.between(lowestDeg, highestDeg),
  )
  const fields = seen && towerBox(random, seen, random.between(0.01, 0.03), random.between(0.008, 0.02))
  if (fields === undefined) throw new RangeError('the tower was turned away from its own sky')
  return fields
}

/** A box that stands with the middle of its lower edge on the point seen; sizes in radians. */
function towerBox(
  random: Random,
  seen: Seen,
  width: number,
  height: number,
): Readonly<Record<string, unknown>> | undefined {
  const [u, v] = [seen.u + random.normal(TOWER_SIGMA_PX), seen.v + random.normal(TOWER_SIGMA_PX)]
  const half = Math.max((width * TOWER_LENS.fx) / 2, 4)
  const high = Math.max(height * TOWER_LENS.fy, 6)
  // A box cut off by the edge would stand elsewhere than the thing does.
  if (!insideImage(u - half, v - high) || !insideImage(u + half, v)) return undefined
  return {
    bbox: {
      x1: round(u - half, 2),
      y1: round(v - high, 2),
      x2: round(u + half, 2),
      y2: round(v, 2),
      sigmaPx: TOWER_SIGMA_PX,
    },
    ...camera(random, TOWER, TOWER_LENS, TOWER_SIGMA),
  }
}

/** A hot spot somewhere on the front, given as a position with its error. */
export function seeFromSatellite(random: Random, atS: number): Sighting {
  const thing = random.pick(fireFront(atS))
  const place = offset(thing.place, random.normal(SATELLITE_SIGMA_M), random.normal(SATELLITE_SIGMA_M))
  return {
    fields: {
      class: 'fire',
      confidence: random.pick([30, 60, 85]),
      confidenceScale: 'percent',
      position: {
        lat: round(place.lat, 7),
        lon: round(place.lon, 7),
        height: { value: round(thing.place.haeM + random.normal(SATELLITE_HEIGHT_SIGMA_M), 2), datum: 'hae' },
        accuracy: {
          horizontalM: round(SATELLITE_SIGMA_M * CE90_PER_SIGMA, 2),
          verticalM: round(SATELLITE_HEIGHT_SIGMA_M * LE90_PER_SIGMA, 2),
          basis: 'ce90',
        },
      },
    },
    truth: thing.place,
  }
}

const insideImage = (u: number, v: number): boolean => u >= 0 && u <= FULL_HD.width && v >= 0 && v <= FULL_HD.height

function what(random: Random, thing: Thing): Readonly<Record<string, unknown>> {
  return { class: thing.class, trackId: thing.trackId, confidence: confidence(random, 0.55, 0.97) }
}

const confidence = (random: Random, from: number, to: number): number => round(random.between(from, to), 2)

/** The camera as the sensor believes it to be, with the surface it declares. */
function camera(
  random: Random,
  pose: ViewPose,
  lens: Lens,
  sigma: StatedPose,
): { readonly camera: object; readonly surface: object } {
  const believed = offset(pose, random.normal(sigma.positionM), random.normal(sigma.positionM))
  const { distortion, ...pinhole } = lens
  return {
    camera: {
      pose: {
        lat: round(believed.lat, 8),
        lon: round(believed.lon, 8),
        height: { value: round(pose.haeM + random.normal(sigma.heightM), 2), datum: 'hae' },
        yawDeg: round(compass(pose.yawDeg + random.normal(sigma.yawDeg)), 4),
        pitchDeg: round(pose.pitchDeg + random.normal(sigma.pitchDeg), 4),
        rollDeg: round(pose.rollDeg + random.normal(sigma.rollDeg), 4),
        sigma,
      },
      intrinsics: {
        ...pinhole,
        // Both cameras were calibrated: what is left of the focal error drowns in the pixel's.
        sigmaFocalRel: 0.0001,
        ...(distortion && { distortion: { model: 'brown-conrady', coefficients: distortion } }),
      },
    },
    surface: {
      height: { value: round(ORIGIN.haeM + random.normal(SURFACE_SIGMA_M), 2), datum: 'hae' },
      sigmaM: SURFACE_SIGMA_M,
    },
  }
}

function round(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}
