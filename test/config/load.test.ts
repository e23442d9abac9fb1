/** Settings are merged in one order and all their faults come at once. */
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { PROFILES, SettingsSchema } from '../../src/config/settings.ts'
import { fileWith, load, pathsOf, problemsOf, settingsOf } from './loading.ts'

describe('settings without any source', () => {
  it('are complete, valid and as the contract fixes them', () => {
    const settings = settingsOf(loadSettings({ env: {} }))
    expect(Value.Check(SettingsSchema, settings)).toBe(true)
    expect(settings).toMatchObject({
      profile: 'default',
      dataDir: '.sightline',
      http: '127.0.0.1:8640',
      nats: { port: 4222, streams: { cot: { maxAgeMs: 259_200_000, duplicateWindowMs: 600_000 } } },
      clock: { maxAheadMs: 60_000 },
      drain: { timeoutMs: 5000 },
      sinks: [],
    })
    expect(settings.nats.url).toBeUndefined()
  })

  it('hold lines of bearing for fire, wildfire and smoke only', () => {
    const { onUnlocatable } = settingsOf(loadSettings({ env: {} })).geolocate
    expect(onUnlocatable).toEqual({
      default: 'deadletter',
      classes: { fire: 'bearing', wildfire: 'bearing', smoke: 'bearing' },
    })
  })

  it('cannot be changed afterwards', () => {
    const settings = settingsOf(loadSettings({ env: {} }))
    expect(() => Object.assign(settings.nats.streams.cot, { maxBytes: 1 })).toThrow(TypeError)
  })

  it.each(PROFILES)('are valid under profile %s', (profile) => {
    expect(problemsOf(loadSettings({ env: {}, profile }))).toEqual([])
  })
})

describe('the order of the sources', () => {
  const yaml = 'profile: edge\nlog: { level: error }\nbatch: { lingerMs: 7 }\n'

  it('is command line, environment, file, profile, default', () => {
    const env = { SIGHTLINE_LOG_LEVEL: 'info', SIGHTLINE_BATCH_LINGER_MS: '8' }
    const result = load(yaml, { env, overrides: { batch: { lingerMs: 9 } } })
    const settings = settingsOf(result)
    expect(settings.batch.lingerMs).toBe(9)
    expect(settings.log.level).toBe('info')
    expect(settings.stages.concurrency).toBe(1)
    expect(settings.stages.deadlineMs.cot).toBe(5000)
  })

  it('is told for every value', () => {
    const result = load(yaml, { env: { SIGHTLINE_LOG_LEVEL: 'info' }, overrides: { http: '127.0.0.1:0' } })
    if (!result.ok) throw new Error('expected settings')
    expect(result.origins.get('http')).toEqual({ kind: 'override' })
    expect(result.origins.get('log.level')).toEqual({ kind: 'environment', name: 'SIGHTLINE_LOG_LEVEL' })
    expect(result.origins.get('batch.lingerMs')).toMatchObject({ kind: 'file', line: 3 })
    expect(result.origins.get('stages.concurrency')).toEqual({ kind: 'profile', profile: 'edge' })
    expect(result.origins.get('nats.port')).toEqual({ kind: 'default' })
  })

  it('holds for the profile itself', () => {
    expect(settingsOf(load(yaml)).profile).toBe('edge')
    expect(settingsOf(load(yaml, { env: { SIGHTLINE_PROFILE: 'low-latency' } })).batch.maxItems).toBe(32)
    const both = { env: { SIGHTLINE_PROFILE: 'low-latency' }, profile: 'high-traffic' }
    expect(settingsOf(load(yaml, both)).batch.maxItems).toBe(1024)
  })

  it('merges maps by key and replaces lists', () => {
    const env = { SIGHTLINE_COT_TYPES: '{tank: a-u-G-E-V-A-T}' }
    const settings = settingsOf(load('cot: { types: { car: a-u-G-E-V-C, tank: a-u-G } }\n', { env }))
    expect(settings.cot.types).toEqual({ car: 'a-u-G-E-V-C', tank: 'a-u-G-E-V-A-T' })
    const accept = settingsOf(load('sinks: [{ name: a, url: "http://h/", http: { accept: [299] } }]\n'))
    expect(accept.sinks[0]?.http.accept).toEqual([299])
  })

  it('finds the file by SIGHTLINE_CONFIG when none is given', () => {
    const env = { SIGHTLINE_CONFIG: fileWith('nats: { port: 1234 }\n') }
    expect(settingsOf(loadSettings({ env })).nats.port).toBe(1234)
  })
})

