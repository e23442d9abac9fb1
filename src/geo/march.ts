/**
 * Where a ray first meets the ground: the first place along it, so a ridge hides what lies behind it.
 *
 * Ground that is not known ends the march by name; it is never taken to be low, and never sea level. A ray may go
 * upwards. The march starts at the sensor, or where the ray comes under the highest ground there is; it goes by chords so
 * short that a chord is straight on the grid to some centimetres, walks each chord cell by cell, and then settles the
 * place with the true geometry to a micrometre of height. Beyond some kilometres refraction bends the ray down.
 */
import { columnOf, type ElevationModel, type ElevationRaster, newFooting, rowOf } from './elevation.ts'
import { DEG, toGeodetic } from './ellipsoid.ts'
import type { Undulation } from './geoid.ts'
import { type LevelHit, newLevelHit } from './level.ts'
import { EARTH_RADIUS_M, type Refraction } from './refraction.ts'
import { setRay, settle } from './settle.ts'
import { newStretch, type Walk, walk } from './walk.ts'

export interface MarchRules {
  readonly model: ElevationModel
  readonly undulation: Undulation
  readonly refraction: Refraction
  /** The march ends here, metres along the ray. */
  readonly maxRangeM: number
}

/** The point of the ray that meets the ground, and the raster of that ground. */
export interface TerrainHit extends LevelHit {
  raster: ElevationRaster | undefined
}

export function newTerrainHit(): TerrainHit {
  return { ...newLevelHit(), raster: undefined }
}

/**
 * `below`: the ray does not start above the ground. `void`, `uncovered`: the ground at this place along the ray is a
 * hole in the data, or there is no data. `sky`: the ray is above all ground and rises, or still rises at the largest
 * range. `far`: it is still above the ground there and goes down.
 */
export type MarchAnswer = 'hit' | 'below' | 'void' | 'uncovered' | 'sky' | 'far'

/** A chord is this times the root of the distance from the Earth's axis: then its bow over the grid is 2 cm. */
const CHORD = 0.4
const SHORTEST_CHORD_M = 1
/** Start this much above the highest ground, so that ground at exactly that height is met from above. */
const ABOVE_CEILING_M = 0.01
const DESCENT_STEPS = 12
/** Step over the seam between two rasters, metres. */
const SEAM_M = 1e-3
/** How far out of the cell of a chord's hit the ray's own hit may be, metres. */
const CELL_SLACK_M = 0.1

const footing = newFooting()
const stretch = newStretch()
const found: Walk = { at: 0, slope: 0, cellStart: 0, cellEnd: 0 }
const near = new Float64Array(3)
const far = new Float64Array(3)
/** The sensor of the last ray. */
const start = {
  rules: undefined as MarchRules | undefined,
  x: Number.NaN,
  y: Number.NaN,
  z: Number.NaN,
  lat: Number.NaN,
  lon: Number.NaN,
  haeM: Number.NaN,
  upX: Number.NaN,
  upY: Number.NaN,
  upZ: Number.NaN,
  undulationM: Number.NaN,
  ceilingM: Number.NaN,
}

/**
 * Casts the ray from ECEF point p along the unit vector d onto the ground, raised by `raisedM`.
 *
 * @param exact false: the place is good to some centimetres and only `t`, `x`, `y`, `z` are filled
 * @param out after `hit` the place (and its raster, if it takes one); after `void` and `uncovered` `t`, `lat` and `lon`
 */
