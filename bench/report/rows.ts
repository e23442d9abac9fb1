/** The report as rows of text, for the terminal and for the page alike. */

import { inUnit, percent } from './figures.ts'
import type { MetricReport, Report } from './report.ts'

export interface BenchRows {
  readonly name: string
  readonly about: string
  readonly kind: Report['benches'][number]['kind']
  readonly rows: readonly (readonly string[])[]
}

export const HEAD = ['', 'median', 'spread', 'asked', 'as a share of'] as const

export function rowsOf(report: Report): BenchRows[] {
  return report.benches.map(({ name, about, kind, metrics }) => ({
    name,
    about,
    kind,
    rows: Object.values(metrics).flatMap(metricRows),
  }))
}

/** A number, and below it what else it is set against. */
function metricRows(metric: MetricReport): string[][] {
  const { label, unit, median, relative, rounds, against } = metric
  const [first = '', ...more] = against.map(
    (ratio) =>
      `${inUnit(ratio.median, 'share')} × ${ratio.bench}${ratio.relative === 0 ? '' : ` ±${percent(ratio.relative)}`}`,
  )
  const spread = rounds.length > 1 ? `±${percent(relative)}` : ''
  return [[label, inUnit(median, unit), spread, askedFor(metric), first], ...more.map((text) => ['', '', '', '', text])]
}

function askedFor({ asked, better, median, unit }: MetricReport): string {
  if (asked === undefined) return ''
  const met = better === 'higher' ? median >= asked : median <= asked
  return `${better === 'higher' ? '≥' : '≤'} ${inUnit(asked, unit)} ${met ? 'met' : 'MISSED'}`
}

/** One line about what it was measured on. */
export function machineLine({ machine, takenAt, rounds }: Report): string {
  const { cpu, cores, memoryBytes, system, disk, node, natsServer, commit, dirty, loadBefore } = machine
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`
  return (
    `${cpu}, ${cores} cores, ${memory}, ${system}, ${disk}; Node ${node}, nats-server ${natsServer}; ` +
    `commit ${commit}${dirty ? ' with changes' : ''}; ${takenAt.slice(0, 16).replace('T', ' ')} UTC, ` +
    `${rounds} round${rounds === 1 ? '' : 's'}, load ${loadBefore} before`
  )
}
