/** What the stages of the pipeline do, made from the settings: where a thing is, what it is called, how it is drawn. */
import type { CotStage } from '../actors/cot.ts'
import type { FusionOptions } from '../actors/fusion.ts'
import type { Locator } from '../actors/geolocate.ts'
import type { Settings } from '../src/config/settings.ts'
import { createEventBuilder, type EventBuilder } from '../src/cot/build.ts'
import { createTypeTable, type TypeTable } from '../src/cot/types.ts'
import type { Detection } from '../src/domain/detection.ts'
import { TrackSessions } from '../src/domain/identity.ts'
import { crossBearings } from '../src/geo/bearing-fix.ts'
import type { CameraRegistry } from '../src/geo/camera-registry.ts'
import { classToken } from '../src/geo/contact.ts'
import type { ElevationModel } from '../src/geo/elevation.ts'
import { createLocator } from '../src/geo/locate.ts'
import { SIGMA_FLOORS } from '../src/geo/sigma.ts'
import type { Journal } from '../src/port/journal.ts'
import type { Observer } from '../src/port/observer.ts'
import { egm96 } from '../src/terrain/geoid-file.ts'
import { declination } from './sensors.ts'

/** Tracks whose sessions are remembered. */
const MAX_TRACKS = 100_000
/** Targets whose bearings wait for others to cross them with, and sensors on one of them. */
const MAX_TARGETS = 10_000
const MAX_SENSORS = 8
/** Journalled events looked through after a start, newest first in effect, for the sessions of their tracks. */
const RESTORED_EVENTS = 20_000
const RESTORE_CHUNK = 1_000
const RESTORE_BYTES = 4 * 2 ** 20

/** Compiles geolocation. */
export function locatorFrom(settings: Settings, registry: CameraRegistry, ground?: ElevationModel): Locator {
  const { geolocate, terrain } = settings
  const { default: otherwise, classes } = geolocate.onUnlocatable
  const policies = new Map(Object.entries(classes).map(([name, policy]) => [classToken(name), policy]))
  return createLocator({
    cameras: registry.at,
    undulation: egm96,
    declination,
    refraction: geolocate.refraction,
    terrain: ground && { model: ground, ...terrain },
    maxRangeM: geolocate.maxRangeM,
    minDepressionDeg: geolocate.minDepressionDeg,
    onUnlocatable: (className) => policies.get(classToken(className)) ?? otherwise,
    thresholds: geolocate.thresholds,
    sigmas: geolocate.sigma,
  })
}

/** Compiles the crossing of bearings. */
export function fusionFrom(settings: Settings, observer: Observer): FusionOptions {
  const { fusion, thresholds, maxRangeM, refraction } = settings.geolocate
  const byClass = new Map(Object.entries(fusion.classes).map(([name, rules]) => [classToken(name), rules]))
  const rulesOf = (className: string) => byClass.get(classToken(className)) ?? fusion.default
  const rules = { thresholds, floors: SIGMA_FLOORS, maxRangeM, minAngleDeg: fusion.minAngleDeg, refraction }
  return {
    cross: (sightings, className) => crossBearings(sightings, className, rules),
    windowMs: (className) => rulesOf(className).windowMs,
    driftMps: (className) => rulesOf(className).driftMps,
    maxTargets: MAX_TARGETS,
    maxSensors: MAX_SENSORS,
    onRefused: (code) => observer.faulted('geolocate', code, 1),
  }
}

/** Compiles the CoT stage, with the uids of tracks as the journal remembers them. */
export function cotStageFrom(settings: Settings, journal: Journal, observer: Observer, now: () => number): CotStage {
  const types = createTypeTable({
    overrides: { classes: settings.cot.types, sources: typesBySource(settings) },
    lifetimes: lifetimesOf(settings),
  })
  const builders = buildersFrom(settings, types, observer)
  const sessions = restoredSessions(journal)
  return {
    uidOf: (detection) => sessions.uidOf(detection, types.typeOf(detection.class, detection.source).lifetimeMs),
    build: (input) => builders(input.detection)(input),
    now,
  }
}

function typesBySource(settings: Settings): Record<string, Readonly<Record<string, string>>> {
  return Object.fromEntries(Object.entries(settings.cot.sources).map(([source, { types }]) => [source, types]))
}

function lifetimesOf({ cot }: Settings): { defaultS?: number; classes: Record<string, number> } {
  const classes = Object.fromEntries(Object.entries(cot.staleMs.classes).map(([name, ms]) => [name, ms / 1_000]))
  const { default: otherwise } = cot.staleMs
  return { defaultS: otherwise && otherwise / 1_000, classes }
}

/** Simulated sources get a builder of their own, so that nothing of theirs can pass for real. */
function buildersFrom(
  settings: Settings,
  types: TypeTable,
  observer: Observer,
): (detection: Detection) => EventBuilder {
  const builder = (simulated: boolean): EventBuilder =>
    createEventBuilder({
      types,
      basis: settings.geolocate.errorBasis,
      simulated,
      callsign: settings.cot.callsign,
      onUnknownClass: (name) => observer.unknownClass(name),
    })
  const real = builder(settings.cot.simulated)
  const simulated = builder(true)
  const { sources } = settings.cot
  return ({ source }) => (sources[source]?.simulated === true ? simulated : real)
}

function restoredSessions(journal: Journal): TrackSessions {
  const sessions = new TrackSessions({ maxTracks: MAX_TRACKS })
  let next = Math.max(1, journal.head - RESTORED_EVENTS)
  while (next <= journal.head) {
    const entries = journal.read(next, RESTORE_CHUNK, RESTORE_BYTES)
    const last = entries.at(-1)
    if (last === undefined) break
    for (const { event, source } of entries) {
      const { trackId } = event.detail.sightline
      if (trackId !== undefined) sessions.restore(event.uid, source, trackId, event.timeMs)
    }
    next = last.seq + 1
  }
  return sessions
}
