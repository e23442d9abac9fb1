/** Telemetry is read with the care that detections are, and its published schema says the same. */
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { isRefused } from '../../src/domain/expectation.ts'
import { MAX_TELEMETRY_BYTES, readTelemetry, type Telemetry } from '../../src/domain/telemetry.ts'
import { MAX_POSES, telemetryJsonSchema } from '../../src/domain/telemetry-schema.ts'
import type { Fault } from '../../src/fault/fault.ts'
import { bytes, having, json, pose, type Wire } from './samples.ts'

const context = { sensor: 'uav-1', receivedMs: Date.UTC(2024, 6, 24, 16, 0, 1), maxAheadMs: 500 }
const { yawDeg: _y, pitchDeg: _p, rollDeg: _r, ...bare } = pose
const sent: Wire = { time: '2024-07-24T16:00:00.25Z', ...pose }

const read = (value: unknown) => readTelemetry(bytes(json(value)), context)
const good = (value: unknown): Telemetry => {
  const [reading] = read(value)
  if (reading === undefined || isRefused(reading)) throw new Error(`refused: ${reading?.reason}`)
  return reading
}
const faults = (value: unknown): Fault[] => read(value).filter(isRefused)

describe('a pose of telemetry', () => {
  it('is read field by field, as the pose of a camera is', () => {
    const telemetry = good({
      ...sent,
      schema: 1,
      sensor: 'uav-1',
      airframe: { yawDeg: 80, pitchDeg: 2, rollDeg: -3 },
      yawRef: 'magnetic',
      declinationDeg: 8.2,
      velocity: { speedMps: 12, courseDeg: -10 },
      sigma: { positionM: 0.1, timeMs: 20, airframe: { yawDeg: 1 } },
      battery: 40,
    })
    expect(telemetry).toMatchObject({
      sensor: 'uav-1',
      timeMs: Date.UTC(2024, 6, 24, 16, 0, 0, 250),
      pose: {
        lat: 31.6,
        attitude: { yawDeg: 105.5, pitchDeg: -66, rollDeg: -0.5 },
        airframe: { yawDeg: 80 },
        yawRef: 'magnetic',
        declinationDeg: 8.2,
        velocity: { speedMps: 12, courseDeg: 350 },
        sigma: { positionM: 0.1, timeMs: 20, airframe: { yawDeg: 1 } },
      },
    })
  })

  it('may point by a quaternion, which is brought to length 1', () => {
    expect(good({ time: sent.time, ...bare, quaternion: [2, 0, 0, 0] }).pose.quaternion).toEqual([1, 0, 0, 0])
  })

  it.each<[string, unknown, string, string]>([
    ['a height without its datum', having(sent, 'height.datum', undefined), 'bad-field', 'height.datum'],
    ['a latitude beyond the pole', { ...sent, lat: 91 }, 'bad-field', 'lat'],
    ['angles and a quaternion', { ...sent, quaternion: [1, 0, 0, 0] }, 'bad-field', '$'],
    ['no roll', having(sent, 'rollDeg', undefined), 'bad-field', 'rollDeg'],
    ['a time without a zone', { ...sent, time: '2024-07-24T16:00:00' }, 'bad-time', 'time'],
    ['no time', having(sent, 'time', undefined), 'bad-field', 'time'],
    ['a time ahead of our clock', { ...sent, time: '2024-07-24T16:00:01.501Z' }, 'clock-ahead', 'time'],
    ['the name of another sensor', { ...sent, sensor: 'uav-2' }, 'source-mismatch', 'sensor'],
    ['another version', { ...sent, schema: 2 }, 'bad-version', 'schema'],
    ['a declination of a true heading', { ...sent, declinationDeg: 4 }, 'bad-field', 'yawRef'],
    ['nothing but zeros', { ...sent, lat: 0, lon: 0, yawDeg: 0, pitchDeg: 0, rollDeg: 0 }, 'bad-field', '$'],
    ['a number too large', { ...sent, yawDeg: '1e999' }, 'bad-field', 'yawDeg'],
    ['a string', 'here', 'bad-field', '$'],
  ])('that has %s is refused by name', (_, value, code, field) => {
    expect(faults(value)).toMatchObject([{ code, field }])
  })
})

describe('a message of telemetry', () => {
  it('may hold many poses, of which a bad one fails alone', () => {
    const readings = read([sent, { ...sent, lat: 91 }, sent])
    expect(readings.map(isRefused)).toEqual([false, true, false])
    expect(readings[1]).toMatchObject({ reason: expect.stringMatching(/^pose 1: lat: expected/) })
    expect(read([])).toEqual([])
  })

  it('that cannot be read at all is one fault', () => {
    const fault = (data: Uint8Array, sensor = 'uav-1') =>
      readTelemetry(data, { ...context, sensor }).map((each) => isRefused(each) && each.code)
    expect(fault(bytes('{'))).toEqual(['bad-json'])
    expect(fault(Uint8Array.of(0x22, 0xff, 0x22))).toEqual(['bad-utf8'])
    expect(fault(new Uint8Array(MAX_TELEMETRY_BYTES + 1))).toEqual(['too-large'])
    expect(fault(bytes('['.repeat(100)))).toEqual(['too-deep'])
    expect(fault(bytes(json(sent)), 'uav 1')).toEqual(['bad-source'])
    expect(fault(bytes(json(Array.from({ length: MAX_POSES + 1 }, () => 0))))).toEqual(['too-many'])
  })

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (data) => {
        for (const each of readTelemetry(data, context)) expect(isRefused(each)).toBe(true)
      }),
    )
  })
})

describe('the published schema of telemetry', () => {
  const schema = Compile(telemetryJsonSchema())

  it('agrees with the reader on poses with a field changed', () => {
    const path = fc.constantFrom(...Object.keys(sent), 'quaternion', 'yawRef', 'declinationDeg', 'height.value')
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(undefined, null, 'magnetic', [1, 0, 0, 0], {}),
    )
    fc.assert(
      fc.property(path, value, (at, to) => {
        const changed = JSON.parse(json(having(sent, at, to)))
        const [fault] = faults(changed)
        if (fault === undefined) expect(schema.Errors(changed)).toEqual([])
        // What no schema says: how long a quaternion is, which dates there are, what our clock shows.
        else if (schema.Check(changed)) expect(['$', 'quaternion', 'time']).toContain(fault.field)
      }),
    )
  })

  it('takes one pose or an array of them, and has no words of our own', () => {
    expect(schema.Check(sent)).toBe(true)
    expect(schema.Check([sent, sent])).toBe(true)
    expect(schema.Check([sent, 1])).toBe(false)
    expect(JSON.stringify(telemetryJsonSchema())).not.toMatch(/"(x-|~)/)
  })
})
