/**
 * The one form of a detection's content: compact JSON with a fixed order of fields, and its hash.
 *
 * What was sent alone or in a frame, with other white space or order of keys, gives the same bytes; when it was received plays no part.
 * The journal keeps these bytes, so the order may only change together with a new version of the store.
 */
import { hash } from 'node:crypto'
import { FaultError, fault } from '../fault/fault.ts'
import { sorted } from './attributes.ts'
import type {
  AttitudeSigma,
  CameraRef,
  Detection,
  Fix,
  Height,
  Intrinsics,
  LeverArm,
  Pose,
  PoseSigma,
  Velocity,
} from './detection.ts'

const HASH_BYTES = 16

// JSON.stringify writes fields in the order of these literals and leaves out what is undefined.

const height = (h: Height): Height => ({ value: h.value, datum: h.datum, takeoffHaeM: h.takeoffHaeM })

const velocity = (v: Velocity): Velocity => ({ speedMps: v.speedMps, courseDeg: v.courseDeg, climbMps: v.climbMps })

const attitude = (a: NonNullable<Pose['attitude']>) => ({
  yawDeg: a.yawDeg,
  pitchDeg: a.pitchDeg,
  rollDeg: a.rollDeg,
})

const attitudeSigma = (s: AttitudeSigma): AttitudeSigma => ({
  yawDeg: s.yawDeg,
  pitchDeg: s.pitchDeg,
  rollDeg: s.rollDeg,
})

const poseSigma = (s: PoseSigma): PoseSigma => ({
  positionM: s.positionM,
  heightM: s.heightM,
  yawDeg: s.yawDeg,
  pitchDeg: s.pitchDeg,
  rollDeg: s.rollDeg,
  timeMs: s.timeMs,
  airframe: s.airframe && attitudeSigma(s.airframe),
})

const leverArm = (a: LeverArm): LeverArm => ({ forwardM: a.forwardM, rightM: a.rightM, downM: a.downM })

const pose = (p: Pose): Pose => ({
  lat: p.lat,
  lon: p.lon,
  height: height(p.height),
  attitude: p.attitude && attitude(p.attitude),
  quaternion: p.quaternion,
  airframe: p.airframe && attitude(p.airframe),
  yawRef: p.yawRef,
  declinationDeg: p.declinationDeg,
  leverArm: p.leverArm && leverArm(p.leverArm),
  velocity: p.velocity && velocity(p.velocity),
  sigma: p.sigma && poseSigma(p.sigma),
})

const intrinsics = (i: Intrinsics): Intrinsics => ({
  fx: i.fx,
  fy: i.fy,
  cx: i.cx,
  cy: i.cy,
  width: i.width,
  height: i.height,
  skew: i.skew,
  distortion: i.distortion && { model: i.distortion.model, coefficients: i.distortion.coefficients },
  sigmaFocalRel: i.sigmaFocalRel,
})

const camera = (c: CameraRef): CameraRef =>
  'id' in c ? { id: c.id } : { pose: pose(c.pose), intrinsics: intrinsics(c.intrinsics) }

function fix(f: Fix): Fix {
  switch (f.kind) {
    case 'position': {
      const { accuracy: a } = f
      return {
        kind: f.kind,
        lat: f.lat,
        lon: f.lon,
        height: f.height && height(f.height),
        accuracy: a && { horizontalM: a.horizontalM, verticalM: a.verticalM, basis: a.basis },
      }
    }
    case 'pixel':
      return {
        kind: f.kind,
        u: f.u,
        v: f.v,
        sigmaPx: f.sigmaPx,
        units: f.units,
        camera: camera(f.camera),
        image: f.image && { width: f.image.width, height: f.image.height },
      }
    case 'bbox':
      return {
        kind: f.kind,
        x1: f.x1,
        y1: f.y1,
        x2: f.x2,
        y2: f.y2,
        sigmaPx: f.sigmaPx,
        units: f.units,
        camera: camera(f.camera),
        image: f.image && { width: f.image.width, height: f.image.height },
      }
    case 'bearing': {
      const { sigma: s, observer: o } = f
      return {
        kind: f.kind,
        azimuthDeg: f.azimuthDeg,
        elevationDeg: f.elevationDeg,
        rangeM: f.rangeM,
        azimuthRef: f.azimuthRef,
        declinationDeg: f.declinationDeg,
        sigma: s && { azimuthDeg: s.azimuthDeg, elevationDeg: s.elevationDeg, rangeM: s.rangeM },
        observer: { lat: o.lat, lon: o.lon, height: height(o.height), sigma: o.sigma && poseSigma(o.sigma) },
      }
    }
  }
}

/** Canonical JSON of a detection, UTF-8. */
export function canonicalBytes(d: Detection): Uint8Array {
  const ordered: Detection = {
    id: d.id,
    source: d.source,
    timeMs: d.timeMs,
    class: d.class,
    confidence: d.confidence,
    trackId: d.trackId,
    session: d.session,
    target: d.target,
    fix: fix(d.fix),
    surface: d.surface && { height: height(d.surface.height), sigmaM: d.surface.sigmaM },
    velocity: d.velocity && velocity(d.velocity),
    attributes: d.attributes && sorted(d.attributes),
  }
  return Buffer.from(JSON.stringify(ordered))
}

/** The first 16 bytes of the SHA-256 of canonical bytes: tells a duplicate from a conflict. */
export function contentHash(canonical: Uint8Array): Uint8Array {
  return hash('sha256', canonical, 'buffer').subarray(0, HASH_BYTES)
}

/** A hash as lower-case hexadecimal digits. */
export const hashHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The detection that {@link canonicalBytes} wrote. Throws a FaultError `store-damaged` on anything that is not JSON of an object. */
export function parseCanonical(bytes: Uint8Array): Detection {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch (cause) {
    throw new FaultError(fault('store-damaged', 'A kept detection is not JSON.', { cause }))
  }
  if (typeof value !== 'object' || value === null || !('fix' in value)) {
    throw new FaultError(fault('store-damaged', 'A kept detection is not an object with a fix.'))
  }
  return value as Detection
}
