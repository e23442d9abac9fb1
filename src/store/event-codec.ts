/**
 * The record of an event: what the pipeline found, the finished CoT event as data, and where it lies in the log.
 *
 * Fixed fields come first because retention and pending counts read them without decoding the rest. Everything else
 * is tagged. Tags are never given a second meaning: a field that goes away leaves its number unused, a new one takes the
 * next. The type checks in `event-fields.ts` fail when the event grows a field that is not written here.
 */
import type { BearingDetail, CotDetail, CotEvent, SightlineDetail } from '../cot/event.ts'
import type { CovarianceEnu, Ellipse } from '../domain/location.ts'
import type { JournalEntry } from '../port/journal.ts'
import { EVENT_TAG, type EventRecord } from './event-fields.ts'
import { type FrameReader, type FrameWriter, KIND } from './frame.ts'

export function writeEvent(w: FrameWriter, record: EventRecord): Buffer {
  const { event } = record
  w.begin(KIND.event)
  w.f64(record.seq)
  w.f64(record.offset)
  w.f64(record.journalledMs)
  w.f64(record.publishedMs)
  w.f64(record.receivedMs)
  w.f64(event.staleMs)
  w.tagText(EVENT_TAG.source, record.source)
  w.tagText(EVENT_TAG.id, record.id)
  w.tagBytes(EVENT_TAG.contentHash, record.contentHash)
  w.tagText(EVENT_TAG.trace, record.trace)
  if (record.traceparent !== undefined) w.tagText(EVENT_TAG.traceparent, record.traceparent)
  w.tagText(EVENT_TAG.uid, event.uid)
  w.tagText(EVENT_TAG.type, event.type)
  w.tagText(EVENT_TAG.how, event.how)
  w.tagF64(EVENT_TAG.timeMs, event.timeMs)
  if (!Object.is(event.startMs, event.timeMs)) w.tagF64(EVENT_TAG.startMs, event.startMs)
  w.tagSized(EVENT_TAG.point, 40)
  w.f64(event.lat)
  w.f64(event.lon)
  w.f64(event.haeM)
  w.f64(event.ceM)
  w.f64(event.leM)
  writeDetail(w, event.detail)
  writeSightline(w, event.detail.sightline, record)
  w.tagBytes(EVENT_TAG.detection, record.detection)
  return w.end()
}

function writeDetail(w: FrameWriter, detail: CotDetail): void {
  w.tagText(EVENT_TAG.callsign, detail.callsign)
  w.tagText(EVENT_TAG.remarks, detail.remarks)
  if (detail.track !== undefined) {
    w.tagSized(EVENT_TAG.track, 16)
    w.f64(detail.track.courseDeg)
    w.f64(detail.track.speedMps)
  }
  if (detail.precision !== undefined) {
    w.tagText(EVENT_TAG.geopointsrc, detail.precision.geopointsrc)
    w.tagText(EVENT_TAG.altsrc, detail.precision.altsrc)
  }
  if (detail.bearing !== undefined) {
    w.tagSized(EVENT_TAG.bearing, 32)
    w.f64(detail.bearing.azimuthDeg)
    w.f64(detail.bearing.elevationDeg ?? Number.NaN)
    w.f64(detail.bearing.sigmaAzimuthDeg)
    w.f64(detail.bearing.lengthM)
  }
}

