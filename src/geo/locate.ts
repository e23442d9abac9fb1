/**
 * The entry of this room: a checked detection in, a place with its error or a named refusal out.
 *
 * Pure but for the functions it is given. Never throws and never answers NaN: what cannot be located is an answer with
 * a fault, or, for classes whose direction alone is worth having, a line of bearing with the reason for it.
 */
import type { BearingFix, BoxFix, Detection, PixelFix } from '../domain/detection.ts'
import type { Located, Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault, isFault, passed } from '../fault/fault.ts'
import type { FaultCode } from '../fault/table.ts'
import { placeAlongGround } from './along-ground.ts'
import { lineOf } from './bearing-line.ts'
import { placeAtRange, sightOfBearing } from './bearing-sight.ts'
import { classToken } from './contact.ts'
import { type Declination, noDeclination, trueNorthBearing } from './declination.ts'
import type { ElevationModel } from './elevation.ts'
import { FLAG_THRESHOLDS, type FlagThresholds } from './flag.ts'
import type { Undulation } from './geoid.ts'
import { givenPlace } from './given.ts'
import { heightFault } from './height.ts'
import { type CameraLookup, sightOfImage } from './image-sight.ts'
import { castOnGround } from './ladder.ts'
import type { Refraction } from './refraction.ts'
import { newSight } from './sight.ts'
import { SIGMA_DEFAULTS, SIGMA_FLOORS, type SigmaDefaults, type SigmaFloors } from './sigma.ts'
import { terrainOf } from './terrain.ts'

/** What becomes of a detection whose direction is known and whose place is not. */
export type UnlocatablePolicy = 'bearing' | 'deadletter'

export interface TerrainOptions {
  readonly model: ElevationModel
  /** What counts where there is terrain and a declared surface. Default `terrain`. */
  readonly prefer?: 'terrain' | 'declared'
  /**
   * What is taken where the terrain is not known and no surface is declared: a level surface at the height of the
   * ground under the sensor (default), or nothing.
   */
  readonly fallback?: 'under-camera' | 'none'
  /**
   * One-sigma height of ground that the terrain does not know against the ground under the sensor, per metre of
   * horizontal distance. Default 0.1: hills.
   */
  readonly reliefRel?: number
}

export interface LocatorOptions {
  /** Registered cameras; one that moves is asked for as it stood at the detection's own time. */
  readonly cameras: CameraLookup
  /** Geoid height, for heights above mean sea level; `egm96` of `src/terrain` in service. */
  readonly undulation: Undulation
  /** Declination for magnetic headings that bring none; default: there is none. */
  readonly declination?: Declination
  /** Absent: rays come down on declared surfaces only. */
  readonly terrain?: TerrainOptions | undefined
  /** Places further from the sensor are refused. Default 30,000 m. */
  readonly maxRangeM?: number
  /** Rays shallower than this, or than three sigma of their elevation, are grazing. Default 2 degrees. */
  readonly minDepressionDeg?: number
  /** Default: `bearing` for fire and smoke, else `deadletter`. */
  readonly onUnlocatable?: (className: string) => UnlocatablePolicy
  readonly thresholds?: FlagThresholds
  readonly sigmas?: SigmaDefaults
  readonly floors?: SigmaFloors
  /** Default k = 0.13 beyond 5 km; `k: 0` switches it off. */
  readonly refraction?: Refraction
}

export type Locate = (detection: Detection) => Answer<Located>

/** Classes that go out as a line of bearing unless told otherwise. */
const BEARING_CLASSES: ReadonlySet<string> = new Set(['fire', 'wildfire', 'smoke'])

/** Refusals that leave the direction known. */
const DIRECTION_KNOWN: ReadonlySet<FaultCode> = new Set([
  'above-horizon',
  'grazing',
  'camera-below-surface',
  'datum-suspect',
  'terrain-void',
  'surface-unknown',
  'datum-unsupported',
  'beyond-range',
  'error-unbounded',
])

