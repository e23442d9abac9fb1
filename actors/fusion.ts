/**
 * Crosses lines of bearing: remembers the latest one of every sensor on every target, and answers a line that others
 * cross with the place where they do.
 *
 * Invariants: there are never more than `maxTargets` targets and `maxSensors` sensors of each, the ones not seen for
 * longest going first; what is not a line of bearing is answered as it came; a line that makes no place stays a line.
 */
import type { Detection } from '../src/domain/detection.ts'
import type { BearingLine, Located, Place } from '../src/domain/location.ts'
import { sensorOf, thingOf } from '../src/domain/target.ts'
import type { Answer } from '../src/fault/fault.ts'
import type { FaultCode } from '../src/fault/table.ts'
import type { Sighting } from '../src/geo/bearing-fix.ts'
import type { LocatedDetection } from './cot.ts'
import type { Behavior } from './kernel/actor.ts'

export interface FusionOptions {
  /** Crosses bearings, the asking detection's first. */
  readonly cross: (sightings: readonly Sighting[], className: string) => Answer<Place>
  /** Bearings further apart in time than this are not crossed, by class. */
  readonly windowMs: (className: string) => number
  /** One sigma of the speed at which a thing of a class may go between two bearings, metres per second. */
  readonly driftMps: (className: string) => number
  readonly maxTargets: number
  readonly maxSensors: number
  /** Told why bearings that could have been crossed were not. */
  readonly onRefused?: (code: FaultCode) => void
}

interface Glance {
  readonly timeMs: number
  readonly line: BearingLine
}

/** Latest line by sensor, the sensor heard last at the end. */
type Glances = Map<string, Glance>

/** Answers one location per located detection, in order. */
export function fusionBehavior(options: FusionOptions): Behavior<readonly LocatedDetection[], Located[]> {
  /** By thing, the one seen last at the end. */
  const things = new Map<string, Glances>()

  function glancesAt(thing: string): Glances {
    const glances: Glances = things.get(thing) ?? new Map()
    things.delete(thing)
    things.set(thing, glances)
    dropFirst(things, options.maxTargets)
    return glances
  }

  function fused({ detection, located }: LocatedDetection): Located {
    if (located.kind !== 'bearing') return located
    const thing = thingOf(detection)
    if (thing === undefined) return located
    const sensor = sensorOf(detection)
    const glances = glancesAt(thing)
    const sightings = crossable(detection, located, sensor, glances, options)
    remember(glances, sensor, { timeMs: detection.timeMs, line: located }, options.maxSensors)
    if (sightings.length < 2) return located
    const answer = options.cross(sightings, detection.class)
    if (answer.ok) return answer.value
    options.onRefused?.(answer.fault.code)
    return located
  }

  return { receive: (inputs) => inputs.map(fused) }
}

/** The line itself, and those of other sensors near enough in time. */
function crossable(
  detection: Detection,
  line: BearingLine,
  sensor: string,
  glances: Glances,
  options: FusionOptions,
): Sighting[] {
  const windowMs = options.windowMs(detection.class)
  const driftMps = options.driftMps(detection.class)
  const sightings: Sighting[] = [{ line }]
  for (const [other, glance] of glances) {
    const apartMs = Math.abs(glance.timeMs - detection.timeMs)
    if (other === sensor || apartMs > windowMs) continue
    sightings.push({ line: glance.line, driftM: (driftMps * apartMs) / 1000 })
  }
  return sightings
}

/** Keeps the newest line of a sensor; one that comes late does not take its place. */
function remember(glances: Glances, sensor: string, glance: Glance, most: number): void {
  const known = glances.get(sensor)
  if (known !== undefined && known.timeMs > glance.timeMs) return
  glances.delete(sensor)
  glances.set(sensor, glance)
  dropFirst(glances, most)
}

function dropFirst(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return
  const first = map.keys().next()
  if (!first.done) map.delete(first.value)
}
