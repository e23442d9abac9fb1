/** A fault as the answer to a request: problem details of RFC 9457. */
import type { Fault } from '../fault/fault.ts'
import { FAULTS } from '../fault/table.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly instance?: string
  readonly requestId?: string
  readonly field?: string
}

const LONGEST_INSTANCE = 256

/** `instance` is the path that was asked for; its query may hold secrets and is left out. */
export function problemDetails(fault: Fault, instance?: string, requestId?: string): ProblemDetails {
  const row = FAULTS[fault.code]
  return {
    type: `urn:sightline:fault:${fault.code}`,
    title: row.meaning,
    status: row.http,
    detail: fault.reason,
    code: fault.code,
    ...(instance !== undefined && { instance: instance.split('?', 1)[0]?.slice(0, LONGEST_INSTANCE) }),
    ...(requestId !== undefined && { requestId }),
    ...(fault.field !== undefined && { field: fault.field }),
  }
}
