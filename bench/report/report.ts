/** The report as data: what was measured, on what, in how many rounds, and how far they lay apart. Also its JSON. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Bench, Kind, MetricSpec, Sample, Unit } from '../bench.ts'
import type { Machine } from '../measure/machine.ts'
import { type Spread, spreadOf } from '../measure/spread.ts'

/** Changes when a reader of older reports would misread newer ones. */
export const REPORT_SCHEMA = 1

export interface Report {
  readonly schema: typeof REPORT_SCHEMA
  readonly takenAt: string
  readonly machine: Machine
  readonly rounds: number
  readonly smoke: boolean
  /** The profiler was on: the numbers are of a slower service. */
  readonly profiled: boolean
  readonly benches: readonly BenchReport[]
}

export interface BenchReport {
  readonly name: string
  readonly group: string
  readonly kind: Kind
  readonly about: string
  readonly load: Readonly<Record<string, number>>
  readonly metrics: Readonly<Record<string, MetricReport>>
}

export interface MetricReport extends Spread {
  readonly label: string
  readonly unit: Unit
  readonly better?: 'higher' | 'lower'
  readonly asked?: number
  /** One number a round. */
  readonly rounds: readonly number[]
  readonly against: readonly RatioReport[]
}

/** This number as a share of another one, round by round. */
export interface RatioReport extends Spread {
  readonly bench: string
}

export type Samples = ReadonlyMap<string, readonly Sample[]>

/** Puts the rounds of all benches together. */
export function reportOf(
  benches: readonly Bench[],
  samples: Samples,
  about: Omit<Report, 'schema' | 'benches'>,
): Report {
  const reports = benches.map((bench) => benchReport(bench, samples))
  // A smoke run is too short to be held to anything.
  return { schema: REPORT_SCHEMA, ...about, benches: about.smoke ? reports.map(unasked) : reports }
}

/** @throws Error in words when it is no report of this kind */
export function readReport(file: string): Report {
  let report: Partial<Report>
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>
  } catch (error) {
    throw new Error(`${file} cannot be read as a report: ${error instanceof Error ? error.message : error}`)
  }
  if (report.schema !== REPORT_SCHEMA || !Array.isArray(report.benches))
    throw new Error(`${file} is no report of schema ${REPORT_SCHEMA}: take a new one with --output`)
  return report as Report
}

export function writeReport(file: string, report: Report): void {
  writeFileSync(file, `${JSON.stringify(report, rounded, 1)}\n`)
}

/** More digits than can be measured only make a longer file. */
export function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}

function benchReport({ name, group, kind, about, load, metrics }: Bench, samples: Samples): BenchReport {
  const reports = Object.entries(metrics).flatMap(([metric, spec]): [string, MetricReport][] => {
    const rounds = valuesOf(samples, name, metric)
    return rounds.length === 0 ? [] : [[metric, metricReport(spec, rounds, samples)]]
  })
  return { name, group, kind, about, load, metrics: Object.fromEntries(reports) }
}

function unasked(bench: BenchReport): BenchReport {
  const metrics = Object.entries(bench.metrics).map(([name, { asked: _, ...metric }]) => [name, metric])
  return { ...bench, metrics: Object.fromEntries(metrics) }
}

function metricReport(spec: MetricSpec, rounds: readonly number[], samples: Samples): MetricReport {
  const { label, unit, better, asked, against = [] } = spec
  const ratios = against.flatMap(({ bench, metric }): RatioReport[] => {
    const others = valuesOf(samples, bench, metric)
    // Round by round, because the machine may have been busier in one than in another.
    return others.length === rounds.length
      ? [{ bench, ...spreadOf(rounds.map((value, round) => value / (others[round] as number))) }]
      : []
  })
  return {
    label,
    unit,
    ...(better !== undefined && { better }),
    ...(asked !== undefined && { asked }),
    rounds,
    ...spreadOf(rounds),
    against: ratios,
  }
}

function valuesOf(samples: Samples, bench: string, metric: string): number[] {
  return (samples.get(bench) ?? []).flatMap((sample) => {
    const value = sample[metric]
    return value === undefined ? [] : [value]
  })
}
