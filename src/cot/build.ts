/**
 * Makes the finished CoT event from a detection and where it was located.
 *
 * Invariants: what is not known stays unknown and is never zero; an event says how its place was found and under which
 * reading its errors stand; nothing of the detection's `attributes` leaves; time and start are the observation, never
 * now, so that the same detection gives the same event however late it is built.
 */
import type { Detection, Velocity } from '../domain/detection.ts'
import type { BearingLine, CovarianceEnu, Located, Method, Place } from '../domain/location.ts'
import { type Answer, failed, fault, passed } from '../fault/fault.ts'
import { type Callsign, callsignFrom } from './callsign.ts'
import { cleanLine, safeUid } from './charset.ts'
import { COT_UNKNOWN, type CotEvent, type ErrorBasis, type SightlineDetail } from './event.ts'
import { bearingRemarks, placeRemarks } from './remarks.ts'
import { isStampable } from './timestamp.ts'
import type { ClassType, TypeTable } from './types.ts'

export interface EventBuilderOptions {
  readonly types: TypeTable
  /** How `ce` and `le` are written: the 90 % circle and half-interval (TAK's reading, default), or one sigma (MITRE's). */
  readonly basis?: ErrorBasis
  /** Marks every event as simulated: `how` is `m-s` and callsigns begin with SIM. */
  readonly simulated?: boolean
  /** Callsign template, see `callsign.ts`. */
  readonly callsign?: string
  /** Told the name of each class that the type table does not know. */
  readonly onUnknownClass?: (className: string) => void
}

export interface EventInput {
  readonly detection: Detection
  readonly located: Located
  /** Stable uid of the track or of the detection. */
  readonly uid: string
  /** Milliseconds since the Unix epoch; decides only whether the remarks name the date. */
  readonly nowMs: number
}

export type EventBuilder = (input: EventInput) => Answer<CotEvent>

/** CoT type under which ATAK draws a line from the event's point. */
export const BEARING_TYPE = 'u-rb-a'

/**
 * `how` by method. Where a sensor's measurement was turned into a place it is "mensurated from imagery" (m-i), the
 * nearest there is for bearing and range too; several sensors on one thing are "fused" (m-f); a place that came in
 * is "relayed" (m-r), even where the producer had it from its own GNSS, which we cannot see.
 */
const HOW: Readonly<Record<Method, string>> = {
  given: 'm-r',
  'ray-level': 'm-i',
  'ray-terrain': 'm-i',
  'bearing-range': 'm-i',
  'bearing-fix': 'm-f',
}
const HOW_BEARING = 'm-i'
const HOW_SIMULATED = 'm-s'

/** Where latitude, longitude and height come from, in TAK's words; `???` is its word for not known. */
const CALCULATED = 'CALC'
const ESTIMATED = 'ESTIMATED'
const NOT_SAID = '???'

/** Radius of the circle that holds 90 % of a circular Gaussian, and half-width of 90 % of a Gaussian, in sigmas. */
const SIGMAS_OF_CE90 = 2.145_966_026
const SIGMAS_OF_LE90 = 1.644_853_627

/** Readers take errors from here upwards as "not known", so a greater one is written as just that. */
const LARGEST_ERROR_M = 999_999

const TEXT_LIMIT = 128
const ID_LIMIT = 512

/** What the events of one builder have in common. */
interface Manner {
  readonly basis: ErrorBasis
  readonly simulated: boolean
  readonly callsign: Callsign
}

/** Compiles the builder. Throws a FaultError `bad-settings` for a bad callsign template. */
export function createEventBuilder(options: EventBuilderOptions): EventBuilder {
  const { types, basis = '90', simulated = false, onUnknownClass } = options
  const manner: Manner = { basis, simulated, callsign: callsignFrom(options.callsign, simulated) }
  return (input) => {
    const { detection, located } = input
    const classType = types.typeOf(detection.class, detection.source)
    if (!classType.known) onUnknownClass?.(detection.class)
    const wrong = unfit(input, classType.lifetimeMs)
    if (wrong !== undefined) return failed(fault('bad-field', wrong.reason, { field: wrong.field }))
    return passed(
      located.kind === 'place'
        ? placeEvent(input, located, classType, manner)
        : bearingEvent(input, located, classType, manner),
    )
  }
}

/** What no event can be made of. Earlier stages let none of this through; an event must not be the one to trust that. */
function unfit(
  { detection, located, uid }: EventInput,
  lifetimeMs: number,
): { readonly reason: string; readonly field: string } | undefined {
  if (uid.trim() === '') return { reason: 'The uid is empty.', field: 'uid' }
  if (!isStampable(detection.timeMs) || !isStampable(detection.timeMs + lifetimeMs)) {
    return { reason: 'The time lies outside the years 1 to 9999.', field: 'time' }
  }
  if (!(Math.abs(located.lat) <= 90)) return { reason: 'The latitude is not within -90 to 90.', field: 'position.lat' }
  if (!(Math.abs(located.lon) <= 180)) {
    return { reason: 'The longitude is not within -180 to 180.', field: 'position.lon' }
  }
  if (located.kind === 'bearing' && !isWholeBearing(located)) {
    return { reason: 'The line of bearing has no finite direction or length.', field: 'bearing' }
  }
  return undefined
}

function isWholeBearing(line: BearingLine): boolean {
  return Number.isFinite(line.azimuthDeg) && line.lengthM > 0 && line.lengthM < Infinity && line.sigmaAzimuthDeg >= 0
}