function writeSightline(w: FrameWriter, s: SightlineDetail, record: EventRecord): void {
  // Nearly always the record's own; then it is not written twice.
  if (s.source !== record.source) w.tagText(EVENT_TAG.detailSource, s.source)
  if (s.id !== record.id) w.tagText(EVENT_TAG.detailId, s.id)
  w.tagText(EVENT_TAG.class, s.class)
  if (s.confidence !== undefined) w.tagF64(EVENT_TAG.confidence, s.confidence)
  if (s.trackId !== undefined) w.tagText(EVENT_TAG.trackId, s.trackId)
  if (s.session !== undefined) w.tagText(EVENT_TAG.session, s.session)
  w.tagText(EVENT_TAG.flag, s.flag)
  w.tagText(EVENT_TAG.method, s.method)
  w.tagText(EVENT_TAG.basis, s.basis)
  if (s.assumedError) w.tagByte(EVENT_TAG.assumedError, 1)
  if (s.ellipse !== undefined) {
    w.tagSized(EVENT_TAG.ellipse, 24)
    w.f64(s.ellipse.semiMajorM)
    w.f64(s.ellipse.semiMinorM)
    w.f64(s.ellipse.azimuthDeg)
  }
  if (s.covariance !== undefined) {
    w.tagSized(EVENT_TAG.covariance, 48)
    w.f64(s.covariance.ee)
    w.f64(s.covariance.en)
    w.f64(s.covariance.eu)
    w.f64(s.covariance.nn)
    w.f64(s.covariance.nu)
    w.f64(s.covariance.uu)
  }
  if (s.budget !== undefined) w.tagNumbers(EVENT_TAG.budget, s.budget)
  if (s.rangeM !== undefined) w.tagF64(EVENT_TAG.rangeM, s.rangeM)
  if (s.because !== undefined) w.tagText(EVENT_TAG.because, s.because)
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
      case EVENT_TAG.source:
        source = r.text()
        break
      case EVENT_TAG.id:
        id = r.text()
        break
      case EVENT_TAG.contentHash:
        contentHash = r.copy()
        break
      case EVENT_TAG.trace:
        trace = r.text()
        break
      case EVENT_TAG.traceparent:
        traceparent = r.text()
        break
      case EVENT_TAG.detection:
        detection = r.copy()
        break
      case EVENT_TAG.uid:
        uid = r.text()
        break
      case EVENT_TAG.type:
        type = r.text()
        break
      case EVENT_TAG.how:
        how = r.text()
        break
      case EVENT_TAG.timeMs:
        timeMs = r.number()
        break
      case EVENT_TAG.startMs:
        startMs = r.number()
        break
      case EVENT_TAG.point:
        lat = r.number(0)
        lon = r.number(1)
        haeM = r.number(2)
        ceM = r.number(3)
        leM = r.number(4)
        break
      case EVENT_TAG.callsign:
        callsign = r.text()
        break
      case EVENT_TAG.remarks:
        remarks = r.text()
        break
      case EVENT_TAG.track:
        track = { courseDeg: r.number(0), speedMps: r.number(1) }
        break
      case EVENT_TAG.geopointsrc:
        geopointsrc = r.text()
        break
      case EVENT_TAG.altsrc:
        altsrc = r.text()
        break
      case EVENT_TAG.bearing:
        bearing = readBearing(r)
        break
      case EVENT_TAG.class:
        cls = r.text()
        break
      case EVENT_TAG.confidence:
        confidence = r.number()
        break
      case EVENT_TAG.trackId:
        trackId = r.text()
        break
      case EVENT_TAG.session:
        session = r.text()
        break
      case EVENT_TAG.flag:
        flag = r.text()
        break
      case EVENT_TAG.method:
        method = r.text()
        break
      case EVENT_TAG.basis:
        basis = r.text()
        break
      case EVENT_TAG.assumedError:
        assumedError = r.byte() === 1
        break
      case EVENT_TAG.ellipse:
        ellipse = { semiMajorM: r.number(0), semiMinorM: r.number(1), azimuthDeg: r.number(2) }
        break
      case EVENT_TAG.covariance:
        covariance = {
          ee: r.number(0),
          en: r.number(1),
          eu: r.number(2),
          nn: r.number(3),
          nu: r.number(4),
          uu: r.number(5),
        }
        break
      case EVENT_TAG.budget:
        budget = r.numbers()
        break
      case EVENT_TAG.rangeM:
        rangeM = r.number()
        break
      case EVENT_TAG.because:
        because = r.text()
        break
      case EVENT_TAG.detailSource:
        detailSource = r.text()
        break
      case EVENT_TAG.detailId:
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
