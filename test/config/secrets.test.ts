/** Secrets come from text or file and are shown to nobody. */
import { describe, expect, it } from 'vitest'
import { describeSettings } from '../../src/config/describe.ts'
import { maskSecrets, maskUrl, secretsOf } from '../../src/config/mask.ts'
import { ENV_NAMES } from '../../src/config/names.ts'
import { readPem } from '../../src/config/pem.ts'
import { fileWith, load, problemsOf, settingsOf } from './loading.ts'

const SECRET = 'hunter2-correct-horse'

describe('secrets', () => {
  it('can all be given in a file named by …_FILE', () => {
    const secrets = describeSettings().filter((row) => row.secret)
    expect(secrets.length).toBeGreaterThan(8)
    const names = new Set(ENV_NAMES.map((entry) => entry.name))
    for (const row of secrets) expect(names).toContain(`${row.env}_FILE`)
  })

  it('are read from that file without the last line break', () => {
    const env = { SIGHTLINE_NATS_TOKEN_FILE: fileWith(`${SECRET}\n`) }
    expect(settingsOf(load(undefined, { env })).nats.token).toBe(SECRET)
  })

  it('are a fault when the file cannot be read', () => {
    const env = { SIGHTLINE_NATS_TOKEN_FILE: '/nonexistent/token' }
    expect(problemsOf(load(undefined, { env }))[0]).toMatch(
      /^SIGHTLINE_NATS_TOKEN_FILE: nats\.token: found "\/nonexistent\/token"/,
    )
  })

  it('never show in masked settings, addresses included', () => {
    const yaml = `
nats: { url: "nats://user:${SECRET}@h:4222,nats://user:${SECRET}@i:4222", token: ${SECRET} }
sinks:
  - { name: a, url: "https://user:${SECRET}@h/cot?token=${SECRET}", http: { bearer: ${SECRET}, headers: { X-Key: ${SECRET} } } }
  - { name: b, url: "tls://h:1", tls: { passphrase: ${SECRET} } }
`
    const settings = settingsOf(load(yaml))
    expect(JSON.stringify(maskSecrets(settings))).not.toContain(SECRET)
    expect(maskSecrets(settings).sinks[0]?.url).toContain('@h/cot')
    expect(secretsOf(settings)).toContain(SECRET)
    expect(secretsOf(settings)).toContain(`user:${SECRET}`)
  })

  it('never show in faults: wrong values, mistyped names, broken files', () => {
    const shown = [
      load(`nats: { password: [${SECRET}] }\n`),
      load(`nats: { pasword: ${SECRET} }\n`),
      load(`sinks: [{ name: a, url: "ftp://user:${SECRET}@h/" }]\n`),
      load(`sinks: [{ name: a, url: "tcp://user:${SECRET}/x@h:1", window: 0 }]\n`),
      load(`nats: { password: "${SECRET}\n`),
      load(`nats: { password: *${SECRET} }\n`),
      load(undefined, { env: { SIGHTLINE_NATS_PASWORD: SECRET } }),
      load(undefined, {
        env: { SIGHTLINE_SINKS_0_TLS_KEY: SECRET, SIGHTLINE_SINKS_0_URL: 'tls://h:1', SIGHTLINE_SINKS_0_NAME: 'a' },
      }),
      load(undefined, { env: { COT_URL: `nonsense://u:${SECRET}@h` } }),
    ]
    for (const result of shown) {
      expect(result.ok).toBe(false)
      expect(JSON.stringify(result)).not.toContain(SECRET)
    }
  })

  it('in addresses are masked whatever characters they hold', () => {
    expect(maskUrl('tcp://a:b@c@host:1')).toBe('tcp://********@host:1')
    expect(maskUrl('tcp://a:b/c@host:1')).toBe('tcp://********@host:1')
    expect(maskUrl('nats://a:b,c@h:1,tls://d:e@i:2')).toBe('nats://********@h:1,tls://********@i:2')
    expect(maskUrl('https://h/p?x=1&access_token=abc#f')).toBe('https://h/p?x=1&access_token=********#f')
    expect(maskUrl('a plain text @ noon')).toBe('a plain text @ noon')
  })
})

describe('certificates and keys', () => {
  it('are the text itself or the file that holds it', () => {
    const text = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'
    expect(readPem('nats.tls.ca', text)).toBe(text)
    expect(readPem('nats.tls.ca', fileWith(text))).toBe(text)
    expect(() => readPem('nats.tls.ca', '/nonexistent.pem')).toThrow(/bad-settings.*nats\.tls\.ca/)
  })
})
