/** Settings of one sink: where events go, what happens when it is behind, and who we are to it. */
import { Type } from 'typebox'
import { choice, durationMs, flag, map, pem, secret, section, sizeBytes, text } from './leaf.ts'

const tls = section('TLS to this sink.', {
  cert: Type.Optional(pem('Our certificate.')),
  key: Type.Optional(pem('Key of our certificate.', { secret: true })),
  ca: Type.Optional(pem('Authorities to trust instead of the built-in ones.')),
  passphrase: Type.Optional(secret('Passphrase of the key.')),
  verify: flag(true, 'Verify the certificate of the server. Off is for tests only.'),
  checkHostname: flag(true, 'Compare its host name with the certificate.'),
  serverName: Type.Optional(text('Host name to expect in the certificate instead of the one in the URL.')),
})

const http = section('Requests to this sink (http and https).', {
  method: choice(['POST', 'PUT'], 'POST', 'Method.'),
  headers: map(
    'Headers to add.',
    "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$",
    Type.String({
      secret: true,
      maxLength: 8192,
      pattern: '^[^\\r\\n\\u0000]*$',
      expected: 'text without line breaks',
    }),
  ),
  bearer: Type.Optional(secret('Bearer token.')),
  user: Type.Optional(text('User name (Basic).')),
  password: Type.Optional(secret('Password (Basic).')),
  accept: Type.Array(Type.Integer({ minimum: 200, maximum: 399, description: 'A status code.' }), {
    description: 'Status codes that mean delivered.',
    default: [200, 201, 202, 204],
    maxItems: 32,
  }),
})

export const sink = section('One sink.', {
  name: Type.String({
    description: 'Its name: of its cursor in the journal, in metrics and in logs.',
    pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$',
    expected: '1 to 32 of A-Z a-z 0-9 _ -, beginning with a letter or digit',
  }),
  url: Type.String({
    description: 'tcp://host:port, tls://host:port, http:// or https://.',
    minLength: 1,
    maxLength: 2048,
  }),
  enabled: flag(true, 'Off: the sink is not opened and holds nothing back.'),
  from: choice(['head', 'start'], 'head', 'Where a sink that was never seen before starts in the journal.'),
  whenFull: choice(
    ['drop', 'block'],
    'drop',
    'When its backlog is full: drop stale, then oldest events; or stop intake.',
  ),
  maxPendingMs: durationMs(7 * 86_400_000, 'Oldest backlog it may hold (drop only).', 1000),
  maxPendingBytes: sizeBytes(1e9, 'Largest backlog it may hold (drop only).', 2 ** 16),
  confirm: choice(
    ['auto', 'pong', 'written'],
    'auto',
    'What counts as delivered on a stream: proof of life after the write, or the write; auto finds out.',
  ),
  window: Type.Optional(
    Type.Integer({
      description: 'Most events sent and not yet settled. Unset: chosen by kind; for http and https at most 10.',
      minimum: 1,
      maximum: 65_536,
    }),
  ),
  tls,
  http,
})

export const sinks = Type.Array(sink, {
  description: 'Where events go beside the CoT subjects.',
  default: [],
  maxItems: 64,
})
