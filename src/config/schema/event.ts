/** Settings of the CoT events we make. */
import { Type } from 'typebox'
import { CALLSIGN_FIELDS, DEFAULT_CALLSIGN } from '../../cot/callsign.ts'
import { SHORTEST_LIFETIME_S } from '../../cot/classes.ts'
import { CLASS_KEY, flag, map, SOURCE_KEY, section, text } from './leaf.ts'

const types = (description: string) =>
  map(
    description,
    CLASS_KEY,
    Type.String({ description: 'CoT type.', maxLength: 128, expected: 'a CoT type such as a-u-G-E-V' }),
  )

const stale = (description: string) =>
  Type.Integer({
    description,
    minimum: SHORTEST_LIFETIME_S * 1000,
    maximum: 30 * 86_400_000,
    unit: 'ms',
    quantity: 'duration',
  })

export const cot = section('CoT events.', {
  types: types('CoT type by class, before the built-in table.'),
  sources: map(
    'By source.',
    SOURCE_KEY,
    section('One source.', {
      types: types('CoT type by class for this source, before `cot.types`.'),
      simulated: Type.Optional(
        Type.Boolean({ description: 'Its events are simulated (`how` m-s, callsign begins with SIM).' }),
      ),
    }),
  ),
  staleMs: section(
    'How long an event stays valid after its time.',
    {
      default: Type.Optional(stale('For all classes not named. Unset: the built-in lifetime of the class, or 2min.')),
      classes: map('By class.', CLASS_KEY, stale('One class.')),
    },
    { shorthand: 'default' },
  ),
  simulated: flag(false, 'All events are simulated (`how` m-s, callsign begins with SIM).'),
  callsign: text(`Template of the callsign; it may name ${CALLSIGN_FIELDS.map((name) => `{${name}}`).join(', ')}.`, {
    default: DEFAULT_CALLSIGN,
    maxLength: 128,
  }),
})
