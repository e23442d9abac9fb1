/** The terrain of the settings, opened, with what is wrong in it said aloud. */
import type { Settings } from '../src/config/settings.ts'
import type { ElevationModel } from '../src/geo/elevation.ts'
import type { Log } from '../src/port/log.ts'
import { openTerrain } from '../src/terrain/library.ts'

/** Refused files named one by one in the log; the rest is counted. */
const NAMED = 20

/** The elevation model; undefined where no directory is set. */
export function elevationFrom({ terrain }: Settings, log: Log): ElevationModel | undefined {
  const { directories, cacheBytes } = terrain
  if (directories.length === 0) return undefined
  const library = openTerrain({
    directories,
    cacheBytes,
    onFault: (file, reason) => log.error({ file, reason }, 'an elevation tile is damaged; its ground is unknown'),
  })
  const { tiles, refused } = library
  for (const { file, reason } of refused.slice(0, NAMED)) log.warn({ file, reason }, 'an elevation file cannot be used')
  log.info({ tiles: tiles.length, refused: refused.length }, 'terrain is open')
  return library.model
}
