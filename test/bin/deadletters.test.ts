/** `sightline deadletters`: a bad detection can be found, read to the last byte, sent again, and let go. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectBroker } from '../../src/nats/connection.ts'
import { publishAll } from '../../src/nats/publisher.ts'
import { silentLog } from '../support/silent.ts'
import { detection, jsonLines, settled, Workplace } from './command-line.ts'

interface List {
  readonly total: number
  readonly letters: readonly { readonly seq: number; readonly code: string; readonly id?: string }[]
}

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place.close())

const { position: _, ...placeless } = detection('') as Record<string, unknown>
const byTower = (id: string): object => ({
  ...placeless,
  id,
  camera: { id: 'tower-9' },
  image: { width: 1920, height: 1080 },
  pixel: { u: 960, v: 540 },
  surface: { height: { value: 200, datum: 'hae' } },
})
const wrong = (id: string): object => detection(id, { confidence: 7 })

/** Registers the camera that {@link byTower} names. */
const TOWER = `cameras:
  tower-9:
    pose: { lat: 48.2, lon: 16.3, height: { value: 260, datum: hae }, yawDeg: 90, pitchDeg: -30, rollDeg: 0 }
    intrinsics: { fx: 1200, fy: 1200, width: 1920, height: 1080 }
`

async function publish(...detections: object[]): Promise<void> {
  expect((await place.run(['publish', '-'], { input: jsonLines(detections) })).code).toBe(0)
}

const list = (...args: string[]): Promise<List> => place.ask<List>('deadletters', 'ls', ...args)

describe('dead letters of a running service', () => {
  it('are listed with code and reason, chosen by code and source, and shown to the last byte', async () => {
    await place.up()
    await publish(wrong('w-1'), byTower('c-1'), detection('fine'), wrong('w-2'))
    await settled(place, 4)
    const all = await list()
    expect(all.total).toBe(3)
    expect(all.letters.map(({ code, id }) => [code, id]).sort()).toEqual([
      ['bad-field', 'w-1'],
      ['bad-field', 'w-2'],
      ['camera-unknown', 'c-1'],
    ])
    expect((await list('--code', 'camera-unknown')).letters).toHaveLength(1)
    expect((await list('--source', 'nobody')).letters).toEqual([])
    expect((await list('--limit', '2')).letters).toHaveLength(2)

    const seq = `${all.letters.find(({ id }) => id === 'w-2')?.seq}`
    const page = await place.run(['deadletters', 'show', seq])
    expect(page.stdout).toMatch(/^Code: +bad-field$/m)
    expect(page.stdout).toMatch(/^Reason: +confidence: expected/m)
    expect(page.stdout).toMatch(/^Field: +confidence$/m)
    expect((await place.run(['deadletters', 'show', seq, '--raw'])).stdout).toBe(JSON.stringify(wrong('w-2')))
    expect((await place.run(['deadletters', 'ls'])).stdout).toMatch(/^SEQ +TIME +STAGE/)
  })

  it('that do not exist are wrong use', async () => {
    await place.up()
    expect(await place.run(['deadletters', 'show', '4711'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no dead letter 4711'),
    })
    expect(await place.run(['deadletters', 'replay', '4711'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('dead letter 4711 stays'),
    })
  })

  it('are purged, those that were chosen and no others', async () => {
    await place.up()
    await publish(wrong('w-1'), byTower('c-1'), wrong('w-2'))
    await settled(place, 3)
    expect(await place.ask('deadletters', 'purge', '--code', 'bad-field')).toEqual({ chosen: 2, done: 2, failed: [] })
    expect((await list()).letters.map(({ code }) => code)).toEqual(['camera-unknown'])
    expect(await place.ask('deadletters', 'purge', '--all', '--yes')).toEqual({ chosen: 1, done: 1, failed: [] })
    expect(await list()).toEqual({ total: 0, letters: [] })
  })

  it('for a camera nobody knew come out as events when it is registered and they are replayed', async () => {
    const { service } = await place.up()
    await publish(...Array.from({ length: 130 }, (__, at) => byTower(`c-${at}`)), wrong('w-1'))
    await settled(place, 131)
    service.child.kill('SIGTERM')
    expect((await service.ended).code).toBe(0)

    writeFileSync(place.file('tower.yaml'), TOWER)
    await place.up({ SIGHTLINE_CONFIG: place.file('tower.yaml') })
    expect(await place.ask('deadletters', 'replay', '--code', 'camera-unknown', '--limit', '5')).toMatchObject({
      done: 5,
    })
    expect(await place.ask('deadletters', 'replay', '--code', 'camera-unknown')).toEqual({
      chosen: 125,
      done: 125,
      failed: [],
    })
    expect(await settled(place, 130)).toMatchObject({ accepted: 130, dead: 0 })
    expect((await list()).letters.map(({ id }) => id)).toEqual(['w-1'])
  })

  it('that fail again come back under a new number', async () => {
    await place.up()
    await publish(wrong('w-1'))
    await settled(place, 1)
    const [before] = (await list()).letters
    expect(await place.ask('deadletters', 'replay', `${before?.seq}`)).toMatchObject({ done: 1, failed: [] })
    await settled(place, 2)
    const { letters } = await list()
    expect(letters.map(({ id }) => id)).toEqual(['w-1'])
    expect(letters[0]?.seq).toBeGreaterThan(before?.seq ?? 0)
  })

  it('that are longer than an answer are given whole all the same', async () => {
    await place.up()
    const long = { ...wrong('long'), note: 'ä'.repeat(300_000) }
    await publish(long)
    await settled(place, 1)
    expect((await place.run(['deadletters', 'show', '1', '--raw'])).stdout).toBe(JSON.stringify(long))
    expect((await place.run(['deadletters', 'show', '1'])).stdout).toContain('--raw gives all of it')
  })

  it('may be no text at all, and keep their exact bytes', async () => {
    const { about } = await place.up()
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])
    const link = await connectBroker({ url: about.nats, name: 'test', instance: 'test', log: silentLog })
    await publishAll(link, [{ subject: 'detections.test', payload: bytes }])
    await link.close()
    await settled(place, 1)
    const raw = place.start(['deadletters', 'show', '1', '--raw'])
    const chunks: Buffer[] = []
    raw.child.stdout?.removeAllListeners('data').setEncoding('latin1')
    raw.child.stdout?.on('data', (text: string) => chunks.push(Buffer.from(text, 'latin1')))
    expect((await raw.ended).code).toBe(0)
    expect(Buffer.concat(chunks)).toEqual(bytes)
    expect((await place.run(['deadletters', 'show', '1'])).stdout).toContain('7b ff fe 00 7d')
  })
})

