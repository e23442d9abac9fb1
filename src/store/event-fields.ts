/** What the record of an event holds and where: its fixed fields, its tags, and the proof that none was forgotten. */
import type { BearingDetail, CotDetail, CotEvent, SightlineDetail } from '../cot/event.ts'
import type { CovarianceEnu, Ellipse } from '../domain/location.ts'
import { HEADER } from './frame.ts'

/** Where the fixed fields lie in the frame. */
export const EVENT_FIELD = { seq: HEADER, offset: HEADER + 8, journalledMs: HEADER + 16, staleMs: HEADER + 40 } as const

/** Tag numbers; never given a second meaning. */
export const EVENT_TAG = {
  source: 1,
  id: 2,
  contentHash: 3,
  trace: 4,
  traceparent: 5,
  detection: 6,
  uid: 7,
  type: 8,
  how: 9,
  timeMs: 10,
  startMs: 11,
  point: 12,
  callsign: 13,
  remarks: 14,
  track: 15,
  geopointsrc: 16,
  altsrc: 17,
  bearing: 18,
  class: 19,
  confidence: 20,
  trackId: 21,
  session: 22,
  flag: 23,
  method: 24,
  basis: 25,
  assumedError: 26,
  ellipse: 27,
  covariance: 28,
  budget: 29,
  rangeM: 30,
  because: 31,
  detailSource: 32,
  detailId: 33,
} as const

/** What a record is made of. */
export interface EventRecord {
  readonly seq: number
  /** Bytes of all records before this one since the store was made. */
  readonly offset: number
  readonly journalledMs: number
  readonly publishedMs: number
  readonly receivedMs: number
  readonly source: string
  readonly id: string
  readonly contentHash: Uint8Array
  readonly trace: string
  readonly traceparent?: string
  readonly detection: Uint8Array
  readonly event: CotEvent
}

/** `true` when no field is left over; otherwise the names of the fields this codec does not write. */
type Written<T, Names extends keyof T> = Exclude<keyof T, Names> extends never ? true : Exclude<keyof T, Names>

const everyFieldIsWritten: [
  Written<
    CotEvent,
    'uid' | 'type' | 'how' | 'timeMs' | 'startMs' | 'staleMs' | 'lat' | 'lon' | 'haeM' | 'ceM' | 'leM' | 'detail'
  >,
  Written<CotDetail, 'callsign' | 'remarks' | 'track' | 'precision' | 'bearing' | 'sightline'>,
  Written<NonNullable<CotDetail['track']>, 'courseDeg' | 'speedMps'>,
  Written<NonNullable<CotDetail['precision']>, 'geopointsrc' | 'altsrc'>,
  Written<BearingDetail, 'azimuthDeg' | 'elevationDeg' | 'sigmaAzimuthDeg' | 'lengthM'>,
  Written<
    SightlineDetail,
    | 'source'
    | 'id'
    | 'class'
    | 'confidence'
    | 'trackId'
    | 'session'
    | 'flag'
    | 'method'
    | 'basis'
    | 'assumedError'
    | 'ellipse'
    | 'covariance'
    | 'budget'
    | 'rangeM'
    | 'because'
  >,
  Written<Ellipse, 'semiMajorM' | 'semiMinorM' | 'azimuthDeg'>,
  Written<CovarianceEnu, 'ee' | 'en' | 'eu' | 'nn' | 'nu' | 'uu'>,
] = [true, true, true, true, true, true, true, true]
void everyFieldIsWritten
