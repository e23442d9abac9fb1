/** Cameras registered beforehand, from the settings. */
import { readCamera } from '../src/config/camera.ts'
import type { Settings } from '../src/config/settings.ts'
import type { Camera } from '../src/domain/detection.ts'

/** Registered cameras by id. The settings were checked when they were loaded. */
export function camerasFrom({ cameras }: Settings): ReadonlyMap<string, Camera> {
  const registered = new Map<string, Camera>()
  for (const [id, given] of Object.entries(cameras)) {
    const read = readCamera(given)
    if (read.ok) registered.set(id, read.camera)
  }
  return registered
}
