/**
 * The entry of this room: a checked detection in, a place with its error or a named refusal out.
 *
 * Pure but for the functions it is given. Never throws and never answers NaN: what cannot be located is an answer with
 * a fault, or, for classes whose direction alone is worth having, a line of bearing with the reason for it.
 */
import type { BearingFix, BoxFix, Camera, Detection, PixelFix } from '../domain/detection.ts'
import type { BearingLine, Located, Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault, passed } from '../fault/fault.ts'
import type { FaultCode } from '../fault/table.ts'
import { placeAlongGround, placeAtRange, sightOfBearing } from './bearing-sight.ts'
import { castOnSurface, type Refraction } from './cast.ts'
import { turnVariance } from './causes.ts'
import { classToken } from './contact.ts'
import { DEG, wrapAzimuthDeg, wrapLonDeg } from './ellipsoid.ts'
import { FLAG_THRESHOLDS, type FlagThresholds } from './flag.ts'
import type { Undulation } from './geoid.ts'
import { givenPlace } from './given.ts'
import { heightFault } from './height.ts'
import { sightOfImage } from './image-sight.ts'
import { azimuthOf, elevationOf, newSight, type Sight } from './sight.ts'
import { SIGMA_DEFAULTS, SIGMA_FLOORS, type SigmaDefaults, type SigmaFloors } from './sigma.ts'

/** What becomes of a detection whose direction is known and whose place is not. */
export type UnlocatablePolicy = 'bearing' | 'deadletter'

export interface LocatorOptions {
  /** Registered cameras. */
  readonly cameras: (id: string) => Camera | undefined
  /** Geoid height, for heights above mean sea level; `egm96` of `src/terrain` in service. */
  readonly undulation: Undulation
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
  'surface-unknown',
  'datum-unsupported',
  'beyond-range',
  'error-unbounded',
])

/** Makes a locator. It keeps its working memory, so it must not be shared between threads. */
export function createLocator(options: LocatorOptions): Locate {
  const rules = {
    cameras: options.cameras,
    undulation: options.undulation,
    maxRangeM: options.maxRangeM ?? 30_000,
    minDepressionDeg: options.minDepressionDeg ?? 2,
    thresholds: options.thresholds ?? FLAG_THRESHOLDS,
    sigmas: options.sigmas ?? SIGMA_DEFAULTS,
    floors: options.floors ?? SIGMA_FLOORS,
    refraction: options.refraction ?? { k: 0.13, fromM: 5000 },
  }
  const policy = options.onUnlocatable ?? defaultPolicy
  const sight = newSight()

  function fromImage(detection: Detection, fix: PixelFix | BoxFix): Answer<Located> {
    const bad = sightOfImage(fix, detection.class, detection.confidence, detection.surface, rules, sight)
    if (bad !== undefined) return failed(bad)
    if (!Number.isFinite(sight.haeM)) return refused(detection, cameraHeightFault(fix, rules.cameras), true)
    return settled(detection, castOnSurface(sight, detection.surface, detection.class, rules), true)
  }

  function fromBearing(detection: Detection, fix: BearingFix): Answer<Located> {
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
        ? castOnSurface(sight, surface, className, rules)
        : placeAtRange(sight, fix, fix.rangeM, className, rules)
    return settled(detection, answer, true)
  }

  function settled(detection: Detection, answer: Answer<Place>, withElevation: boolean): Answer<Located> {
    return answer.ok ? answer : refused(detection, answer.fault, withElevation)
  }

  function refused(detection: Detection, why: Fault, withElevation: boolean): Answer<Located> {
    if (!DIRECTION_KNOWN.has(why.code) || policy(detection.class) !== 'bearing') return failed(why)
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

function cameraHeightFault(fix: PixelFix | BoxFix, cameras: (id: string) => Camera | undefined): Fault {
  const camera = 'pose' in fix.camera ? fix.camera : cameras(fix.camera.id)
  return camera === undefined ? fault('camera-unknown') : heightFault(camera.pose.height, 'camera.pose.height')
}

/** The sight as a line; its azimuth is as wrong as all turns together make it, at most half a turn. */
function lineOf(sight: Sight, withElevation: boolean, lengthM: number, because: FaultCode): BearingLine {
  const [n, e, d] = [sight.d[0] as number, sight.d[1] as number, sight.d[2] as number]
  const level = Math.hypot(n, e)
  // A turn w moves the azimuth by w . (down - (down . d) d) / cos^2: the part of the axis that swings the ray sideways.
  const scale = level > 0 ? 1 / (level * level) : 0
  const swing = turnVariance(sight.causes, -d * n * scale, -d * e * scale, (1 - d * d) * scale)
  const sigmaDeg = Math.sqrt(swing) / DEG
  return {
    kind: 'bearing',
    lat: sight.latDeg,
    lon: wrapLonDeg(sight.lonDeg),
    ...(Number.isFinite(sight.haeM) ? { haeM: sight.haeM } : undefined),
    azimuthDeg: wrapAzimuthDeg(azimuthOf(sight) / DEG),
    ...(withElevation ? { elevationDeg: elevationOf(sight) / DEG } : undefined),
    sigmaAzimuthDeg: level > 0 && sigmaDeg < 180 ? sigmaDeg : 180,
    lengthM,
    because,
  }
}
