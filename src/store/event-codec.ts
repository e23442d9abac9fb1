/**
 * The record of an event: what the pipeline found, the finished CoT event as data, and where it lies in the log.
 *
 * Fixed fields come first because retention and pending counts read them without decoding the rest. Everything else
 * is tagged. Tags are never given a second meaning: a field that goes away leaves its number unused, a new one takes the
 * next. The type checks at the end of this file fail when the event grows a field that is not written here.
 */
import type { BearingDetail, CotDetail, CotEvent, SightlineDetail } from '../cot/event.ts'
import type { CovarianceEnu, Ellipse } from '../domain/location.ts'
import type { JournalEntry } from '../port/journal.ts'
import { type FrameReader, type FrameWriter, HEADER, KIND } from './frame.ts'

/** Where the fixed fields lie in the frame. */
export const EVENT_FIELD = { seq: HEADER, offset: HEADER + 8, journalledMs: HEADER + 16, staleMs: HEADER + 40 } as const

const TAG = {
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

export function writeEvent(w: FrameWriter, record: EventRecord): Buffer {
  const { event } = record
  w.begin(KIND.event)
  w.f64(record.seq)
  w.f64(record.offset)
  w.f64(record.journalledMs)
  w.f64(record.publishedMs)
  w.f64(record.receivedMs)
  w.f64(event.staleMs)
  w.tagText(TAG.source, record.source)
  w.tagText(TAG.id, record.id)
  w.tagBytes(TAG.contentHash, record.contentHash)
  w.tagText(TAG.trace, record.trace)
  if (record.traceparent !== undefined) w.tagText(TAG.traceparent, record.traceparent)
  w.tagText(TAG.uid, event.uid)
  w.tagText(TAG.type, event.type)
  w.tagText(TAG.how, event.how)
  w.tagF64(TAG.timeMs, event.timeMs)
  if (event.startMs !== event.timeMs) w.tagF64(TAG.startMs, event.startMs)
  w.tagSized(TAG.point, 40)
  w.f64(event.lat)
  w.f64(event.lon)
  w.f64(event.haeM)
  w.f64(event.ceM)
  w.f64(event.leM)
  writeDetail(w, event.detail)
  writeSightline(w, event.detail.sightline, record)
  w.tagBytes(TAG.detection, record.detection)
  return w.end()
}

function writeDetail(w: FrameWriter, detail: CotDetail): void {
  w.tagText(TAG.callsign, detail.callsign)
  w.tagText(TAG.remarks, detail.remarks)
  if (detail.track !== undefined) {
    w.tagSized(TAG.track, 16)
    w.f64(detail.track.courseDeg)
    w.f64(detail.track.speedMps)
  }
  if (detail.precision !== undefined) {
    w.tagText(TAG.geopointsrc, detail.precision.geopointsrc)
    w.tagText(TAG.altsrc, detail.precision.altsrc)
  }
  if (detail.bearing !== undefined) {
    w.tagSized(TAG.bearing, 32)
    w.f64(detail.bearing.azimuthDeg)
    w.f64(detail.bearing.elevationDeg ?? Number.NaN)
    w.f64(detail.bearing.sigmaAzimuthDeg)
    w.f64(detail.bearing.lengthM)
  }
}

function writeSightline(w: FrameWriter, s: SightlineDetail, record: EventRecord): void {
  // Nearly always the record's own; then it is not written twice.
  if (s.source !== record.source) w.tagText(TAG.detailSource, s.source)
  if (s.id !== record.id) w.tagText(TAG.detailId, s.id)
  w.tagText(TAG.class, s.class)
  if (s.confidence !== undefined) w.tagF64(TAG.confidence, s.confidence)
  if (s.trackId !== undefined) w.tagText(TAG.trackId, s.trackId)
  if (s.session !== undefined) w.tagText(TAG.session, s.session)
  w.tagText(TAG.flag, s.flag)
  w.tagText(TAG.method, s.method)
  w.tagText(TAG.basis, s.basis)
  if (s.assumedError) w.tagByte(TAG.assumedError, 1)
  if (s.ellipse !== undefined) {
    w.tagSized(TAG.ellipse, 24)
    w.f64(s.ellipse.semiMajorM)
    w.f64(s.ellipse.semiMinorM)
    w.f64(s.ellipse.azimuthDeg)
  }
  if (s.covariance !== undefined) {
    w.tagSized(TAG.covariance, 48)
    w.f64(s.covariance.ee)
    w.f64(s.covariance.en)
    w.f64(s.covariance.eu)
    w.f64(s.covariance.nn)
    w.f64(s.covariance.nu)
    w.f64(s.covariance.uu)
  }
  if (s.budget !== undefined) w.tagNumbers(TAG.budget, s.budget)
  if (s.rangeM !== undefined) w.tagF64(TAG.rangeM, s.rangeM)
  if (s.because !== undefined) w.tagText(TAG.because, s.because)
}

/**
 * Reads a record; the result holds copies only.
 * @throws FrameError when the value is not a whole event record.
 */
export function readEvent(r: FrameReader, value: Uint8Array): JournalEntry & EventRecord {
  r.open(value, KIND.event)
  const bytes = value.length
  const seq = r.f64()
  const offset = r.f64()
  const journalledMs = r.f64()
  const publishedMs = r.f64()
  const receivedMs = r.f64()
  const staleMs = r.f64()
  let source = ''
  let id = ''
  let contentHash: Uint8Array = new Uint8Array(0)
  let trace = ''
  let traceparent: string | undefined
  let detection: Uint8Array = new Uint8Array(0)
  let uid = ''
  let type = ''
  let how = ''
  let timeMs = 0
  let startMs: number | undefined
  let lat = 0
  let lon = 0
  let haeM = 0
  let ceM = 0
  let leM = 0
  let callsign = ''
  let remarks = ''
  let track: CotDetail['track']
  let geopointsrc: string | undefined
  let altsrc = ''
  let bearing: BearingDetail | undefined
  let cls = ''
  let confidence: number | undefined
  let trackId: string | undefined
  let session: string | undefined
  let flag = 'UNKNOWN'
  let method = 'given'
  let basis = '90'
  let assumedError = false
  let ellipse: Ellipse | undefined
  let covariance: CovarianceEnu | undefined
  let budget: Record<string, number> | undefined
  let rangeM: number | undefined
  let because: string | undefined
  let detailSource: string | undefined
  let detailId: string | undefined
  for (let tag = r.next(); tag !== 0; tag = r.next()) {
    switch (tag) {
      case TAG.source:
        source = r.text()
        break
      case TAG.id:
        id = r.text()
        break
      case TAG.contentHash:
        contentHash = r.copy()
        break
      case TAG.trace:
        trace = r.text()
        break
      case TAG.traceparent:
        traceparent = r.text()
        break
      case TAG.detection:
        detection = r.copy()
        break
      case TAG.uid:
        uid = r.text()
        break
      case TAG.type:
        type = r.text()
        break
      case TAG.how:
        how = r.text()
        break
      case TAG.timeMs:
        timeMs = r.number()
        break
      case TAG.startMs:
        startMs = r.number()
        break
      case TAG.point:
        lat = r.number(0)
        lon = r.number(1)
        haeM = r.number(2)
        ceM = r.number(3)
        leM = r.number(4)
        break
      case TAG.callsign:
        callsign = r.text()
        break
      case TAG.remarks:
        remarks = r.text()
        break
      case TAG.track:
        track = { courseDeg: r.number(0), speedMps: r.number(1) }
        break
      case TAG.geopointsrc:
        geopointsrc = r.text()
        break
      case TAG.altsrc:
        altsrc = r.text()
        break
      case TAG.bearing:
        bearing = readBearing(r)
        break
      case TAG.class:
        cls = r.text()
        break
      case TAG.confidence:
        confidence = r.number()
        break
      case TAG.trackId:
        trackId = r.text()
        break
      case TAG.session:
        session = r.text()
        break
      case TAG.flag:
        flag = r.text()
        break
      case TAG.method:
        method = r.text()
        break
      case TAG.basis:
        basis = r.text()
        break
      case TAG.assumedError:
        assumedError = r.byte() === 1
        break
      case TAG.ellipse:
        ellipse = { semiMajorM: r.number(0), semiMinorM: r.number(1), azimuthDeg: r.number(2) }
        break
      case TAG.covariance:
        covariance = {
          ee: r.number(0),
          en: r.number(1),
          eu: r.number(2),
          nn: r.number(3),
          nu: r.number(4),
          uu: r.number(5),
        }
        break
      case TAG.budget:
        budget = r.numbers()
        break
      case TAG.rangeM:
        rangeM = r.number()
        break
      case TAG.because:
        because = r.text()
        break
      case TAG.detailSource:
        detailSource = r.text()
        break
      case TAG.detailId:
        detailId = r.text()
        break
    }
  }
  // Written by writeEvent, which took them from these very types.
  const sightline = {
    source: detailSource ?? source,
    id: detailId ?? id,
    class: cls,
    confidence,
    trackId,
    session,
    flag,
    method,
    basis,
    assumedError,
    ellipse,
    covariance,
    budget,
    rangeM,
    because,
  } as SightlineDetail
  const precision = geopointsrc === undefined ? undefined : { geopointsrc, altsrc }
  const detail: CotDetail = { callsign, remarks, track, precision, bearing, sightline }
  const event: CotEvent = {
    uid,
    type,
    how,
    timeMs,
    startMs: startMs ?? timeMs,
    staleMs,
    lat,
    lon,
    haeM,
    ceM,
    leM,
    detail,
  }
  return {
    seq,
    offset,
    journalledMs,
    publishedMs,
    receivedMs,
    source,
    id,
    contentHash,
    trace,
    traceparent,
    detection,
    event,
    bytes,
    encoded: undefined,
  }
}

function readBearing(r: FrameReader): BearingDetail {
  const elevationDeg = r.number(1)
  return {
    azimuthDeg: r.number(0),
    elevationDeg: Number.isNaN(elevationDeg) ? undefined : elevationDeg,
    sigmaAzimuthDeg: r.number(2),
    lengthM: r.number(3),
  }
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
