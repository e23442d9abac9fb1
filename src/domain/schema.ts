/**
 * The wire format of a detection: the single source of its TypeScript type, its validator and the published JSON Schema.
 *
 * Types and ranges of single fields are enforced by the compiled schema. Rules between fields are published with it, but
 * enforced in `place.ts`, `camera.ts` and `reading.ts`, which can say in better words what is wrong.
 * Fields that are not named here are kept in `attributes` (see `attributes.ts`).
 */
import Type, { type TObjectOptions } from 'typebox'
import { Compile } from 'typebox/compile'
import { CameraSchema, DECLINATION_RULE, declination, northRef, PoseSigmaSchema } from './camera-schema.ts'
import {
  angle,
  EXPECTED,
  HeightSchema,
  HUGE,
  imageSide,
  type Json,
  lat,
  lon,
  number,
  object,
  positive,
  published,
  RULES,
  sigma,
  text,
  VelocitySchema,
  when,
} from './terms.ts'

/** Most detections in one message. */
export const MAX_DETECTIONS = 1_000

/** The field of a frame that holds its detections. */
export const MEMBERS = 'detections'

/** The four ways to say where. */
export const PLACES = ['pixel', 'bbox', 'position', 'bearing'] as const

export const SOURCE = '^[A-Za-z0-9_-]{1,64}$'
export const INSTANT = '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$'
const sourcePattern = new RegExp(SOURCE)

/** True for a token that may stand after `detections.` in a subject. */
export const isSource = (token: string): boolean => sourcePattern.test(token)

const units = Type.Optional(
  Type.Enum(['px', 'normalized'], {
    description: 'Pixels, or fractions of the image. Absent: px, and values that are all at most 1 are refused.',
  }),
)
const sigmaPx = Type.Optional(sigma('the point, pixels'))
const coordinate = (description: string) => number(-HUGE, HUGE, description)

const PixelSchema = object(
  { u: coordinate('Rightwards.'), v: coordinate('Downwards.'), sigmaPx, units },
  'A point in the image, from the outer corner of the top-left pixel.',
)

const BoxSchema = object(
  {
    x1: coordinate('Left edge.'),
    y1: coordinate('Top edge.'),
    x2: coordinate('Right edge, beyond x1.'),
    y2: coordinate('Bottom edge, beyond y1.'),
    sigmaPx,
    units,
  },
  'A box in the image, from the outer corner of the top-left pixel.',
)

const AccuracySchema = object(
  {
    horizontalM: positive('Metres; leave accuracy out when it is not known.'),
    verticalM: Type.Optional(positive('Metres.')),
    basis: Type.Enum(['ce90', 'ce50', '1sigma'], {
      description: 'How the numbers are to be read: 90 % or 50 % circle (and interval), or one sigma per axis.',
    }),
  },
  'Error of a given position. Absent: unknown.',
)

const PositionSchema = object(
  { lat, lon, height: Type.Optional(HeightSchema), accuracy: Type.Optional(AccuracySchema) },
  'A place that the producer already knows.',
)

const BearingSchema = object(
  {
    azimuthDeg: angle('Clockwise from true north (see azimuthRef)'),
    azimuthRef: northRef('the azimuth'),
    declinationDeg: declination,
    elevationDeg: Type.Optional(number(-90, 90, 'Above the horizontal, degrees.')),
    rangeM: Type.Optional(positive('Slant range, metres.')),
    sigma: Type.Optional(
      object(
        {
          azimuthDeg: Type.Optional(sigma('the azimuth, degrees')),
          elevationDeg: Type.Optional(sigma('the elevation, degrees')),
          rangeM: Type.Optional(sigma('the range, metres')),
        },
        'One-sigma errors.',
      ),
    ),
  },
  'A direction from the observer. Without a range the ray is cast onto the surface; without range and elevation it is a line of bearing.',
  DECLINATION_RULE('azimuthRef'),
)

const ObserverSchema = object(
  { lat, lon, height: HeightSchema, sigma: Type.Optional(PoseSigmaSchema) },
  'Where a bearing was taken from.',
)

const SurfaceSchema = object(
  { height: HeightSchema, sigmaM: Type.Optional(sigma('the height, metres')) },
  'The level surface that the seen thing stands on.',
)

const ImageSchema = object(
  { width: imageSide('Width'), height: imageSide('Height') },
  'Size of the frame that the detector looked at; a registered camera needs it.',
)

