/** Terrain in the running system: rays end on the ground of the tiles, and nowhere where there is none. */
import { afterEach, expect, test } from 'vitest'
import { parseEvent } from '../../src/cot/parse.ts'
import { eventOf } from '../../src/cot/read.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { Oracle } from '../support/oracle.ts'
import { ServiceProcess } from '../support/service.ts'
import { until } from '../support/until.ts'
import { terrainDirectory, writeHgt } from '../terrain/files.ts'

const folder = terrainDirectory()
/** Ground that rises 200 m to the north over the tile. */
writeHgt(folder, 'N31W111.hgt', (row) => 1_000 + row / 6)

let broker: TestBroker
let service: ServiceProcess
let oracle: Oracle

afterEach(async () => {
  await oracle?.close()
  await service?.dispose()
  await broker?.stop()
})

test('a ray ends on the terrain; without tiles under it there is no place', async () => {
  broker = await startBroker()
  service = await ServiceProcess.start({
    SIGHTLINE_NATS_URL: broker.url,
    SIGHTLINE_TERRAIN_DIRECTORIES_0_PATH: folder,
    SIGHTLINE_TERRAIN_FALLBACK: 'none',
  })
  oracle = await Oracle.at(broker.url)
  const sigma = { positionM: 1, heightM: 1, yawDeg: 0.5, pitchDeg: 0.5, rollDeg: 0.5 }
  const seenFrom = (id: string, lat: number) =>
    JSON.stringify({
      id,
      time: '2024-07-24T16:00:00Z',
      class: 'car',
      pixel: { u: 500, v: 500 },
      camera: {
        pose: { lat, lon: -110.5, height: { value: 1_500, datum: 'msl' }, yawDeg: 0, pitchDeg: -45, rollDeg: 0, sigma },
        intrinsics: { width: 1000, height: 1000, hfovDeg: 60 },
      },
    })
  await oracle.publish('uav', [seenFrom('over', 31.5), seenFrom('beyond', 40.5)])
  await until(() => service.log.includes('terrain-void'), 'the one without terrain was refused')
  const [stored] = await oracle.all('COT')
  const parsed = parseEvent(stored?.data ?? new Uint8Array())
  const event = parsed.ok ? eventOf(parsed.value) : undefined
  expect(event?.detail.sightline).toMatchObject({ id: 'over', method: 'ray-terrain' })
  // 400 m above the ground at 45 degrees, the ground rising 200 m in 111 km: a little less than 400 m to the north.
  const northM = ((event?.lat ?? 0) - 31.5) * 110_860
  expect(northM).toBeGreaterThan(395)
  expect(northM).toBeLessThan(401)
  const letters = await oracle.all('DEADLETTERS')
  expect(letters.map((each) => [each.id, each.headers['Sightline-Code']])).toEqual([['beyond', 'terrain-void']])
})
