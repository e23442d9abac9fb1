/**
 * Frames: detections that share what they leave out.
 *
 * A member takes every field of the frame that it leaves out, unknown fields included, except:
 * `id` and `trackId`, which name one thing (the frame's own are kept in each member's attributes as `frame.id`, `frame.trackId`);
 * `attributes`, which are joined name by name, the member's winning;
 * `pixel`, `bbox`, `position` and `bearing`, which count as one: a member with a place of its own takes none of the frame's.
 */
import { MEMBERS, PLACES } from './schema.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Frame {
  /** What stands under `detections`. */
  readonly members: unknown
  /** What members take, without a place. */
  readonly shared: Fields
  /** What members without a place of their own take; undefined when the frame has none. */
  readonly place: Fields | undefined
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hasPlace = (fields: Fields): boolean => PLACES.some((name) => fields[name] !== undefined)

/** Takes apart an object that holds `detections`. */
export function frameOf(value: Fields): Frame {
  const { [MEMBERS]: members, id, trackId, pixel, bbox, position, bearing, ...rest } = value
  const named = {
    ...(id !== undefined && { 'frame.id': id }),
    ...(trackId !== undefined && { 'frame.trackId': trackId }),
  }
  const place = { pixel, bbox, position, bearing }
  return { members, shared: { ...named, ...rest }, place: hasPlace(place) ? place : undefined }
}

/** A member with what it takes from its frame. What is not an object is left for the reader to refuse. */
export function memberOf(frame: Frame, member: unknown): unknown {
  if (!isFields(member)) return member
  const { shared, place } = frame
  const whole: Record<string, unknown> = { ...shared, ...member }
  if (isFields(shared.attributes) && isFields(member.attributes)) {
    whole.attributes = { ...shared.attributes, ...member.attributes }
  }
  if (place === undefined || hasPlace(member)) return whole
  return { ...whole, ...place }
}
