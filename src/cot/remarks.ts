/**
 * The one line that tells a person what was seen, how well it is placed, by whom and when:
 * `smoke 41 % · ±380 m (90 %) · tower-3 · 16:00:00Z`.
 *
 * What is not known is said to be unknown, and an error that rests on assumptions says so.
 */
import type { Detection } from '../domain/detection.ts'
import type { BearingLine } from '../domain/location.ts'
import { FAULTS } from '../fault/table.ts'
import { percent } from './callsign.ts'
import { cleanLine } from './charset.ts'
import type { ErrorBasis } from './event.ts'
import { stampOf } from './timestamp.ts'

const REMARKS_LIMIT = 400
const CLASS_LIMIT = 64
const DAY_MS = 86_400_000

/** Half-width of the interval that holds 90 % of a Gaussian error, in sigmas. */
const SIGMAS_OF_90 = 1.644_853_627

const BASIS_TEXT: Readonly<Record<ErrorBasis, string>> = { '90': '90 %', '1sigma': '1 sigma' }

/** Remarks of an event with a place; `ceM` is undefined when the horizontal error is unknown. */
export function placeRemarks(
  detection: Detection,
  ceM: number | undefined,
  basis: ErrorBasis,
  assumed: boolean,
  nowMs: number,
): string {
  const how = assumed ? `${BASIS_TEXT[basis]}, partly assumed` : BASIS_TEXT[basis]
  return line(detection, ceM === undefined ? 'error unknown' : `±${lengthText(ceM)} (${how})`, nowMs)
}

/** Remarks of a line of bearing: the direction, its error, and why there is no place. */
export function bearingRemarks(detection: Detection, bearing: BearingLine, basis: ErrorBasis, nowMs: number): string {
  const width = basis === '90' ? bearing.sigmaAzimuthDeg * SIGMAS_OF_90 : bearing.sigmaAzimuthDeg
  const reason = FAULTS[bearing.because].meaning.replace(/\.$/, '')
  const direction = `direction ${azimuthText(bearing.azimuthDeg)}° ±${angleText(width)}° (${BASIS_TEXT[basis]})`
  return line(detection, `${direction} · no place: ${reason[0]?.toLowerCase() ?? ''}${reason.slice(1)}`, nowMs)
}

function line(detection: Detection, where: string, nowMs: number): string {
  const confidence = percent(detection.confidence)
  const name = cleanLine(detection.class, CLASS_LIMIT)
  const what = confidence === undefined ? name : `${name} ${confidence}`
  return cleanLine(`${what} · ${where} · ${seenBy(detection)} · ${clockText(detection.timeMs, nowMs)}`, REMARKS_LIMIT)
}

/** The source, and the registered camera where that says more. */
function seenBy(detection: Detection): string {
  const { fix, source } = detection
  if ((fix.kind === 'pixel' || fix.kind === 'bbox') && 'id' in fix.camera && fix.camera.id !== source) {
    return `${source} ${fix.camera.id}`
  }
  return source
}

/** The time of day; with its date when the observation is a day or more away, because a replay looks like now. */
function clockText(timeMs: number, nowMs: number): string {
  const stamp = stampOf(timeMs)
  const clock = `${stamp.slice(11, 19)}Z`
  return Math.abs(nowMs - timeMs) < DAY_MS ? clock : `${stamp.slice(0, 10)} ${clock}`
}

/** Two significant figures are all that an error estimate deserves. */
function lengthText(metres: number): string {
  if (metres >= 10_000) return `${Math.round(metres / 1000)} km`
  return `${metres < 1 ? metres.toFixed(2) : metres < 10 ? metres.toFixed(1) : Math.round(metres)} m`
}

function angleText(degrees: number): string {
  return degrees < 1 ? degrees.toFixed(2) : degrees.toFixed(1)
}

/** In [0, 360): what rounds to 360.0 is north. */
function azimuthText(degrees: number): string {
  const text = (((degrees % 360) + 360) % 360).toFixed(1)
  return text === '360.0' ? '0.0' : text
}