const fields = {
  id: Type.Optional(
    text(
      'Name of this one observation, unique within its source, never that of an object. Absent: a hash of the content.',
    ),
  ),
  source: Type.Optional(
    Type.String({
      description: 'Repeats the token of the subject, which is the authority; a different one is refused.',
      [RULES]: { pattern: SOURCE },
    }),
  ),
  time: Type.String({
    description:
      'When it was seen: RFC 3339 with Z or an offset. Digits beyond milliseconds are cut off; leap seconds and 24:00 are refused.',
    [EXPECTED]: 'an RFC 3339 time with Z or an offset, such as 2024-07-24T16:00:00.000Z',
    [RULES]: { pattern: INSTANT },
  }),
  class: text('What was seen, in the word that the detector uses.'),
  confidence: Type.Optional(
    Type.Number({
      description: '0 to 1, or 0 to 100 with confidenceScale percent. Absent: unknown.',
      [EXPECTED]: 'a number from 0 to 1, or from 0 to 100 with "confidenceScale": "percent"',
      [RULES]: { minimum: 0, maximum: 100 },
    }),
  ),
  confidenceScale: Type.Optional(Type.Enum(['percent'])),
  trackId: Type.Optional(
    text('The thing that was seen, as the tracker counts; one track is source, session and trackId.'),
  ),
  session: Type.Optional(text('One run of the tracker. Absent: a gap longer than the stale time starts a new one.')),
  target: Type.Optional(
    text(
      'A name for the thing itself, on which several sources agree: bearings on it from different sensors are crossed to a place, and what has no place goes out as a line of bearing.',
    ),
  ),
  pixel: Type.Optional(PixelSchema),
  bbox: Type.Optional(BoxSchema),
  position: Type.Optional(PositionSchema),
  bearing: Type.Optional(BearingSchema),
  camera: Type.Optional(CameraSchema),
  observer: Type.Optional(ObserverSchema),
  image: Type.Optional(ImageSchema),
  surface: Type.Optional(SurfaceSchema),
  velocity: Type.Optional(VelocitySchema),
  attributes: Type.Optional(
    Type.Unsafe<Readonly<Record<string, unknown>>>({
      type: 'object',
      description:
        'Whatever the producer wants kept, up to 64 KiB as JSON. Fields not named in this schema join it under their own name (inside an object: under their dotted path); a name that is already here wins.',
    }),
  ),
  schema: Type.Optional(Type.Unknown({ description: 'Version of this format.', [RULES]: { const: 1 } })),
}

const rules: TObjectOptions = {
  oneOf: PLACES.map((name) => ({ required: [name] })),
  dependentRequired: { pixel: ['camera'], bbox: ['camera'], bearing: ['observer'] },
  ...when(
    { required: ['confidence'], not: { required: ['confidenceScale'] } },
    { properties: { confidence: { maximum: 1 } } },
  ),
}

/** One detection as it may be sent. */
export const DetectionSchema = object(fields, 'One observation of one thing.', rules)

/** One detection as it may be sent, its single fields checked. */
export type WireDetection = Type.Static<typeof DetectionSchema>

const compiled = Compile(DetectionSchema)

/** True when every single field has a type and a value that it may have; rules between fields are not looked at. */
export const isWireDetection = (value: unknown): value is WireDetection => compiled.Check(value)

/** Where and why `isWireDetection` said no, in the order of the schema. Slow: only for what is refused. */
export const wireErrors = (value: unknown) => compiled.Errors(value)

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** The published JSON Schema (draft 2020-12) of one detection. */
export function detectionJsonSchema(): Json {
  return {
    $schema: DIALECT,
    $id: 'urn:sightline:detection:1',
    title: 'Detection',
    ...(published(DetectionSchema) as Json),
  }
}

/** The published JSON Schema (draft 2020-12) of one message: a detection, an array of them, or a frame. */
export function messageJsonSchema(): Json {
  const detection = published(DetectionSchema) as Json
  const { properties } = detection as { properties: Json }
  const member = { type: 'object', description: 'A detection; what it leaves out it takes from the frame.', properties }
  const frame = {
    type: 'object',
    description:
      'Detections with much in common. A member takes from the frame every field it leaves out, except id and trackId, which name one thing; attributes are joined by name; a place of its own replaces that of the frame. An empty list means: looked, saw nothing.',
    properties: { ...properties, [MEMBERS]: { type: 'array', maxItems: MAX_DETECTIONS, items: member } },
    required: [MEMBERS],
  }
  const array = { type: 'array', maxItems: MAX_DETECTIONS, items: { $ref: '#/$defs/detection' } }
  const isFrame = { required: [MEMBERS], type: 'object' }
  return {
    $schema: DIALECT,
    $id: 'urn:sightline:message:1',
    title: 'Message of detections',
    oneOf: [array, { $ref: '#/$defs/frame' }, { $ref: '#/$defs/detection', not: isFrame }],
    $defs: { detection, frame },
  }
}
