/** Cameras registered beforehand, from the settings, checked like those in a detection. */
import type { Settings } from '../src/config/settings.ts'
import type { Camera } from '../src/domain/detection.ts'
import { registeredCamera } from '../src/domain/registered.ts'
import { FaultError, fault, isFault } from '../src/fault/fault.ts'

/** Registered cameras by id. @throws FaultError `bad-settings` that names every bad one */
export function camerasFrom({ cameras }: Settings): ReadonlyMap<string, Camera> {
  const problems: string[] = []
  const registered = new Map<string, Camera>()
  for (const [id, given] of Object.entries(cameras)) {
    const camera = registeredCamera(id, given)
    if (isFault(camera)) problems.push(`  ${camera.reason}`)
    else registered.set(id, camera)
  }
  if (problems.length > 0) throw new FaultError(fault('bad-settings', `Cameras are wrong:\n${problems.join('\n')}\n`))
  return registered
}
