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
  when,
} from './terms.ts'

const AttitudeSchema = object(
  {
    yawDeg: angle('Clockwise from north'),
    pitchDeg: angle('Nose up positive'),
    rollDeg: angle('Right side down positive'),
  },
  'Attitude of the airframe that carries the gimbal, earth-referenced, in yaw-pitch-roll order.',
)

const angleSigmas = {
  yawDeg: Type.Optional(sigma('the yaw, degrees')),
  pitchDeg: Type.Optional(sigma('the pitch, degrees')),
  rollDeg: Type.Optional(sigma('the roll, degrees')),
}

/** Rule: a declination is of use to a magnetic heading only. */
export const DECLINATION_RULE = (reference: string) =>
  when({ required: ['declinationDeg'] }, { required: [reference], properties: { [reference]: { const: 'magnetic' } } })

export const northRef = (what: string) =>
  Type.Optional(Type.Enum(['true', 'magnetic'], { description: `What ${what} is measured from. Absent: true north.` }))

export const declination = Type.Optional(
  number(
    -180,
    180,
    'Degrees by which magnetic north lies east of true north; goes with a magnetic heading. Absent with one: by the World Magnetic Model.',
  ),
)

export const PoseSigmaSchema = object(
  {
    positionM: Type.Optional(sigma('each horizontal axis of the position, metres')),
    heightM: Type.Optional(sigma('the height, metres')),
    ...angleSigmas,
    timeMs: Type.Optional(sigma('the time of the pose against the time of the image, milliseconds')),
    airframe: Type.Optional(
      object(angleSigmas, 'Of the angles of the airframe. Absent, here or inside: as large as those beside it.'),
    ),
  },
  'One-sigma errors of the pose.',
)

export const LeverArmSchema = object(
  {
    forwardM: number(-10_000, 10_000, 'Metres forward.'),
    rightM: number(-10_000, 10_000, 'Metres to the right.'),
    downM: number(-10_000, 10_000, 'Metres down.'),
  },
  "From the antenna to the camera, along the axes of the airframe where there is one, else of the camera body. Present: lat, lon and height are the antenna's.",
)

const ANGLES = ['yawDeg', 'pitchDeg', 'rollDeg']

/** The fields of a pose; telemetry has the same. */
export const poseFields = {
  lat,
  lon,
  height: HeightSchema,
  yawDeg: Type.Optional(angle('Clockwise from true north (see yawRef)')),
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
  yawRef: northRef('the yaw (with airframe that of the airframe), or the quaternion,'),
  declinationDeg: declination,
  leverArm: Type.Optional(LeverArmSchema),
  velocity: Type.Optional(VelocitySchema),
  sigma: Type.Optional(PoseSigmaSchema),
}

/** Rules between the fields of a pose. */
export const poseRules = {
  oneOf: [
    { required: ANGLES, not: { required: ['quaternion'] } },
    { required: ['quaternion'], not: anyOf(ANGLES) },
  ],
  ...DECLINATION_RULE('yawRef'),
}

export const PoseSchema = object(
  poseFields,
  'Where the camera is and how it points. The angles are earth-referenced; with airframe they are those of the gimbal, relative to it. All angles and both coordinates exactly zero is refused: that is a sensor that reports nothing.',
  poseRules,
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

const CropSchema = object(
  {
    x: number(0, 1_000_000, 'Left edge, pixels.'),
    y: number(0, 1_000_000, 'Top edge, pixels.'),
    width: positive('Pixels.'),
    height: positive('Pixels.'),
  },
  'The part of the image that the frame shows, from the outer corner of the top-left pixel. It must lie inside the image.',
)

export const IntrinsicsSchema = object(
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
    skew: Type.Optional(
      number(
        -HUGE,
        HUGE,
        'Pixels by which u grows for each unit of the distorted normalised y (the third number of the first row of a camera matrix). Absent: 0.',
      ),
    ),
    distortion: Type.Optional(DistortionSchema),
    zoom: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 1_000,
        description:
          'Digital zoom: the frame shows the middle of the image (of the crop, where there is one), this many times enlarged to the same size. Everything else here belongs to the image before that. Absent: 1.',
      }),
    ),
    crop: Type.Optional(CropSchema),
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
