/**
 * Which surface a ray is cast onto: the best one there is, and what was taken instead when that one is not known.
 *
 * The rungs: the terrain; the level surface that was declared; a level surface at the height of the terrain under the
 * sensor, with an error that grows with the distance; none. Only ground that the terrain does not know leads a rung
 * down. A ray that passes over all terrain, or a sensor under it, is an answer, and not made good by another surface.
 * The place names its rung, and why it is not a better one.
 */
import type { Surface } from '../domain/detection.ts'
import type { Place } from '../domain/location.ts'
import { type Answer, type Fault, failed, fault, passed } from '../fault/fault.ts'
import { type CastRules, castOnSurface } from './cast.ts'
import { addSurface, SOURCE_INDEX } from './causes.ts'
import { hitLevel, newLevelHit } from './level.ts'
import { elevationOf, type Sight } from './sight.ts'
import { castOnTerrain, type Lift, ON_THE_GROUND, type Terrain } from './terrain.ts'

export interface LadderRules extends CastRules {
  /** Absent: only declared surfaces. */
  readonly terrain: Terrain | undefined
  /** What counts where there is terrain and a declared surface. */
  readonly prefer: 'terrain' | 'declared'
  /** Whether a level surface at the height of the ground under the sensor is better than no place. */
  readonly fallback: 'under-camera' | 'none'
  /** One-sigma height of unknown ground against the ground under the sensor, per metre of horizontal distance. */
  readonly reliefRel: number
}

const hit = newLevelHit()

/** Casts the sight down the ladder. */
export function castOnGround(
  sight: Sight,
  surface: Surface | undefined,
  className: string,
  rules: LadderRules,
): Answer<Place> {
  // A surface above ground is the terrain, lifted.
  const lifted = surface?.height.datum === 'agl'
  const level = lifted ? undefined : surface
  const { terrain } = rules
  if (terrain === undefined || (rules.prefer === 'declared' && level !== undefined)) {
    return castOnSurface(sight, surface, className, rules)
  }
  const lift = lifted ? { m: surface.height.value, sigmaM: surface.sigmaM ?? 0 } : ON_THE_GROUND
  if (!Number.isFinite(lift.m)) return castOnSurface(sight, surface, className, rules)
  const declaredM = level?.sigmaM ?? rules.sigmas.surfaceM
  const answer = castOnTerrain(sight, terrain, lift, declaredM, className, rules)
  if (answer.ok || answer.fault.code !== 'terrain-void') return answer
  if (level !== undefined) return instead(castOnSurface(sight, level, className, rules), 'level', answer.fault)
  const source = terrain.ground.sourceAt(sight.latDeg, sight.lonDeg)
  if (source === undefined || rules.fallback === 'none') return answer
  const under = castUnderCamera(sight, terrain, lift, className, rules)
  return instead(under, 'terrain-under-camera', answer.fault, source.name)
}

/** A level surface at the height of the ground under the sensor. */
function castUnderCamera(
  sight: Sight,
  terrain: Terrain,
  lift: Lift,
  className: string,
  rules: LadderRules,
): Answer<Place> {
  const haeM = terrain.ground.heightAt(sight.latDeg, sight.lonDeg) + lift.m
  const o = sight.origin
  const r = sight.ray
  const met = hitLevel(
    o[0] as number,
    o[1] as number,
    o[2] as number,
    r[0] as number,
    r[1] as number,
    r[2] as number,
    haeM,
    hit,
  )
  const acrossM = met === 'hit' ? hit.t * Math.cos(elevationOf(sight)) : 0
  const groundM = terrain.ground.sourceAt(sight.latDeg, sight.lonDeg)?.sigmaM ?? 0
  // A height above this ground errs with it; the relief between here and there is on its own.
  addSurface(sight.causes, SOURCE_INDEX.surface, groundM, sight.fromTerrain !== undefined)
  sight.fromTerrain = undefined
  sight.fromSurface = false
  sight.assumedSources |= 1 << SOURCE_INDEX.surface
  const sigmaM = Math.hypot(rules.reliefRel * acrossM, lift.sigmaM)
  return castOnSurface(sight, { height: { value: haeM, datum: 'hae' }, sigmaM }, className, rules)
}

/** The answer of a lower rung, saying so; without one the reason is that of the rung above, with what came of this one. */
function instead(
  answer: Answer<Place>,
  surface: 'level' | 'terrain-under-camera',
  why: Fault,
  elevationSource?: string,
): Answer<Place> {
  if (!answer.ok) {
    return failed(fault(why.code, `${why.reason}; on a level surface instead: ${answer.fault.reason}`))
  }
  const source = elevationSource === undefined ? undefined : { elevationSource }
  return passed({ ...answer.value, surface, ...source, because: why.code })
}
