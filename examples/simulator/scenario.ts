/**
 * The wildfire scenario: a stream of wire-format detections, each with its truth and the fate it must meet.
 *
 * Pure: the same options give the same stream, down to the byte. Fates are certain, not likely: what must be refused is
 * five or more sigmas away from being located, and the other way round. Nothing here reads a clock or a file.
 */
import type { FaultCode } from '../../src/fault/table.ts'
import type { GeoPoint } from './earth.ts'
import { type Random, seededRandom } from './random.ts'
import {
  aircraftInTheSky,
  type Sighting,
  seeFromDrone,
  seeFromSatellite,
  seeFromTower,
  smokeAtHorizon,
} from './sensors.ts'

export const SOURCES = ['sim-drone', 'sim-tower', 'sim-satellite'] as const
export type SimulatedSource = (typeof SOURCES)[number]

/**
 * What must become of a detection: a place on the map; a line of bearing (smoke whose place cannot be known);
 * a dead letter because it cannot be located; counted as a duplicate; a dead letter because it cannot be read.
 */
export type Fate = 'located' | 'bearing' | 'refused' | 'duplicate' | 'dead'

export interface SimulatedDetection {
  readonly subject: string
  readonly source: SimulatedSource
  /** Unique within the source; a duplicate repeats that of its original. */
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
  /** Milliseconds after the start, whole, never falling. */
  readonly atMs: number
  readonly expect: Fate
  /** For `refused` and `dead` the code of the dead letter; for `bearing` the reason why there is no place. */
  readonly code?: FaultCode
  /** Where the seen thing really is, when it is anywhere. */
  readonly truth?: GeoPoint
}

export interface ScenarioOptions {
  readonly seed: number
  readonly durationS: number
  /** Detections a second, all sources together. */
  readonly rate: number
  /** Time of the first detection, milliseconds since the Unix epoch; goes into every id, so that two runs differ. */
  readonly startMs?: number
}

/** Noon on a summer's day. */
const DEFAULT_START_MS = Date.UTC(2025, 7, 14, 19)

/** Shares of the stream; what is left over goes to the drone. */
const SHARE_TOWER = 0.3
const SHARE_SATELLITE = 0.08
const SHARE_DUPLICATE = 0.02
const SHARE_BAD = 0.02
/** Of what the tower sees. */
const SHARE_HORIZON_SMOKE = 0.08

/** How far back a duplicate may reach: a producer that sends again does so soon. */
const DUPLICATE_REACH = 50

/** The scenario, in order of time. At 0 detections a second or 0 seconds it is empty. */
export function* scenario(options: ScenarioOptions): Generator<SimulatedDetection, void, undefined> {
  const random = seededRandom(options.seed)
  const startMs = options.startMs ?? DEFAULT_START_MS
  const run = startMs.toString(36)
  const counts = new Map<SimulatedSource, number>()
  const recent: SimulatedDetection[] = []
  const total = Math.floor(options.durationS * options.rate)

  for (let index = 0; index < total; index++) {
    const atMs = Math.floor((index * 1_000) / options.rate)
    const original = random.next() < SHARE_DUPLICATE && recent.length > 0 ? random.pick(recent) : undefined
    if (original !== undefined) {
      const { code, truth, ...same } = original
      yield { ...same, atMs, expect: 'duplicate' }
      continue
    }
    const observed = random.next() < SHARE_BAD ? observeBad(random, atMs) : observe(random, atMs)
    const count = (counts.get(observed.source) ?? 0) + 1
    counts.set(observed.source, count)
    const detection = message(observed, `${run}-${count}`, run, startMs + atMs, atMs)
    if (detection.expect === 'located') {
      recent.push(detection)
      if (recent.length > DUPLICATE_REACH) recent.shift()
    }
    yield detection
  }
}

/** One observation before it has a name and a time; `spoil` is what a faulty producer does to the finished message. */
interface Observed extends Sighting {
  readonly source: SimulatedSource
  readonly expect: Fate
  readonly code?: FaultCode
  readonly spoil?: Readonly<Record<string, unknown>>
}

function observe(random: Random, atMs: number): Observed {
  const atS = atMs / 1_000
  const share = random.next()
  if (share >= SHARE_SATELLITE && share < SHARE_SATELLITE + SHARE_TOWER) {
    if (random.next() < SHARE_HORIZON_SMOKE) {
      return { source: 'sim-tower', expect: 'bearing', code: 'above-horizon', ...smokeAtHorizon(random) }
    }
    const seen = seeFromTower(random, atS)
    if (seen !== undefined) return { source: 'sim-tower', expect: 'located', ...seen }
  } else if (share >= SHARE_SATELLITE) {
    const seen = seeFromDrone(random, atS)
    if (seen !== undefined) return { source: 'sim-drone', expect: 'located', ...seen }
  }
  // Also when a camera had nothing in view: the satellite always sees the fire.
  return { source: 'sim-satellite', expect: 'located', ...seeFromSatellite(random, atS) }
}

/** Mistakes that real producers make, each with the code it must be answered with. */
const MISTAKES: readonly (readonly [code: FaultCode, spoil: Readonly<Record<string, unknown>>])[] = [
  // What a NaN becomes in JSON.
  ['bad-field', { confidence: null }],
  ['bad-field', { confidence: 'high' }],
  ['bad-field', { class: 7 }],
  ['bad-time', { time: '2025-08-14 19:00:00' }],
  ['source-mismatch', { source: 'sim-somebody-else' }],
  [
    'ambiguous-place',
    { bearing: { azimuthDeg: 10 }, observer: { lat: 37.4, lon: -119.9, height: { value: 900, datum: 'hae' } } },
  ],
]

function observeBad(random: Random, atMs: number): Observed {
  const kind = random.next()
  if (kind < 0.3) {
    return { source: 'sim-tower', expect: 'refused', code: 'above-horizon', ...aircraftInTheSky(random) }
  }
  const seen = seeFromDrone(random, atMs / 1_000) ?? seeFromSatellite(random, atMs / 1_000)
  const { fields } = seen
  if (kind < 0.45 && 'pixel' in fields) {
    const beside = { class: 'person', pixel: { u: 4_000, v: 200 } }
    return { source: 'sim-drone', expect: 'refused', code: 'pixel-outside-image', fields: { ...fields, ...beside } }
  }
  const [code, spoil] = random.pick(MISTAKES)
  const source = 'pixel' in fields ? 'sim-drone' : 'sim-satellite'
  return { source, expect: 'dead', code, fields, spoil }
}

function message(observed: Observed, suffix: string, run: string, timeMs: number, atMs: number): SimulatedDetection {
  const { source, fields, spoil, expect, code, truth } = observed
  const id = `${source.slice('sim-'.length)}-${suffix}`
  const payload = {
    id,
    source,
    time: new Date(timeMs).toISOString(),
    ...('trackId' in fields && { session: run }),
    ...fields,
    attributes: { simulated: true },
    ...spoil,
  }
  return {
    subject: `detections.${source}`,
    source,
    id,
    payload,
    atMs,
    expect,
    ...(code !== undefined && { code }),
    ...(truth !== undefined && { truth }),
  }
}
