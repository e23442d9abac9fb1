/** The normative tables of geolocation, as the code has them: assumed errors, floors, flags, refusals. */
import { describeSettings } from '../../src/config/describe.ts'
import { FAULTS, type FaultCode } from '../../src/fault/table.ts'
import { FLAG_THRESHOLDS } from '../../src/geo/flag.ts'
import { SIGMA_DEFAULTS, SIGMA_FLOORS, type SigmaFloors } from '../../src/geo/sigma.ts'
import { code, table } from './markdown/table.ts'

/** Default errors beside the settings that change them. */
export function sigmaTable(): string {
  const settings = new Map(describeSettings().map((row) => [row.path, row]))
  return table(
    ['error (1 sigma)', 'assumed', 'unit', 'what it is', 'setting'],
    Object.entries(SIGMA_DEFAULTS).map(([name, value]) => {
      const path = `geolocate.sigma.${name}`
      const row = settings.get(path)
      if (row === undefined) throw new Error(`there is no setting ${path}`)
      return [code(name), String(value), row.unit ?? '', row.description, code(path)]
    }),
  )
}

const FLOORS: Readonly<Record<keyof SigmaFloors, readonly [unit: string, what: string]>> = {
  pixelPx: ['px', 'Bias of a pixel that nobody calibrated, under an assumed pixel error.'],
  boresightDeg: ['deg', 'Bias between camera and attitude sensor, under an assumed yaw, pitch, azimuth or elevation.'],
  floorStated: ['', 'Whether the two floors also go under errors that the message states.'],
  resolutionM: ['m', 'Per axis, in every place found by a ray or a bearing, so that no error is ever zero.'],
}

export function floorTable(): string {
  return table(
    ['floor', 'value', 'unit', 'what it is'],
    Object.entries(FLOORS).map(([name, [unit, what]]) => [
      code(name),
      String(SIGMA_FLOORS[name as keyof SigmaFloors]),
      unit,
      what,
    ]),
  )
}

export function flagTable(): string {
  const { default: standard, classes } = FLAG_THRESHOLDS
  const rows = Object.entries(classes).map(([name, { greenM, yellowM }]) => [code(name), `${greenM}`, `${yellowM}`])
  return table(
    ['class', 'GREEN up to CE90, m', 'YELLOW up to CE90, m'],
    [['every other class', `${standard.greenM}`, `${standard.yellowM}`], ...rows],
  )
}

/** Why there is no place, in the order in which a ray is judged; `line` where the direction is known all the same. */
export const REFUSALS: readonly (readonly [FaultCode, line: boolean, when: string])[] = [
  ['camera-unknown', false, '`camera.id` names no registered camera.'],
  ['image-size-unknown', false, 'A registered camera, and the message does not give `image`.'],
  ['bad-field', false, 'Coordinates, attitude or intrinsics that no camera can have.'],
  ['pixel-outside-image', false, 'The pixel, or every part of the box, lies outside the frame.'],
  ['distortion-fold', false, 'The pixel lies at or beyond the first fold of the lens polynomial.'],
  ['surface-unknown', true, 'No surface is declared; or a bearing has neither range nor elevation.'],
  ['datum-unsupported', true, 'A height needs a ground or a take-off point that the message does not give.'],
  ['camera-below-surface', true, 'The sensor is at or under the surface: nearly always a mixed-up datum.'],
  ['above-horizon', true, 'The ray does not come down to the surface; or a measured range is too short to.'],
  [
    'grazing',
    true,
    'Shallower than 3 sigma of its elevation, or than `geolocate.minDepressionDeg`, and its error cannot be bounded.',
  ],
  ['beyond-range', true, 'Further than `geolocate.maxRangeM` from the sensor.'],
  ['error-unbounded', true, 'CE90 is larger than `geolocate.maxRangeM`, or a sigma point misses the surface.'],
]

export function refusalTable(): string {
  return table(
    ['code', 'when', 'what to do', 'as a line of bearing'],
    REFUSALS.map(([name, line, when]) => [code(name), when, FAULTS[name].remedy, line ? 'possible' : 'never']),
  )
}
