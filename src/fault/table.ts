/**
 * The closed table of everything that can go wrong, each with one stable code.
 *
 * `docs/faults.md` repeats it for people; a test compares the two.
 * Classes: `retry` is transient and is tried again; `dead` goes to dead letters with its reason;
 * `drop` is settled and counted without a dead letter; `restart` breaks the actor or the process, and nothing is acknowledged.
 */

import { DETECTION_FAULTS } from './rows/detection.ts'
import { GEOLOCATION_FAULTS } from './rows/geolocation.ts'
import { OUTSIDE_FAULTS } from './rows/outside.ts'
import { PIPELINE_FAULTS } from './rows/pipeline.ts'
import type { FaultRow } from './rows/row.ts'

export type { FaultClass, FaultRow } from './rows/row.ts'

export const FAULTS = {
  ...DETECTION_FAULTS,
  ...GEOLOCATION_FAULTS,
  ...PIPELINE_FAULTS,
  ...OUTSIDE_FAULTS,
} as const satisfies Record<string, FaultRow>

/** The stable, kebab-case code of a fault. */
export type FaultCode = keyof typeof FAULTS

/** The stages a detection passes; also the token of `deadletters.<stage>`. */
export const STAGES = ['intake', 'validate', 'geolocate', 'cot', 'journal', 'push'] as const
export type Stage = (typeof STAGES)[number]
