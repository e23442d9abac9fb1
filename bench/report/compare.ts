/**
 * What changed since an earlier report, and which of it is more than noise.
 *
 * A number got worse when its median did by more than the threshold and by more than the rounds of both reports lay apart.
 * Only like is compared: the same bench under the same load. Between different machines only shares of a ceiling are,
 * because those were measured beside it. One round says nothing about noise, and a smoke run nothing about speed: from
 * either, nothing is judged.
 */
import { sameMachine } from '../measure/machine.ts'
import type { Spread } from '../measure/spread.ts'
import type { BenchReport, MetricReport, Report } from './report.ts'

export type Verdict = 'worse' | 'better' | 'same' | 'not judged'

export interface Change {
  readonly bench: string
  readonly label: string
  readonly unit: MetricReport['unit'] | 'share'
  readonly before: number
  readonly after: number
  /** Positive: worse, as a share of what it was. */
  readonly worseBy: number
  /** How far the rounds of both lay apart, as a share. */
  readonly noise: number
  readonly verdict: Verdict
}

export interface Comparison {
  readonly changes: readonly Change[]
  /** Benches that the baseline does not have in the same way, with the reason. */
  readonly left: readonly string[]
  /** Why nothing is judged, or why not everything is compared; in words. */
  readonly remarks: readonly string[]
}

/** Rounds from which on noise is known well enough to blame anybody. */
const ROUNDS_TO_JUDGE = 3

/** @param threshold share by which a number may be worse */
export function compare(now: Report, baseline: Report, threshold: number): Comparison {
  const alike = sameMachine(now.machine, baseline.machine)
  const unjudged = reasonNotToJudge(now, baseline)
  const left: string[] = []
  const changes = now.benches.flatMap((bench): Change[] => {
    const before = baseline.benches.find(({ name }) => name === bench.name)
    if (before === undefined || !sameLoad(bench, before)) {
      left.push(`${bench.name}: ${before === undefined ? 'not in the baseline' : 'measured under another load'}`)
      return []
    }
    return changesOf(bench, before, alike, unjudged === undefined ? threshold : undefined)
  })
  const remarks = [
    ...(unjudged === undefined ? [] : [unjudged]),
    ...[now, baseline].filter(wasBusy).map(busyRemark),
    ...(alike ? [] : [`the baseline is of another machine (${baseline.machine.cpu}): only shares are compared`]),
  ]
  return { changes, left, remarks }
}

/** Names of numbers that got worse beyond threshold and noise. */
export function regressions({ changes }: Comparison): Change[] {
  return changes.filter(({ verdict }) => verdict === 'worse')
}

/** Others wanted at least one of the processors all the time. */
function wasBusy({ machine: { loadBefore } }: Report): boolean {
  return loadBefore >= 1
}

function busyRemark({ takenAt, machine }: Report): string {
  return `the machine was busy before the run of ${takenAt.slice(0, 16)} (load ${machine.loadBefore}): what is slower may be that`
}

function reasonNotToJudge(now: Report, baseline: Report): string | undefined {
  if (now.smoke || baseline.smoke) return 'a smoke run is not judged by its speed'
  if (now.profiled || baseline.profiled) return 'a run under the profiler is not judged by its speed'
  if (Math.min(now.rounds, baseline.rounds) < ROUNDS_TO_JUDGE)
    return `with fewer than ${ROUNDS_TO_JUDGE} rounds nothing is judged`
  return undefined
}

function sameLoad(one: BenchReport, other: BenchReport): boolean {
  const sorted = ({ load }: BenchReport) => JSON.stringify(Object.entries(load).sort())
  return sorted(one) === sorted(other)
}

function changesOf(now: BenchReport, before: BenchReport, alike: boolean, threshold: number | undefined): Change[] {
  return Object.entries(now.metrics).flatMap(([name, metric]): Change[] => {
    const earlier = before.metrics[name]
    const { better } = metric
    if (earlier === undefined || better === undefined) return []
    const change = (label: string, unit: Change['unit'], was: Spread, is: Spread): Change => {
      const grew = was.median === 0 ? 0 : (is.median - was.median) / was.median
      const worseBy = better === 'higher' ? -grew : grew
      const noise = was.relative + is.relative
      const verdict = threshold === undefined ? 'not judged' : verdictOn(worseBy, Math.max(threshold, noise))
      return { bench: now.name, label, unit, before: was.median, after: is.median, worseBy, noise, verdict }
    }
    const ratios = metric.against.flatMap((ratio) => {
      const was = earlier.against.find(({ bench }) => bench === ratio.bench)
      return was === undefined ? [] : [change(`${metric.label} / ${ratio.bench}`, 'share', was, ratio)]
    })
    return alike ? [change(metric.label, metric.unit, earlier, metric)] : ratios
  })
}

function verdictOn(worseBy: number, allowed: number): Verdict {
  if (worseBy > allowed) return 'worse'
  return worseBy < -allowed ? 'better' : 'same'
}
