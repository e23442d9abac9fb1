/** What the demo ends with: numbers that add up, for people and as JSON. */
import { count, counted, duration, figure } from '../figures.ts'
import { table } from '../table.ts'
import type { AccuracyReport } from './accuracy.ts'
import { byReason, latencyText, SEPARATOR } from './frame.ts'
import type { Latency, Legs } from './legs.ts'
import type { OutageReport } from './outage.ts'
import type { Paint } from './paint.ts'

/**
 * Invariant when all is well: `published` = `located` + `bearings` + `deadLetters` + `duplicates`, `deadLetters` is the
 * sum of `refused` and `unreadable`, and `onCot` = `onTak` = `located` + `bearings`.
 */
export interface Summary {
  /** True when every detection met the fate it had to meet. */
  readonly ok: boolean
  readonly seed: number
  readonly seconds: number
  readonly interrupted: boolean
  /** Acknowledged by the broker, repeated ones included. */
  readonly published: number
  /** Handed over and not acknowledged, because the demo was stopped. */
  readonly unacknowledged: number
  readonly located: number
  readonly bearings: number
  /** Dead letters by code: read and not located; not readable. */
  readonly refused: Readonly<Record<string, number>>
  readonly unreadable: Readonly<Record<string, number>>
  readonly deadLetters: number
  /** Published again on purpose, and recognised by the service. */
  readonly duplicates: number
  readonly lost: number
  readonly onCot: number
  readonly onTak: number
  /** Of those on TAK, how many the receiver has confirmed. */
  readonly confirmed: number
  /** Seen twice: on CoT subjects, and at the receiver, where a kill leaves some in doubt and they are sent again. */
  readonly againOnCot: number
  readonly againOnTak: number
  /** Signs of what others published meanwhile. */
  readonly strangers: number
  readonly latencyMs: ReturnType<Legs['report']>
  readonly positionErrorM: AccuracyReport & { readonly bySource: Readonly<Record<string, AccuracyReport>> }
  readonly outage: OutageReport | null
  /** What a real TAK server took, with `--tak`. */
  readonly tak: { readonly target: string; readonly delivered: number; readonly pending: number } | null
  /** What is missing or not as it had to be, one sentence each; long lists are cut. */
  readonly problems: readonly string[]
  readonly problemCount: number
  readonly dataDir: string
  readonly nats: string
  readonly http: string
}

const PROBLEMS_SHOWN = 20
/** What is left of 80 columns beside a number. */
const ABOUT = 50

/** The summary for people, line by line. */
export function summaryLines(summary: Summary, paint: Paint): string[] {
  return [
    '',
    headline(summary, paint),
    ...summary.problems.slice(0, PROBLEMS_SHOWN).map((problem) => `  ${paint.bad('!')} ${problem}`),
    ...moreProblems(summary),
    '',
    ...account(summary, paint),
    '',
    ...outageLines(summary),
    ...takLines(summary),
    ...indented(latencies(summary.latencyMs, summary.outage !== null)),
    '',
    ...indented(accuracy(summary.positionErrorM)),
    '',
  ]
}

function headline({ ok, interrupted, seconds, problemCount, lost }: Summary, paint: Paint): string {
  const over = `${interrupted ? 'Stopped after' : 'Played for'} ${duration(seconds)}.`
  if (ok) return `${over} ${paint.good('Every detection is accounted for; none was lost.')}`
  const said = `NOT every detection is accounted for: ${count(problemCount)} to explain, ${count(lost)} lost.`
  return `${over} ${paint.bad(said)}`
}

function moreProblems({ problems, problemCount }: Summary): string[] {
  const more = problemCount - Math.min(problems.length, PROBLEMS_SHOWN)
  return more > 0 ? [`    and ${count(more)} more`] : []
}

