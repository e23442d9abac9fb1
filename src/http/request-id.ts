/** The id that follows one request through every line: the caller's, when it is fit to be printed, else one of ours. */
import { randomUUID } from 'node:crypto'

/** Bounded, and free of what could break a header, a log line or a page. */
const FIT = /^[A-Za-z0-9._:+/=-]{1,128}$/

export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && FIT.test(header) ? header : randomUUID()
}
