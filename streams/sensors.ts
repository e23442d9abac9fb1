/** The sensors: where their cameras are at any time, from the settings, the bucket `cameras` and their telemetry. */
import type { Settings } from '../src/config/settings.ts'
import { isFault } from '../src/fault/fault.ts'
import { CameraRegistry } from '../src/geo/camera-registry.ts'
import { PoseTracks } from '../src/geo/pose-tracks.ts'
import { worldMagneticModel } from '../src/magnetic/world-magnetic-model.ts'
import { watchCameras } from '../src/nats/cameras-bucket.ts'
import type { BrokerConnection } from '../src/nats/connection.ts'
import { listenToTelemetry } from '../src/nats/telemetry.ts'
import { egm96 } from '../src/terrain/geoid-file.ts'
import { camerasFrom } from './cameras.ts'
import type { Ground } from './ground.ts'

export interface Sensors {
  readonly registry: CameraRegistry
  readonly tracks: PoseTracks
}

export const declination = worldMagneticModel()

/** Sensors as the settings have them, before anything was heard. */
export function sensorsFrom(settings: Settings): Sensors {
  const { telemetry } = settings
  const tracks = new PoseTracks({ undulation: egm96, declination, track: telemetry, maxSensors: telemetry.maxSensors })
  return { tracks, registry: new CameraRegistry(tracks, camerasFrom(settings)) }
}

/** Begins to listen to telemetry and to the bucket, until the service ends. */
export async function listenToSensors(ground: Ground, link: BrokerConnection, sensors: Sensors): Promise<void> {
  const { settings, observer, log, clock, opened } = ground
  const { tracks, registry } = sensors
  const heard = listenToTelemetry(link, {
    clock,
    maxAheadMs: settings.telemetry.maxAheadMs,
    onPose: (telemetry, receivedMs) => {
      const taken = tracks.hear(telemetry, receivedMs)
      if (isFault(taken)) observer.faulted('intake', taken.code, 1)
    },
    onRefused: (sensor, because) => {
      observer.faulted('intake', because.code, 1)
      log.debug({ sensor, code: because.code, reason: because.reason }, 'telemetry refused')
    },
  })
  opened.defer(() => heard.stop())
  const bucket = await watchCameras(link, {
    log,
    clock,
    replicas: settings.nats.replicas,
    onDelete: (id) => registry.remove(id),
    onPut: (id, camera) => {
      if (!registry.put(id, camera)) log.warn({ camera: id }, 'the settings have this camera; theirs counts')
    },
  })
  opened.defer(() => bucket.stop())
}
