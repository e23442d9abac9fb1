/** How many detections a message holds, found without parsing it, for whoever has to make room first. */

import { spansOf } from './envelope.ts'
import { MAX_DETECTIONS } from './schema.ts'
import { afterSpace } from './span.ts'

const OPEN_ARRAY = 0x5b
const MEMBERS_KEY = Buffer.from('"detections"')

/**
 * Detections in a message, 1 to {@link MAX_DETECTIONS}; 1 for what holds none or cannot be read.
 * Costs one native search for a single detection, one pass over the bytes for an array or a frame.
 */
export function weigh(data: Uint8Array): number {
  const isArray = data[afterSpace(data, 0)] === OPEN_ARRAY
  if (!isArray && Buffer.from(data.buffer, data.byteOffset, data.length).indexOf(MEMBERS_KEY) < 0) return 1
  const count = spansOf(data, isArray ? 'array' : 'frame').length
  return Math.min(MAX_DETECTIONS, Math.max(1, count))
}
