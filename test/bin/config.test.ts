/** `sightline config`: everything wrong at once, everything in force with its origin, and no secret ever shown. */
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { maskSecrets } from '../../src/config/mask.ts'
import { Workplace } from './command-line.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place.close())

const BAD = `nats:
  port: many
  prot: 4222
batch:
  maxItems: -1
sinks:
  - name: tak
    url: gopher://x
`

describe('wrong settings', () => {
  it.each([
    ['up', ['up']],
    ['config show', ['config', 'show']],
    ['publish', ['publish', '-']],
    ['status', ['status']],
  ])('stop %s with 2 and a line for each of them', async (_, args) => {
    writeFileSync(place.file('bad.yaml'), BAD)
    const env = { SIGHTLINE_CONFIG: place.file('bad.yaml'), SIGHTLINE_LOG_LEVEL: 'loud' }
    const { code, stdout, stderr } = await place.run(args, { env })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('5 settings are wrong')
    expect(stderr).toMatch(/bad\.yaml:2: nats\.port: found "many"/)
    expect(stderr).toMatch(/bad\.yaml:3: nats\.prot: .*did you mean port\?/)
    expect(stderr).toMatch(/bad\.yaml:5: batch\.maxItems/)
    expect(stderr).toMatch(/bad\.yaml:8: sinks\[0\]\.url/)
    expect(stderr).toMatch(/SIGHTLINE_LOG_LEVEL: log\.level: found "loud"/)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('are all found by config check, for people and for programs', async () => {
    writeFileSync(place.file('bad.yaml'), BAD)
    const forPeople = await place.run(['config', 'check', 'bad.yaml'])
    expect(forPeople).toMatchObject({ code: 2, stderr: expect.stringContaining('4 settings are wrong') })
    const { code, stdout } = await place.run(['config', 'check', 'bad.yaml', '--json'])
    const answer = JSON.parse(stdout) as { ok: boolean; problems: { path: string; origin: string; expected: string }[] }
    expect({ code, ok: answer.ok }).toEqual({ code: 2, ok: false })
    expect(answer.problems.map(({ path }) => path).sort()).toEqual([
      'batch.maxItems',
      'nats.port',
      'nats.prot',
      'sinks[0].url',
    ])
    for (const { origin, expected } of answer.problems) {
      expect(origin).toMatch(/^bad\.yaml:\d+$/)
      expect(expected).not.toBe('')
    }
  })
})

describe('settings that are fine', () => {
  const GOOD = `nats:
  url: nats://me:hunter22@broker.example:4222
  port: 4300
store:
  retentionMs: 3d
sinks:
  - name: post
    url: https://example.org/cot
    http:
      bearer: abcdef-secret
cot:
  types: { "fire hydrant": a-n-G, "yes": a-u-G-E }
`

  it('pass the check', async () => {
    writeFileSync(place.file('good.yaml'), GOOD)
    expect(await place.run(['config', 'check', 'good.yaml'])).toMatchObject({ code: 0, stderr: '' })
  })

  it('are shown with where each came from, and without a secret', async () => {
    writeFileSync(place.file('good.yaml'), GOOD)
    for (const form of [[], ['--json'], ['--yaml'], ['--changed'], ['--changed', '--json']]) {
      const { code, stdout } = await place.run(['config', 'show', '-c', 'good.yaml', ...form])
      expect(code).toBe(0)
      expect(stdout).not.toMatch(/hunter22|abcdef-secret/)
    }
    const { stdout } = await place.run(['config', 'show', '-c', 'good.yaml'])
    expect(stdout).toMatch(/^nats\.port +0 +SIGHTLINE_NATS_PORT$/m)
    expect(stdout).toMatch(/^store\.retentionMs +3d +good\.yaml:5$/m)
    expect(stdout).toMatch(/^batch\.maxItems +\d+ +default$/m)
  })

  it('are only those that were given with --changed', async () => {
    writeFileSync(place.file('good.yaml'), GOOD)
    const { settings, origins } = await place.ask<{ settings: object; origins: Record<string, string> }>(
      ...['config', 'show', '-c', 'good.yaml', '--changed'],
    )
    expect(settings).toEqual({
      dataDir: place.dataDir,
      http: '127.0.0.1:0',
      nats: { url: 'nats://********@broker.example:4222', port: 0 },
      store: { retentionMs: 3 * 86_400_000 },
      sinks: [{ name: 'post', url: 'https://example.org/cot', http: { bearer: '********' } }],
      cot: { types: { 'fire hydrant': 'a-n-G', yes: 'a-u-G-E' } },
    })
    expect(origins).toMatchObject({ dataDir: 'SIGHTLINE_DATA_DIR', 'sinks[0].url': 'good.yaml:8' })
    expect(Object.values(origins)).not.toContain('default')
  })

  it('written as YAML read back as the same settings', async () => {
    const tower = {
      pose: {
        lat: 48.1,
        lon: 16.3,
        height: { value: 210, datum: 'hae' },
        yawDeg: 10,
        pitchDeg: -20,
        rollDeg: 0,
      },
      intrinsics: { fx: 1000, fy: 1000, width: 1920, height: 1080 },
    }
    writeFileSync(
      place.file('rich.yaml'),
      JSON.stringify({ cameras: { 'tower-3': tower }, cot: { types: { no: 'a-n-G' } } }),
    )
    const { stdout } = await place.run(['config', 'show', '-c', 'rich.yaml', '--yaml'])
    writeFileSync(place.file('again.yaml'), stdout)
    const [first, again] = ['rich.yaml', 'again.yaml'].map((name) => loadSettings({ file: place.file(name), env: {} }))
    if (!first?.ok || !again?.ok) throw new Error(`not read back: ${JSON.stringify(again)}`)
    // What the environment of the command said stands in its answer.
    const { dataDir, http, nats } = again.settings
    expect(maskSecrets(again.settings)).toEqual({ ...maskSecrets(first.settings), dataDir, http, nats })
    expect(again.settings.cameras).toEqual({ 'tower-3': tower })
  })
})