describe('without a service', () => {
  beforeEach(async () => {
    const { service } = await place.up()
    await publish(wrong('w-1'))
    await settled(place, 1)
    service.child.kill('SIGTERM')
    await service.ended
  })

  it('they are read from the store itself, which is said', async () => {
    const { code, stdout, stderr } = await place.run(['deadletters', 'ls', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ total: 1, letters: [{ code: 'bad-field', id: 'w-1' }] })
    expect(stderr).toContain('reading the store itself')
    expect((await place.run(['deadletters', 'show', '1', '--raw'])).stdout).toBe(JSON.stringify(wrong('w-1')))
  })

  it.each(['replay', 'purge'])('%s is refused, and changes nothing', async (verb) => {
    expect((await place.run(['deadletters', verb, '--all', '--yes'])).code).toBe(1)
    expect((await list()).total).toBe(1)
  })
})

const scripted = await once(spawn('script', ['--version'], { stdio: 'ignore' }), 'exit').then(
  ([code]) => code === 0,
  () => false,
)
if (!scripted) console.log('skipped: there is no program "script" here to play a terminal')

describe.skipIf(!scripted)('on a terminal', () => {
  it.each([
    ['no', 'n\r'],
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('purge asks first, and %s leaves everything as it is', async (_, key) => {
    await place.up()
    await publish(wrong('w-1'))
    await settled(place, 1)
    const launcher = new URL('../../bin/sightline.js', import.meta.url).pathname
    const command = `'${process.execPath}' '${launcher}' deadletters purge --all`
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, SIGHTLINE_DATA_DIR: place.dataDir },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let shown = ''
    terminal.stdout.setEncoding('utf8')
    for await (const text of terminal.stdout as AsyncIterable<string>) {
      const asked = shown.includes('[y/N]')
      shown += text
      if (!asked && shown.includes('[y/N]')) terminal.stdin.write(key)
    }
    expect(shown).toContain('purge 1 dead letter? [y/N]')
    expect(shown).toContain('Nothing was done.')
    expect((await list()).total).toBe(1)
  })
})
