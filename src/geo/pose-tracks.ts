/**
 * The tracks of all sensors that send telemetry, bounded in number: the sensor not heard for longest goes first.
 */
import type { Telemetry } from '../domain/telemetry.ts'
import { type Fault, isFault } from '../fault/fault.ts'
import { type Declination, noDeclination, trueNorthPose } from './declination.ts'
import type { Undulation } from './geoid.ts'
import { haeOf, heightFault } from './height.ts'
import type { Admission } from './pose-ring.ts'
import { POSE_TRACK_DEFAULTS, PoseTrack, type PoseTrackOptions } from './pose-track.ts'

export interface PoseTracksOptions {
  readonly undulation: Undulation
  /** For magnetic headings that bring no declination; default: there is none. */
  readonly declination?: Declination
  /** Default {@link POSE_TRACK_DEFAULTS}. */
  readonly track?: PoseTrackOptions
  /** Most sensors; 256. */
  readonly maxSensors?: number
}

interface Heard {
  readonly track: PoseTrack
  /** Counts up with every pose of any sensor. */
  turn: number
}

export class PoseTracks {
  readonly #undulation: Undulation
  readonly #declination: Declination
  readonly #track: PoseTrackOptions
  readonly #maxSensors: number
  readonly #sensors = new Map<string, Heard>()
  #turn = 0

  constructor(options: PoseTracksOptions) {
    this.#undulation = options.undulation
    this.#declination = options.declination ?? noDeclination
    this.#track = options.track ?? POSE_TRACK_DEFAULTS
    this.#maxSensors = options.maxSensors ?? 256
  }

  /** Sensors remembered. */
  get size(): number {
    return this.#sensors.size
  }

  /** The track of a sensor; undefined while nothing was heard of it. */
  of(sensor: string): PoseTrack | undefined {
    return this.#sensors.get(sensor)?.track
  }

  /** Takes in a pose; a fault when its height cannot be brought to the ellipsoid or its heading to true north. */
  hear({ sensor, timeMs, pose }: Telemetry, receivedMs: number): Admission | Fault {
    const trueNorth = trueNorthPose(pose, timeMs, this.#declination)
    if (isFault(trueNorth)) return trueNorth
    const { height, lat, lon } = pose
    const aboveGround = height.datum === 'agl'
    const heightM = aboveGround ? height.value : haeOf(height, lat, lon, this.#undulation, undefined, undefined)
    if (!Number.isFinite(heightM)) return heightFault(height, 'height')
    const heard = this.#sensors.get(sensor) ?? this.#newSensor(sensor)
    heard.turn = ++this.#turn
    return heard.track.add(timeMs, trueNorth, heightM, aboveGround, receivedMs)
  }

  #newSensor(sensor: string): Heard {
    if (this.#sensors.size >= this.#maxSensors) this.#forgetOne()
    const heard = { track: new PoseTrack(this.#track), turn: 0 }
    this.#sensors.set(sensor, heard)
    return heard
  }

  #forgetOne(): void {
    let oldest: string | undefined
    let turn = Number.POSITIVE_INFINITY
    for (const [sensor, heard] of this.#sensors) {
      if (heard.turn >= turn) continue
      turn = heard.turn
      oldest = sensor
    }
    if (oldest !== undefined) this.#sensors.delete(oldest)
  }
}
