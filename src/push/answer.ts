/** What the status of an answer means for the event that was pushed. */
import { type Fault, fault } from '../fault/fault.ts'

export interface Answered {
  readonly status: number
  /** The `retry-after` header, where there was one. */
  readonly retryAfter: string | undefined
  /** The beginning of the body, for people, without secrets. */
  readonly said: string
  readonly target: string
}

/** A server may ask for patience, not for ever. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

/**
 * The fault of an answer that was not accepted. Only a 4xx that blames the event itself rejects it; what blames the
 * credentials, the load or the server is transient.
 * @param nowMs for a `retry-after` given as a date
 */
export function faultOfAnswer(answer: Answered, authPauseMs: number, nowMs: number): Fault {
  const { status, target, said } = answer
  const words = `${target} answered ${status}${said === '' ? '' : `: ${said}`}`
  if (status === 401 || status === 403 || status === 407) {
    return fault('sink-auth', `${words}. Check the credentials of this sink`, { retryAfterMs: authPauseMs })
  }
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfterMsOf(answer.retryAfter, nowMs)
    return fault('sink-busy', words, retryAfterMs === undefined ? undefined : { retryAfterMs })
  }
  if (status === 408) return fault('sink-timeout', words)
  if (status >= 400 && status < 500) return fault('sink-rejected', words)
  if (status >= 300 && status < 400) {
    return fault('sink-failing', `${words}. Redirects are not followed: set the url to where it points`)
  }
  return fault('sink-failing', status < 300 ? `${words}, which is none of the accepted status codes` : words)
}

/** Reads `retry-after`: seconds, or an HTTP date. Undefined when absent or unreadable; never negative, at most an hour. */
export function retryAfterMsOf(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS)
}
