/** The wildfire scenario is the same for everybody, says the truth about itself, and is read by the product as promised. */
import { describe, expect, it } from 'vitest'
import { type SimulatedDetection, SOURCES, scenario } from '../../examples/simulator/scenario.ts'
import type { Camera } from '../../src/domain/detection.ts'
import type { Place } from '../../src/domain/location.ts'
import { readMessage } from '../../src/domain/message.ts'
import { createLocator } from '../../src/geo/locate.ts'
import { project } from '../../src/geo/project.ts'

const START_MS = Date.UTC(2025, 7, 14, 19)
const all = [...scenario({ seed: 7, durationS: 300, rate: 20 })]
const by = (fate: SimulatedDetection['expect']) => all.filter(({ expect }) => expect === fate)

const locate = createLocator({ cameras: () => undefined, undulation: () => Number.NaN })

function answer(detection: SimulatedDetection) {
  const element = read(detection)
  if (!element.ok) throw new Error(`${detection.id}: ${element.fault.reason}`)
  return locate(element.detection)
}

/** Metres between a place and the truth, along the ground; the scene is small enough for one scale. */
function missM(place: Place, truth: NonNullable<SimulatedDetection['truth']>): number {
  const north = (place.lat - truth.lat) * 110_990
  const east = (place.lon - truth.lon) * 88_540
  return Math.hypot(north, east)
}

function read(detection: SimulatedDetection) {
  const reading = readMessage(Buffer.from(JSON.stringify(detection.payload)), {
    source: detection.subject.slice('detections.'.length),
    receivedMs: START_MS + detection.atMs,
    maxAheadMs: 60_000,
  })
  if (reading.kind !== 'elements') throw new Error(`${detection.id} could not be read: ${reading.fault.reason}`)
  const [element] = reading.elements
  if (element === undefined) throw new Error(`${detection.id} holds nothing`)
  return element
}

describe('the same options', () => {
  it('give the same stream, to the byte', () => {
    expect(JSON.stringify([...scenario({ seed: 7, durationS: 300, rate: 20 })])).toBe(JSON.stringify(all))
  })

  it('give another stream with another seed, and other ids with another start', () => {
    const other = [...scenario({ seed: 8, durationS: 300, rate: 20 })]
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(all))
    const ids = new Set(all.map(({ id }) => id))
    const later = [...scenario({ seed: 7, durationS: 300, rate: 20, startMs: START_MS + 1 })]
    expect(later.filter(({ id }) => ids.has(id))).toEqual([])
  })

  it('give as many detections as the rate asks for, in order of time', () => {
    expect(all).toHaveLength(6_000)
    expect(all.every(({ atMs }, index) => Number.isInteger(atMs) && atMs >= (all[index - 1]?.atMs ?? 0))).toBe(true)
    expect(all.at(-1)?.atMs).toBeLessThan(300_000)
    expect([...scenario({ seed: 1, durationS: 0, rate: 20 })]).toEqual([])
  })
})

describe('the stream', () => {
  it('holds every source and every fate', () => {
    for (const source of SOURCES) expect(all.some((detection) => detection.source === source)).toBe(true)
    for (const fate of ['located', 'bearing', 'refused', 'duplicate', 'dead'] as const) {
      expect(by(fate).length, fate).toBeGreaterThan(10)
    }
    expect(by('located').length).toBeGreaterThan(0.9 * all.length)
  })

  it('shows fire, smoke, engines and people, on tracks that last', () => {
    const classes = new Set(by('located').map(({ payload }) => payload.class))
    expect(classes).toEqual(new Set(['fire', 'smoke', 'truck', 'person']))
    const tracked = by('located').filter(({ payload }) => payload.trackId === 'engine-1')
    expect(tracked.length).toBeGreaterThan(20)
  })

  it('never gives an id twice within a source, except to a duplicate of the same content', () => {
    const seen = new Map<string, string>()
    for (const { source, id, payload, expect: fate } of all) {
      const key = `${source}/${id}`
      const content = JSON.stringify(payload)
      expect(seen.get(key)).toBe(fate === 'duplicate' ? content : undefined)
      seen.set(key, content)
    }
  })

  it('says the truth about what is located, and claims none about the sky', () => {
    expect(by('located').every(({ truth }) => truth !== undefined)).toBe(true)
    expect([...by('bearing'), ...by('refused')].every(({ truth }) => truth === undefined)).toBe(true)
  })
})

describe('the product', () => {
  it('reads whatever is not expected dead, with the id and the time that were sent', () => {
    for (const detection of all.filter(({ expect }) => expect !== 'dead')) {
      const element = read(detection)
      if (!element.ok) throw new Error(`${detection.id}: ${element.fault.code} ${element.fault.reason}`)
      expect(element.detection.id).toBe(detection.id)
      if (detection.expect !== 'duplicate') expect(element.detection.timeMs).toBe(START_MS + detection.atMs)
    }
  })

  it('refuses to read what is expected dead, with the code promised', () => {
    for (const detection of by('dead')) {
      const element = read(detection)
      expect(element.ok ? 'read' : element.fault.code, JSON.stringify(detection.payload)).toBe(detection.code)
    }
    expect(new Set(by('dead').map(({ code }) => code))).toEqual(
      new Set(['bad-field', 'bad-time', 'source-mismatch', 'ambiguous-place']),
    )
  })

  it('projects the truth to where the simulated camera saw it, but for the stated noise', () => {
    let tower = 0
    for (const detection of by('located')) {
      const { payload, truth } = detection
      if (!('bbox' in payload) || truth === undefined) continue
      const element = read(detection)
      if (!element.ok || element.detection.fix.kind !== 'bbox') throw new Error(`${detection.id} is no box`)
      const { x1, x2, y2, camera } = element.detection.fix
      const seen = project(camera as Camera, truth.lat, truth.lon, truth.haeM)
      // 3 px of pixel noise, 0.15 degrees of yaw and 0.1 of pitch at 1,450 px a radian: six sigmas of it all.
      expect(Math.abs((seen?.u ?? Number.NaN) - (x1 + x2) / 2)).toBeLessThan(6 * Math.hypot(3, 3.8, 1))
      expect(Math.abs((seen?.v ?? Number.NaN) - y2)).toBeLessThan(6 * Math.hypot(3, 2.6, 2))
      tower++
    }
    expect(tower).toBeGreaterThan(500)
  })

  it('meets every promised fate', () => {
    for (const detection of all) {
      if (detection.expect === 'dead' || detection.expect === 'duplicate') continue
      const located = answer(detection)
      const fate = located.ok ? (located.value.kind === 'place' ? 'located' : 'bearing') : 'refused'
      expect(fate, `${detection.id}: ${located.ok ? '' : located.fault.reason}`).toBe(detection.expect)
      const code = located.ok
        ? located.value.kind === 'bearing'
          ? located.value.because
          : undefined
        : located.fault.code
      expect(code).toBe(detection.code)
    }
  })

  it.each(SOURCES)('states errors for %s that hold nine tenths of the truth', (source) => {
    const located = by('located').filter((detection) => detection.source === source)
    let inside = 0
    for (const detection of located) {
      const { value } = answer(detection) as { value: Place }
      const { truth } = detection
      if (truth !== undefined && missM(value, truth) <= (value.ce90M ?? Number.NaN)) inside++
    }
    expect(located.length).toBeGreaterThan(400)
    // Three standard deviations of a count of 400 at 0.9 are 0.045.
    expect(inside / located.length).toBeGreaterThan(0.855)
    expect(inside / located.length).toBeLessThan(0.945)
  })
})