function account(summary: Summary, paint: Paint): string[] {
  const rows = (label: string, value: number, ...about: string[]) => {
    const [first = '', ...more] = filled(about, ABOUT)
    const head = `  ${label.padEnd(18)}${paint.strong(count(value).padStart(8))}  ${paint.faint(first)}`.trimEnd()
    return [head, ...more.map((line) => `${' '.repeat(28)}${paint.faint(line)}`)]
  }
  const { unacknowledged, confirmed, againOnCot, againOnTak } = summary
  const sum = (numbers: Readonly<Record<string, number>>) => Object.values(numbers).reduce((all, n) => all + n, 0)
  const twice = (n: number) => (n > 0 ? [`${count(n)} came twice`] : ['each once'])
  return [
    ...rows('published', summary.published, unacknowledged > 0 ? `${count(unacknowledged)} not acknowledged` : ''),
    ...rows('located', summary.located),
    ...rows('lines of bearing', summary.bearings, 'a direction is known, a place is not'),
    ...rows('refused', sum(summary.refused), ...byReason(summary.refused)),
    ...rows('unreadable', sum(summary.unreadable), ...byReason(summary.unreadable)),
    ...rows('duplicates', summary.duplicates, 'published again on purpose'),
    ...rows('lost', summary.lost),
    '',
    ...rows('on CoT subjects', summary.onCot, ...twice(againOnCot)),
    ...rows('on TAK', summary.onTak, `${count(confirmed)} confirmed`, ...twice(againOnTak)),
    ...rows('dead letters', summary.deadLetters, 'refused or unreadable, kept with reason and bytes'),
    ...(summary.strangers > 0 ? rows('of others', summary.strangers, 'published by somebody else meanwhile') : []),
  ]
}

/** The parts in a row, on as many lines as they need. */
function filled(parts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}${SEPARATOR}${part}`
    if (lines.length === 0 || longer.length > width) lines.push(part)
    else lines[lines.length - 1] = longer
  }
  return lines
}

function outageLines({ outage, againOnTak }: Summary): string[] {
  if (outage === null) return []
  const { seconds, reconnectSeconds, catchUpSeconds, deliveredAfter } = outage
  const late = `${counted(deliveredAfter, 'event')} waited in the journal, and arrived within ${duration(catchUpSeconds)}.`
  const again = `Sent just before the kill, unconfirmed and so sent again: ${counted(againOnTak, 'event')}.`
  return [
    `  The TAK receiver was dead for ${duration(seconds)}; ${duration(reconnectSeconds)} later the sink had found it again.`,
    `  ${late}`,
    ...(againOnTak > 0 ? [`  ${again}`] : []),
    '',
  ]
}

function takLines({ tak }: Summary): string[] {
  if (tak === null) return []
  return [`  ${tak.target} took ${count(tak.delivered)} events; ${count(tak.pending)} still wait for it.`, '']
}

function latencies(legs: Summary['latencyMs'], outage: boolean): string[] {
  const row = (label: string, { p50Ms, p99Ms }: Latency) => [label, latencyText(p50Ms), latencyText(p99Ms)]
  return table(
    'lrr',
    ['latency from publishing to', 'p50', 'p99'],
    [
      row('the journal, on disk', legs.journal),
      row('the CoT subject', legs.cot),
      ...(outage
        ? [row('the TAK receiver, while it lived', legs.takWhileUp), row('the TAK receiver, outage included', legs.tak)]
        : [row('the TAK receiver', legs.tak)]),
    ],
  )
}

function accuracy(report: Summary['positionErrorM']): string[] {
  const row = (label: string, { count: n, medianM, p90M, insideCe90 }: AccuracyReport) => [
    label,
    count(n),
    `${figure(medianM)} m`,
    `${figure(p90M)} m`,
    `${(100 * insideCe90).toFixed(1)} %`,
  ]
  return table(
    'lrrrr',
    ['position error against truth', 'places', 'median', '90 %', 'inside stated CE90'],
    [...Object.entries(report.bySource).map(([source, each]) => row(source, each)), row('all', report)],
  )
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)
