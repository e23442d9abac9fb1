/** What arrived at the far ends, told by the numbers of the detections, and what must hold for it. */
import { numberOf } from '../support/detections.ts'
import type { HttpRequestSeen } from '../support/http-recorder.ts'
import type { Stored } from '../support/oracle.ts'
import type { TakEvent } from '../support/tak-recorder.ts'

export interface Arrival {
  readonly uid: string
  readonly number: number
}

const arrival = (uid: string, time: string): Arrival => ({ uid, number: numberOf(time) })

function ofXml(xml: string): Arrival {
  const [, uid = '', time = ''] = /<event [^>]*\buid="([^"]*)"[^>]*\btime="([^"]*)"/.exec(xml) ?? []
  return arrival(uid, time)
}

export const atTak = (events: readonly TakEvent[]): Arrival[] => events.map(({ uid, time }) => arrival(uid, time))

export const atHttp = (taken: readonly HttpRequestSeen[]): Arrival[] => taken.map(({ body }) => ofXml(body))

export const onSubjects = (stored: readonly Stored[]): Arrival[] =>
  stored.map(({ data }) => ofXml(Buffer.from(data).toString()))

/** Numbers from 0 to `count` that did not arrive. */
export function missing(count: number, arrivals: readonly Arrival[]): number[] {
  const there = new Set(arrivals.map(({ number }) => number))
  return Array.from({ length: count }, (_, n) => n).filter((n) => !there.has(n))
}

/** How many arrivals were not the first of their number. */
export function repeats(arrivals: readonly Arrival[]): number {
  return arrivals.length - new Set(arrivals.map(({ number }) => number)).size
}

/**
 * Arrivals that came after a later one of the same uid. A repeat is sent together with what follows it, so first
 * arrivals alone are judged.
 */
export function outOfOrder(arrivals: readonly Arrival[]): Arrival[] {
  const seen = new Set<number>()
  const latest = new Map<string, number>()
  return arrivals.filter(({ uid, number }) => {
    if (seen.has(number)) return false
    seen.add(number)
    const late = number < (latest.get(uid) ?? -1)
    if (!late) latest.set(uid, number)
    return late
  })
}
