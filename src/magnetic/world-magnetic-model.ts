/**
 * Declination by the World Magnetic Model, with the error that its publishers state for it.
 *
 * Each release of the model is good for five years; the library carries those from December 2014 to November 2029.
 * Where the field is nearly vertical, round the magnetic poles, a compass shows nothing and no declination is answered.
 */
import geomagnetism, { type GeomagnetismModel } from 'geomagnetism'
import { type Fault, fault } from '../fault/fault.ts'
import type { Declination } from '../geo/declination.ts'

const DAY_MS = 86_400_000
/** Days whose coefficients are kept ready. */
const KEPT_DAYS = 16

/**
 * One sigma of the declination, degrees, at a horizontal field of H nanotesla: sqrt(0.26^2 + (5417 / H)^2), the error
 * model published with the release of 2025. Those of the releases before it differ by a tenth of a degree at most.
 */
const SIGMA_DEG = 0.26
const SIGMA_NT = 5417

/** In the publishers' blackout zones the horizontal field is weaker than this, nanotesla. */
const BLACKOUT_NT = 2000

/** Makes a declination that keeps the coefficients of the days it was asked for. */
export function worldMagneticModel(): Declination {
  const days = new Map<number, GeomagnetismModel | undefined>()

  const modelOf = (timeMs: number): GeomagnetismModel | undefined => {
    const day = Math.floor(timeMs / DAY_MS)
    const known = days.get(day)
    if (known !== undefined || days.has(day)) return known
    const made = modelFor(new Date((day + 0.5) * DAY_MS))
    if (days.size >= KEPT_DAYS) days.clear()
    days.set(day, made)
    return made
  }

  return (latDeg, lonDeg, heightM, timeMs) => {
    if (!(Math.abs(latDeg) <= 90) || !Number.isFinite(lonDeg)) return unknown('the place is none')
    const model = modelOf(timeMs)
    if (model === undefined) return unknown('the magnetic models reach from December 2014 to November 2029')
    const heightKm = Math.min(Math.max(heightM, -1000), 850_000) / 1000
    const { decl, h } = model.point([latDeg, lonDeg, Number.isFinite(heightKm) ? heightKm : 0])
    if (!(h >= BLACKOUT_NT)) return unknown(`the horizontal field of ${h.toFixed(0)} nT turns no compass`)
    return { deg: decl, sigmaDeg: Math.hypot(SIGMA_DEG, SIGMA_NT / h) }
  }
}

function modelFor(date: Date): GeomagnetismModel | undefined {
  try {
    return geomagnetism.model(date)
  } catch {
    // The library throws for dates that no release covers.
    return undefined
  }
}

function unknown(why: string): Fault {
  return fault('declination-unknown', `the heading is magnetic and brings no declination, and ${why}`)
}
