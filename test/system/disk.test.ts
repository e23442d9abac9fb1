/** A disk that is full and a file that is damaged: nothing is acknowledged that is not stored, and what is wrong is said with its cure. */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { positionDetection, positionDetections, weightyDetections } from '../support/detections.ts'
import { until } from '../support/until.ts'
import { atTak, missing, onSubjects, repeats } from './arrivals.ts'
import { eventually } from './eventually.ts'
import { Site, sinks } from './site.ts'

const MIB = 2 ** 20
const LAUNCHER = path.join(import.meta.dirname, '../../bin/sightline.js')

/** A directory that is removed at the end, with a file system of its own when it is given a size. */
class Place implements Disposable {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'sightline-disk-'))
  readonly #mounted: boolean

  constructor(mib?: number) {
    this.#mounted = mib !== undefined
    if (mib !== undefined) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', this.dir], QUIET)
  }

  /** Gives the file system another size. */
  resize(mib: number): void {
    execFileSync('mount', ['-o', `remount,size=${mib}m`, this.dir])
  }

  [Symbol.dispose](): void {
    if (this.#mounted) execFileSync('umount', ['-l', this.dir])
    rmSync(this.dir, { recursive: true, force: true })
  }
}

const QUIET = { stdio: 'ignore' } as const

function canMount(): boolean {
  try {
    new Place(1)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}

const mounts = canMount()
if (!mounts) console.log('skipped: tests of a full disk, because this user may not mount a tmpfs')

describe.skipIf(!mounts)('a disk that fills up', () => {
  test('stops the intake at the free-space floor, and everything flows again when there is space', async () => {
    using disk = new Place(64)
    await using site = await Site.open()
    const { oracle } = site
    const ballast = path.join(disk.dir, 'ballast')
    writeFileSync(ballast, Buffer.alloc(28 * MIB))
    const service = await site.service({
      SIGHTLINE_DATA_DIR: path.join(disk.dir, 'data'),
      SIGHTLINE_STORE_MIN_FREE_BYTES: `${20 * MIB}`,
      SIGHTLINE_INTAKE_CREDITS: '400',
    })
    const total = 4_000
    const publishing = oracle.publishSteadily('cam', 1_500, weightyDetections(0, total))
    const { components } = await eventually(
      () => service.health(),
      (health) => health.components.database.status === 'BLOCKED',
      'the intake waits',
    )
    expect(components.database).toMatchObject({ code: 'disk-low' })
    await publishing
    await eventually(
      () => oracle.backlog(),
      ({ pending }) => pending > 0,
      'the broker keeps the backlog',
    )
    expect(service.running).toBe(true)
    expect(await oracle.count('COT')).toBeLessThan(total)

    rmSync(ballast)
    await eventually(
      () => oracle.count('COT'),
      (n) => n === total,
      'everything flows again',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'the broker holds nothing any more',
    )
    expect(missing(total, onSubjects(await oracle.all('COT')))).toEqual([])
    expect((await service.health()).components.database.status).toBe('UP')
    expect(await service.stop()).toBe(0)
  }, 60_000)

  test('to the last byte makes the process leave without acknowledging; with space again nothing is lost', async () => {
    using disk = new Place(24)
    await using site = await Site.open()
    const { oracle } = site
    const service = await site.service({
      SIGHTLINE_DATA_DIR: path.join(disk.dir, 'data'),
      SIGHTLINE_STORE_MIN_FREE_BYTES: '0',
      SIGHTLINE_NATS_CONSUMER_ACK_WAIT_MS: '1000',
    })
    const total = 6_000
    await oracle.publish('cam', weightyDetections(0, total))
    expect(await service.left()).toBe(5)
    expect(service.log).toContain('store-commit')
    const onSubjectsThen = await oracle.count('COT')
    const inBroker = await oracle.count('DETECTIONS')
    expect(inBroker).toBeGreaterThan(0)
    // What was acknowledged is in the journal, wherever its event has got to.
    expect(inBroker).toBeLessThanOrEqual(total)
    expect(onSubjectsThen).toBeLessThan(total)

    disk.resize(256)
    await service.start()
    await eventually(
      () => oracle.count('COT'),
      (n) => n >= total,
      'everything arrives',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'the broker holds nothing any more',
    )
    const arrivals = onSubjects(await oracle.all('COT'))
    expect(missing(total, arrivals)).toEqual([])
    expect(repeats(arrivals)).toBe(0)
    expect(await oracle.count('DEADLETTERS')).toBe(0)
    expect(await service.stop()).toBe(0)
  }, 90_000)
})

/** Runs a command to its end, as a person would; what it says on both streams. */
function sightline(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number | string; said: string }> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env }, timeout: 30_000 }
    execFile(process.execPath, [LAUNCHER, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? 'unknown'), said: stdout + stderr })
    })
  })
}

