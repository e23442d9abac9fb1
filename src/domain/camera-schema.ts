/** The wire format of cameras and of where they are: pose, intrinsics, lens. */
import Type from 'typebox'
import {
  angle,
  anyOf,
  EXPECTED,
  HeightSchema,
  HUGE,
  imageSide,
  lat,
  lon,
  number,
  object,
  positive,
  sigma,
  text,
  VelocitySchema,
} from './terms.ts'

const AttitudeSchema = object(
  {
    yawDeg: angle('Clockwise from true north'),
    pitchDeg: angle('Nose up positive'),
    rollDeg: angle('Right side down positive'),
  },
  'Attitude of the airframe that carries the gimbal, earth-referenced, in yaw-pitch-roll order.',
)

export const PoseSigmaSchema = object(
  {
    positionM: Type.Optional(sigma('each horizontal axis of the position, metres')),
    heightM: Type.Optional(sigma('the height, metres')),
    yawDeg: Type.Optional(sigma('the yaw, degrees')),
    pitchDeg: Type.Optional(sigma('the pitch, degrees')),
    rollDeg: Type.Optional(sigma('the roll, degrees')),
    timeMs: Type.Optional(sigma('the time of the pose against the time of the image, milliseconds')),
  },
  'One-sigma errors of the pose.',
)

const ANGLES = ['yawDeg', 'pitchDeg', 'rollDeg']

const PoseSchema = object(
  {
    lat,
    lon,
    height: HeightSchema,
    yawDeg: Type.Optional(angle('Clockwise from true north')),
    pitchDeg: Type.Optional(angle('Up positive')),
    rollDeg: Type.Optional(angle('Right side down positive')),
    quaternion: Type.Optional(
      Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], {
        description:
          'Instead of the three angles: [w, x, y, z] turning camera-body vectors (x forward, y right, z down) into north-east-down. Brought to unit length; a length below 1e-6 is refused.',
        [EXPECTED]: 'an array of 4 numbers [w, x, y, z]',
      }),
    ),
    airframe: Type.Optional(AttitudeSchema),
    velocity: Type.Optional(VelocitySchema),
    sigma: Type.Optional(PoseSigmaSchema),
  },
  'Where the camera is and how it points. The angles are earth-referenced; with airframe they are those of the gimbal, relative to it. All angles and both coordinates exactly zero is refused: that is a sensor that reports nothing.',
  {
    oneOf: [
      { required: ANGLES, not: { required: ['quaternion'] } },
      { required: ['quaternion'], not: anyOf(ANGLES) },
    ],
  },
)

const DistortionSchema = object(
  {
    model: Type.Enum(['brown-conrady', 'kannala-brandt']),
    coefficients: Type.Array(Type.Number({ minimum: -HUGE, maximum: HUGE }), {
      minItems: 4,
      maxItems: 8,
      description: "In OpenCV's order: k1, k2, p1, p2[, k3[, k4, k5, k6]] (4, 5 or 8), or k1 to k4 for kannala-brandt.",
      [EXPECTED]: 'an array of 4, 5 or 8 numbers',
    }),
  },
  'Lens distortion.',
  {
    oneOf: [
      { properties: { model: { const: 'kannala-brandt' }, coefficients: { maxItems: 4 } } },
      {
        properties: {
          model: { const: 'brown-conrady' },
          coefficients: { anyOf: [{ maxItems: 5 }, { minItems: 8 }] },
        },
      },
    ],
  },
)

const FOCAL_PX = ['fx', 'fy']
const FOV = ['hfovDeg', 'vfovDeg']
const FOCAL_MM = ['focalMm', 'sensorWidthMm', 'sensorHeightMm']

const IntrinsicsSchema = object(
  {
    width: imageSide('Width of the image that these intrinsics belong to'),
    height: imageSide('Height of the image that these intrinsics belong to'),
    fx: Type.Optional(positive('Focal length along u, pixels.')),
    fy: Type.Optional(positive('Focal length along v, pixels.')),
    cx: Type.Optional(number(-HUGE, HUGE, 'Principal point, pixels from the outer left edge. Absent: width / 2.')),
    cy: Type.Optional(number(-HUGE, HUGE, 'Principal point, pixels from the outer top edge. Absent: height / 2.')),
    hfovDeg: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 360,
        description:
          'Horizontal field of view, degrees: below 180 unless the lens is kannala-brandt. With only one of the two fields of view, pixels are taken as square.',
      }),
    ),
    vfovDeg: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 360, description: 'Vertical field of view, degrees.' }),
    ),
    focalMm: Type.Optional(positive('Focal length, millimetres (the real one, not the 35 mm equivalent).')),
    sensorWidthMm: Type.Optional(positive('Width of the sensor area that makes the image, millimetres.')),
    sensorHeightMm: Type.Optional(positive('Height of the sensor area that makes the image, millimetres.')),
    distortion: Type.Optional(DistortionSchema),
    sigmaFocalRel: Type.Optional(sigma('the focal length, relative')),
  },
  'Camera model. The focal length is given in exactly one way: fx and fy, a field of view, or millimetres with the sensor size. Pixel origin: outer corner of the top-left pixel.',
  {
    oneOf: [
      { required: FOCAL_PX, not: anyOf([...FOV, ...FOCAL_MM]) },
      { ...anyOf(FOV), not: anyOf([...FOCAL_PX, ...FOCAL_MM]) },
      { required: FOCAL_MM, not: anyOf([...FOCAL_PX, ...FOV]) },
    ],
  },
)

export const CameraSchema = object(
  {
    id: Type.Optional(text('A camera registered beforehand.')),
    pose: Type.Optional(PoseSchema),
    intrinsics: Type.Optional(IntrinsicsSchema),
  },
  'The camera, inline (pose and intrinsics) or by the id of a registered one. It is used with pixel and bbox only.',
  { oneOf: [{ required: ['pose', 'intrinsics'] }, { required: ['id'], not: anyOf(['pose', 'intrinsics']) }] },
)

export type WireCamera = Type.Static<typeof CameraSchema>
export type WirePose = Type.Static<typeof PoseSchema>
export type WireIntrinsics = Type.Static<typeof IntrinsicsSchema>