export function marchTerrain(
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
  raisedM: number,
  exact: boolean,
  rules: MarchRules,
  out: LevelHit & { raster?: ElevationRaster | undefined },
): MarchAnswer {
  const { model, undulation, refraction, maxRangeM } = rules
  standAt(px, py, pz, rules)
  let lat = start.lat
  let lon = start.lon
  let hae = start.haeM
  let n = start.undulationM
  const climb = dx * start.upX + dy * start.upY + dz * start.upZ
  const bend = (refraction.k * (1 - climb * climb)) / (2 * EARTH_RADIUS_M)
  const ceiling = start.ceilingM + Math.max(raisedM, 0) + ABOVE_CEILING_M
  let t = 0
  if (hae > ceiling) {
    if (!(climb < 0)) return 'sky'
    // The Earth falls away from the ray, so a level line is reached later than on a plane: steps as on a plane fall short.
    for (let i = 0; i < DESCENT_STEPS && hae - ceiling > ABOVE_CEILING_M; i++) {
      t -= (hae - ceiling) / climb
      if (!(t < maxRangeM)) return 'far'
      toGeodetic(px + t * dx, py + t * dy, pz + t * dz, near)
      hae = (near[2] as number) - (t >= refraction.fromM ? bend * t * t : 0)
    }
    lat = near[0] as number
    lon = near[1] as number
    hae = near[2] as number
    n = undulation(lat / DEG, lon / DEG)
  }

  for (;;) {
    const bent = t >= refraction.fromM ? bend : 0
    const x = px + t * dx
    const y = py + t * dy
    let length = Math.max(CHORD * Math.sqrt(Math.sqrt(x * x + y * y)), SHORTEST_CHORD_M)
    length = Math.min(length, maxRangeM - t)
    if (t < refraction.fromM) length = Math.min(length, refraction.fromM - t)
    const end = t + length
    toGeodetic(px + end * dx, py + end * dy, pz + end * dz, far)
    const endLat = far[0] as number
    const endLon = far[1] as number
    const endHae = far[2] as number
    const endN = undulation(endLat / DEG, endLon / DEG)
    let turn = endLon - lon
    if (turn > Math.PI) turn -= 2 * Math.PI
    else if (turn < -Math.PI) turn += 2 * Math.PI

    const height = hae - bent * t * t - raisedM
    const endHeight = endHae - bent * end * end - raisedM
    const rise = (endHae - hae) / length
    const curving = (1 - rise * rise) / (EARTH_RADIUS_M + hae) - 2 * bent
    stretch.sagM = (curving * length * length) / 2

    let s = 0
    let seam = SEAM_M / length
    while (s < 1) {
      const latDeg = (lat + s * (endLat - lat)) / DEG
      const lonDeg = (lon + s * turn) / DEG
      const covered = model.enter(latDeg, lonDeg, footing)
      const raster = footing.raster
      if (!covered || raster === undefined) return lost('uncovered', t + s * length, latDeg, lonDeg, out)
      stretch.columns = turn / DEG / raster.lonStep
      stretch.rows = (endLat - lat) / DEG / raster.latStep
      stretch.column = columnOf(raster, lonDeg) - s * stretch.columns
      stretch.row = rowOf(raster, latDeg) - s * stretch.rows
      const geoid = raster.source.datum === 'egm96'
      stretch.heightM = geoid ? height - n : height
      stretch.climbM = (geoid ? endHeight - endN : endHeight) - stretch.heightM
      const leaves = Math.max(
        Math.min(
          leaving(stretch.column, stretch.columns, footing.minColumn, footing.maxColumn),
          leaving(stretch.row, stretch.rows, footing.minRow, footing.maxRow),
          1,
        ),
        s,
      )
      const answer = walk(raster, stretch, s, leaves, found)
      if (answer === 'void' && found.at - s < seam) {
        return lost('void', t + s * length, latDeg, lonDeg, out)
      }
      if (answer === 'under' && t === 0 && found.at === 0) return 'below'
      let next = answer === 'void' ? found.at : leaves
      if (answer === 'hit' || answer === 'under') {
        const at = t + found.at * length
        if (!exact) return reached(px, py, pz, dx, dy, dz, at, out)
        setRay(px, py, pz, dx, dy, dz, raisedM, bent, raster)
        const slope = answer === 'hit' ? found.slope / length : -1
        // The chord is some centimetres off; beyond that the raster must not be asked for what lies outside the cell.
        const least = answer === 'hit' ? t + found.cellStart * length - CELL_SLACK_M : at - 2 * seam * length
        const most = answer === 'hit' ? t + found.cellEnd * length + CELL_SLACK_M : at
        const settled = settle(at, slope, least, most, undulation, out)
        if (!Number.isNaN(settled)) {
          const cosLat = Math.cos(out.lat)
          out.upX = cosLat * Math.cos(out.lon)
          out.upY = cosLat * Math.sin(out.lon)
          out.upZ = Math.sin(out.lat)
          out.raster = raster
          return reached(px, py, pz, dx, dy, dz, settled, out)
        }
        // The chord touched the ground where the ray itself just passes over it.
        next = found.cellEnd
      }
      // Standing still on a seam, go over it in growing steps.
      seam = next - s < seam ? seam * 2 : SEAM_M / length
      s = next + seam
    }
    if (end >= maxRangeM) return endHae > hae ? 'sky' : 'far'
    if (endHae > hae && endHae > ceiling) return 'sky'
    t = end
    lat = endLat
    lon = endLon
    hae = endHae
    n = endN
  }
}

/** Fills `start` for a sensor; the many rays of one sensor find it filled. */
function standAt(px: number, py: number, pz: number, rules: MarchRules): void {
  if (px === start.x && py === start.y && pz === start.z && rules === start.rules) return
  toGeodetic(px, py, pz, near)
  const lat = near[0] as number
  const lon = near[1] as number
  const cosLat = Math.cos(lat)
  start.rules = rules
  start.x = px
  start.y = py
  start.z = pz
  start.lat = lat
  start.lon = lon
  start.haeM = near[2] as number
  start.upX = cosLat * Math.cos(lon)
  start.upY = cosLat * Math.sin(lon)
  start.upZ = Math.sin(lat)
  start.undulationM = rules.undulation(lat / DEG, lon / DEG)
  start.ceilingM = rules.model.ceilingHaeM(start.undulationM)
}

/** Where a straight line leaves the span between two bounds; it starts inside but for rounding. */
function leaving(start: number, change: number, least: number, most: number): number {
  if (change > 0) return (most - start) / change
  return change < 0 ? (least - start) / change : 1
}

function lost(answer: 'void' | 'uncovered', t: number, latDeg: number, lonDeg: number, out: LevelHit): MarchAnswer {
  out.t = t
  out.lat = latDeg * DEG
  out.lon = lonDeg * DEG
  return answer
}

function reached(
  px: number,
  py: number,
  pz: number,
  dx: number,
  dy: number,
  dz: number,
  t: number,
  out: LevelHit,
): MarchAnswer {
  out.t = t
  out.x = px + t * dx
  out.y = py + t * dy
  out.z = pz + t * dz
  return 'hit'
}
