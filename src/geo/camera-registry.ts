/**
 * Cameras registered beforehand, from the settings and from the bucket `cameras`, and the one place that knows them.
 *
 * The settings win: what an operator wrote into the file of this host is not moved by whoever may write to the broker.
 * What the bucket has under the same id is kept and steps forward when the settings no longer name it.
 */
import type { Camera } from '../domain/detection.ts'
import { isCarried, type RegisteredCamera } from '../domain/registration.ts'
import type { Fault } from '../fault/fault.ts'
import { cameraAt } from './carried-camera.ts'
import type { PoseTracks } from './pose-tracks.ts'

export class CameraRegistry {
  readonly #tracks: PoseTracks
  readonly #settings: ReadonlyMap<string, RegisteredCamera>
  readonly #bucket = new Map<string, RegisteredCamera>()

  /** @param settings cameras by id as the settings have them */
  constructor(tracks: PoseTracks, settings: ReadonlyMap<string, RegisteredCamera> = new Map()) {
    this.#tracks = tracks
    this.#settings = settings
  }

  /** Cameras known, each counted once. */
  get size(): number {
    let shadowed = 0
    for (const id of this.#bucket.keys()) if (this.#settings.has(id)) shadowed += 1
    return this.#settings.size + this.#bucket.size - shadowed
  }

  /** The camera as registered. */
  get(id: string): RegisteredCamera | undefined {
    return this.#settings.get(id) ?? this.#bucket.get(id)
  }

  /** Takes in a camera of the bucket; false when the settings have one of that id, which stays the one that counts. */
  put(id: string, camera: RegisteredCamera): boolean {
    this.#bucket.set(id, camera)
    return !this.#settings.has(id)
  }

  /** Forgets a camera of the bucket. */
  remove(id: string): void {
    this.#bucket.delete(id)
  }

  /** The camera as it stood at a time (milliseconds since the Unix epoch); `stale-pose` when its telemetry is not there. */
  readonly at = (id: string, timeMs: number): Camera | Fault | undefined => {
    const camera = this.get(id)
    if (camera === undefined || !isCarried(camera)) return camera
    return cameraAt(id, camera, this.#tracks.of(camera.sensor), timeMs)
  }
}
