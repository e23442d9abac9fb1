/** Every setting has an environment name, and what is wrong in one is named. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { describeSettings } from '../../src/config/describe.ts'
import { loadSettings } from '../../src/config/load.ts'
import { ENV_NAMES } from '../../src/config/names.ts'
import type { Settings } from '../../src/config/settings.ts'
import { fileWith, load, pathsOf, problemsOf, settingsOf } from './loading.ts'

describe('the names of the environment', () => {
  it('exist for every setting outside maps, and once each', () => {
    const rows = describeSettings().filter((row) => !row.path.includes('<name>'))
    expect(rows.filter((row) => row.env === undefined)).toEqual([])
    const names = ENV_NAMES.map((entry) => entry.name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('are made from the path', () => {
    const byPath = new Map(describeSettings().map((row) => [row.path, row.env]))
    expect(byPath.get('nats.url')).toBe('SIGHTLINE_NATS_URL')
    expect(byPath.get('dataDir')).toBe('SIGHTLINE_DATA_DIR')
    expect(byPath.get('http')).toBe('SIGHTLINE_HTTP')
    expect(byPath.get('profile')).toBe('SIGHTLINE_PROFILE')
    expect(byPath.get('nats.consumer.maxAckPending')).toBe('SIGHTLINE_NATS_CONSUMER_MAX_ACK_PENDING')
    expect(byPath.get('sinks[<N>].tls.checkHostname')).toBe('SIGHTLINE_SINKS_<N>_TLS_CHECK_HOSTNAME')
  })

  it('make a list, or change the items of the one in the file', () => {
    const env = {
      SIGHTLINE_SINKS_0_NAME: 'a',
      SIGHTLINE_SINKS_0_URL: 'tcp://h:1',
      SIGHTLINE_SINKS_0_WHEN_FULL: 'block',
    }
    expect(settingsOf(load(undefined, { env })).sinks).toMatchObject([
      { name: 'a', url: 'tcp://h:1', whenFull: 'block' },
    ])
    const yaml = 'sinks: [{ name: a, url: "tcp://h:1" }, { name: b, url: "tcp://h:2" }]\n'
    const changed = settingsOf(load(yaml, { env: { SIGHTLINE_SINKS_1_URL: 'tcp://other:9' } })).sinks
    expect(changed.map((sink) => sink.url)).toEqual(['tcp://h:1', 'tcp://other:9'])
  })

  it('make a list of plain values instead of changing a default one', () => {
    const env = {
      SIGHTLINE_SINKS_0_NAME: 'a',
      SIGHTLINE_SINKS_0_URL: 'http://h/',
      SIGHTLINE_SINKS_0_HTTP_ACCEPT_0: '200',
    }
    expect(settingsOf(load(undefined, { env })).sinks[0]?.http.accept).toEqual([200])
  })

  it('may not leave gaps in a list', () => {
    const env = { SIGHTLINE_SINKS_1_NAME: 'a', SIGHTLINE_SINKS_1_URL: 'tcp://h:1' }
    expect(problemsOf(load(undefined, { env }))).toEqual([
      'SIGHTLINE_SINKS_1_NAME: sinks[0]: expected no gap in the numbers of a list',
    ])
    const far = { SIGHTLINE_SINKS_9999_NAME: 'a' }
    expect(problemsOf(load(undefined, { env: far })).length).toBeLessThan(200)
  })

  it('are faults when unknown, with the nearest known one', () => {
    const env = { SIGHTLINE_NATS_ULR: 'x', SIGHTLINE_SINKS_0_ULR: 'x', SIGHTLINE_WHATEVER_ELSE: 'x' }
    expect(problemsOf(load(undefined, { env }))).toEqual([
      'SIGHTLINE_NATS_ULR: expected a known name (did you mean SIGHTLINE_NATS_URL?)',
      'SIGHTLINE_SINKS_0_ULR: expected a known name (did you mean SIGHTLINE_SINKS_<N>_URL?)',
      'SIGHTLINE_WHATEVER_ELSE: expected a known name',
    ])
  })

  it('of the launcher, and of others, are left alone; empty ones count as unset', () => {
    const env = {
      SIGHTLINE_DEBUG: '1',
      PATH: '/bin',
      COT: 'x',
      SIGHTLINE_HTTP: '',
      SIGHTLINE_TEST_RUN: '1',
      COT_URL: '',
    }
    expect(problemsOf(load(undefined, { env, alsoKnown: ['SIGHTLINE_TEST_RUN'] }))).toEqual([])
  })

  it('say in a fault what was found and expected', () => {
    const env = { SIGHTLINE_NATS_PORT: '4222x', SIGHTLINE_COT_SIMULATED: 'maybe', SIGHTLINE_COT_TYPES: '[1' }
    expect(problemsOf(load(undefined, { env }))).toEqual([
      'SIGHTLINE_NATS_PORT: nats.port: found "4222x"; expected a whole number from 0 to 65535',
      'SIGHTLINE_COT_TYPES: cot.types: found "[1"; expected a map such as {name: value, other: value}',
      'SIGHTLINE_COT_SIMULATED: cot.simulated: found "maybe"; expected true or false',
    ])
  })

  it('may not give one setting two values', () => {
    const env = { SIGHTLINE_COT_STALE_MS: '5min', SIGHTLINE_COT_STALE_MS_DEFAULT: '6min' }
    expect(pathsOf(load(undefined, { env }))).toEqual(['cot.staleMs.default'])
    expect(pathsOf(load(undefined, { env: { ...env, SIGHTLINE_COT_STALE_MS_DEFAULT: '5min' } }))).toEqual([])
  })
})

describe('the file and the environment', () => {
  /** Some settings of every kind of value, each with what may stand in it. */
  const values = fc.record(
    {
      'nats.port': fc.integer({ min: 0, max: 65_535 }),
      'nats.password': fc.string({ minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text),
      'nats.user': fc.stringMatching(/^[a-z]{1,8}$/),
      'batch.lingerMs': fc.integer({ min: 0, max: 1000 }),
      'cot.simulated': fc.boolean(),
      'log.level': fc.constantFrom('debug', 'info', 'warn', 'error'),
      'geolocate.maxRangeM': fc.double({ min: 1, max: 1e6, noNaN: true }),
      'store.maxBytes': fc.integer({ min: 2 ** 20, max: 2 ** 40 }),
    },
    { requiredKeys: ['nats.user', 'nats.password'] },
  )

  function nested(flat: Readonly<Record<string, unknown>>): Record<string, Record<string, unknown>> {
    const tree: Record<string, Record<string, unknown>> = {}
    for (const [path, value] of Object.entries(flat)) {
      const [section = '', key = ''] = path.split('.')
      tree[section] = { ...tree[section], [key]: value }
    }
    return tree
  }

  const at = (settings: Settings, path: string): unknown => {
    const [section = '', key = ''] = path.split('.')
    return (settings as unknown as Record<string, Record<string, unknown>>)[section]?.[key]
  }

  it('say the same thing with the same values', () => {
    const envByPath = new Map(describeSettings().map((row) => [row.path, row.env ?? '']))
    fc.assert(
      fc.property(values, (given) => {
        const env = Object.fromEntries(
          Object.entries(given).map(([path, value]) => [envByPath.get(path), String(value)]),
        )
        const fromEnv = settingsOf(loadSettings({ env }))
        const fromFile = settingsOf(loadSettings({ env: {}, file: fileWith(stringify(nested(given)), 'same.yaml') }))
        expect(fromEnv).toEqual(fromFile)
      }),
      { numRuns: 60 },
    )
  })

  it('are merged value by value, the environment before the file', () => {
    const envByPath = new Map(describeSettings().map((row) => [row.path, row.env ?? '']))
    fc.assert(
      fc.property(values, values, (inFile, inEnv) => {
        const env = Object.fromEntries(
          Object.entries(inEnv).map(([path, value]) => [envByPath.get(path), String(value)]),
        )
        const file = fileWith(stringify(nested(inFile)), 'merged.yaml')
        const settings = settingsOf(loadSettings({ env, file }))
        for (const [path, value] of Object.entries({ ...inFile, ...inEnv })) expect(at(settings, path)).toEqual(value)
      }),
      { numRuns: 60 },
    )
  })

  it('never make loading throw, whatever stands in them', () => {
    const names = fc.constantFrom(
      ...ENV_NAMES.map((entry) => entry.name.replaceAll('<N>', '0')),
      'COT_URL',
      'TAK_PROTO',
      'PYTAK_X',
    )
    fc.assert(
      fc.property(fc.dictionary(names, fc.string(), { maxKeys: 6 }), fc.jsonValue(), (env, tree) => {
        const result = loadSettings({ env, file: fileWith(stringify(tree), 'wild.yaml') })
        expect(result.ok || result.problems.length > 0).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
