/** Settings of the journal on disk. */
import { Type } from 'typebox'
import { durationMs, section, sizeBytes } from './leaf.ts'

const MiB = 2 ** 20
const DAY_MS = 86_400_000

export const store = section('The journal.', {
  maxBytes: sizeBytes(4096 * MiB, 'Most bytes of events it may hold; then intake waits (store-full).', MiB),
  retentionMs: durationMs(7 * DAY_MS, 'How long events are kept after every sink is done with them.', 1000),
  minFreeBytes: sizeBytes(256 * MiB, 'Free disk space below which intake waits (disk-low).'),
  dedupeWindowMs: durationMs(DAY_MS, 'How long ids are remembered.', 1000, 365 * DAY_MS),
  commitDeadlineMs: durationMs(
    10_000,
    'Longest time a commit may take until it is on disk; then the process leaves.',
    100,
    600_000,
  ),
  mapSizeBytes: Type.Optional(
    Type.Integer({
      description: 'Address space for the file. Unset: it follows from store.maxBytes.',
      minimum: 16 * MiB,
      maximum: 2 ** 46,
      unit: 'bytes',
      quantity: 'size',
    }),
  ),
})
