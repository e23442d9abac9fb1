/** `sightline store`: counts it, verifies it, and saves what is whole of it. */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detection, jsonLines, settled, Workplace } from './command-line.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place.close())

const EVENTS = 500

/** Runs the service once over so many events, and stops it. */
async function fill(): Promise<void> {
  const { service } = await place.up()
  const input = jsonLines(Array.from({ length: EVENTS }, (_, at) => detection(`e-${at}`, { note: 'n'.repeat(200) })))
  expect((await place.run(['publish', '-'], { input })).code).toBe(0)
  await settled(place, EVENTS)
  service.child.kill('SIGTERM')
  expect((await service.ended).code).toBe(0)
}

/** Overwrites bytes in every copy of one event's record: a page that is no longer in use may hold one too. */
function damage(file: string): void {
  const bytes = readFileSync(file)
  const handle = openSync(file, 'r+')
  let copies = 0
  for (let at = bytes.indexOf('e-250'); at !== -1; at = bytes.indexOf('e-250', at + 1), copies++) {
    writeSync(handle, Buffer.alloc(24, 0x5a), 0, 24, at)
  }
  closeSync(handle)
  expect(copies).toBeGreaterThan(0)
}

describe('a whole store', () => {
  it('is counted while the service runs, which no other command of the store may', async () => {
    const { about } = await place.up()
    await place.run(['publish', '-'], { input: jsonLines([detection('1')]) })
    await settled(place, 1)
    expect(await place.ask('store', 'stats')).toMatchObject({ headSeq: 1, deadLetters: 0 })
    for (const args of [
      ['store', 'verify'],
      ['store', 'salvage', 'saved'],
    ]) {
      const { code, stderr } = await place.run(args)
      expect(code).toBe(1)
      expect(stderr).toContain('[store-locked]')
      expect(stderr).toContain(`process ${about.pid}`)
    }
    expect(await place.ask('status')).toMatchObject({ state: 'UP' })
  })

  it('is verified record by record', async () => {
    await fill()
    expect(await place.ask('store', 'verify')).toMatchObject({
      ok: true,
      events: EVENTS,
      headSeq: EVENTS,
      problemCount: 0,
    })
    expect((await place.run(['store', 'verify'])).stdout).toMatch(/: whole\n +500 events/)
  })

  it('is saved without loss, and the service goes on from there', async () => {
    await fill()
    const saved = place.file('saved')
    expect(await place.ask('store', 'salvage', 'saved')).toMatchObject({ whole: true, events: EVENTS, lostEvents: [] })
    await place.up({ SIGHTLINE_DATA_DIR: saved })
    const { code, stdout } = await place.run(['status', '--json', '--data-dir', saved])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ store: { headSeq: EVENTS } })
  })
})

describe('a damaged store', () => {
  it('is named by verify, which points to salvage, which says exactly what is lost', async () => {
    await fill()
    damage(path.join(place.dataDir, 'journal.mdb'))
    const sizeBefore = statSync(path.join(place.dataDir, 'journal.mdb')).size
    const verified = await place.run(['store', 'verify'])
    expect(verified.code).toBe(1)
    expect(verified.stdout).toContain('DAMAGED')
    expect(verified.stdout).toContain('sightline store salvage')

    const salvaged = await place.run(['store', 'salvage', 'saved', '--json'])
    const report = JSON.parse(salvaged.stdout) as { whole: boolean; events: number; lostEvents: [number, number][] }
    const lost = report.lostEvents.reduce((sum, [from, to]) => sum + to - from + 1, 0)
    expect(report.events + lost).toBe(EVENTS)
    expect(salvaged.code).toBe(report.whole ? 0 : 1)
    expect(statSync(path.join(place.dataDir, 'journal.mdb')).size).toBe(sizeBefore)
    const { code } = await place.run(['store', 'verify', '--data-dir', place.file('saved')])
    expect(code).toBe(0)
  })
})

describe('no store', () => {
  it.each(['stats', 'verify'])('is what %s says, with 1, and it makes none', async (what) => {
    const { code, stdout, stderr } = await place.run(['store', what])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('There is no store in')
    expect(existsSync(path.join(place.dataDir, 'journal.mdb'))).toBe(false)
  })
})
