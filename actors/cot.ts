/** Turns located detections into finished CoT events, each under the uid of its track. */
import type { CotEvent } from '../src/cot/event.ts'
import type { Detection } from '../src/domain/detection.ts'
import { targetUid } from '../src/domain/identity.ts'
import type { Located } from '../src/domain/location.ts'
import type { Answer } from '../src/fault/fault.ts'
import type { Behavior } from './kernel/actor.ts'

export interface LocatedDetection {
  readonly detection: Detection
  readonly located: Located
}

export interface CotStage {
  /** The uid of the detection's track, or of the detection itself. Private to one incarnation of the actor. */
  readonly uidOf: (detection: Detection) => string
  readonly build: (input: LocatedDetection & { readonly uid: string; readonly nowMs: number }) => Answer<CotEvent>
  readonly now: () => number
}

/** Answers one event per located detection, in order. */
export function cotBehavior(stage: CotStage): Behavior<readonly LocatedDetection[], Answer<CotEvent>[]> {
  return {
    receive: (inputs) => {
      const nowMs = stage.now()
      return inputs.map(({ detection, located }) => {
        return stage.build({ detection, located, uid: uidFor(detection, located, stage), nowMs })
      })
    },
  }
}

function uidFor(detection: Detection, located: Located, stage: CotStage): string {
  // What several sources found together is one object, whichever of them was the last to see it.
  const crossed = located.kind === 'place' && located.method === 'bearing-fix'
  if (crossed && detection.target !== undefined) return targetUid(detection.target)
  const uid = stage.uidOf(detection)
  // A line of bearing is an object of its own on the map: clients refuse one under the uid of a marker.
  return located.kind === 'bearing' ? `${uid}.bearing` : uid
}