describe('values', () => {
  it('may be written as durations and sizes people use', () => {
    const yaml = 'store: { maxBytes: 2GiB, retentionMs: 3d }\nnats: { consumer: { ackWaitMs: 2s } }\n'
    const settings = settingsOf(load(yaml, { env: { SIGHTLINE_DRAIN_TIMEOUT_MS: '250ms' } }))
    expect(settings.store).toMatchObject({ maxBytes: 2 ** 31, retentionMs: 259_200_000 })
    expect(settings.nats.consumer.ackWaitMs).toBe(2000)
    expect(settings.drain.timeoutMs).toBe(250)
  })

  it('may be given in short where a section has a default inside', () => {
    const yaml = 'geolocate: { onUnlocatable: bearing, errorBasis: 90 }\ncot: { staleMs: 10min }\n'
    const settings = settingsOf(load(yaml))
    expect(settings.geolocate.onUnlocatable).toEqual({
      default: 'bearing',
      classes: { fire: 'bearing', wildfire: 'bearing', smoke: 'bearing' },
    })
    expect(settings.geolocate.errorBasis).toBe('90')
    expect(settings.cot.staleMs.default).toBe(600_000)
  })

  it('follow another setting where the table says so', () => {
    expect(settingsOf(load('intake: { credits: 777 }\n')).nats.consumer.maxAckPending).toBe(777)
    expect(
      settingsOf(load('intake: { credits: 777 }\nnats: { consumer: { maxAckPending: 5 } }\n')).nats.consumer
        .maxAckPending,
    ).toBe(5)
  })

  it('count as absent where the file names them and says nothing', () => {
    expect(settingsOf(load('nats:\nhttp:\nsinks:\n')).http).toBe('127.0.0.1:8640')
  })
})

describe('faults in a file', () => {
  it('are listed all at once with line, found and expected', () => {
    const yaml = `nats:
  port: 99999
  prot: 1
http: 0.0.0.0:8640
batch:
  maxItems: many
cot:
  types: { car: nonsense }
sinks:
  - name: cot
    url: udp://239.2.3.1:6969
  - url: tcp://host:8087
`
    expect(problemsOf(load(yaml)).map((line) => line.replace(/settings-\d+\.yaml/, 'f'))).toEqual([
      'f:3: nats.prot: expected a known setting (did you mean port?)',
      'f:2: nats.port: found 99999; expected a whole number from 0 to 65535',
      'f:6: batch.maxItems: found "many"; expected a whole number from 1 to 10000',
      'f:12: sinks[1].name: expected 1 to 32 of A-Z a-z 0-9 _ -, beginning with a letter or digit, but it is missing',
      'f:4: http: found "0.0.0.0:8640"; expected a loopback address such as 127.0.0.1:8640 (there is no authentication yet, so other machines may not reach it)',
      'f:8: cot.types.car: found "nonsense"; expected a CoT type such as a-u-G-E-V',
      'f:10: sinks[0].name: found "cot"; expected another name (it is reserved for the CoT subjects)',
      'f:11: sinks[0].url: found "udp://239.2.3.1:6969"; expected tcp://host:port, tls://host:port, http://… or https://… (udp is not supported by this release)',
    ])
  })

  it('are found where the environment hides them, too', () => {
    expect(pathsOf(load('nats: { port: x }\n', { env: { SIGHTLINE_NATS_PORT: '1' } }))).toEqual(['nats.port'])
  })

  it.each([
    ['broken syntax', 'a: [1, 2\nb: 3\n', 2],
    ['a name twice', 'http: 127.0.0.1:1\nhttp: 127.0.0.1:2\n', 2],
    ['tabs', 'nats:\n\tport: 1\n', 2],
  ])('name the line of %s', (_, yaml, line) => {
    const result = load(yaml)
    expect(result.ok).toBe(false)
    if (!result.ok) expect(result.problems[0]?.origin).toMatchObject({ kind: 'file', line })
  })

  it('end in a fault, never in an exception', () => {
    expect(problemsOf(load('- a\n- b\n'))).toHaveLength(1)
    expect(problemsOf(load('just text\n'))).toHaveLength(1)
    expect(problemsOf(load('a: &a { b: *a }\n'))).toHaveLength(1)
    const laughs = Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}, *a${i - 1}` : 'ha'}]`,
    )
    expect(problemsOf(load(laughs.join('\n')))).toHaveLength(1)
    expect(problemsOf(load(`a: ${'['.repeat(50_000)}`)).length).toBeGreaterThan(0)
    expect(problemsOf(load(`a: ${'['.repeat(50_000)}${']'.repeat(50_000)}`)).length).toBeGreaterThan(0)
    expect(problemsOf(load(`a: ${'x'.repeat(2_000_000)}\n`))).toHaveLength(1)
    expect(problemsOf(loadSettings({ env: {}, file: '/nonexistent/settings.yaml' }))[0]).toMatch(/this file to exist/)
    expect(problemsOf(load('__proto__: { a: 1 }\ncot: { types: { __proto__: a-u-G } }\n')).length).toBeGreaterThan(0)
  })
})

