/** Lines of bearing on one thing from different sensors are crossed; all else goes on as it came. */
import { describe, expect, it } from 'vitest'
import type { LocatedDetection } from '../../actors/cot.ts'
import { cotBehavior } from '../../actors/cot.ts'
import { type FusionOptions, fusionBehavior } from '../../actors/fusion.ts'
import type { Behavior } from '../../actors/kernel/actor.ts'
import type { Detection } from '../../src/domain/detection.ts'
import type { BearingLine, Located, Place } from '../../src/domain/location.ts'
import { failed, fault, passed } from '../../src/fault/fault.ts'
import type { FaultCode } from '../../src/fault/table.ts'
import { crossBearings, type Sighting } from '../../src/geo/bearing-fix.ts'
import { FLAG_THRESHOLDS } from '../../src/geo/flag.ts'
import { SIGMA_FLOORS } from '../../src/geo/sigma.ts'

const PLACE: Place = { kind: 'place', lat: 1, lon: 2, method: 'bearing-fix', flag: 'GREEN', assumedError: false }

const line = (azimuthDeg: number, more: Partial<BearingLine> = {}): BearingLine => ({
  kind: 'bearing',
  lat: 39,
  lon: -121,
  haeM: 500,
  azimuthDeg,
  sigmaAzimuthDeg: 0.5,
  sigmaPositionM: 3,
  sigmaHeightM: 5,
  assumedError: false,
  lengthM: 30_000,
  because: 'above-horizon',
  ...more,
})

let count = 0
function seen(source: string, more: Partial<Detection> = {}, located: Located = line(count)): LocatedDetection {
  const observer = { lat: 39, lon: -121, height: { value: 500, datum: 'hae' as const } }
  count += 1
  const detection: Detection = {
    id: `d-${count}`,
    source,
    timeMs: 1_000_000,
    class: 'smoke',
    target: 'fire-7',
    fix: { kind: 'bearing', azimuthDeg: 0, observer },
    ...more,
  }
  return { detection, located }
}

/** A fusion that only notes what it was to cross. */
function noting(more: Partial<FusionOptions> = {}) {
  const crossed: (readonly Sighting[])[] = []
  const fusion = fusionBehavior({
    cross: (sightings) => {
      crossed.push(sightings)
      return passed(PLACE)
    },
    windowMs: () => 5_000,
    driftMps: () => 2,
    maxTargets: 100,
    maxSensors: 8,
    ...more,
  })
  return { fusion, crossed }
}

const answer = (fusion: Behavior<readonly LocatedDetection[], Located[]>, ...inputs: LocatedDetection[]) =>
  fusion.receive(inputs) as Located[]

