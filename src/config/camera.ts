/** Registered cameras in the settings, read by the rules of every registered camera. */
import { isRefused } from '../domain/expectation.ts'
import { type RegisteredCamera, readRegisteredCamera } from '../domain/registration.ts'

export type CameraResult =
  | { readonly ok: true; readonly camera: RegisteredCamera }
  /** `field` within the camera, such as `pose.lat`; empty for the camera itself. */
  | { readonly ok: false; readonly field: string; readonly reason: string }

/** Reads a camera with a pose of its own, or one carried by a sensor. */
export function readCamera(value: unknown): CameraResult {
  const camera = readRegisteredCamera(value)
  if (!isRefused(camera)) return { ok: true, camera }
  const field = (camera.field ?? '').replace(/^(camera\b\.?|\$)/, '')
  return { ok: false, field, reason: camera.reason.replace(/^[^:]*: expected /, '') }
}
