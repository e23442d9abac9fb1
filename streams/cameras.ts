/** Cameras registered beforehand, from the settings. */
import { readCamera } from '../src/config/camera.ts'
import type { Settings } from '../src/config/settings.ts'
import type { RegisteredCamera } from '../src/domain/registration.ts'

/** Registered cameras by id. The settings were checked when they were loaded. */
export function camerasFrom({ cameras }: Settings): ReadonlyMap<string, RegisteredCamera> {
  const registered = new Map<string, RegisteredCamera>()
  for (const [id, given] of Object.entries(cameras)) {
    const read = readCamera(given)
    if (read.ok) registered.set(id, read.camera)
  }
  return registered
}
