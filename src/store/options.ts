/** What a store can be told: its directory, its bounds, and the clock and log it uses. */
import type { Fault } from '../fault/fault.ts'
import { type Clock, systemClock } from '../port/clock.ts'
import type { Log } from '../port/log.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30
const HOUR_MS = 3_600_000

export interface StoreOptions {
  /** The data directory; made with mode 0700 when it is not there. */
  readonly dir: string
  /** Address space reserved for the file; it costs neither memory nor disk until used. */
  readonly mapSizeBytes?: number
  /** Bytes of event records kept; the file itself is larger (page fill, keys). Default 4 GiB. */
  readonly maxBytes?: number
  /** Age of the oldest event kept. Default 7 days. */
  readonly retentionMs?: number
  /** Free disk space below which appends wait. Default 256 MiB. */
  readonly minFreeBytes?: number
  /** How long a (source, id) is remembered at least. Default 24 h. */
  readonly dedupeWindowMs?: number
  /** Bytes of remembered keys; beyond it the window shrinks, with a warning. Default half of maxBytes. */
  readonly dedupeMaxBytes?: number
  /** Bytes and age of dead letters kept once they were copied to the broker. Default 1 GiB and 30 days. */
  readonly letterMaxBytes?: number
  readonly letterRetentionMs?: number
  /** Time a transaction may take until flushed before the store counts as broken. Default 10 s. */
  readonly commitDeadlineMs?: number
  /** Memory for the newest events, so that sinks at the head never decode. Default 32 MiB. */
  readonly tailBytes?: number
  /** How long a moved cursor may wait to be persisted. Default 25 ms. */
  readonly cursorFlushMs?: number
  readonly clock?: Clock
  readonly log?: Log
  /** Called once, when the store broke; nothing is acknowledged from then on. */
  readonly onFatal?: (fault: Fault) => void
  /** Free bytes of the file system that holds the directory. Default: statfs. */
  readonly freeSpace?: (dir: string) => Promise<number>
}

export type StoreSettings = Required<Omit<StoreOptions, 'freeSpace'>> & Pick<StoreOptions, 'freeSpace'>

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** Fills in the defaults. */
export function settingsOf(options: StoreOptions): StoreSettings {
  const maxBytes = options.maxBytes ?? 4 * GiB
  const dedupeMaxBytes = options.dedupeMaxBytes ?? maxBytes / 2
  const letterMaxBytes = options.letterMaxBytes ?? GiB
  return {
    dir: options.dir,
    mapSizeBytes: options.mapSizeBytes ?? Math.max(16 * GiB, 6 * (maxBytes + dedupeMaxBytes + letterMaxBytes)),
    maxBytes,
    retentionMs: options.retentionMs ?? 7 * 24 * HOUR_MS,
    minFreeBytes: options.minFreeBytes ?? 256 * MiB,
    dedupeWindowMs: options.dedupeWindowMs ?? 24 * HOUR_MS,
    dedupeMaxBytes,
    letterMaxBytes,
    letterRetentionMs: options.letterRetentionMs ?? 30 * 24 * HOUR_MS,
    commitDeadlineMs: options.commitDeadlineMs ?? 10_000,
    tailBytes: options.tailBytes ?? 32 * MiB,
    cursorFlushMs: options.cursorFlushMs ?? 25,
    clock: options.clock ?? systemClock,
    log: options.log ?? silent,
    onFatal: options.onFatal ?? (() => {}),
    freeSpace: options.freeSpace,
  }
}