describe('rules between settings', () => {
  it.each([
    ['a batch larger than the credits', 'batch: { maxItems: 100 }\nintake: { credits: 50 }\n', 'batch.maxItems'],
    [
      'a solo mode that never begins',
      'nats: { consumer: { soloFrom: 9, maxDeliveries: 3 } }\n',
      'nats.consumer.soloFrom',
    ],
    [
      'back-off bounds the wrong way round',
      'supervision: { minBackoffMs: 2s, maxBackoffMs: 1s }\n',
      'supervision.minBackoffMs',
    ],
    [
      'green beyond yellow',
      'geolocate: { thresholds: { classes: { car: { greenM: 9, yellowM: 5 } } } }\n',
      'geolocate.thresholds.classes.car.greenM',
    ],
    ['two identities at the broker', 'nats: { token: a, user: b, password: c }\n', 'nats.token'],
    ['a user without a password', 'nats: { user: b }\n', 'nats.password'],
    ['a certificate that is not there', 'nats: { tls: { ca: /nonexistent.pem } }\n', 'nats.tls.ca'],
    [
      'a key without its certificate',
      'sinks: [{ name: a, url: "tls://h:1", tls: { key: "-----BEGIN X" } }]\n',
      'sinks[0].tls.cert',
    ],
    [
      'TLS settings on a plain connection',
      'sinks: [{ name: a, url: "tcp://h:1", tls: { verify: true } }]\n',
      'sinks[0].tls',
    ],
    ['HTTP settings on a stream', 'sinks: [{ name: a, url: "tcp://h:1", http: { method: PUT } }]\n', 'sinks[0].http'],
    [
      'more than ten pushes in flight over HTTP',
      'sinks: [{ name: a, url: "http://h/", window: 11 }]\n',
      'sinks[0].window',
    ],
    ['an address that is none', 'sinks: [{ name: a, url: "nonsense" }]\n', 'sinks[0].url'],
    ['a callsign of unknown fields', 'cot: { callsign: "{colour}" }\n', 'cot.callsign'],
    ['a stale time that clients would not show', 'cot: { staleMs: 30s }\n', 'cot.staleMs.default'],
    ['an embedded-looking HTTP address', 'http: "8640"\n', 'http'],
  ])('refuse %s', (_, yaml, path) => {
    expect(pathsOf(load(yaml))).toEqual([path])
  })

  it('refuse sinks of one name, whatever its case', () => {
    const yaml = 'sinks: [{ name: Ops, url: "tcp://h:1" }, { name: ops, url: "tcp://h:2" }]\n'
    expect(problemsOf(load(yaml))[0]).toMatch(/sinks\[1\]\.name: found "ops"; expected another name than sinks\[0\]/)
  })

  it.each(['127.0.0.1:0', 'localhost:8640', '[::1]:8640', '127.1.2.3:80'])('take %s as an HTTP address', (http) => {
    expect(problemsOf(load(`http: "${http}"\n`))).toEqual([])
  })

  it.each(['0.0.0.0:1', '[::]:1', '192.168.1.4:1', 'example.org:1', '127.0.0.1.example.org:1'])('refuse %s', (http) => {
    expect(pathsOf(load(`http: "${http}"\n`))).toEqual(['http'])
  })
})

describe('registered cameras', () => {
  const pose = '{ lat: 31.6, lon: -110.4, height: { value: 1466, datum: hae }, yawDeg: 105, pitchDeg: -66, rollDeg: 0 }'

  it('are read by the rules of a detection', () => {
    const yaml = `cameras:\n  tower-3:\n    pose: ${pose}\n    intrinsics: { width: 1920, height: 1080, hfovDeg: 60 }\n`
    expect(Object.keys(settingsOf(load(yaml)).cameras)).toEqual(['tower-3'])
  })

  it('are refused with the line and the field that is wrong', () => {
    const yaml = `cameras:\n  tower-3:\n    pose: ${pose}\n    intrinsics:\n      width: 1920\n      height: -5\n      hfovDeg: 60\n`
    expect(problemsOf(load(yaml))[0]).toMatch(/:6: cameras\.tower-3\.intrinsics\.height: expected/)
  })

  it('are refused for a field that is not known', () => {
    const yaml = `cameras:\n  tower-3:\n    pose: ${pose}\n    intrinsics: { width: 1920, height: 1080, hfovDeg: 60, zoomm: 2 }\n`
    expect(problemsOf(load(yaml))[0]).toMatch(/cameras\.tower-3\.intrinsics\.zoomm: expected a field of a camera/)
  })
})
