/**
 * Which detections are of one thing, and which come from different sensors: what crossing bearings has to know.
 *
 * One thing is what carries the same `target`, whoever sent it; without a target it is one track, which belongs to one
 * source. One sensor is one source, or where it names its cameras one camera of a source: bearings of one sensor are
 * never crossed with each other, however far it moved between them, for their errors are not independent.
 */
import type { Detection } from './detection.ts'

// No control character can be part of a name, so names cannot run into each other.
const BETWEEN = '\n'

/** Names the thing that was seen; undefined when nothing says that another detection could be of the same. */
export function thingOf({ source, session, trackId, target }: Detection): string | undefined {
  if (target !== undefined) return target
  if (trackId === undefined) return undefined
  return `${source}${BETWEEN}${session ?? ''}${BETWEEN}${trackId}`
}

/** Names the sensor that saw it. */
export function sensorOf({ source, fix, attributes }: Detection): string {
  const camera = fix.kind === 'pixel' || fix.kind === 'bbox' ? fix.camera : undefined
  const id = camera !== undefined && 'id' in camera ? camera.id : attributes?.['camera.id']
  return typeof id === 'string' ? `${source}${BETWEEN}${id}` : source
}
