/** Settings of geolocation and of registered cameras; the defaults are the normative tables of `src/geo`. */
import { type TSchema, Type } from 'typebox'
import { FLAG_THRESHOLDS } from '../../geo/flag.ts'
import { SIGMA_DEFAULTS, type SigmaDefaults } from '../../geo/sigma.ts'
import { CLASS_KEY, choice, durationMs, map, measure, SOURCE_KEY, section } from './leaf.ts'

const assumed = (field: keyof SigmaDefaults, description: string, maximum: number, unit: string) =>
  measure(SIGMA_DEFAULTS[field], description, 0, maximum, unit)

const sigma = section('One-sigma errors assumed where a message states none.', {
  positionM: assumed('positionM', 'Sensor position, per horizontal axis.', 1e5, 'm'),
  heightM: assumed('heightM', 'Sensor height.', 1e5, 'm'),
  yawDeg: assumed('yawDeg', 'Yaw.', 180, 'deg'),
  pitchDeg: assumed('pitchDeg', 'Pitch.', 180, 'deg'),
  rollDeg: assumed('rollDeg', 'Roll.', 180, 'deg'),
  timeMs: assumed('timeMs', 'Time of the pose, where the sensor is known to move.', 60_000, 'ms'),
  pixelPx: assumed('pixelPx', 'Pixel, per axis.', 1e4, 'px'),
  boxFraction: assumed('boxFraction', 'Edges of a box, as a fraction of its width and height.', 1, 'ratio'),
  cutBoxFraction: assumed('cutBoxFraction', 'The same for a box cut off by the edge of the image.', 1, 'ratio'),
  focalRel: assumed('focalRel', 'Focal length, relative.', 1, 'ratio'),
  surfaceM: assumed('surfaceM', 'Height of a declared surface.', 1e5, 'm'),
  azimuthDeg: assumed('azimuthDeg', 'Azimuth of a bearing.', 180, 'deg'),
  elevationDeg: assumed('elevationDeg', 'Elevation of a bearing.', 90, 'deg'),
  rangeM: assumed('rangeM', 'Measured range; the larger of this and the relative one counts.', 1e5, 'm'),
  rangeRel: assumed('rangeRel', 'Measured range, relative.', 1, 'ratio'),
  unknownElevationDeg: assumed('unknownElevationDeg', 'Elevation that a bearing with a range leaves out.', 90, 'deg'),
} satisfies Record<keyof SigmaDefaults, TSchema>)

const limit = (standard: number, description: string) => measure(standard, description, 0, 1e6, 'm')
const standard = FLAG_THRESHOLDS.default
const GREEN = 'GREEN up to this CE90.'
const YELLOW = 'YELLOW up to this CE90, RED beyond.'

const WINDOW = 'Bearings further apart in time than this are not crossed.'
const DRIFT = 'One sigma of the speed at which the thing may go between two bearings.'
const crossed = { windowMs: durationMs(5_000, WINDOW, 0, 3_600_000), driftMps: measure(3, DRIFT, 0, 1_000, 'm/s') }
const STANDING = { windowMs: 60_000, driftMps: 0 }

const fusion = section('Bearings of several sensors on one target, crossed into a place.', {
  minAngleDeg: measure(10, 'Bearings that cross at less than this make no place.', 0, 90, 'deg'),
  default: section('For classes not named.', crossed),
  classes: map('By class.', CLASS_KEY, section('One class.', crossed), {
    fire: STANDING,
    wildfire: STANDING,
    smoke: STANDING,
  }),
})

const refraction = section('Bending of rays in the air.', {
  k: measure(0.13, 'Coefficient; 0 switches it off.', 0, 1, 'ratio'),
  fromM: measure(5_000, 'It counts from this distance on.', 0, 1e6, 'm'),
})

export const geolocate = section('Geolocation.', {
  errorBasis: choice(['90', '1sigma'], '90', 'What `ce` and `le` in CoT mean: 90 % circle and interval, or one sigma.'),
  maxRangeM: measure(30_000, 'Longest distance from the sensor to trust (beyond-range).', 1, 1e6, 'm'),
  minDepressionDeg: measure(2, 'Shallowest angle below the horizontal to trust (grazing).', 0, 90, 'deg'),
  refraction,
  fusion,
  onUnlocatable: section(
    'What becomes of a detection with a known direction and no place.',
    {
      default: choice(
        ['deadletter', 'bearing'],
        'deadletter',
        'For classes not named: dead letter, or a line of bearing.',
      ),
      classes: map('By class: deadletter or bearing.', CLASS_KEY, Type.Enum(['deadletter', 'bearing']), {
        fire: 'bearing',
        wildfire: 'bearing',
        smoke: 'bearing',
      }),
    },
    { shorthand: 'default' },
  ),
  sigma,
  thresholds: section('CE90 that decides the flag.', {
    default: section('For classes not named.', {
      greenM: limit(standard.greenM, GREEN),
      yellowM: limit(standard.yellowM, YELLOW),
    }),
    classes: map(
      'By class, in lower case, words joined by a hyphen.',
      CLASS_KEY,
      section('One class.', {
        greenM: Type.Number({ minimum: 0, maximum: 1e6, unit: 'm', description: GREEN }),
        yellowM: Type.Number({ minimum: 0, maximum: 1e6, unit: 'm', description: YELLOW }),
      }),
      FLAG_THRESHOLDS.classes,
    ),
  }),
})

export const cameras = map(
  'Registered cameras by id: `pose` and `intrinsics`, field for field as in a detection.',
  SOURCE_KEY,
  Type.Unknown({ description: 'One camera.' }),
)
