/** Settings of terrain: directories of elevation tiles, and what counts where they know nothing. */
import { Type } from 'typebox'
import { choice, measure, section, sizeBytes } from './leaf.ts'

const directory = section('One directory of elevation tiles (GeoTIFF, SRTM .hgt, DTED), read at the start.', {
  path: Type.String({ minLength: 1, maxLength: 4096, description: 'The directory; folders in it are read too.' }),
  datum: Type.Optional(
    Type.Enum(['egm96', 'hae'], {
      description: 'What its heights are measured from. Unset: SRTM and DTED egm96; a GeoTIFF has to say so itself.',
    }),
  ),
  sigmaM: Type.Optional(
    Type.Number({
      description: 'One-sigma error of a height. Unset: what the file or its format states.',
      minimum: 0.01,
      maximum: 1_000,
      unit: 'm',
    }),
  ),
})

export const terrain = section('Terrain.', {
  directories: Type.Array(directory, { description: 'Where elevation tiles are.', default: [], maxItems: 32 }),
  cacheBytes: sizeBytes(256 * 2 ** 20, 'Most bytes of decoded terrain in memory.', 2 ** 20),
  prefer: choice(['terrain', 'declared'], 'terrain', 'What counts where there is terrain and a declared surface.'),
  fallback: choice(
    ['under-camera', 'none'],
    'under-camera',
    'Where the terrain is not known: a level surface at the ground under the sensor, or nothing (terrain-void).',
  ),
  reliefRel: measure(0.1, 'One sigma of unknown ground, per metre of distance from the sensor.', 0, 10, 'ratio'),
})