function placeEvent(
  { detection, uid, nowMs }: EventInput,
  place: Place,
  classType: ClassType,
  { basis, simulated, callsign }: Manner,
): CotEvent {
  const ceM = horizontalError(place, basis)
  const heightKnown = place.haeM !== undefined && Number.isFinite(place.haeM)
  const leM = heightKnown ? verticalError(place, basis) : undefined
  return {
    uid: safeUid(uid),
    type: classType.type,
    how: simulated ? HOW_SIMULATED : HOW[place.method],
    timeMs: detection.timeMs,
    startMs: detection.timeMs,
    staleMs: detection.timeMs + classType.lifetimeMs,
    lat: place.lat,
    lon: place.lon,
    haeM: heightKnown ? (place.haeM as number) : COT_UNKNOWN,
    ceM: ceM ?? COT_UNKNOWN,
    leM: leM ?? COT_UNKNOWN,
    detail: {
      callsign: callsign(detection),
      remarks: placeRemarks(detection, ceM, basis, place.assumedError, nowMs),
      track: trackOf(detection.velocity),
      precision: { geopointsrc: pointSource(place), altsrc: heightKnown ? heightSource(place) : NOT_SAID },
      sightline: {
        ...originOf(detection),
        flag: place.flag,
        method: place.method,
        basis,
        assumedError: place.assumedError,
        ellipse: place.ellipse,
        covariance: place.covariance,
        budget: place.budget,
        rangeM: place.rangeM,
      },
    },
  }
}

/** The line starts at the sensor; the sensor's own error is not known here, so `ce` and `le` say so. */
function bearingEvent(
  { detection, uid, nowMs }: EventInput,
  line: BearingLine,
  classType: ClassType,
  { basis, simulated, callsign }: Manner,
): CotEvent {
  return {
    uid: safeUid(uid),
    type: BEARING_TYPE,
    how: simulated ? HOW_SIMULATED : HOW_BEARING,
    timeMs: detection.timeMs,
    startMs: detection.timeMs,
    staleMs: detection.timeMs + classType.lifetimeMs,
    lat: line.lat,
    lon: line.lon,
    haeM: line.haeM !== undefined && Number.isFinite(line.haeM) ? line.haeM : COT_UNKNOWN,
    ceM: COT_UNKNOWN,
    leM: COT_UNKNOWN,
    detail: {
      callsign: callsign(detection),
      remarks: bearingRemarks(detection, line, basis, nowMs),
      bearing: {
        azimuthDeg: line.azimuthDeg,
        elevationDeg: line.elevationDeg,
        sigmaAzimuthDeg: line.sigmaAzimuthDeg,
        lengthM: line.lengthM,
      },
      sightline: {
        ...originOf(detection),
        flag: 'UNKNOWN',
        method: 'bearing',
        basis,
        assumedError: false,
        because: line.because,
      },
    },
  }
}

type Origin = Pick<SightlineDetail, 'source' | 'id' | 'class' | 'confidence' | 'trackId' | 'session'>

function originOf(detection: Detection): Origin {
  const { trackId, session } = detection
  return {
    source: cleanLine(detection.source, TEXT_LIMIT),
    id: cleanLine(detection.id, ID_LIMIT),
    class: cleanLine(detection.class, TEXT_LIMIT),
    confidence: detection.confidence,
    trackId: trackId === undefined ? undefined : cleanLine(trackId, TEXT_LIMIT),
    session: session === undefined ? undefined : cleanLine(session, TEXT_LIMIT),
  }
}

/** `ce` in metres, or undefined when it is unknown. One sigma is that of the worst direction, never an average. */
function horizontalError(place: Place, basis: ErrorBasis): number | undefined {
  const { ce90M } = place
  if (ce90M === undefined) return undefined
  if (basis === '90') return statedError(ce90M)
  if (place.ellipse !== undefined) return statedError(place.ellipse.semiMajorM)
  return statedError(place.covariance === undefined ? ce90M / SIGMAS_OF_CE90 : worstSigma(place.covariance))
}

/** Square root of the larger eigenvalue of the horizontal 2x2 block. */
function worstSigma({ ee, en, nn }: CovarianceEnu): number {
  return Math.sqrt((ee + nn) / 2 + Math.hypot((ee - nn) / 2, en))
}

function verticalError(place: Place, basis: ErrorBasis): number | undefined {
  const { le90M } = place
  if (le90M === undefined) return undefined
  if (basis === '90') return statedError(le90M)
  return statedError(place.covariance === undefined ? le90M / SIGMAS_OF_LE90 : Math.sqrt(place.covariance.uu))
}

/** An error that can be stated; zero, negative or endless ones cannot. */
function statedError(metres: number): number | undefined {
  return metres > 0 && metres < LARGEST_ERROR_M ? metres : undefined
}

/** Where latitude and longitude come from. */
function pointSource(place: Place): string {
  if (place.method === 'given') return NOT_SAID
  return place.assumedError ? ESTIMATED : CALCULATED
}

/** Where the height comes from: a level surface is taken on trust, everything else is worked out. */
function heightSource(place: Place): string {
  if (place.method === 'given') return NOT_SAID
  return place.method === 'ray-level' ? ESTIMATED : CALCULATED
}

/** Course in [0, 360) and ground speed, as every TAK client reads them; absent when either makes no sense. */
function trackOf(velocity: Velocity | undefined): { courseDeg: number; speedMps: number } | undefined {
  if (velocity === undefined) return undefined
  const { courseDeg, speedMps } = velocity
  if (!Number.isFinite(courseDeg) || !(speedMps >= 0 && speedMps < Infinity)) return undefined
  const turned = courseDeg % 360
  return { courseDeg: turned < 0 ? turned + 360 : turned, speedMps }
}
