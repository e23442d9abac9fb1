/** Settings of moving sensors: how much of their telemetry is kept, and how far it is trusted between two poses. */
import { POSE_TRACK_DEFAULTS, type PoseTrackOptions } from '../../geo/pose-track.ts'
import { count, durationMs, measure, section } from './leaf.ts'

const track = (field: keyof PoseTrackOptions, description: string, maximum: number, unit: string) =>
  measure(POSE_TRACK_DEFAULTS[field], description, 0, maximum, unit)

export const telemetry = section('Poses on telemetry.<sensor>.', {
  capacity: count(POSE_TRACK_DEFAULTS.capacity, 'Most poses kept for one sensor.', 2, 1_000_000, { unit: 'poses' }),
  maxSensors: count(256, 'Most sensors remembered; the one heard longest ago goes first.', 1, 100_000),
  maxAgeMs: durationMs(POSE_TRACK_DEFAULTS.maxAgeMs, 'How long a pose is kept.', 100, 86_400_000),
  maxGapMs: durationMs(POSE_TRACK_DEFAULTS.maxGapMs, 'Longest gap between two poses to look up a time in.', 1, 600_000),
  maxBeyondMs: durationMs(
    POSE_TRACK_DEFAULTS.maxBeyondMs,
    'How far a detection may lie beyond the nearest pose (stale-pose).',
    0,
    60_000,
  ),
  maxAheadMs: durationMs(5_000, 'How far a pose may lie in our future before it is refused.', 0, 600_000),
  accelerationMps2: track('accelerationMps2', 'One sigma of the acceleration between two poses.', 1_000, 'm/s2'),
  turnDegPerS2: track('turnDegPerS2', 'One sigma of the turning acceleration between two poses.', 10_000, 'deg/s2'),
  speedMps: track('speedMps', 'One sigma of the speed of a sensor with a single pose.', 10_000, 'm/s'),
  turnDegPerS: track('turnDegPerS', 'One sigma of the turning of a sensor with a single pose.', 10_000, 'deg/s'),
})
