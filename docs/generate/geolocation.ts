/** Fills the tables of docs/geolocation.md. */
import { readFileSync } from 'node:fs'
import { flagTable, floorTable, refusalTable, sigmaTable } from './geolocation-tables.ts'
import { filled } from './markdown/regions.ts'
import { writePage } from './markdown/table.ts'

export const GEOLOCATION_PAGE = new URL('../geolocation.md', import.meta.url)

export function geolocationPage(): string {
  return filled(readFileSync(GEOLOCATION_PAGE, 'utf8'), {
    refusals: refusalTable(),
    sigmas: sigmaTable(),
    floors: floorTable(),
    flags: flagTable(),
  })
}

if (import.meta.main) writePage(GEOLOCATION_PAGE, geolocationPage())
