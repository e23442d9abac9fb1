/**
 * A camera that a sensor carries, as it stood at one time: the sensor's pose from its telemetry, the mount put on it.
 */
import type { Attitude, AttitudeSigma, Camera, Pose, PoseSigma } from '../domain/detection.ts'
import type { CarriedCamera } from '../domain/registration.ts'
import { type Fault, fault } from '../fault/fault.ts'
import { newTrackedPose, type PoseTrack, type TrackedPose } from './pose-track.ts'
import { anglesOfQuaternion, multiplyQuaternions, quaternionOfAngles } from './quaternion.ts'

const found = newTrackedPose()
const mounted = new Float64Array(4)

/** The camera at a time (milliseconds since the Unix epoch); a fault `stale-pose` where the telemetry does not reach. */
export function cameraAt(
  id: string,
  camera: CarriedCamera,
  track: PoseTrack | undefined,
  timeMs: number,
): Camera | Fault {
  if (track === undefined || !track.at(timeMs, found)) return stale(id, camera.sensor, track, timeMs)
  return { pose: poseOf(camera, found), intrinsics: camera.intrinsics }
}

function stale(id: string, sensor: string, track: PoseTrack | undefined, timeMs: number): Fault {
  const reason =
    track === undefined || track.size === 0
      ? `the camera ${id} is carried by ${sensor}, of which no telemetry was heard`
      : `the camera ${id} is carried by ${sensor}, whose telemetry from ${said(track.oldestMs)} to ${said(track.newestMs)} has no pose near enough to ${said(timeMs)}`
  return fault('stale-pose', reason, { field: 'camera.id' })
}

function said(timeMs: number): string {
  const date = new Date(timeMs)
  return Number.isNaN(date.getTime()) ? String(timeMs) : date.toISOString()
}

function poseOf({ mount, sigma }: CarriedCamera, at: TrackedPose): Pose {
  const angles = mount?.attitude
  const stated = sigmaOf(at.sigmas, sigma)
  const { velocity: v, turning: w } = at
  return {
    lat: at.latDeg,
    lon: at.lonDeg,
    height: { value: at.heightM, datum: at.aboveGround ? 'agl' : 'hae' },
    ...(angles === undefined ? unmounted(at, stated) : mountedOn(at, angles, stated, mount?.sigma)),
    leverArm: mount?.leverArm,
    motion: {
      velocityNed: [v[0] as number, v[1] as number, v[2] as number],
      turnNed: [w[0] as number, w[1] as number, w[2] as number],
      spreadM: at.spreadM,
      spreadDeg: at.spreadDeg,
    },
  }
}

type Pointing = Pick<Pose, 'quaternion' | 'airframe' | 'sigma'>

function tuple(q: Float64Array): readonly [number, number, number, number] {
  return [q[0] as number, q[1] as number, q[2] as number, q[3] as number]
}

/** The telemetry's attitude is the camera's own. */
function unmounted(at: TrackedPose, sigma: PoseSigma): Pointing {
  if (!at.onAirframe) return { quaternion: tuple(at.body), sigma }
  return { quaternion: tuple(at.body), airframe: anglesOfQuaternion(at.airframe, 0), sigma }
}

/**
 * The mount's angles on top of the telemetry's. On a bare body they are a gimbal's on an airframe, and so are the errors
 * of both; on a gimbal they turn with it, and their errors join its own.
 */
function mountedOn(at: TrackedPose, angles: Attitude, sigma: PoseSigma, own: PoseSigma | undefined): Pointing {
  quaternionOfAngles(angles.yawDeg, angles.pitchDeg, angles.rollDeg, mounted, 0)
  if (at.onAirframe) {
    multiplyQuaternions(at.body, 0, mounted, 0, mounted, 0)
    const both = { ...sigma, airframe: sigma.airframe ?? anglesIn(sigma), ...joined(sigma, own) }
    return { quaternion: tuple(mounted), airframe: anglesOfQuaternion(at.airframe, 0), sigma: both }
  }
  const { yawDeg, pitchDeg, rollDeg } = own ?? {}
  const both = { ...sigma, yawDeg, pitchDeg, rollDeg, airframe: anglesIn(sigma) }
  return { quaternion: tuple(mounted), airframe: anglesOfQuaternion(at.body, 0), sigma: both }
}

function anglesIn({ yawDeg, pitchDeg, rollDeg }: AttitudeSigma): AttitudeSigma {
  return { yawDeg, pitchDeg, rollDeg }
}

function joined(a: AttitudeSigma, b: AttitudeSigma | undefined): AttitudeSigma {
  const both = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : Math.hypot(x, y)
  return {
    yawDeg: both(a.yawDeg, b?.yawDeg),
    pitchDeg: both(a.pitchDeg, b?.pitchDeg),
    rollDeg: both(a.rollDeg, b?.rollDeg),
  }
}

/** What the telemetry states comes first; what it leaves open is the registration's to say. */
function sigmaOf(stated: Float64Array, otherwise: PoseSigma | undefined): PoseSigma {
  const at = (i: number, other: number | undefined) => {
    const value = stated[i] as number
    return Number.isNaN(value) ? other : value
  }
  const f = otherwise?.airframe
  const airframe = { yawDeg: at(6, f?.yawDeg), pitchDeg: at(7, f?.pitchDeg), rollDeg: at(8, f?.rollDeg) }
  const open = airframe.yawDeg === undefined && airframe.pitchDeg === undefined && airframe.rollDeg === undefined
  return {
    positionM: at(0, otherwise?.positionM),
    heightM: at(1, otherwise?.heightM),
    yawDeg: at(2, otherwise?.yawDeg),
    pitchDeg: at(3, otherwise?.pitchDeg),
    rollDeg: at(4, otherwise?.rollDeg),
    timeMs: at(5, otherwise?.timeMs),
    airframe: open ? undefined : airframe,
  }
}
