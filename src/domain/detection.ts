/**
 * The detection as the pipeline knows it: checked, in one shape, in SI units and degrees at the edges.
 *
 * The wire format (what a producer may send) is in `schema.ts`; `message.ts` turns one into the other.
 */

/** What a height is measured from: WGS84 ellipsoid, EGM96 mean sea level, the ground below, the take-off point. */
export type Datum = 'hae' | 'msl' | 'agl' | 'takeoff'

/** A height with its datum, in metres. `takeoffHaeM` is present exactly when the datum is `takeoff`. */
export interface Height {
  readonly value: number
  readonly datum: Datum
  readonly takeoffHaeM?: number
}

/** Yaw clockwise from true north, pitch up positive, roll right side down positive, all in degrees. */
export interface Attitude {
  readonly yawDeg: number
  readonly pitchDeg: number
  readonly rollDeg: number
}

/** One-sigma errors of three angles. */
export interface AttitudeSigma {
  readonly yawDeg?: number
  readonly pitchDeg?: number
  readonly rollDeg?: number
}

/** One-sigma errors of a pose; what is absent takes a documented default and marks the error as assumed. */
export interface PoseSigma extends AttitudeSigma {
  /** Per horizontal axis, metres. */
  readonly positionM?: number
  readonly heightM?: number
  readonly timeMs?: number
  /** Of the airframe's angles, where there is an airframe; absent: as large as those of the pose's own angles. */
  readonly airframe?: AttitudeSigma
}

/** What a heading is measured from. */
export type NorthRef = 'true' | 'magnetic'

/** From the antenna, whose place the pose gives, to the camera, along the axes of what carries both; metres. */
export interface LeverArm {
  readonly forwardM: number
  readonly rightM: number
  readonly downM: number
}

/** What a pose that was looked up in a sensor's telemetry knows beyond one that was sent. Never on the wire. */
export interface PoseMotion {
  /** Metres per second towards north, east, down. */
  readonly velocityNed: readonly [number, number, number]
  /** Radians per second about north, east, down. */
  readonly turnNed: readonly [number, number, number]
  /** One-sigma error of having looked between poses, or beyond the last one: place, metres per axis. */
  readonly spreadM: number
  /** The same of the direction, degrees about each axis. */
  readonly spreadDeg: number
}

/** Where a camera is and how it points. With `airframe` the attitude is the gimbal's, relative to it. */
export interface Pose {
  readonly lat: number
  readonly lon: number
  readonly height: Height
  /** Exactly one of `attitude` and `quaternion` is present. */
  readonly attitude?: Attitude
  /** Unit quaternion [w, x, y, z] that turns camera-body (FRD) vectors into NED. */
  readonly quaternion?: readonly [number, number, number, number]
  readonly airframe?: Attitude
  /** What the yaw (with `airframe` the airframe's) and the quaternion are measured from; absent: true north. */
  readonly yawRef?: NorthRef
  /** Degrees by which magnetic north lies east of true north; absent with a magnetic yaw: by the magnetic model. */
  readonly declinationDeg?: number
  /** Present: latitude, longitude and height are those of the antenna. Along the airframe's axes, or the camera body's. */
  readonly leverArm?: LeverArm
  readonly velocity?: Velocity
  readonly sigma?: PoseSigma
  readonly motion?: PoseMotion
}

export type DistortionModel = 'brown-conrady' | 'kannala-brandt'

/** Lens distortion, coefficients in OpenCV's order. */
export interface Distortion {
  readonly model: DistortionModel
  readonly coefficients: readonly number[]
}

/** Pinhole intrinsics in pixels of an image `width` x `height`, origin at the outer corner of the top-left pixel. */
export interface Intrinsics {
  readonly fx: number
  readonly fy: number
  readonly cx: number
  readonly cy: number
  readonly width: number
  readonly height: number
  /** Pixels by which u grows for each unit of the distorted normalised y; absent: 0. */
  readonly skew?: number
  readonly distortion?: Distortion
  /** One-sigma relative focal length error. */
  readonly sigmaFocalRel?: number
}

export interface Camera {
  readonly pose: Pose
  readonly intrinsics: Intrinsics
}

/** A camera given inline, or the id of a registered one. */
export type CameraRef = Camera | { readonly id: string }

/** The level surface that the seen thing stands on. */
export interface Surface {
  readonly height: Height
  readonly sigmaM?: number
}

/** Size in pixels of the frame that the detector looked at. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** How a reported accuracy is to be read: 90 % circle, 50 % circle, or one sigma per axis. */
export type AccuracyBasis = 'ce90' | 'ce50' | '1sigma'

export interface Accuracy {
  readonly horizontalM: number
  readonly verticalM?: number
  readonly basis: AccuracyBasis
}

export interface PositionFix {
  readonly kind: 'position'
  readonly lat: number
  readonly lon: number
  readonly height?: Height
  readonly accuracy?: Accuracy
}

/** A point in the image; `normalized` values are fractions of `image` (or of the intrinsics' size). */
export interface PixelFix {
  readonly kind: 'pixel'
  readonly u: number
  readonly v: number
  readonly sigmaPx?: number
  readonly units: 'px' | 'normalized'
  readonly camera: CameraRef
  readonly image?: ImageSize
}

export interface BoxFix {
  readonly kind: 'bbox'
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly sigmaPx?: number
  readonly units: 'px' | 'normalized'
  readonly camera: CameraRef
  readonly image?: ImageSize
}

export interface BearingSigma {
  readonly azimuthDeg?: number
  readonly elevationDeg?: number
  readonly rangeM?: number
}

/** A direction (azimuth clockwise from true north) and perhaps a slant range from an observer. */
export interface BearingFix {
  readonly kind: 'bearing'
  readonly azimuthDeg: number
  readonly elevationDeg?: number
  readonly rangeM?: number
  /** What the azimuth is measured from; absent: true north. */
  readonly azimuthRef?: NorthRef
  /** As in a pose. */
  readonly declinationDeg?: number
  readonly sigma?: BearingSigma
  readonly observer: {
    readonly lat: number
    readonly lon: number
    readonly height: Height
    readonly sigma?: PoseSigma
  }
}

export type Fix = PositionFix | PixelFix | BoxFix | BearingFix

export interface Velocity {
  readonly speedMps: number
  readonly courseDeg: number
  readonly climbMps?: number
}

/** One checked observation. `(source, id)` is its idempotency key. */
export interface Detection {
  readonly id: string
  readonly source: string
  /** Observation time, milliseconds since the Unix epoch. */
  readonly timeMs: number
  readonly class: string
  /** 0 to 1; absent is unknown, never 0. */
  readonly confidence?: number
  readonly trackId?: string
  readonly session?: string
  /** A name for the thing itself, on which several sources agree: their bearings on it are crossed. */
  readonly target?: string
  readonly fix: Fix
  readonly surface?: Surface
  readonly velocity?: Velocity
  /** What the producer wants kept, unknown fields included. */
  readonly attributes?: Readonly<Record<string, unknown>>
}
