/**
 * The confidence flag: what CE90 is good enough for which class.
 *
 * GREEN up to the class's first threshold, YELLOW up to its second, RED beyond; UNKNOWN when no error is known. A pose
 * error that was assumed caps the flag at YELLOW. The detector's confidence has no part in it: that says whether
 * something is there, not where.
 */
import type { Flag } from '../domain/location.ts'
import { classToken } from './contact.ts'

/** CE90 in metres up to which a place is GREEN, and up to which it is YELLOW. */
export interface FlagThreshold {
  readonly greenM: number
  readonly yellowM: number
}

export interface FlagThresholds {
  readonly default: FlagThreshold
  /** By class, lower case, words joined by `-`. */
  readonly classes: Readonly<Record<string, FlagThreshold>>
}

/**
 * The normative table. The default row follows target-location categories I-III (30 m) and IV (91 m, here 100 m); fires are reported
 * by satellites with pixels of some hundred metres, and smoke has no sharp place at all.
 */
export const FLAG_THRESHOLDS: FlagThresholds = {
  default: { greenM: 30, yellowM: 100 },
  classes: {
    fire: { greenM: 100, yellowM: 1000 },
    wildfire: { greenM: 100, yellowM: 1000 },
    smoke: { greenM: 300, yellowM: 2000 },
    boat: { greenM: 50, yellowM: 500 },
    ship: { greenM: 50, yellowM: 500 },
    vessel: { greenM: 50, yellowM: 500 },
    aircraft: { greenM: 100, yellowM: 500 },
    airplane: { greenM: 100, yellowM: 500 },
    helicopter: { greenM: 100, yellowM: 500 },
    drone: { greenM: 50, yellowM: 300 },
  },
}

/** The flag of a place whose CE90 is `ce90M` (absent: unknown). */
export function flagOf(
  ce90M: number | undefined,
  className: string,
  assumedError: boolean,
  thresholds: FlagThresholds,
): Flag {
  if (ce90M === undefined || Number.isNaN(ce90M)) return 'UNKNOWN'
  const token = classToken(className)
  const row = Object.hasOwn(thresholds.classes, token) ? thresholds.classes[token] : undefined
  const limit = row ?? thresholds.default
  if (ce90M > limit.yellowM) return 'RED'
  return ce90M > limit.greenM || assumedError ? 'YELLOW' : 'GREEN'
}
