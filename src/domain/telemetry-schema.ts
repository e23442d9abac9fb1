/** The wire format of telemetry: where a sensor is and how it points at one instant, published on `telemetry.<sensor>`. */
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { poseFields, poseRules } from './camera-schema.ts'
import type { Measure } from './expectation.ts'
import { INSTANT, SOURCE } from './schema.ts'
import { EXPECTED, type Json, object, published, RULES } from './terms.ts'

/** Most poses in one message. */
export const MAX_POSES = 1_000

const TelemetrySchema = object(
  {
    schema: Type.Optional(Type.Unknown({ description: 'Version of this format.', [RULES]: { const: 1 } })),
    sensor: Type.Optional(
      Type.String({
        description: 'Repeats the token of the subject, which is the authority; a different one is refused.',
        [RULES]: { pattern: SOURCE },
      }),
    ),
    time: Type.String({
      description:
        'When the sensor was there: RFC 3339 with Z or an offset, by the clock that also stamps its detections. Digits beyond milliseconds are cut off.',
      [EXPECTED]: 'an RFC 3339 time with Z or an offset, such as 2024-07-24T16:00:00.000Z',
      [RULES]: { pattern: INSTANT },
    }),
    ...poseFields,
  },
  'Where a sensor was at one instant and how it pointed, field for field as the pose of a camera in a detection. Fields not named here are let be.',
  poseRules,
)

/** One pose as it may be sent, its single fields checked. */
export type WireTelemetry = Type.Static<typeof TelemetrySchema>

const compiled = Compile(TelemetrySchema)

/** True when every single field has a type and a value that it may have; rules between fields are not looked at. */
export const isWireTelemetry = (value: unknown): value is WireTelemetry => compiled.Check(value)

/** To say what is wrong with what {@link isWireTelemetry} refused. */
export const TELEMETRY: Measure = { schema: TelemetrySchema, errors: (value) => compiled.Errors(value) }

/** The published JSON Schema (draft 2020-12) of one message: one pose, or an array of at most {@link MAX_POSES}. */
export function telemetryJsonSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:sightline:telemetry:1',
    title: 'Telemetry of a sensor',
    oneOf: [{ $ref: '#/$defs/pose' }, { type: 'array', maxItems: MAX_POSES, items: { $ref: '#/$defs/pose' } }],
    $defs: { pose: published(TelemetrySchema) },
  }
}
