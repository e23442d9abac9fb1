/** The report for a person: tables, the busiest functions, and what changed. */
import { table } from '../../bin/table.ts'
import type { SelfTime } from '../measure/cpu-profile.ts'
import type { Comparison } from './compare.ts'
import { inUnit, percent } from './figures.ts'
import type { Report } from './report.ts'
import { HEAD, machineLine, rowsOf } from './rows.ts'

export function reportLines(report: Report): string[] {
  const benches = rowsOf(report).flatMap(({ name, about, rows }) => [
    '',
    `${name}: ${about}`,
    ...table(...filled('lrrll', HEAD, rows)).map((line) => `  ${line}`),
  ])
  return [machineLine(report), ...benches]
}

export function profileLines(bench: string, file: string, functions: readonly SelfTime[]): string[] {
  const rows = functions.map(({ share, ms, where }) => [percent(share), `${ms.toFixed(0)} ms`, where])
  return [
    '',
    `${bench}: where the service spent its time, functions by their own (open ${file} in a profile viewer)`,
    ...table('rrl', ['share', 'time', 'function'], rows).map((line) => `  ${line}`),
  ]
}

export function comparisonLines({ changes, left, remarks }: Comparison, baseline: string): string[] {
  const rows = changes.map(({ bench, label, unit, before, after, worseBy, noise, verdict }) => [
    bench,
    label,
    inUnit(before, unit),
    inUnit(after, unit),
    `${worseBy > 0 ? 'worse' : 'better'} by ${percent(Math.abs(worseBy))}`,
    `±${percent(noise)}`,
    verdict,
  ])
  return [
    '',
    `Against ${baseline}:`,
    ...remarks.map((remark) => `  ${remark}`),
    ...table('llrrrrl', ['', '', 'was', 'is', 'change', 'noise', 'verdict'], rows).map((line) => `  ${line}`),
    ...left.map((each) => `  not compared: ${each}`),
  ]
}

/** The columns that hold something. */
function filled(
  align: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): [align: string, head: string[], rows: string[][]] {
  const full = head.map((_, column) => column === 0 || rows.some((row) => row[column] !== ''))
  const keep = <T>(cells: readonly T[]): T[] => cells.filter((_, column) => full[column])
  return [keep([...align]).join(''), keep(head), rows.map(keep)]
}
