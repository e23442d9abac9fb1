/** Settings of the broker: where it is, who we are to it, its streams and our consumer. */
import { Type } from 'typebox'
import { choice, count, durationMs, pem, secret, section, sizeBytes, text } from './leaf.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const HOUR_MS = 3_600_000

const detections = section('Input stream DETECTIONS: a work queue that refuses new messages when full.', {
  maxBytes: sizeBytes(8 * GiB, 'Most bytes it may hold.', MiB),
  maxMessages: count(-1, 'Most messages it may hold; -1 is no limit.', -1, Number.MAX_SAFE_INTEGER),
})

const cot = section('Output stream COT: keeps what came out, oldest goes first when full.', {
  maxAgeMs: durationMs(72 * HOUR_MS, 'How long an event is kept.', 1000),
  maxBytes: sizeBytes(4 * GiB, 'Most bytes it may hold.', MiB),
  duplicateWindowMs: durationMs(10 * 60_000, 'How long the broker remembers message ids and refuses repeats.', 1000),
})

const deadLetters = section('Stream DEADLETTERS: copies of dead letters, oldest goes first when full.', {
  maxAgeMs: durationMs(14 * 24 * HOUR_MS, 'How long a copy is kept.', 1000),
  maxBytes: sizeBytes(GiB, 'Most bytes it may hold.', MiB),
})

const consumer = section('The durable consumer on DETECTIONS.', {
  durable: text('Its name in the broker.', {
    default: 'sightline',
    pattern: '^[A-Za-z0-9_-]{1,64}$',
    expected: '1 to 64 of A-Z a-z 0-9 _ -',
  }),
  ackWaitMs: durationMs(
    30_000,
    'How long the broker waits for us to settle a message before it delivers it again.',
    500,
  ),
  maxAckPending: Type.Integer({
    description: 'Most messages the broker hands out unsettled: the second fence behind the credits.',
    minimum: 1,
    maximum: 1_000_000,
    derived: 'intake.credits',
  }),
  maxDeliveries: count(20, 'After so many deliveries a message is dead-lettered unparsed (redelivery-limit).', 2, 1000),
  soloFrom: count(5, 'From this delivery on a message is processed alone.', 2, 1000),
})

export const nats = section('The broker.', {
  url: Type.Optional(
    text('Server to use, or several separated by commas. Unset: an embedded nats-server is started.', {
      pattern: '^(nats|tls)://[^\\s,]+(,(nats|tls)://[^\\s,]+)*$',
      expected: 'nats://host:port or tls://host:port, several separated by commas',
    }),
  ),
  port: count(4222, 'Port of the embedded broker; 0 takes a free one.', 0, 65_535),
  serverBin: Type.Optional(text('nats-server program for the embedded broker. Unset: it is looked for on PATH.')),
  user: Type.Optional(text('User name at the broker.')),
  password: Type.Optional(secret('Password of that user.')),
  token: Type.Optional(secret('Token instead of a user.')),
  nkeySeed: Type.Optional(secret('NKey seed (begins with SU) instead of a user.')),
  creds: Type.Optional(secret('Credentials (.creds) as text or as the path of the file, instead of a user.')),
  tls: section('TLS to the broker.', {
    ca: Type.Optional(pem('Authorities to trust instead of the built-in ones.')),
    cert: Type.Optional(pem('Our certificate.')),
    key: Type.Optional(pem('Key of our certificate.', { secret: true })),
  }),
  replicas: Type.Integer({
    default: 1,
    description: 'Copies of each stream in a cluster.',
    enum: [1, 3, 5],
    expected: '1, 3 or 5',
  }),
  streams: section('Limits of the streams.', { detections, cot, deadLetters }),
  consumer,
})

export const cotSubjects = section('CoT as subjects `cot.<type>` on the broker.', {
  enabled: Type.Boolean({ default: true, description: 'Publish events on CoT subjects.' }),
  window: count(512, 'Most published and not yet acknowledged events.', 1, 65_536),
})

export const log = section('Log lines, on standard error.', {
  level: choice(['debug', 'info', 'warn', 'error'], 'info', 'Least severe line to write.'),
  pretty: choice(['auto', 'always', 'never'], 'auto', 'Readable lines instead of JSON; auto is on a terminal only.'),
})
