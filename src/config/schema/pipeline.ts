/** Settings of the pipeline between the broker and the journal. */
import { count, durationMs, section, sizeBytes } from './leaf.ts'

const MiB = 2 ** 20

export const intake = section('How much is let in at once.', {
  credits: count(4096, 'Most detections in flight between broker and journal.', 1, 1_000_000, { unit: 'detections' }),
  creditBytes: sizeBytes(32 * MiB, 'Most message bytes in flight; at least one message of 1 MiB.', MiB, 4096 * MiB),
})

export const batch = section('Micro-batches.', {
  maxItems: count(256, 'Most detections in one batch.', 1, 10_000, { unit: 'detections' }),
  lingerMs: durationMs(0, 'How long a batch waits to fill; 0 takes what is there.', 0, 1000),
})

export const stages = section('Stages: validate, geolocate, cot, journal.', {
  concurrency: count(2, 'Batches that one stage works on at once.', 1, 64),
  deadlineMs: section(
    'Longest time a stage may wait on something for one batch before it is answered stage-deadline; the journal has store.commitDeadlineMs.',
    {
      validate: durationMs(5000, 'Validation.', 10, 600_000),
      geolocate: durationMs(5000, 'Geolocation.', 10, 600_000),
      cot: durationMs(5000, 'Making CoT.', 10, 600_000),
    },
  ),
  mailbox: count(64, 'Batches that may wait in the mailbox of one stage.', 1, 10_000),
})

export const clock = section('Time.', {
  maxAheadMs: durationMs(60_000, 'How far a detection may lie in our future before it is refused (clock-ahead).', 0),
})

export const drain = section('Stopping.', {
  timeoutMs: durationMs(5000, 'How long what is in flight may take to finish.', 0, 600_000),
})

export const supervision = section('Restarts of failed actors.', {
  maxRestarts: count(10, 'Restarts within the window before the supervisor gives up and escalates.', 0, 10_000),
  withinMs: durationMs(60_000, 'The window.', 100),
  minBackoffMs: durationMs(100, 'Wait before the first restart.', 0, 3_600_000),
  maxBackoffMs: durationMs(30_000, 'Longest wait between restarts.', 0, 3_600_000),
})
