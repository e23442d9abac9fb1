/** How far the places that came out lie from where the simulator knows the things to be. */
import { type GeoPoint, nedBetween } from '../../examples/simulator/earth.ts'

export interface AccuracyReport {
  readonly count: number
  /** Horizontal errors, metres. */
  readonly medianM: number
  readonly p90M: number
  /** Share (0 to 1) of errors inside the 90 % circle that the event itself states; 0.9 is what should come out. */
  readonly insideCe90: number
}

interface Errors {
  readonly metres: number[]
  inside: number
}

export class Accuracy {
  readonly #bySource = new Map<string, Errors>()

  /** @param ceM radius of the 90 % circle that the event states, metres */
  add(source: string, place: { readonly lat: number; readonly lon: number }, ceM: number, truth: GeoPoint): void {
    const [north, east] = nedBetween(truth, { lat: place.lat, lon: place.lon, haeM: truth.haeM })
    const errorM = Math.hypot(north, east)
    let errors = this.#bySource.get(source)
    if (errors === undefined) {
      errors = { metres: [], inside: 0 }
      this.#bySource.set(source, errors)
    }
    errors.metres.push(errorM)
    if (errorM <= ceM) errors.inside += 1
  }

  /** Of all sources together. */
  total(): AccuracyReport {
    const all = [...this.#bySource.values()]
    return report(
      all.flatMap(({ metres }) => metres),
      all.reduce((sum, { inside }) => sum + inside, 0),
    )
  }

  /** By source, in the order of their names. */
  bySource(): Record<string, AccuracyReport> {
    const entries = [...this.#bySource].sort(([a], [b]) => a.localeCompare(b))
    return Object.fromEntries(entries.map(([source, { metres, inside }]) => [source, report(metres, inside)]))
  }
}

function report(metres: readonly number[], inside: number): AccuracyReport {
  const sorted = Float64Array.from(metres).sort()
  const atShare = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  const insideCe90 = sorted.length === 0 ? 0 : inside / sorted.length
  return {
    count: sorted.length,
    medianM: rounded(atShare(0.5), 2),
    p90M: rounded(atShare(0.9), 2),
    insideCe90: rounded(insideCe90, 4),
  }
}

/** What lies beyond is noise. */
function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}
