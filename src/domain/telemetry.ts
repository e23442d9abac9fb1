/**
 * Messages of telemetry to checked poses: bytes in, one reading per pose out.
 *
 * Whatever the bytes are, nothing is thrown; of an array a bad pose fails alone.
 */
import { isUtf8 } from 'node:buffer'
import { type Fault, fault } from '../fault/fault.ts'
import { poseOf } from './camera.ts'
import type { Pose } from './detection.ts'
import { described, isRefused, printable, type Read, refuse, structureFault } from './expectation.ts'
import { parseInstant } from './instant.ts'
import { MAX_DEPTH, nestsDeeper } from './nesting.ts'
import { isSource } from './schema.ts'
import { isWireTelemetry, MAX_POSES, TELEMETRY, type WireTelemetry } from './telemetry-schema.ts'

/** Where a sensor was at one instant and how it pointed. */
export interface Telemetry {
  readonly sensor: string
  /** Milliseconds since the Unix epoch, by the sensor's clock. */
  readonly timeMs: number
  readonly pose: Pose
}

/** What a message came with that its poses are checked against. */
export interface TelemetryContext {
  /** The token of the subject after `telemetry.`: the authority on who sent it. */
  readonly sensor: string
  /** When it reached us, milliseconds since the Unix epoch. */
  readonly receivedMs: number
  /** Longest time a pose may lie ahead of that, milliseconds. */
  readonly maxAheadMs: number
}

/** Largest message of telemetry, bytes. */
export const MAX_TELEMETRY_BYTES = 1_048_576

/** Reads a message: one reading per pose, or a single fault for what cannot be read at all. */
export function readTelemetry(data: Uint8Array, context: TelemetryContext): Read<Telemetry>[] {
  const whole = wholeFault(data, context)
  if (whole !== undefined) return [whole]
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString())
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return [fault('bad-json', `The message is not JSON: ${printable(why, 160)}.`)]
  }
  if (!Array.isArray(value)) return [readPose(value, context)]
  if (value.length > MAX_POSES) {
    return [fault('too-many', `The message holds ${value.length} poses; at most ${MAX_POSES} are taken.`)]
  }
  return value.map((each, index) => {
    const read = readPose(each, context)
    return isRefused(read) ? { ...read, reason: `pose ${index}: ${read.reason}` } : read
  })
}

function wholeFault(data: Uint8Array, context: TelemetryContext): Fault | undefined {
  if (!isSource(context.sensor)) {
    return refuse('sensor', '1 to 64 of A-Z a-z 0-9 _ - as the token of the subject', context.sensor, 'bad-source')
  }
  if (data.length > MAX_TELEMETRY_BYTES) {
    return fault('too-large', `The message has ${data.length} bytes; at most ${MAX_TELEMETRY_BYTES} are taken.`)
  }
  if (!isUtf8(data)) return fault('bad-utf8')
  return nestsDeeper(data, MAX_DEPTH) ? fault('too-deep') : undefined
}

function readPose(value: unknown, context: TelemetryContext): Read<Telemetry> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('$', 'a pose, that is an object', value)
  }
  const { schema, sensor } = value as Readonly<Record<string, unknown>>
  if (schema !== undefined && schema !== 1) return refuse('schema', '1, or nothing', schema, 'bad-version')
  if (typeof sensor === 'string' && sensor !== context.sensor) {
    return refuse('sensor', `"${context.sensor}", as in the subject`, sensor, 'source-mismatch')
  }
  if (!isWireTelemetry(value)) return structureFault(value, TELEMETRY) ?? refuse('$', 'a pose', value)
  const timeMs = timeOf(value, context)
  if (typeof timeMs === 'object') return timeMs
  const pose = poseOf(value, '')
  return isRefused(pose) ? pose : { sensor: context.sensor, timeMs, pose }
}

function timeOf({ time }: WireTelemetry, context: TelemetryContext): number | Fault {
  const timeMs = parseInstant(time)
  if (Number.isNaN(timeMs)) {
    return refuse('time', 'an RFC 3339 time with Z or an offset, such as 2024-07-24T16:00:00.000Z', time, 'bad-time')
  }
  const aheadMs = timeMs - context.receivedMs
  if (aheadMs <= context.maxAheadMs) return timeMs
  const reason = `time: expected at most ${context.maxAheadMs} ms ahead of our clock, found ${described(time)}, ${aheadMs} ms ahead`
  return fault('clock-ahead', reason, { field: 'time' })
}
