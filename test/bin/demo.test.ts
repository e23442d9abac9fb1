/** The demo ends well only when every detection is where it belongs, and says so in numbers that add up. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Summary } from '../../bin/demo/summary.ts'
import { scenario } from '../../examples/simulator/scenario.ts'
import { until } from '../support/until.ts'

const MAIN = path.join(import.meta.dirname, '..', '..', 'bin', 'main.ts')
/** A demo of seconds on a busy machine. */
const PATIENCE_MS = 60_000
const ESCAPE = String.fromCharCode(27)

let dataDir: string
const running = new Set<ChildProcess>()
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'sightline-demo-'))
})
afterEach(async () => {
  // A signal, not -9: the demo stops its broker and its receiver.
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }
  running.clear()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  /** Exit code, once everything it said has been heard. */
  readonly ended: Promise<number | null>
  said(): string
  answered(): string
}

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, [MAIN, 'demo', '--json', '--data-dir', dataDir, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let [said, answered] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    answered += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = once(child, 'close').then(([code]: unknown[]) => code as number | null)
  return { child, ended, said: () => said, answered: () => answered }
}

const summaryOf = (run: Run): Summary => JSON.parse(run.answered()) as Summary
const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, n) => all + n, 0)

/** How many of each fate the scenario asks for, and the codes of its dead letters. */
function expected(seed: number, durationS: number, rate: number) {
  const fates = { located: 0, bearing: 0, refused: 0, duplicate: 0, dead: 0 }
  const codes: Record<string, number> = {}
  for (const { expect: fate, code } of scenario({ seed, durationS, rate })) {
    fates[fate] += 1
    if (code !== undefined && (fate === 'refused' || fate === 'dead')) codes[code] = (codes[code] ?? 0) + 1
  }
  return { fates, codes }
}

describe('the account of the demo', { timeout: PATIENCE_MS }, () => {
  it('holds every detection, each with its fate, although the TAK receiver was killed in between', async () => {
    const [seed, durationS, rate] = [11, 3, 120]
    const run = demo(['--seed', `${seed}`, '--duration', `${durationS}`, '--rate', `${rate}`, '--outage', '0.6'], {
      // None of these must matter to the demo.
      COT_URL: 'tcp://127.0.0.1:9',
      SIGHTLINE_NATS_URL: 'nats://127.0.0.1:9',
      SIGHTLINE_SINKS_0_URL: 'tcp://127.0.0.1:9',
      SIGHTLINE_NO_SUCH_SETTING: 'x',
    })
    expect(await run.ended, run.said()).toBe(0)
    const summary = summaryOf(run)
    const { fates, codes } = expected(seed, durationS, rate)

    expect(summary).toMatchObject({ ok: true, lost: 0, problems: [], interrupted: false, unacknowledged: 0 })
    expect(summary).toMatchObject({ published: durationS * rate, located: fates.located, bearings: fates.bearing })
    expect(summary.duplicates).toBe(fates.duplicate)
    expect(sum(summary.refused)).toBe(fates.refused)
    expect(sum(summary.unreadable)).toBe(fates.dead)
    const told = [...Object.entries(summary.refused), ...Object.entries(summary.unreadable)]
    expect(Object.fromEntries(told)).toEqual(codes)

    const { published, located, bearings, deadLetters, duplicates, onCot, onTak, confirmed } = summary
    expect(located + bearings + deadLetters + duplicates).toBe(published)
    expect([onCot, onTak, confirmed]).toEqual(Array.from({ length: 3 }, () => located + bearings))
    expect(summary.againOnCot).toBe(0)
  })

  it('tells what waited through the outage, how long each leg took, and how good the places were', async () => {
    const run = demo(['--duration', '3', '--outage', '0.5'])
    expect(await run.ended, run.said()).toBe(0)
    const { outage, latencyMs, positionErrorM, onCot, onTak, published, located } = summaryOf(run)

    expect(outage?.seconds).toBeGreaterThanOrEqual(0.5)
    expect(outage?.deliveredAfter).toBeGreaterThan(0)
    expect(outage?.queuedPeak).toBeGreaterThan(0)
    expect(latencyMs.journal.count).toBe(published)
    expect(latencyMs.cot.count).toBe(onCot)
    expect(latencyMs.tak.count).toBe(onTak)
    expect(latencyMs.takWhileUp.count).toBe(onTak - (outage?.deliveredAfter ?? 0))
    expect(positionErrorM.count).toBe(located)
    expect(
      sum(Object.fromEntries(Object.entries(positionErrorM.bySource).map(([name, { count }]) => [name, count]))),
    ).toBe(located)
    // 90 % of the errors should lie inside the circle that claims to hold 90 %.
    expect(positionErrorM.insideCe90).toBeGreaterThan(0.8)
    expect(positionErrorM.insideCe90).toBeLessThan(0.98)
  })
})

describe('the demo as a program', { timeout: PATIENCE_MS }, () => {
  it('stopped early delivers what was published, sums up, and ends well', async () => {
    const run = demo(['--duration', '600', '--outage', '0'])
    await until(() => run.said().includes('published'), 'it plays', PATIENCE_MS)
    run.child.kill('SIGINT')
    expect(await run.ended, run.said()).toBe(0)
    const summary = summaryOf(run)
    expect(summary).toMatchObject({ ok: true, interrupted: true, lost: 0, outage: null })
    expect(summary.published).toBeGreaterThan(0)
    expect(summary.published).toBeLessThan(60_000)
  })

  it('writes plain lines where there is no terminal', async () => {
    const run = demo(['--duration', '2.5', '--outage', '0'])
    expect(await run.ended, run.said()).toBe(0)
    expect(run.said()).toMatch(/^ {2}broker up on nats:\/\/127\.0\.0\.1:\d+$/m)
    expect(run.said()).toMatch(/^00:0\d {2}published \d+ · located \d+/m)
    expect(run.said() + run.answered()).not.toContain(ESCAPE)
  })

  it('asked to stay runs on until SIGTERM, and a second one leaves its data alone', async () => {
    const run = demo(['--duration', '1', '--stay'])
    await until(() => run.said().includes('Still running'), 'it stays', PATIENCE_MS)
    const health = await fetch(`${summaryOf(run).http}/readyz`)
    expect(health.status).toBe(200)

    const second = demo(['--duration', '1'])
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain('store-locked')
    expect(existsSync(path.join(dataDir, 'demo', 'runtime.json'))).toBe(true)

    run.child.kill('SIGTERM')
    expect(await run.ended, run.said()).toBe(0)
    expect(existsSync(path.join(dataDir, 'demo', 'runtime.json'))).toBe(false)
  })

  it('refuses what it cannot play with exit code 2', async () => {
    const run = demo(['--rate', '1000000'])
    expect(await run.ended).toBe(2)
    expect(run.said()).toContain('--rate')
    expect(existsSync(path.join(dataDir, 'demo'))).toBe(false)
  })
})