describe('lines of bearing on one target', () => {
  it('from two sources make a place, for each further one too', () => {
    const { fusion, crossed } = noting()
    const [a, b, c] = [seen('tower-a'), seen('tower-b'), seen('tower-c')]
    expect(answer(fusion, a, b, c)).toEqual([a.located, PLACE, PLACE])
    expect(crossed.map((sightings) => sightings.map((each) => each.line))).toEqual([
      [b.located, a.located],
      [c.located, a.located, b.located],
    ])
  })

  it('from one source are crossed when its cameras are known apart, and only then', () => {
    const camera = (id: string) => ({
      fix: { kind: 'pixel', u: 1, v: 1, units: 'px', camera: { id } } as const,
    })
    const apart = noting()
    expect(answer(apart.fusion, seen('net', camera('t-1')), seen('net', camera('t-2')))[1]).toBe(PLACE)
    const named = noting()
    const sent = (id: string) => ({ attributes: { 'camera.id': id } })
    expect(answer(named.fusion, seen('net', sent('t-1')), seen('net', sent('t-2')))[1]).toBe(PLACE)
    const moving = noting()
    expect(answer(moving.fusion, seen('uav'), seen('uav')).every(({ kind }) => kind === 'bearing')).toBe(true)
    expect(moving.crossed).toEqual([])
  })

  it('are told apart by target, else by track, which belongs to its source', () => {
    const { fusion, crossed } = noting()
    answer(fusion, seen('a'), seen('b', { target: 'fire-8' }), seen('c', { target: undefined }))
    const track = { target: undefined, trackId: '1' }
    const camera = (id: string) => ({ ...track, attributes: { 'camera.id': id } })
    answer(fusion, seen('a', track), seen('b', track), seen('net', { ...camera('x'), session: 's1' }))
    expect(crossed).toEqual([])
    answer(fusion, seen('net', { ...camera('y'), session: 's2' }))
    expect(crossed).toEqual([])
    answer(fusion, seen('net', { ...camera('y'), session: 's1' }))
    expect(crossed).toHaveLength(1)
  })

  it('too far apart in time are not crossed, and what the target may have gone meanwhile counts', () => {
    const { fusion, crossed } = noting()
    const at = (timeMs: number) => ({ timeMs: 1_000_000 + timeMs })
    answer(fusion, seen('a', at(0)), seen('b', at(5_001)))
    expect(crossed).toEqual([])
    answer(fusion, seen('c', at(4_000)))
    expect(crossed[0]?.map(({ driftM }) => driftM)).toEqual([undefined, 8, 2.002])
  })

  it('that come late are crossed with what was seen about then, and forget nothing newer', () => {
    const { fusion, crossed } = noting()
    const at = (timeMs: number) => ({ timeMs: 1_000_000 + timeMs })
    const newer = seen('a', at(10_000))
    answer(fusion, newer, seen('a', at(0)), seen('b', at(9_000)))
    expect(crossed[0]?.[1]?.line).toBe(newer.located)
  })

  it('that make no place stay lines, and the reason is told', () => {
    const told: FaultCode[] = []
    const { fusion } = noting({
      cross: () => failed(fault('bearings-parallel')),
      onRefused: (code) => told.push(code),
    })
    const [a, b] = [seen('a'), seen('b')]
    expect(answer(fusion, a, b)).toEqual([a.located, b.located])
    expect(told).toEqual(['bearings-parallel'])
  })

  it('are really crossed by the geometry', () => {
    const { fusion } = noting({
      cross: (sightings, className) =>
        crossBearings(sightings, className, { thresholds: FLAG_THRESHOLDS, floors: SIGMA_FLOORS, maxRangeM: 30_000 }),
    })
    const west = seen('west', {}, line(45, { lon: -121.1 }))
    const east = seen('east', {}, line(315, { lon: -121 }))
    expect(answer(fusion, west, east)[1]).toMatchObject({ method: 'bearing-fix', lon: expect.closeTo(-121.05, 2) })
  })
})

describe('what is not a line of bearing', () => {
  it('goes on as it came, and is not crossed with', () => {
    const { fusion, crossed } = noting()
    const given: Place = { ...PLACE, method: 'given' }
    expect(answer(fusion, seen('a', {}, given), seen('b'))).toMatchObject([given, { kind: 'bearing' }])
    expect(crossed).toEqual([])
  })
})

describe('what is remembered', () => {
  it('is bounded in targets: the one not seen for longest is forgotten', () => {
    const { fusion, crossed } = noting({ maxTargets: 3 })
    for (const target of ['1', '2', '3', '1', '4']) answer(fusion, seen('a', { target }))
    for (const target of ['2', '1']) answer(fusion, seen('b', { target }))
    expect(crossed).toHaveLength(1)
  })

  it('is bounded in sensors of each', () => {
    const { fusion, crossed } = noting({ maxSensors: 2 })
    for (const source of ['a', 'b', 'c', 'd']) answer(fusion, seen(source))
    expect(crossed.map(({ length }) => length)).toEqual([2, 3, 3])
  })
})

describe('the uid of a crossed place', () => {
  it('is that of the target for whichever source, and a line keeps its own', () => {
    const uids: string[] = []
    const stage = cotBehavior({
      uidOf: ({ id }) => `own-${id}`,
      now: () => 0,
      build: ({ uid }) => {
        uids.push(uid)
        return failed(fault('bad-field'))
      },
    })
    const [a, b, c] = [seen('a', {}, PLACE), seen('b', {}, PLACE), seen('b')]
    const own = seen('b', { target: undefined, trackId: '1' }, PLACE)
    stage.receive([a, b, c, own])
    expect(uids).toEqual([
      'sightline.~fix.fire-7',
      'sightline.~fix.fire-7',
      `own-${c.detection.id}.bearing`,
      `own-${own.detection.id}`,
    ])
  })
})