/** Turns over some bytes wherever the file holds this text. */
function damage(bytes: Buffer, text: string): void {
  let found = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    for (let n = 0; n < 4; n++) bytes[at + n] = 255 - (bytes[at + n] as number)
    found++
  }
  if (found === 0) throw new Error(`the file does not hold ${text}`)
}

const eventText = (n: number): string => `{"id":"d-${n}","source"`

describe('a damaged journal', () => {
  const total = 24_000
  // One is older than what is looked through at the start, so that only the sink that is behind finds it.
  const places = {
    'among the oldest events': [17],
    'among the newest events': [23_456],
    'in several places': [5, 12_000, 12_001, 23_999],
  }

  test('is reported with its cure wherever it is; salvage names what is gone, and everything else arrives', async () => {
    using place = new Place()
    await using site = await Site.open()
    const { oracle } = site
    const tak = await site.tak()
    await tak.stop()
    const whole = path.join(place.dir, 'whole')
    const settings = (dir: string): Record<string, string> => ({
      ...sinks({ NAME: 'tak', URL: tak.url }),
      SIGHTLINE_NATS_URL: site.broker.url,
      SIGHTLINE_HTTP: '127.0.0.1:0',
      SIGHTLINE_LOG_LEVEL: 'error',
      SIGHTLINE_DATA_DIR: dir,
    })
    const service = await site.service(settings(whole))
    await oracle.publish('cam', positionDetections('d', total))
    await eventually(
      () => oracle.count('COT'),
      (n) => n === total,
      'the journal holds everything, TAK has nothing',
    )
    await eventually(
      () => oracle.count('DETECTIONS'),
      (n) => n === 0,
      'the broker holds nothing any more',
    )
    expect(await service.stop()).toBe(0)
    await tak.listenAgain()

    for (const [where, hurt] of Object.entries(places)) {
      const dir = path.join(place.dir, `damaged ${where}`)
      cpSync(whole, dir, { recursive: true })
      const file = path.join(dir, 'journal.mdb')
      const bytes = readFileSync(file)
      for (const n of hurt) damage(bytes, eventText(n))
      writeFileSync(file, bytes)

      const before = tak.count
      const up = await sightline(settings(dir), 'up')
      expect([1, 5], `${where}: ${up.said}`).toContain(up.code)
      expect(up.said, where).toContain('store-damaged')
      expect(up.said, where).toContain('store verify')
      expect(up.said, where).toContain('store salvage')
      // No event behind the damage was sent as if nothing were missing.
      const sent = new Set(atTak(tak.events.slice(before)).map(({ number }) => number))
      expect(Math.max(-1, ...sent), where).toBeLessThan(hurt[0] as number)

      const verified = await sightline(settings(dir), 'store', 'verify')
      expect(verified.code, where).toBe(1)
      for (const n of hurt) expect(verified.said, where).toContain(`${n + 1}`)
      const saved = path.join(place.dir, `saved ${where}`)
      const salvaged = await sightline(settings(dir), 'store', 'salvage', saved, '--json')
      const report = JSON.parse(salvaged.said.slice(salvaged.said.indexOf('{'))) as { lostEvents: [number, number][] }
      const lost = report.lostEvents.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, n) => from + n))
      expect(lost, where).toEqual(hurt.map((n) => n + 1))

      const first = tak.events.length
      const restarted = await site.service(settings(saved))
      await until(
        () => missing(total, atTak(tak.events.slice(first))).length === hurt.length,
        `${where}: everything that was saved reaches TAK`,
        30_000,
      )
      expect(missing(total, atTak(tak.events.slice(first))), where).toEqual(hurt)
      // Whoever still has the lost ones sends them again: their ids are not taken for known.
      await oracle.publish(
        'cam',
        hurt.map((n) => positionDetection(`d-${n}`)),
      )
      await until(() => missing(total, atTak(tak.events.slice(first))).length === 0, `${where}: nothing is missing`)
      expect(await restarted.stop()).toBe(0)
    }
  }, 180_000)
})
