/** The names integrators already know make a single sink, and never a guess. */
import { describe, expect, it } from 'vitest'
import { fileWith, load, pathsOf, problemsOf, settingsOf } from './loading.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----'

describe('the names integrators know', () => {
  it('make one sink named tak', () => {
    const env = {
      COT_URL: 'tls://tak.example.org:8089',
      COT_STALE: '300',
      TAK_PROTO: '0',
      PYTAK_TLS_CLIENT_CERT: fileWith(pem),
      PYTAK_TLS_CLIENT_KEY: fileWith(pem),
      PYTAK_TLS_CLIENT_CAFILE: fileWith(pem),
      PYTAK_TLS_CLIENT_PASSWORD: 'atakatak',
      PYTAK_TLS_SERVER_EXPECTED_HOSTNAME: 'takserver',
      PYTAK_TLS_DONT_VERIFY: '1',
      PYTAK_TLS_DONT_CHECK_HOSTNAME: '0',
    }
    const settings = settingsOf(load(undefined, { env }))
    expect(settings.sinks).toHaveLength(1)
    expect(settings.sinks[0]).toMatchObject({
      name: 'tak',
      url: 'tls://tak.example.org:8089',
      tls: {
        cert: env.PYTAK_TLS_CLIENT_CERT,
        key: env.PYTAK_TLS_CLIENT_KEY,
        ca: env.PYTAK_TLS_CLIENT_CAFILE,
        passphrase: 'atakatak',
        serverName: 'takserver',
        verify: false,
        checkHostname: true,
      },
    })
    expect(settings.cot.staleMs.default).toBe(300_000)
  })

  it('take the password from a file, too', () => {
    const env = { COT_URL: 'tls://h:1', PYTAK_TLS_CLIENT_PASSWORD_FILE: fileWith('atakatak\n') }
    expect(settingsOf(load(undefined, { env })).sinks[0]?.tls.passphrase).toBe('atakatak')
  })

  it('are a fault beside sinks in the file', () => {
    const yaml = 'sinks: [{ name: a, url: "tcp://h:1" }]\n'
    expect(problemsOf(load(yaml, { env: { COT_URL: 'tcp://h:2' } }))).toEqual([
      'COT_URL: sinks: expected no sinks in the settings file beside it (unset COT_URL, or move it into the list of sinks)',
    ])
  })

  it('are a fault beside sinks in the environment', () => {
    const env = { COT_URL: 'tcp://h:2', SIGHTLINE_SINKS_0_NAME: 'a', SIGHTLINE_SINKS_0_URL: 'tcp://h:1' }
    expect(problemsOf(load(undefined, { env }))[0]).toMatch(
      /^COT_URL: sinks: expected no SIGHTLINE_SINKS_0_NAME beside it/,
    )
  })

  it.each(['udp://239.2.3.1:6969', 'udp+wo://239.2.3.1:6969', 'ws://h/', 'wss://h/', 'tak://com.atakmap.app/enroll'])(
    'refuse %s as not supported yet',
    (url) => {
      const problems = problemsOf(load(undefined, { env: { COT_URL: url } }))
      expect(problems).toHaveLength(1)
      expect(problems[0]).toMatch(/^COT_URL: sinks\[0\]\.url: .*not supported by this release/)
    },
  )

  it.each([
    ['PREF_PACKAGE', '/data/package.zip', 'data packages are not supported by this release'],
    ['TAK_PROTO', '2', 'the protobuf protocol is not supported by this release'],
    ['PYTAK_MULTICAST_TTL', '4', 'it is not supported by this release'],
    ['PYTAK_MULTICAST_LOCAL_ADDR', '10.0.0.1', 'it is not supported by this release'],
    ['PYTAK_TLS_CLIENT_CRET', 'x', 'did you mean PYTAK_TLS_CLIENT_CERT?'],
  ])('refuse %s by name instead of ignoring it', (name, value, hint) => {
    const problems = problemsOf(load(undefined, { env: { COT_URL: 'tls://h:1', [name]: value } }))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(name)
    expect(problems[0]).toContain(hint)
  })

  it('are refused without COT_URL, which they describe', () => {
    expect(problemsOf(load(undefined, { env: { PYTAK_TLS_DONT_VERIFY: '1' } }))).toEqual([
      'PYTAK_TLS_DONT_VERIFY: expected COT_URL beside it',
    ])
  })

  it('are checked like every other value', () => {
    expect(pathsOf(load(undefined, { env: { COT_STALE: '30' } }))).toEqual(['cot.staleMs.default'])
    expect(problemsOf(load(undefined, { env: { COT_STALE: 'soon' } }))).toEqual(['COT_STALE: expected seconds'])
    expect(problemsOf(load(undefined, { env: { COT_URL: 'tls://h:1', PYTAK_TLS_DONT_VERIFY: 'perhaps' } }))).toEqual([
      'PYTAK_TLS_DONT_VERIFY: expected 1 or 0',
    ])
    const plain = { COT_URL: 'tcp://h:1', PYTAK_TLS_DONT_VERIFY: '1' }
    expect(pathsOf(load(undefined, { env: plain }))).toEqual(['sinks[0].tls'])
  })
})
