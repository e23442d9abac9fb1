/** A Cursor-on-Target event as data: finished and immutable, before any wire format. */
import type { CovarianceEnu, Ellipse, ErrorBudget, Flag, Method } from '../domain/location.ts'

/** CoT's number for "not known" in hae, ce and le. */
export const COT_UNKNOWN = 9_999_999

/** The reading under which `ce` and `le` were written. */
export type ErrorBasis = '90' | '1sigma'

/** Our own detail element, `<sightline>`: what a program needs to trust or question the event. */
export interface SightlineDetail {
  readonly source: string
  readonly id: string
  readonly class: string
  readonly confidence?: number
  readonly trackId?: string
  readonly session?: string
  readonly flag: Flag
  readonly method: Method | 'bearing'
  readonly basis: ErrorBasis
  readonly assumedError: boolean
  readonly ellipse?: Ellipse
  readonly covariance?: CovarianceEnu
  readonly budget?: ErrorBudget
  readonly rangeM?: number
  /** Fault code, on lines of bearing. */
  readonly because?: string
}

/** A line of bearing: drawn from the event's point outwards. */
export interface BearingDetail {
  readonly azimuthDeg: number
  readonly elevationDeg?: number
  readonly sigmaAzimuthDeg: number
  readonly lengthM: number
}

export interface CotDetail {
  readonly callsign: string
  readonly remarks: string
  readonly track?: { readonly courseDeg: number; readonly speedMps: number }
  readonly precision?: { readonly geopointsrc: string; readonly altsrc: string }
  readonly bearing?: BearingDetail
  readonly sightline: SightlineDetail
}

/** Times in milliseconds since the Unix epoch, angles in degrees, lengths in metres. */
export interface CotEvent {
  readonly uid: string
  readonly type: string
  readonly how: string
  readonly timeMs: number
  readonly startMs: number
  readonly staleMs: number
  readonly lat: number
  readonly lon: number
  readonly haeM: number
  readonly ceM: number
  readonly leM: number
  readonly detail: CotDetail
}
