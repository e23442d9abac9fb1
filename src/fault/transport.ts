/** What the error of a socket, of TLS or of a name look-up means for a sink, with a sentence that says what to do. */
import { type Fault, fault } from './fault.ts'

type Explain = (peer: string) => Fault

const unreachable =
  (sentence: (peer: string) => string): Explain =>
  (peer) =>
    fault('sink-unreachable', sentence(peer))
const auth =
  (sentence: (peer: string) => string): Explain =>
  (peer) =>
    fault('sink-auth', sentence(peer))

const untrusted = auth(
  (peer) => `${peer} shows a certificate that no trusted authority signed: give its authority as the ca of this sink`,
)
const badKey = (what: string): Explain => auth((peer) => `The certificate or key for ${peer} cannot be used: ${what}`)

const BY_CODE: Readonly<Record<string, Explain>> = {
  ECONNREFUSED: unreachable((peer) => `${peer} refuses connections: check that it runs, and the host and port`),
  ENOTFOUND: unreachable((peer) => `The host name of ${peer} is not known: check its spelling and the name server`),
  EAI_AGAIN: unreachable((peer) => `The name server did not answer for ${peer}: check the network`),
  EHOSTUNREACH: unreachable((peer) => `There is no way to the host of ${peer}: check the network and its routes`),
  ENETUNREACH: unreachable((peer) => `There is no way to the network of ${peer}: check the network and its routes`),
  EHOSTDOWN: unreachable((peer) => `The host of ${peer} is down`),
  EADDRNOTAVAIL: unreachable((peer) => `No local address can reach ${peer}: check the network`),
  EACCES: unreachable((peer) => `The system does not allow connections to ${peer}: check the firewall`),
  EPERM: unreachable((peer) => `The system does not allow connections to ${peer}: check the firewall`),
  UND_ERR_CONNECT_TIMEOUT: unreachable((peer) => `${peer} took no connection in time: check host, port and network`),

  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: auth(
    (peer) => `The certificate of ${peer} is for another host name: use the name it was made for, or set servername`,
  ),
  CERT_HAS_EXPIRED: auth(
    (peer) => `The certificate of ${peer} has expired: it must be renewed there; check our clock too`,
  ),
  CERT_NOT_YET_VALID: auth((peer) => `The certificate of ${peer} is not valid yet: check our clock and theirs`),
  CERT_REVOKED: auth((peer) => `The certificate of ${peer} was revoked: it must be replaced there`),
  INVALID_PURPOSE: auth((peer) => `The certificate of ${peer} is not one for servers: it must be replaced there`),

  ERR_OSSL_X509_KEY_VALUES_MISMATCH: badKey('the key does not belong to the certificate'),
  ERR_OSSL_BAD_DECRYPT: badKey('the passphrase is missing or wrong'),
  ERR_OSSL_EVP_BAD_DECRYPT: badKey('the passphrase is missing or wrong'),
  ERR_MISSING_PASSPHRASE: badKey('the passphrase is missing'),
  ERR_OSSL_PEM_NO_START_LINE: badKey('it is not PEM text'),
  ERR_OSSL_PEM_BAD_BASE64_DECODE: badKey('the PEM text is damaged'),
  ERR_OSSL_UNSUPPORTED: badKey('its format is not supported; convert it to PEM'),
  ERR_SSL_EE_KEY_TOO_SMALL: badKey('the key is too short; use RSA of 2048 bits or more'),
  ERR_SSL_CA_MD_TOO_WEAK: badKey('it is signed with a digest that is no longer accepted'),
}

/** TLS alerts: what the other side said as it refused. Their names differ between TLS versions, so the end of the code decides. */
const BY_ALERT: readonly (readonly [RegExp, Explain])[] = [
  [/ALERT_CERTIFICATE_REQUIRED$/, auth((peer) => `${peer} requires a client certificate: give this sink cert and key`)],
  [
    /ALERT_UNKNOWN_CA$/,
    auth((peer) => `${peer} does not trust the authority of our client certificate: use one that it issued`),
  ],
  [/ALERT_CERTIFICATE_EXPIRED$/, auth((peer) => `${peer} says that our client certificate has expired: renew it`)],
  [/ALERT_CERTIFICATE_REVOKED$/, auth((peer) => `${peer} says that our client certificate was revoked: get a new one`)],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|DECRYPT_ERROR|ACCESS_DENIED)$/,
    auth((peer) => `${peer} does not accept our client certificate: check that it is the one issued for this server`),
  ],
  [
    /ALERT_HANDSHAKE_FAILURE$/,
    auth((peer) => `${peer} broke off the TLS handshake: it may require a client certificate (cert and key)`),
  ],
  [
    /(ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE)$/,
    auth((peer) => `${peer} and we share no TLS version: it must offer TLS 1.2 or newer`),
  ],
  [
    /(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    unreachable((peer) => `${peer} does not speak TLS on this port: check the port, or use the plain scheme`),
  ],
]

const TIMEOUTS = new Set(['ETIMEDOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** The stable code of an error, looked up in what it wraps where it has none of its own. */
export function errorCode(error: unknown): string {
  for (let at: unknown = error, depth = 0; depth < 4 && typeof at === 'object' && at !== null; depth++) {
    const { code, errors, cause } = at as { code?: unknown; errors?: unknown; cause?: unknown }
    if (typeof code === 'string' && code !== 'UND_ERR_SOCKET') return code
    at = Array.isArray(errors) ? errors[0] : cause
  }
  return ''
}

/**
 * Turns an error of a connection into a fault of class `retry`: `sink-auth` where certificates are wrong on either side,
 * `sink-unreachable` where no connection came about, `sink-timeout`, else `sink-lost`. It carries no cause:
 * errors of clients may hold requests, and with them secrets.
 * @param peer host and port, for the sentence
 */
export function transportFault(error: unknown, peer: string): Fault {
  const code = errorCode(error)
  const known = BY_CODE[code]
  if (known !== undefined) return known(peer)
  for (const [pattern, explain] of BY_ALERT) if (pattern.test(code)) return explain(peer)
  if (TIMEOUTS.has(code)) return fault('sink-timeout', `${peer} did not answer in time`)
  return fault('sink-lost', `The connection to ${peer} broke${code === '' ? '' : ` (${code})`}`)
}
