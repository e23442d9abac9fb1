/** Profiles: named sets of defaults, below the settings file and the environment. */
import type { DeepPartial, Profile, Settings } from './settings.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const HOUR_MS = 3_600_000

export const PROFILE_SETTINGS: Readonly<Record<Profile, DeepPartial<Settings>>> = {
  default: {},

  /** Large batches and much in flight: more per second, later per event. */
  'high-traffic': {
    intake: { credits: 16_384, creditBytes: 128 * MiB },
    batch: { maxItems: 1024, lingerMs: 2 },
    stages: { concurrency: 4, mailbox: 128 },
    store: { maxBytes: 16 * GiB },
    cotSubjects: { window: 2048 },
  },

  /** Small batches that never wait. */
  'low-latency': {
    intake: { credits: 1024, creditBytes: 8 * MiB },
    batch: { maxItems: 32, lingerMs: 0 },
    stages: { concurrency: 4 },
  },

  /** A small box: little memory, little disk, few and large writes to flash. */
  edge: {
    nats: {
      streams: {
        detections: { maxBytes: 512 * MiB },
        cot: { maxAgeMs: 24 * HOUR_MS, maxBytes: 256 * MiB },
        deadLetters: { maxBytes: 64 * MiB },
      },
    },
    intake: { credits: 1024, creditBytes: 8 * MiB },
    batch: { maxItems: 512, lingerMs: 50 },
    stages: { concurrency: 1, mailbox: 16 },
    store: { maxBytes: 512 * MiB, retentionMs: 48 * HOUR_MS, minFreeBytes: 128 * MiB, dedupeWindowMs: 6 * HOUR_MS },
    cotSubjects: { window: 128 },
    log: { level: 'warn' },
  },

  /** Everything said, little kept. */
  development: {
    nats: {
      streams: {
        detections: { maxBytes: 256 * MiB },
        cot: { maxBytes: 256 * MiB },
        deadLetters: { maxBytes: 64 * MiB },
      },
    },
    store: { maxBytes: 512 * MiB, retentionMs: 24 * HOUR_MS },
    log: { level: 'debug', pretty: 'always' },
    drain: { timeoutMs: 2000 },
  },
}
