/**
 * The uid under which a detection appears on the map: one for all detections of a track, else one of its own.
 *
 *   sightline.<source>.t.<session>.<trackId>     a track in a session that the producer named
 *   sightline.<source>.t.~<ms>.<trackId>         a track without one: the session that began with an observation at <ms>
 *   sightline.<source>.d.<id>                    no track
 *   sightline.~fix.<target>                      a place crossed from bearings on a target that sources agree on
 *
 * A uid is ASCII, and two different detections or tracks never share one: what is not a letter, a digit, `_` or `-` is written as
 * %XX, byte by byte of its UTF-8 form. A dot stays as it is in the last part only, and `~` never comes from a producer.
 */
import type { Detection } from './detection.ts'

const PLAIN = /^[A-Za-z0-9_-]*$/
const PLAIN_LAST = /^[A-Za-z0-9_.-]*$/
const NOT_PLAIN = /[^A-Za-z0-9_-]/gu
const NOT_PLAIN_LAST = /[^A-Za-z0-9_.-]/gu
const OWN_SESSION = '~'

const percent = (char: string): string => Buffer.from(char).toString('hex').toUpperCase().replace(/../g, '%$&')

const middle = (part: string): string => (PLAIN.test(part) ? part : part.replace(NOT_PLAIN, percent))

const last = (part: string): string => (PLAIN_LAST.test(part) ? part : part.replace(NOT_PLAIN_LAST, percent))

const ownSessionUid = (source: string, startMs: number, trackId: string): string =>
  `sightline.${source}.t.${OWN_SESSION}${startMs}.${last(trackId)}`

/** The uid of a place that was crossed from bearings on a target: one for all sources that agree on its name. */
export const targetUid = (target: string): string => `sightline.${OWN_SESSION}fix.${last(target)}`

/** Names a track whose producer names no session; a control character cannot be part of either half. */
export const trackKey = (source: string, trackId: string): string => `${source}\n${trackId}`

/** A stretch of a track without a gap: observation times in milliseconds since the Unix epoch. */
interface Stretch {
  /** Time of the observation that named it. */
  readonly startMs: number
  firstMs: number
  lastMs: number
}

export interface TrackSessionsOptions {
  /** Most tracks remembered; beyond, the one not seen for longest is forgotten, and would start a new uid. */
  readonly maxTracks: number
}

/** Stretches remembered for one track: enough for late and redelivered detections to find their old uid. */
const KEPT_STRETCHES = 4

/**
 * Gives detections their uids, and tells the sessions of tracks that come without one: a gap longer than the stale time starts a new uid.
 *
 * The gap is counted between observation times, so neither late arrival nor redelivery starts one. An observation belongs to the
 * stretch before it when that ended at most the stale time ago, else to the one after it when that began within the stale time.
 * A new stretch is named after the observation that opened it, so the same detections in the same order give the same uids again.
 */
export class TrackSessions {
  readonly #maxTracks: number
  /** Least recently seen first; the stretches of a track in order of time. */
  readonly #tracks = new Map<string, Stretch[]>()

  constructor(options: TrackSessionsOptions) {
    this.#maxTracks = options.maxTracks
  }

  /** Tracks remembered. */
  get size(): number {
    return this.#tracks.size
  }

  /** The uid of a detection whose class goes stale after so many milliseconds. */
  uidOf(detection: Detection, staleMs: number): string {
    const { source, trackId, session } = detection
    if (trackId === undefined) return `sightline.${source}.d.${last(detection.id)}`
    if (session !== undefined) return `sightline.${source}.t.${middle(session)}.${last(trackId)}`
    const stretches = this.#touch(trackKey(source, trackId))
    return ownSessionUid(source, stretchAt(stretches, detection.timeMs, staleMs).startMs, trackId)
  }

  /** Brings back what an earlier process gave out: a uid from the journal with the track and observation time it stood for. Any order will do. */
  restore(uid: string, source: string, trackId: string, timeMs: number): void {
    const startMs = startOf(uid, source, trackId)
    if (startMs === undefined) return
    const stretches = this.#touch(trackKey(source, trackId))
    const known = stretches.find((stretch) => stretch.startMs === startMs)
    if (known === undefined) {
      insert(stretches, { startMs, firstMs: Math.min(startMs, timeMs), lastMs: Math.max(startMs, timeMs) })
    } else {
      extend(known, timeMs)
    }
  }

  /** The stretches of a track, now the most recently seen one. */
  #touch(key: string): Stretch[] {
    const stretches = this.#tracks.get(key) ?? []
    this.#tracks.delete(key)
    this.#tracks.set(key, stretches)
    if (this.#tracks.size > this.#maxTracks) {
      const oldest = this.#tracks.keys().next()
      if (!oldest.done) this.#tracks.delete(oldest.value)
    }
    return stretches
  }
}

function extend(stretch: Stretch, timeMs: number): void {
  if (timeMs < stretch.firstMs) stretch.firstMs = timeMs
  if (timeMs > stretch.lastMs) stretch.lastMs = timeMs
}

/** Puts a stretch in its place; when there are too many the earliest is forgotten. */
function insert(stretches: Stretch[], stretch: Stretch): void {
  let at = stretches.length
  while (at > 0 && (stretches[at - 1] as Stretch).firstMs > stretch.firstMs) at--
  stretches.splice(at, 0, stretch)
  if (stretches.length > KEPT_STRETCHES) stretches.shift()
}

/** The stretch that an observation belongs to, grown to hold it; a new one where there is none near enough. */
function stretchAt(stretches: Stretch[], timeMs: number, staleMs: number): Stretch {
  let next = stretches.length
  while (next > 0 && (stretches[next - 1] as Stretch).firstMs > timeMs) next--
  const before = stretches[next - 1]
  const after = stretches[next]
  const near =
    before !== undefined && timeMs - before.lastMs <= staleMs
      ? before
      : after !== undefined && after.firstMs - timeMs <= staleMs
        ? after
        : undefined
  if (near !== undefined) {
    extend(near, timeMs)
    return near
  }
  const opened = { startMs: timeMs, firstMs: timeMs, lastMs: timeMs }
  insert(stretches, opened)
  return opened
}

/** When the session in a uid of ours began; undefined when the uid names no session of ours for this track. */
function startOf(uid: string, source: string, trackId: string): number | undefined {
  const head = `sightline.${source}.t.${OWN_SESSION}`
  const tail = `.${last(trackId)}`
  if (!uid.startsWith(head) || !uid.endsWith(tail)) return undefined
  const start = uid.slice(head.length, uid.length - tail.length)
  return /^-?\d{1,15}$/.test(start) ? Number(start) : undefined
}
