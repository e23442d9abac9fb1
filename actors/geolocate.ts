/** Says where on Earth each detection is, and how sure that is, or by name why that cannot be said. */
import type { Detection } from '../src/domain/detection.ts'
import type { Located } from '../src/domain/location.ts'
import type { Answer } from '../src/fault/fault.ts'
import type { Behavior } from './kernel/actor.ts'

export type Locator = (detection: Detection) => Answer<Located>

/** Answers one location per detection, in order. */
export function geolocateBehavior(locate: Locator): Behavior<readonly Detection[], Answer<Located>[]> {
  return { receive: (detections) => detections.map(locate) }
}
