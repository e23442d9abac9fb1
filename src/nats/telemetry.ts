/**
 * Telemetry as it comes by on `telemetry.<sensor>`: read, checked, and handed over pose by pose.
 *
 * Nothing is acknowledged or kept: a pose that was missed while the connection was down is gone, and the next one comes
 * soon. What cannot be read is told by name and let go.
 */
import { isRefused } from '../domain/expectation.ts'
import { readTelemetry, type Telemetry } from '../domain/telemetry.ts'
import type { Fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import type { BrokerConnection } from './connection.ts'
import { watch } from './watch.ts'

/** Subject of all telemetry; its last token is the sensor. */
export const TELEMETRY_SUBJECT = 'telemetry.*'

export interface TelemetryOptions {
  readonly onPose: (telemetry: Telemetry, receivedMs: number) => void
  readonly onRefused: (sensor: string, because: Fault) => void
  /** Longest time a pose may lie ahead of our clock, milliseconds. */
  readonly maxAheadMs: number
  readonly clock: Clock
}

export interface TelemetryListener {
  /** Poses handed over, and poses (or whole messages) refused. */
  readonly heard: number
  readonly refused: number
  /** Resolves when nothing comes any more. */
  stop(): Promise<void>
}

/** Listens until it is stopped. */
export function listenToTelemetry(link: BrokerConnection, options: TelemetryOptions): TelemetryListener {
  const { onPose, onRefused, maxAheadMs, clock } = options
  let heard = 0
  let refused = 0
  const watching = watch(link, [TELEMETRY_SUBJECT], ({ subject, data }) => {
    const sensor = subject.slice(subject.indexOf('.') + 1)
    const receivedMs = clock.now()
    for (const reading of readTelemetry(data, { sensor, receivedMs, maxAheadMs })) {
      if (isRefused(reading)) {
        refused += 1
        onRefused(sensor, reading)
      } else {
        heard += 1
        onPose(reading, receivedMs)
      }
    }
  })
  return {
    get heard() {
      return heard
    },
    get refused() {
      return refused
    },
    stop: () => watching.stop(),
  }
}
