/** What can go wrong between intake and journal, and in the store. */
import { type FaultRow, row } from './row.ts'

export const PIPELINE_FAULTS = {
  // Pipeline
  'redelivery-limit': row(
    'RedeliveryLimit',
    'dead',
    500,
    'The broker delivered the message too often without it being settled.',
    'Look at the bytes; replay alone.',
  ),
  'stage-deadline': row(
    'StageDeadline',
    'retry',
    503,
    'A stage did not answer in its time.',
    'See the slow-operation log.',
  ),
  'stage-overloaded': row(
    'StageOverloaded',
    'retry',
    503,
    'A stage had no room for another batch.',
    'It is tried again.',
  ),
  'actor-crashed': row(
    'ActorCrashed',
    'restart',
    500,
    'An actor failed by a bug or a broken resource and was restarted.',
    'Report the logged cause.',
  ),
  'shutting-down': row(
    'ShuttingDown',
    'retry',
    503,
    'The process is stopping.',
    'It is tried again after the restart.',
  ),
  // Store
  'store-locked': row(
    'StoreLocked',
    'restart',
    500,
    'Another process holds the data directory.',
    'Stop it, or use another data directory.',
  ),
  'store-schema': row(
    'StoreSchema',
    'restart',
    500,
    'The store was written by a newer release.',
    'Use that release or a newer one.',
  ),
  'store-damaged': row(
    'StoreDamaged',
    'restart',
    500,
    'The store failed a checksum or cannot be opened.',
    'Run sightline store verify, then store salvage.',
  ),
  'store-commit': row(
    'StoreCommit',
    'restart',
    500,
    'A transaction failed or was not flushed in time.',
    'Check disk space and the disk; nothing was acknowledged.',
  ),
  'store-full': row(
    'StoreFull',
    'retry',
    503,
    'The store is at its limit; intake waits.',
    'Bring the blocking sink back, or raise store.maxBytes.',
  ),
  'disk-low': row(
    'DiskLow',
    'retry',
    503,
    'Free disk space is below the floor; intake waits.',
    'Free space, or lower store.minFreeBytes.',
  ),
} as const satisfies Record<string, FaultRow>
