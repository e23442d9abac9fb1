/** The service's own stages, put together as the service does it, for whoever measures one of them alone. */

import { loadSettings } from '../../src/config/load.ts'
import { createEventBuilder } from '../../src/cot/build.ts'
import type { CotEvent } from '../../src/cot/event.ts'
import { createTypeTable } from '../../src/cot/types.ts'
import { TrackSessions } from '../../src/domain/identity.ts'
import type { Located } from '../../src/domain/location.ts'
import { type AcceptedElement, readMessage } from '../../src/domain/message.ts'
import { fault } from '../../src/fault/fault.ts'
import type { EventDraft } from '../../src/port/journal.ts'
import { sensorsFrom } from '../../streams/sensors.ts'
import { locatorFrom } from '../../streams/stages.ts'
import { CAMERA_SETTINGS, detection } from './detections.ts'

const PUBLISHED_MS = Date.parse('2024-07-24T17:00:00Z')
const MAX_TRACKS = 100_000

/** One detection after each of the stages. */
export interface Staged {
  readonly element: AcceptedElement
  readonly located: Located
  readonly uid: string
  readonly event: CotEvent
}

export function readOne(data: Uint8Array): AcceptedElement {
  const reading = readMessage(data, { source: 'bench', receivedMs: PUBLISHED_MS, maxAheadMs: 60_000 })
  const element = reading.kind === 'elements' ? reading.elements[0] : undefined
  if (element?.ok !== true) throw new Error('a detection of the bench was refused')
  return element
}

/** The stages behind reading, with the registered camera. */
export function stages() {
  const loaded = loadSettings({ env: {} })
  if (!loaded.ok) throw new Error('the default settings do not load')
  const { cameras } = JSON.parse(CAMERA_SETTINGS)
  const locate = locatorFrom(loaded.settings, sensorsFrom({ ...loaded.settings, cameras }).registry)
  const types = createTypeTable({ overrides: {} })
  const build = createEventBuilder({ types, basis: loaded.settings.geolocate.errorBasis, simulated: false })
  const sessions = new TrackSessions({ maxTracks: MAX_TRACKS })

  const through = (data: Uint8Array): Staged => {
    const element = readOne(data)
    const located = locate(element.detection)
    if (!located.ok) throw new Error(`a detection of the bench was not located: ${located.fault.reason}`)
    const uid = sessions.uidOf(element.detection, types.typeOf(element.detection.class, 'bench').lifetimeMs)
    const event = build({ detection: element.detection, located: located.value, uid, nowMs: PUBLISHED_MS })
    if (!event.ok) throw new Error(`no event was made: ${event.fault.reason}`)
    return { element, located: located.value, uid, event: event.value }
  }
  return { locate, build, through, nowMs: PUBLISHED_MS }
}

/** So many different detections as the journal takes them. */
export function drafts(count: number): EventDraft[] {
  const { through } = stages()
  return Array.from({ length: count }, (_, n) => {
    const { element, event } = through(Buffer.from(detection(n)))
    return {
      kind: 'event',
      source: 'bench',
      id: element.detection.id,
      contentHash: element.contentHash,
      detection: element.canonical,
      event,
      trace: `${PUBLISHED_MS}${String(n).padStart(19, '0')}`,
      publishedMs: PUBLISHED_MS,
      receivedMs: PUBLISHED_MS,
      conflict: () => {
        throw new Error(fault('id-conflict').reason)
      },
    }
  })
}
