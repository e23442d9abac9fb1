/** Certificates and keys in the settings: readable, belonging together, and valid for how much longer. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readPem } from '../../../src/config/pem.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { FaultError, fault } from '../../../src/fault/fault.ts'
import { transportFault } from '../../../src/fault/transport.ts'
import { type Finding, fail, failedBy, ok, warn } from './finding.ts'

interface TlsTexts {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly passphrase?: string
}

const DAY_MS = 86_400_000
/** Long enough to get another one. */
const SOON_DAYS = 30
const ONE_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

/** Everything that the settings name for the broker and for the sinks. */
export function certificates({ nats, sinks }: Settings, nowMs: number): Finding[] {
  const places: readonly (readonly [name: string, setting: string, tls: TlsTexts])[] = [
    ['broker', 'nats.tls', nats.tls],
    ...sinks.map(({ name, tls }, at) => [`sink ${name}`, `sinks[${at}].tls`, tls] as const),
  ]
  return places.flatMap(([name, setting, tls]) => [
    ...authorities(name, setting, tls, nowMs),
    ...identity(name, setting, tls, nowMs),
  ])
}

function authorities(name: string, setting: string, { ca }: TlsTexts, nowMs: number): Finding[] {
  if (ca === undefined) return []
  const check = `authorities of ${name}`
  try {
    return certificatesIn(`${setting}.ca`, ca).map((certificate) => validity(check, certificate, nowMs))
  } catch (thrown) {
    return [failedBy(check, thrown)]
  }
}

function identity(name: string, setting: string, { cert, key, passphrase }: TlsTexts, nowMs: number): Finding[] {
  if (cert === undefined || key === undefined) return []
  const check = `certificate for ${name}`
  try {
    const [own] = certificatesIn(`${setting}.cert`, cert)
    if (own === undefined) return []
    if (!own.checkPrivateKey(privateKey(`${setting}.key`, key, passphrase))) {
      return [
        fail(check, 'the key does not belong to the certificate', `Set ${setting}.cert and ${setting}.key to a pair.`),
      ]
    }
    return [validity(check, own, nowMs)]
  } catch (thrown) {
    return [failedBy(check, thrown)]
  }
}

function certificatesIn(setting: string, value: string): X509Certificate[] {
  const found = readPem(setting, value).match(ONE_CERTIFICATE) ?? []
  if (found.length === 0) {
    throw new FaultError(fault('bad-settings', `What ${setting} holds or names is no PEM certificate.`))
  }
  return found.map((pem) => new X509Certificate(pem))
}

function privateKey(setting: string, value: string, passphrase: string | undefined): KeyObject {
  const key = readPem(setting, value)
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) })
  } catch (thrown) {
    // Errors of the library may quote what they read; the sentence for their code does not.
    throw new FaultError(fault('bad-settings', transportFault(thrown, setting).reason))
  }
}

function validity(check: string, certificate: X509Certificate, nowMs: number): Finding {
  const name = certificate.subject.split('\n').at(-1) ?? ''
  const fromMs = certificate.validFromDate.getTime()
  const toMs = certificate.validToDate.getTime()
  const days = Math.floor((toMs - nowMs) / DAY_MS)
  const until = certificate.validToDate.toISOString().slice(0, 10)
  if (nowMs < fromMs)
    return fail(
      check,
      `${name} is not valid before ${certificate.validFromDate.toISOString()}`,
      'Check the clock of this machine.',
    )
  if (nowMs > toMs) return fail(check, `${name} expired on ${until}, ${-days} days ago`, 'Get a new one.')
  if (days < SOON_DAYS) return warn(check, `${name} expires in ${days} days, on ${until}`, 'Get a new one in time.')
  return ok(check, `${name}, good for ${days} days, until ${until}`)
}
