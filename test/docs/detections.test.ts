/** What the contract says about detections, frames and uids is what the reader does with them. */
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { Detection } from '../../src/domain/detection.ts'
import { TrackSessions } from '../../src/domain/identity.ts'
import { readMessage } from '../../src/domain/message.ts'
import { PLACES } from '../../src/domain/schema.ts'
import { readTelemetry } from '../../src/domain/telemetry.ts'
import { isFault } from '../../src/fault/fault.ts'
import { problemsOf } from '../config/loading.ts'
import { coded, examples, page, rowsOf, section } from './page.ts'

const contract = page('docs/contract.md')

function read(text: string, source: string): Detection[] {
  const reading = readMessage(Buffer.from(text), { source, receivedMs: Date.now(), maxAheadMs: 60_000 })
  if (reading.kind !== 'elements') throw new Error(reading.fault.reason)
  return reading.elements.map((element) => {
    if (!element.ok) throw new Error(element.fault.reason)
    return element.detection
  })
}

describe('the examples of the contract', () => {
  const telemetry = examples(section(contract, 'Telemetry'), 'json')
  const all = examples(contract, 'json').filter((text) => !telemetry.includes(text))

  it('are read as detections, every one', () => {
    expect(all.length).toBeGreaterThanOrEqual(5)
    for (const text of all) expect(read(text, JSON.parse(text).source ?? 'any').length).toBeGreaterThan(0)
  })

  it('show every way to say where', () => {
    const kinds = all.flatMap((text) => read(text, JSON.parse(text).source ?? 'any').map(({ fix }) => fix.kind))
    expect(new Set(kinds)).toEqual(new Set(PLACES))
  })

  it('tell a pose that telemetry takes', () => {
    expect(telemetry.length).toBeGreaterThan(0)
    for (const text of telemetry) {
      const context = { sensor: 'uav-1', receivedMs: Date.now(), maxAheadMs: 5_000 }
      const readings = readTelemetry(Buffer.from(text), context)
      expect(readings.map((reading) => (isFault(reading) ? reading.reason : 'read'))).toEqual(['read'])
    }
  })

  it('register a camera that the settings take', () => {
    const [yaml = ''] = examples(section(contract, 'Registered cameras'), 'yaml')
    expect(yaml).toContain('tower-3')
    const cameras = yaml.split('\n').slice(1).join('\n')
    const loaded = loadSettings({ env: { SIGHTLINE_CAMERAS: `{${asFlow(cameras)}}` } })
    expect(loaded.ok ? [] : problemsOf(loaded)).toEqual([])
  })
})

/** The example's map of cameras as one line, since a map is one variable in the environment. */
function asFlow(block: string): string {
  const lines = block.split('\n').filter((line) => line.trim() !== '')
  const depth = (line: string) => line.length - line.trimStart().length
  return lines
    .map((line, at) => {
      const next = lines[at + 1]
      const opens = line.trimEnd().endsWith(':') ? ' {' : ''
      const closes = next === undefined ? depth(line) / 2 - 1 : Math.max(0, (depth(line) - depth(next)) / 2)
      return `${line.trim()}${opens}${'}'.repeat(closes)}${opens === '' && next !== undefined ? ', ' : ''}`
    })
    .join('')
}

describe('the table of what a member takes from its frame', () => {
  const member = { id: 'm', class: 'person' }
  const frame = (fields: object, own: object = {}) =>
    read(JSON.stringify({ time: '2024-07-24T16:00:00Z', ...fields, detections: [{ ...member, ...own }] }), 'cam')[0]
  const position = { lat: 1, lon: 2 }

  it('is right about places, attributes, unknown fields and names', () => {
    expect(frame({ position })?.fix).toMatchObject({ kind: 'position', lat: 1 })
    expect(frame({ position }, { position: { lat: 3, lon: 4 } })?.fix).toMatchObject({ lat: 3 })
    expect(frame({ position, attributes: { a: 1, b: 1 } }, { attributes: { b: 2 } })?.attributes).toEqual({
      a: 1,
      b: 2,
    })
    expect(frame({ position, flight: 7, id: 'f', trackId: 't' })?.attributes).toEqual({
      flight: 7,
      'frame.id': 'f',
      'frame.trackId': 't',
    })
    expect(frame({ position, trackId: 't' })?.trackId).toBeUndefined()
    expect(frame({ position, session: 's' })?.session).toBe('s')
    const surface = { height: { value: 1, datum: 'hae' }, sigmaM: 2 }
    const own = { height: { value: 5, datum: 'hae' } }
    // Whole, not merged: the member's surface has no sigma.
    expect(frame({ position, surface }, { surface: own })?.surface?.sigmaM).toBeUndefined()
  })
})

describe('the table of uids', () => {
  it('has the forms that are given out', () => {
    const sessions = new TrackSessions({ maxTracks: 10 })
    const base: Detection = {
      id: 'i',
      source: 's',
      timeMs: 5_000,
      class: 'car',
      fix: { kind: 'position', lat: 0, lon: 0 },
    }
    const given = [
      sessions.uidOf({ ...base, session: 'x', trackId: 't' }, 1_000),
      sessions.uidOf({ ...base, trackId: 't' }, 1_000),
      sessions.uidOf(base, 1_000),
    ]
    const forms = rowsOf(section(contract, 'Who a detection is')).map(([form]) => coded(form)[0] ?? '')
    const made = forms
      .slice(0, 3)
      .map((form) =>
        form
          .replace('<source>', 's')
          .replace('<session>', 'x')
          .replace('<trackId>', 't')
          .replace('<id>', 'i')
          .replace('<ms>', '5000'),
      )
    expect(given).toEqual(made)
    expect(forms[3]).toBe('.bearing')
  })
})
