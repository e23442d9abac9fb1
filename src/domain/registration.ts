/**
 * Cameras registered beforehand: a fixed one with its pose, or one carried by a sensor that tells its pose in telemetry.
 *
 * One reader for the settings and for the bucket `cameras`. Unlike in a detection, a field that is not known is a
 * mistake here, because nothing would ever be done with it.
 */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { leverArmOf, poseOf, poseSigmaOf } from './camera.ts'
import { IntrinsicsSchema, LeverArmSchema, PoseSchema, PoseSigmaSchema } from './camera-schema.ts'
import type { Attitude, Camera, Intrinsics, LeverArm, PoseSigma } from './detection.ts'
import { isRefused, type Measure, type Read, refusal, refuse, structureFault } from './expectation.ts'
import { intrinsicsOf } from './intrinsics.ts'
import { SOURCE } from './schema.ts'
import { angle, anyOf, EXPECTED, type Json, object, published } from './terms.ts'

/** How a camera is fixed to what the telemetry tells the attitude of. */
export interface Mount {
  /** Of the camera, relative to that; absent: the telemetry's attitude is the camera's own. */
  readonly attitude?: Attitude
  readonly leverArm?: LeverArm
  /** Errors of the three angles. */
  readonly sigma?: PoseSigma
}

/** A camera whose pose is looked up in the telemetry of a sensor, at the time of each detection. */
export interface CarriedCamera {
  readonly sensor: string
  readonly mount?: Mount
  readonly intrinsics: Intrinsics
  /** Errors that the telemetry does not state. */
  readonly sigma?: PoseSigma
}

export type RegisteredCamera = Camera | CarriedCamera

export const isCarried = (camera: RegisteredCamera): camera is CarriedCamera => 'sensor' in camera

const MOUNT_ANGLES = ['yawDeg', 'pitchDeg', 'rollDeg']

const MountSchema = object(
  {
    yawDeg: Type.Optional(angle('Clockwise from forward')),
    pitchDeg: Type.Optional(angle('Up positive')),
    rollDeg: Type.Optional(angle('Right side down positive')),
    leverArm: Type.Optional(LeverArmSchema),
    sigma: Type.Optional(PoseSigmaSchema),
  },
  "How the camera is fixed to what the telemetry tells the attitude of, and where, seen from its antenna. All three angles, or none when the telemetry's attitude is the camera's own.",
  { anyOf: [{ required: MOUNT_ANGLES }, { not: anyOf(MOUNT_ANGLES) }] },
)

const RegistrationSchema = object(
  {
    pose: Type.Optional(PoseSchema),
    sensor: Type.Optional(
      Type.String({
        pattern: SOURCE,
        description: 'The sensor that carries the camera: its telemetry comes on telemetry.<sensor>.',
        [EXPECTED]: '1 to 64 of A-Z a-z 0-9 _ -',
      }),
    ),
    mount: Type.Optional(MountSchema),
    intrinsics: IntrinsicsSchema,
    sigma: Type.Optional(PoseSigmaSchema),
  },
  'A camera registered under an id: pose and intrinsics of a fixed one, or sensor and intrinsics of one that is carried.',
  {
    oneOf: [{ required: ['pose'], not: anyOf(['sensor', 'mount', 'sigma']) }, { required: ['sensor'] }],
    not: { required: ['pose', 'sensor'] },
  },
)

type WireRegistration = Type.Static<typeof RegistrationSchema>

const compiled = Compile(RegistrationSchema)
const isWireRegistration = (value: unknown): value is WireRegistration => compiled.Check(value)
const REGISTRATION: Measure = { schema: RegistrationSchema, errors: (value) => compiled.Errors(value) }

/** Reads a camera from its JSON value. Paths of fields are relative to it. */
export function readRegisteredCamera(value: unknown): Read<RegisteredCamera> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('$', 'an object with pose or sensor, and intrinsics', value)
  }
  if (!isWireRegistration(value)) return structureFault(value, REGISTRATION) ?? refuse('$', 'a camera', value)
  const unknown = unknownIn(value, RegistrationSchema as Node, '')
  if (unknown !== undefined) return refusal(unknown, 'a field of a camera', 'one that is not known')
  const fixed = value.pose !== undefined
  if (fixed === (value.sensor !== undefined)) {
    return refusal('$', 'exactly one of pose and sensor', fixed ? 'both' : 'none of them')
  }
  const intrinsics = intrinsicsOf(value.intrinsics, 'intrinsics')
  if (isRefused(intrinsics)) return intrinsics
  return value.pose === undefined ? carried(value, intrinsics) : fixedAt(value, value.pose, intrinsics)
}

function fixedAt(
  wire: WireRegistration,
  wirePose: NonNullable<WireRegistration['pose']>,
  intrinsics: Intrinsics,
): Read<Camera> {
  const misplaced = wire.mount !== undefined ? 'mount' : wire.sigma !== undefined ? 'sigma' : undefined
  if (misplaced !== undefined) return refusal(misplaced, 'nothing, because there is a pose', 'an object')
  const pose = poseOf(wirePose, 'pose')
  return isRefused(pose) ? pose : { pose, intrinsics }
}

function carried({ sensor = '', mount, sigma }: WireRegistration, intrinsics: Intrinsics): Read<CarriedCamera> {
  const fixing = mount && mountOf(mount)
  if (isRefused(fixing)) return fixing
  return { sensor, mount: fixing, intrinsics, sigma: sigma && poseSigmaOf(sigma) }
}

function mountOf(wire: NonNullable<WireRegistration['mount']>): Read<Mount> {
  const { yawDeg, pitchDeg, rollDeg, leverArm, sigma } = wire
  const some = yawDeg !== undefined || pitchDeg !== undefined || rollDeg !== undefined
  const all = yawDeg !== undefined && pitchDeg !== undefined && rollDeg !== undefined
  if (some && !all) return refusal('mount', 'yawDeg, pitchDeg and rollDeg together', 'some of them')
  return {
    attitude: all ? { yawDeg, pitchDeg, rollDeg } : undefined,
    leverArm: leverArm && leverArmOf(leverArm),
    sigma: sigma && poseSigmaOf(sigma),
  }
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
}

/** The path of the first field that the schema does not name. */
function unknownIn(value: object, node: Node, path: string): string | undefined {
  if (node.properties === undefined) return undefined
  for (const [name, held] of Object.entries(value)) {
    if (!Object.hasOwn(node.properties, name)) return path + name
    const child = node.properties[name]
    if (child === undefined || typeof held !== 'object' || held === null) continue
    const inside: string | undefined = unknownIn(held, child, `${path}${name}.`)
    if (inside !== undefined) return inside
  }
  return undefined
}

/** The published JSON Schema (draft 2020-12) of a registered camera. */
export function registrationJsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:sightline:camera:1',
    title: 'Registered camera',
    ...(published(RegistrationSchema) as Json),
  }
}
