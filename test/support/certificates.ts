/** Certificates for tests: an authority, servers and clients, made in memory once per process. */
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface IssueOptions {
  readonly commonName: string
  /** Host names and IP addresses the certificate is good for. None: a client certificate. */
  readonly hosts?: readonly string[]
  /** Days from today; both negative makes an expired certificate. */
  readonly fromDays?: number
  readonly toDays?: number
}

const DAY_MS = 86_400_000
let serial = 1

function keyPair(): { readonly pem: string; readonly publicKey: forge.pki.rsa.PublicKey } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { pem: pair.privateKey, publicKey: forge.pki.publicKeyFromPem(pair.publicKey) }
}

function blank(options: IssueOptions, publicKey: forge.pki.rsa.PublicKey): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = (serial++).toString(16).padStart(4, '0')
  certificate.validity.notBefore = new Date(Date.now() + (options.fromDays ?? -1) * DAY_MS)
  certificate.validity.notAfter = new Date(Date.now() + (options.toDays ?? 2) * DAY_MS)
  certificate.setSubject([{ name: 'commonName', value: options.commonName }])
  return certificate
}

/** A certificate authority that signs what it is asked for. */
export class Authority {
  readonly cert: string
  readonly #key: forge.pki.rsa.PrivateKey
  readonly #issuer: forge.pki.CertificateField[]

  constructor(commonName: string) {
    const { pem, publicKey } = keyPair()
    this.#key = forge.pki.privateKeyFromPem(pem)
    const certificate = blank({ commonName }, publicKey)
    this.#issuer = certificate.subject.attributes
    certificate.setIssuer(this.#issuer)
    certificate.setExtensions([
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ])
    certificate.sign(this.#key, forge.md.sha256.create())
    this.cert = forge.pki.certificateToPem(certificate)
  }

  issue(options: IssueOptions): Identity {
    const { pem, publicKey } = keyPair()
    const certificate = blank(options, publicKey)
    certificate.setIssuer(this.#issuer)
    const hosts = options.hosts ?? []
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: hosts.length > 0, clientAuth: hosts.length === 0 },
      ...(hosts.length > 0 ? [{ name: 'subjectAltName', altNames: hosts.map(altName) }] : []),
    ])
    certificate.sign(this.#key, forge.md.sha256.create())
    return { cert: forge.pki.certificateToPem(certificate), key: pem }
  }
}

const altName = (host: string) => (/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host })

/** The same key, PEM, locked with a passphrase. */
export function locked(key: string, passphrase: string): string {
  return forge.pki.encryptRsaPrivateKey(forge.pki.privateKeyFromPem(key), passphrase, { algorithm: 'aes256' })
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The authority both sides trust, and one nobody does. */
export const authority = once(() => new Authority('Sightline test authority'))
export const strangerAuthority = once(() => new Authority('Somebody else'))

export const serverIdentity = once(() =>
  authority().issue({ commonName: 'tak.test', hosts: ['localhost', '127.0.0.1'] }),
)
export const otherHostIdentity = once(() => authority().issue({ commonName: 'other.test', hosts: ['other.test'] }))
export const expiredServerIdentity = once(() =>
  authority().issue({ commonName: 'tak.test', hosts: ['localhost', '127.0.0.1'], fromDays: -30, toDays: -3 }),
)
export const clientIdentity = once(() => authority().issue({ commonName: 'sightline' }))
export const expiredClientIdentity = once(() =>
  authority().issue({ commonName: 'sightline', fromDays: -30, toDays: -3 }),
)
export const strangerIdentity = once(() => strangerAuthority().issue({ commonName: 'sightline' }))
