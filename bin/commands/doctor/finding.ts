/** What the doctor found: one thing that was looked at, how it is, and what to do about it. */
import { faultFrom } from '../../../src/fault/fault.ts'
import { FAULTS } from '../../../src/fault/table.ts'

export interface Finding {
  /** What was looked at, such as `broker` or `sink tak`. */
  readonly check: string
  /** `skip`: it could not be looked at, or there was no need to. */
  readonly state: 'ok' | 'warn' | 'fail' | 'skip'
  readonly says: string
  /** What to do, where something is to be done. */
  readonly remedy?: string
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says })
export const skip = (check: string, says: string): Finding => ({ check, state: 'skip', says })
export const warn = (check: string, says: string, remedy?: string): Finding => ({ check, state: 'warn', says, remedy })
export const fail = (check: string, says: string, remedy?: string): Finding => ({ check, state: 'fail', says, remedy })

/** Anything thrown as a failed check, with the remedy of its fault. */
export function failedBy(check: string, thrown: unknown): Finding {
  const { code, reason } = faultFrom(thrown)
  const { remedy } = FAULTS[code]
  return fail(check, reason.trimEnd(), reason.includes(remedy) ? undefined : remedy)
}
