/** A camera registered beforehand: the same fields as the one in a detection, checked by the same schema. */
import { type Fault, fault } from '../fault/fault.ts'
import { cameraOf } from './camera.ts'
import type { Camera } from './detection.ts'
import { isRefused, refusal, structureFault } from './expectation.ts'
import { isWireDetection, type WireDetection } from './schema.ts'

/** Reads a camera given as data; the fault's field begins with `cameras.<id>`. */
export function registeredCamera(id: string, given: unknown): Camera | Fault {
  // The schema speaks of detections: the camera is looked at as part of one.
  const carrier = { time: '2000-01-01T00:00:00Z', class: 'camera', pixel: { u: 1, v: 1 }, camera: given }
  if (!isWireDetection(carrier)) return renamed(structureFault(carrier) ?? fault('bad-field'), id)
  const camera = cameraOf((carrier as WireDetection).camera as NonNullable<WireDetection['camera']>)
  if (isRefused(camera)) return renamed(camera, id)
  return 'pose' in camera ? camera : refusal(`cameras.${id}`, 'pose and intrinsics', 'only an id')
}

function renamed(f: Fault, id: string): Fault {
  const rename = (text: string): string => text.replace(/^camera\b/, `cameras.${id}`)
  return fault(f.code, rename(f.reason), { field: f.field && rename(f.field) })
}
