/**
 * Our own detail element, `<sightline>`: what a program needs to trust an event or to question it.
 *
 * One flat element of attributes, so that servers that rewrite details pass it on whole. An attribute that is absent
 * is unknown or does not apply. Version 1:
 *
 * | attribute | what |
 * |---|---|
 * | `version` | `1` |
 * | `source`, `id` | the detection; together its key |
 * | `class` | as the producer named it |
 * | `confidence` | 0 to 1 |
 * | `track`, `session` | the producer's track id and session |
 * | `flag` | `GREEN`, `YELLOW`, `RED` or `UNKNOWN`, from the 90 % circle |
 * | `method` | `given`, `ray-level`, `ray-terrain`, `bearing-range`, `bearing-fix`; `bearing` for a line of bearing |
 * | `basis` | the reading of the point's `ce` and `le`: `90` (90 % circle and half-interval) or `1sigma` |
 * | `assumed` | `true` when an error that mattered was assumed from defaults |
 * | `ellipse` | one-sigma error ellipse: semi-major m, semi-minor m, azimuth of the major axis in degrees from north |
 * | `covariance` | east-north-up covariance in square metres: `ee en eu nn nu uu` |
 * | `budget` | share of each error source in the horizontal variance: `name=share …`, shares adding up to 1 |
 * | `range` | slant range from the sensor, m |
 * | `because` | fault code: why there is no place (lines of bearing) |
 * | `azimuth`, `elevation` | direction from the sensor, degrees from true north and above the horizontal (lines of bearing) |
 * | `sigmaAzimuth` | its one-sigma error, degrees (lines of bearing) |
 * | `length` | length of the line as drawn, m: how far the sensor could see (lines of bearing) |
 */
import type { CovarianceEnu, Ellipse, ErrorBudget } from '../domain/location.ts'
import type { AsciiSheet, Decimals } from './ascii.ts'
import type { BearingDetail, SightlineDetail } from './event.ts'

export const SIGHTLINE_VERSION = '1'

/** Writes the element; `bearing` is given for lines of bearing. Numbers that are not finite are left out. */
export function putSightline(sheet: AsciiSheet, detail: SightlineDetail, bearing: BearingDetail | undefined): void {
  sheet.put(`<sightline version="${SIGHTLINE_VERSION}" source="`)
  sheet.escaped(detail.source)
  sheet.put('" id="')
  sheet.escaped(detail.id)
  sheet.put('" class="')
  sheet.escaped(detail.class)
  sheet.put('"')
  putNumber(sheet, ' confidence="', detail.confidence, 4)
  putText(sheet, ' track="', detail.trackId)
  putText(sheet, ' session="', detail.session)
  sheet.put(' flag="')
  sheet.put(detail.flag)
  sheet.put('" method="')
  sheet.put(detail.method)
  sheet.put('" basis="')
  sheet.put(detail.basis)
  sheet.put(detail.assumedError ? '" assumed="true"' : '" assumed="false"')
  if (detail.ellipse !== undefined) putEllipse(sheet, detail.ellipse)
  if (detail.covariance !== undefined) putCovariance(sheet, detail.covariance)
  if (detail.budget !== undefined) putBudget(sheet, detail.budget)
  putNumber(sheet, ' range="', detail.rangeM, 2)
  putText(sheet, ' because="', detail.because)
  if (bearing !== undefined) putBearing(sheet, bearing)
  sheet.put('/>')
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}

function putNumber(sheet: AsciiSheet, opening: string, value: number | undefined, decimals: Decimals): void {
  if (!isNumber(value)) return
  sheet.put(opening)
  sheet.decimal(value, decimals)
  sheet.put('"')
}

function putText(sheet: AsciiSheet, opening: string, text: string | undefined): void {
  if (text === undefined) return
  sheet.put(opening)
  sheet.escaped(text)
  sheet.put('"')
}

function putEllipse(sheet: AsciiSheet, { semiMajorM, semiMinorM, azimuthDeg }: Ellipse): void {
  if (!isNumber(semiMajorM) || !isNumber(semiMinorM) || !isNumber(azimuthDeg)) return
  sheet.put(' ellipse="')
  sheet.decimal(semiMajorM, 3)
  sheet.put(' ')
  sheet.decimal(semiMinorM, 3)
  sheet.put(' ')
  sheet.decimal(azimuthDeg, 2)
  sheet.put('"')
}

function putCovariance(sheet: AsciiSheet, { ee, en, eu, nn, nu, uu }: CovarianceEnu): void {
  if (!isNumber(ee + en + eu + nn + nu + uu)) return
  sheet.put(' covariance="')
  sheet.decimal(ee, 4)
  sheet.put(' ')
  sheet.decimal(en, 4)
  sheet.put(' ')
  sheet.decimal(eu, 4)
  sheet.put(' ')
  sheet.decimal(nn, 4)
  sheet.put(' ')
  sheet.decimal(nu, 4)
  sheet.put(' ')
  sheet.decimal(uu, 4)
  sheet.put('"')
}

const BUDGET_NAME = /^[A-Za-z0-9_.-]+$/

function putBudget(sheet: AsciiSheet, budget: ErrorBudget): void {
  let opening = ' budget="'
  for (const name in budget) {
    const share = budget[name]
    if (!isNumber(share) || !BUDGET_NAME.test(name)) continue
    sheet.put(opening)
    sheet.put(name)
    sheet.put('=')
    sheet.decimal(share, 4)
    opening = ' '
  }
  if (opening === ' ') sheet.put('"')
}

function putBearing(sheet: AsciiSheet, { azimuthDeg, elevationDeg, sigmaAzimuthDeg, lengthM }: BearingDetail): void {
  sheet.put(' azimuth="')
  sheet.azimuth(azimuthDeg)
  sheet.put('"')
  putNumber(sheet, ' elevation="', elevationDeg, 2)
  putNumber(sheet, ' sigmaAzimuth="', sigmaAzimuthDeg, 3)
  putNumber(sheet, ' length="', lengthM, 2)
}