/** Makes a locator. It keeps its working memory, so it must not be shared between threads. */
export function createLocator(options: LocatorOptions): Locate {
  const { undulation } = options
  const maxRangeM = options.maxRangeM ?? 30_000
  const refraction = options.refraction ?? { k: 0.13, fromM: 5000 }
  const terrain = options.terrain && terrainOf({ model: options.terrain.model, undulation, refraction, maxRangeM })
  const rules = {
    cameras: options.cameras,
    undulation,
    terrain,
    ground: terrain?.ground,
    prefer: options.terrain?.prefer ?? 'terrain',
    fallback: options.terrain?.fallback ?? 'under-camera',
    reliefRel: options.terrain?.reliefRel ?? 0.1,
    declination: options.declination ?? noDeclination,
    maxRangeM,
    minDepressionDeg: options.minDepressionDeg ?? 2,
    thresholds: options.thresholds ?? FLAG_THRESHOLDS,
    sigmas: options.sigmas ?? SIGMA_DEFAULTS,
    floors: options.floors ?? SIGMA_FLOORS,
    refraction,
  }
  const policy = options.onUnlocatable ?? defaultPolicy
  const sight = newSight()

  function fromImage(detection: Detection, fix: PixelFix | BoxFix): Answer<Located> {
    const { class: className, confidence, surface, timeMs } = detection
    const bad = sightOfImage(fix, className, confidence, surface, timeMs, rules, sight)
    if (bad !== undefined) return failed(bad)
    if (!Number.isFinite(sight.haeM)) return refused(detection, cameraHeightFault(fix, timeMs, rules.cameras), true)
    return settled(detection, castOnGround(sight, surface, className, rules), true)
  }

  function fromBearing(detection: Detection, stated: BearingFix): Answer<Located> {
    const fix = trueNorthBearing(stated, detection.timeMs, rules.declination)
    if (isFault(fix)) return failed(fix)
    const bad = sightOfBearing(fix, detection.surface, rules, sight)
    if (bad !== undefined) return failed(bad)
    const withElevation = fix.elevationDeg !== undefined
    const { surface, class: className } = detection
    if (fix.rangeM !== undefined && !withElevation) {
      return settled(detection, placeAlongGround(sight, fix, fix.rangeM, surface, className, rules), false)
    }
    if (!withElevation) {
      const reason = 'the bearing has neither a range nor an elevation'
      return refused(detection, fault('surface-unknown', reason, { field: 'bearing' }), false)
    }
    if (!Number.isFinite(sight.haeM)) {
      return refused(detection, heightFault(fix.observer.height, 'observer.height'), true)
    }
    const answer =
      fix.rangeM === undefined
        ? castOnGround(sight, surface, className, rules)
        : placeAtRange(sight, fix, fix.rangeM, className, rules)
    return settled(detection, answer, true)
  }

  function settled(detection: Detection, answer: Answer<Place>, withElevation: boolean): Answer<Located> {
    return answer.ok ? answer : refused(detection, answer.fault, withElevation)
  }

  function refused(detection: Detection, why: Fault, withElevation: boolean): Answer<Located> {
    // Whoever names the target wants its bearings crossed, so the direction is worth having whatever the class.
    const worth = detection.target !== undefined || policy(detection.class) === 'bearing'
    if (!DIRECTION_KNOWN.has(why.code) || !worth) return failed(why)
    return passed(lineOf(sight, withElevation, rules.maxRangeM, why.code))
  }

  return (detection) => {
    const fix = detection.fix
    switch (fix.kind) {
      case 'position':
        return givenPlace(fix, detection.surface, detection.class, rules)
      case 'pixel':
      case 'bbox':
        return fromImage(detection, fix)
      case 'bearing':
        return fromBearing(detection, fix)
    }
  }
}

function defaultPolicy(className: string): UnlocatablePolicy {
  return BEARING_CLASSES.has(classToken(className)) ? 'bearing' : 'deadletter'
}

function cameraHeightFault(fix: PixelFix | BoxFix, timeMs: number, cameras: CameraLookup): Fault {
  const camera = 'pose' in fix.camera ? fix.camera : cameras(fix.camera.id, timeMs)
  if (camera === undefined) return fault('camera-unknown')
  return isFault(camera) ? camera : heightFault(camera.pose.height, 'camera.pose.height')
}
