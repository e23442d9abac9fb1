/** A regression is blamed when it is one, and never when it may be noise. */
import { describe, expect, it } from 'vitest'
import type { Bench, Sample } from '../../bench/bench.ts'
import { compare, regressions } from '../../bench/report/compare.ts'
import { type Report, reportOf } from '../../bench/report/report.ts'

const machine: Report['machine'] = {
  cpu: 'one',
  cores: 2,
  memoryBytes: 1,
  system: 'linux',
  disk: 'ext4',
  node: 'v24.0.0',
  natsServer: 'v2.9.10',
  commit: 'c',
  dirty: false,
  loadBefore: 0,
}

const unused = () => Promise.reject(new Error('not run here'))
const benches = (detections = 100): Bench[] => [
  {
    name: 'ceiling',
    group: 'ceilings',
    kind: 'ceiling',
    about: '',
    load: { detections },
    metrics: { rate: { unit: 'per-second', label: 'messages/s' } },
    round: unused,
  },
  {
    name: 'work',
    group: 'work',
    kind: 'scenario',
    about: '',
    load: { detections },
    metrics: {
      rate: {
        unit: 'per-second',
        label: 'detections/s',
        better: 'higher',
        against: [{ bench: 'ceiling', metric: 'rate' }],
      },
      p99: { unit: 'ms', label: 'p99', better: 'lower' },
      max: { unit: 'ms', label: 'max' },
    },
    round: unused,
  },
]

function report(
  rates: readonly number[],
  p99s: readonly number[],
  over: Partial<Report> = {},
  detections = 100,
): Report {
  const samples = new Map<string, Sample[]>([
    ['ceiling', rates.map(() => ({ rate: 1_000 }))],
    ['work', rates.map((rate, i) => ({ rate, p99: p99s[i] ?? 0, max: 1_000 * i }))],
  ])
  const made = reportOf(benches(detections), samples, {
    takenAt: '2026-01-01T00:00:00.000Z',
    machine,
    rounds: rates.length,
    smoke: false,
    profiled: false,
  })
  return { ...made, ...over }
}

const before = report([500, 505, 495], [10, 10, 10])
const blamed = (now: Report, threshold = 0.15) => regressions(compare(now, before, threshold)).map(({ label }) => label)

describe('against a baseline', () => {
  it('a rate that fell beyond threshold and noise is blamed, and so is its share of the ceiling elsewhere', () => {
    expect(blamed(report([400, 404, 396], [10, 10, 10]))).toEqual(['detections/s'])
    const elsewhere = { ...machine, cpu: 'another' }
    expect(blamed(report([400, 404, 396], [10, 10, 10], { machine: elsewhere }))).toEqual(['detections/s / ceiling'])
  })

  it('a latency that rose is blamed, and one that fell is not', () => {
    expect(blamed(report([500, 505, 495], [14, 14, 14]))).toEqual(['p99'])
    expect(blamed(report([500, 505, 495], [4, 4, 4]))).toEqual([])
  })

  it('what stays within the threshold is not blamed, until the threshold is lowered', () => {
    const now = report([450, 455, 445], [10, 10, 10])
    expect(blamed(now)).toEqual([])
    expect(blamed(now, 0.05)).toEqual(['detections/s'])
  })

  it('what the rounds themselves lie apart by is not blamed', () => {
    expect(blamed(report([300, 400, 520], [10, 10, 10]))).toEqual([])
  })

  it('another machine is never blamed for numbers, only for shares', () => {
    const elsewhere = { ...machine, cores: 64 }
    expect(blamed(report([500, 505, 495], [90, 90, 90], { machine: elsewhere }))).toEqual([])
  })

  it('smoke runs, profiled runs and single rounds are shown and not judged', () => {
    const slow: [number[], number[]] = [
      [100, 100, 100],
      [99, 99, 99],
    ]
    expect(blamed(report(...slow))).not.toEqual([])
    expect(blamed(report(...slow, { smoke: true }))).toEqual([])
    expect(blamed(report(...slow, { profiled: true }))).toEqual([])
    expect(blamed(report([100], [99]))).toEqual([])
    expect(compare(report([100], [99]), before, 0.15).changes.length).toBeGreaterThan(0)
  })

  it('the same bench under another load is not compared, and said to be so', () => {
    const { changes, left } = compare(report([1, 1, 1], [99, 99, 99], {}, 200), before, 0.15)
    expect(changes).toEqual([])
    expect(left).toEqual([expect.stringContaining('ceiling'), expect.stringContaining('work')])
  })

  it('a machine that was busy before is remarked on', () => {
    const remarks = (loadBefore: number) =>
      compare(report([500, 505, 495], [10, 10, 10], { machine: { ...machine, loadBefore } }), before, 0.15).remarks
    expect(remarks(0.4)).toEqual([])
    expect(remarks(5.3)).toEqual([expect.stringContaining('load 5.3')])
  })

  it('a number without a good direction is never judged', () => {
    const labels = compare(report([500, 505, 495], [10, 10, 10]), before, 0.15).changes.map(({ label }) => label)
    expect(labels).toEqual(['detections/s', 'p99'])
  })
})

describe('a report', () => {
  it('takes shares round by round', () => {
    const ratio = before.benches[1]?.metrics.rate?.against[0]
    expect(ratio).toEqual({ bench: 'ceiling', median: 0.5, least: 0.495, most: 0.505, relative: expect.closeTo(0.01) })
  })

  it('of a smoke run is held to nothing', () => {
    const [bench] = benches()
    const asking: Bench[] =
      bench === undefined ? [] : [{ ...bench, metrics: { rate: { unit: 'per-second', label: '', asked: 9 } } }]
    const samples = new Map([['ceiling', [{ rate: 1 }]]])
    const about = { takenAt: '', machine, rounds: 1, profiled: false }
    expect(reportOf(asking, samples, { ...about, smoke: false }).benches[0]?.metrics.rate?.asked).toBe(9)
    expect(reportOf(asking, samples, { ...about, smoke: true }).benches[0]?.metrics.rate?.asked).toBeUndefined()
  })
})
