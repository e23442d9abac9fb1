/** The streams and the consumer Sightline needs, and where what a server really has differs from them. */
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

export const DETECTIONS = 'DETECTIONS'
export const COT = 'COT'
export const DEADLETTERS = 'DEADLETTERS'

/** Subject of every detection; its last token is the source. */
export const DETECTIONS_SUBJECT = 'detections.*'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const GIB = 1024 ** 3

/** Bounds of the streams and the consumer. Bytes are bytes on the broker's disk for one replica. */
export interface StreamSettings {
  /** Copies of every message in a cluster. */
  readonly replicas: number
  /** `maxMessages` -1 is no limit. */
  readonly detections: { readonly maxBytes: number; readonly maxMessages: number }
  readonly cot: { readonly maxBytes: number; readonly maxAgeMs: number; readonly duplicateWindowMs: number }
  readonly deadLetters: { readonly maxBytes: number; readonly maxAgeMs: number }
  readonly consumer: {
    readonly name: string
    /** How long a message may stay unsettled before it is delivered again. */
    readonly ackWaitMs: number
    /** Most messages unsettled at once, over all instances. */
    readonly maxAckPending: number
    /** What it takes; all of {@link DETECTIONS_SUBJECT} by default. */
    readonly filterSubject?: string
  }
}

export const DEFAULT_STREAMS: StreamSettings = {
  replicas: 1,
  detections: { maxBytes: 8 * GIB, maxMessages: -1 },
  cot: { maxBytes: 4 * GIB, maxAgeMs: 72 * HOUR_MS, duplicateWindowMs: 10 * MINUTE_MS },
  deadLetters: { maxBytes: GIB, maxAgeMs: 14 * 24 * HOUR_MS },
  consumer: { name: 'sightline', ackWaitMs: 30_000, maxAckPending: 20_000 },
}

/** A stream as it must be; the name is beside the settings a server compares. */
export type WantedStream = Pick<
  StreamConfig,
  | 'name'
  | 'description'
  | 'subjects'
  | 'retention'
  | 'storage'
  | 'discard'
  | 'max_bytes'
  | 'max_msgs'
  | 'max_age'
  | 'max_msg_size'
  | 'duplicate_window'
  | 'num_replicas'
>

export type WantedConsumer = Pick<
  ConsumerConfig,
  | 'durable_name'
  | 'description'
  | 'ack_policy'
  | 'deliver_policy'
  | 'replay_policy'
  | 'ack_wait'
  | 'max_ack_pending'
  | 'max_deliver'
  | 'filter_subject'
>

export function wantedStreams(settings: StreamSettings): readonly WantedStream[] {
  const { detections, cot, deadLetters, replicas } = settings
  const common = { storage: StorageType.File, num_replicas: replicas, max_msg_size: -1 }
  return [
    {
      ...common,
      name: DETECTIONS,
      description: 'Detections waiting to be processed',
      subjects: [DETECTIONS_SUBJECT],
      // A work queue forgets what was settled; a stream with limits that discards the new would stay full for ever.
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      max_bytes: detections.maxBytes,
      max_msgs: detections.maxMessages,
      max_age: 0,
      duplicate_window: nanos(2 * MINUTE_MS),
    },
    {
      ...common,
      name: COT,
      description: 'CoT events by type',
      subjects: ['cot.>'],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: cot.maxBytes,
      max_msgs: -1,
      max_age: nanos(cot.maxAgeMs),
      duplicate_window: nanos(Math.min(cot.duplicateWindowMs, cot.maxAgeMs)),
    },
    {
      ...common,
      name: DEADLETTERS,
      description: 'Copies of what could not go on, with the reason',
      subjects: ['deadletters.>'],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: deadLetters.maxBytes,
      max_msgs: -1,
      max_age: nanos(deadLetters.maxAgeMs),
      duplicate_window: nanos(Math.min(10 * MINUTE_MS, deadLetters.maxAgeMs)),
    },
  ]
}

export function wantedConsumer({ consumer }: StreamSettings): WantedConsumer {
  return {
    durable_name: consumer.name,
    description: 'Intake of the Sightline pipeline',
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_wait: nanos(consumer.ackWaitMs),
    max_ack_pending: consumer.maxAckPending,
    // A message is given up by us, with a dead letter, never by the broker, without one.
    max_deliver: -1,
    filter_subject: consumer.filterSubject ?? DETECTIONS_SUBJECT,
  }
}

/** One setting that a server has otherwise than wanted. */
export interface Difference {
  readonly setting: string
  readonly wanted: unknown
  readonly found: unknown
}

/** Settings in which what was found differs from what is wanted; a description may differ. */
export function differences(wanted: object, found: object): Difference[] {
  const foundSettings = new Map(Object.entries(found))
  return Object.entries(wanted)
    .filter(([setting]) => setting !== 'description')
    .map(([setting, value]) => ({ setting, wanted: value, found: foundSettings.get(setting) }))
    .filter((each) => JSON.stringify(each.wanted) !== JSON.stringify(each.found))
}
