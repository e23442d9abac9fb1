/** A fault as a value: what user data and broken resources are answered with, instead of being thrown. */
import { FAULTS, type FaultClass, type FaultCode } from './table.ts'

/** What went wrong. `reason` is one sentence for a person; `field` is a JSON path such as `camera.pose.lat`. */
export interface Fault {
  readonly _tag: string
  readonly code: FaultCode
  readonly reason: string
  readonly field?: string
  /** How long to wait before trying again, when the other side said so. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

export interface FaultExtras {
  readonly field?: string
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** Makes a fault; the reason defaults to the table's meaning. */
export function fault(code: FaultCode, reason?: string, extras?: FaultExtras): Fault {
  const row = FAULTS[code]
  return { _tag: row.tag, code, reason: reason ?? row.meaning, ...extras }
}

/** The class that decides what happens next. */
export function classOf(f: Fault): FaultClass {
  return FAULTS[f.code].class
}

/** True for a value made by {@link fault}. */
export function isFault(value: unknown): value is Fault {
  return (
    typeof value === 'object' && value !== null && 'code' in value && '_tag' in value && (value as Fault).code in FAULTS
  )
}

/** The one Error that is thrown on purpose: a fault that must unwind the stack. */
export class FaultError extends Error {
  readonly fault: Fault

  constructor(f: Fault) {
    super(`${f.code}: ${f.reason}`, { cause: f.cause })
    this.name = 'FaultError'
    this.fault = f
  }
}

/** Turns anything thrown into a fault; what is not one of ours becomes `internal` (or the code given). */
export function faultFrom(thrown: unknown, code: FaultCode = 'internal'): Fault {
  if (thrown instanceof FaultError) return thrown.fault
  if (isFault(thrown)) return thrown
  return fault(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}

/** What a stage answers for one item: the value, or the fault that stopped it. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

export const passed = <T>(value: T): Answer<T> => ({ ok: true, value })
export const failed = <T = never>(f: Fault): Answer<T> => ({ ok: false, fault: f })
