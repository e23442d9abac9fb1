/** Registered cameras in the settings, read by the rules of a detection's own camera. */
import type { Camera } from '../domain/detection.ts'
import { isRefused } from '../domain/expectation.ts'
import { readDetection } from '../domain/reading.ts'

export type CameraResult =
  | { readonly ok: true; readonly camera: Camera }
  /** `field` within the camera, such as `pose.lat`; empty for the camera itself. */
  | { readonly ok: false; readonly field: string; readonly reason: string }

/** Reads `pose` and `intrinsics`. A field that a detection would keep as an attribute is a typing error here. */
export function readCamera(value: unknown): CameraResult {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, field: '', reason: 'a map with pose and intrinsics' }
  }
  const { pose, intrinsics } = value as Record<string, unknown>
  if (pose === undefined || intrinsics === undefined) return { ok: false, field: '', reason: 'pose and intrinsics' }
  // A detection around it, so that there is one set of rules for cameras.
  const probe = { class: 'probe', time: '2024-01-01T00:00:00Z', pixel: { u: 2, v: 2 }, camera: value }
  const read = readDetection(probe, { source: 'settings', receivedMs: Date.now(), maxAheadMs: 0 }, 0)
  if (isRefused(read)) {
    const field = (read.field ?? '').replace(/^camera\.?/, '')
    return { ok: false, field, reason: read.reason.replace(/^[^:]*: expected /, '') }
  }
  const [unknown] = Object.keys(read.detection.attributes ?? {})
  if (unknown !== undefined) return { ok: false, field: unknown.replace(/^camera\./, ''), reason: 'a known field' }
  const { fix } = read.detection
  if (fix.kind !== 'pixel' || !('pose' in fix.camera)) return { ok: false, field: '', reason: 'pose and intrinsics' }
  return { ok: true, camera: fix.camera }
}
