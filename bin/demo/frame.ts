/**
 * The live view as lines of text: what goes in, what comes out where, what waits, and how long it all takes.
 *
 * Invariants: no line is wider than asked for, and the number of lines does not depend on what happens, so that the
 * view can be drawn over itself without a jump.
 */
import { COT_UNKNOWN } from '../../src/cot/event.ts'
import type { SinkView } from '../../src/port/gauge.ts'
import { count } from '../figures.ts'
import { shown } from '../print.ts'
import type { SeenEvent } from './far-ends.ts'
import type { Counts } from './ledger.ts'
import type { Latency } from './legs.ts'
import type { Paint } from './paint.ts'

/** One row of the table of sinks. */
export interface SinkRow {
  readonly label: string
  readonly state: SinkView['state']
  readonly delivered: number
  /** Waiting in the journal, not yet sent. */
  readonly queued: number
  readonly latency: Latency | undefined
}

/** One sentence about the outage. */
export interface Note {
  readonly text: string
  readonly mood: 'faint' | 'warn' | 'good'
}

/** Everything the view shows, at one moment. */
export interface Moment {
  readonly seed: number
  readonly elapsedS: number
  readonly durationS: number
  readonly phase: string
  /** Stretch of the outage, as shares of the duration. */
  readonly outage: { readonly from: number; readonly to: number } | undefined
  readonly counts: Counts
  /** As the service counts them. */
  readonly duplicates: number
  /** Published over the last second; 0 when nothing is published any more. */
  readonly perSecond: number
  /** Published and not yet accounted for. */
  readonly open: number
  readonly journal: { readonly state: 'up' | 'blocked'; readonly events: number; readonly latency: Latency }
  readonly sinks: readonly SinkRow[]
  /** A queue of so many fills its bar. */
  readonly fullQueue: number
  readonly note: Note
  /** Newest last. */
  readonly events: readonly SeenEvent[]
}

export interface FrameSize {
  readonly columns: number
  readonly rows: number
}

/** As wide as a classic terminal, however wide the real one is: the eye need not travel. */
const WIDEST = 80
const MARGIN = '  '
const QUEUE_BAR = 12
/** Widths of the columns: a number, a state with its lamp, a latency. */
const NUMBER = 9
const LAMP = 9
const TIME = 9
const LABEL = 14
/** More would be a list, not a view. */
export const MOST_EVENTS = 5
export const SEPARATOR = ' · '

/** A piece of a line, and how it is painted. */
type Piece = readonly [text: string, paint?: (text: string) => string]

/** The view, a line each, top to bottom. */
export function frame(moment: Moment, { columns, rows }: FrameSize, paint: Paint): string[] {
  const width = Math.min(WIDEST, columns) - 2 * MARGIN.length
  const { note } = moment
  const head: Piece[][] = [[], title(moment, width, paint), timeline(moment, width, paint), []]
  const table = [
    ...flow(moment, width, paint),
    [],
    ...sinkTable(moment, paint),
    [[note.text, paint[note.mood]] as const],
    [],
  ]
  // One row stays free for the cursor.
  const room = Math.max(0, rows - 1 - head.length - table.length)
  const most = Math.min(MOST_EVENTS, Math.floor(room / 2))
  const lines = [...head, ...table, ...events(moment.events, most, paint)].slice(0, Math.max(0, rows - 1))
  return lines.map((pieces) => composed(pieces, width))
}

/** Cuts what is too long before it is painted, because paint has no width. */
function composed(pieces: readonly Piece[], width: number): string {
  let [line, left] = ['', width]
  for (const [text, paint = plain] of pieces) {
    if (left <= 0) break
    line += paint(cut(text, left))
    left -= text.length
  }
  return line === '' ? '' : `${MARGIN}${line}`
}

const plain = (text: string): string => text

function title({ seed, elapsedS, durationS, phase }: Moment, width: number, paint: Paint): Piece[] {
  const left = 'Sightline demo'
  const about = `${SEPARATOR}a wildfire, simulated (seed ${seed})`
  const right = `${phase}  ${clock(Math.min(elapsedS, durationS))} of ${clock(durationS)}`
  const gap = ' '.repeat(Math.max(1, width - left.length - about.length - right.length))
  return [[left, paint.strong], [about, paint.faint], [gap + right]]
}

/** How far it is, with the outage marked where it is to come and where it was. */
function timeline({ elapsedS, durationS, outage }: Moment, width: number, paint: Paint): Piece[] {
  const at = (share: number) => Math.round(Math.min(1, share) * width)
  const now = at(elapsedS / durationS)
  const from = outage === undefined ? width : at(outage.from)
  const to = outage === undefined ? width : Math.max(from + 1, at(outage.to))
  const stretch = (start: number, end: number, dead: boolean): Piece[] => [
    ['━'.repeat(Math.max(0, Math.min(now, end) - start)), dead ? paint.bad : paint.good],
    [(dead ? '╌' : '─').repeat(Math.max(0, end - Math.max(now, start))), paint.faint],
  ]
  return [...stretch(0, from, false), ...stretch(from, to, true), ...stretch(to, width, false)]
}

function flow({ counts, duplicates, perSecond, open }: Moment, width: number, paint: Paint): Piece[][] {
  const room = width - LABEL - NUMBER - 2
  const row = (label: string, value: number, about: string): Piece[] => [
    [label.padEnd(LABEL)],
    [count(value).padStart(NUMBER), paint.strong],
    [`  ${about}`, paint.faint],
  ]
  const sources = Object.entries(counts.bySource)
    .sort(([, a], [, b]) => b - a)
    .map(([source, n]) => `${source.replace(/^sim-/, '')} ${count(n)}`)
  const refused = { ...counts.refused, ...counts.unreadable }
  return [
    row(
      'published',
      counts.published,
      fitting([...(perSecond > 0 ? [`${count(perSecond)}/s`] : []), ...sources], room),
    ),
    row('located', counts.located, `and ${count(counts.bearings)} lines of bearing: no place can be known`),
    row('refused', counts.letters, fitting(byReason(refused), room)),
    row('duplicates', duplicates, `${count(open)} on their way`),
  ]
}

/** `above-horizon 12`, `bad-field 4`, most frequent first. */
export function byReason(reasons: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(reasons).sort(([, a], [, b]) => b - a)
  return entries.map(([code, times]) => `${code} ${count(times)}`)
}

/** As many of the parts as there is room for, and a sign where that is not all. */
function fitting(parts: readonly string[], width: number): string {
  const whole = parts.join(SEPARATOR)
  if (whole.length <= width) return whole
  let text = ''
  for (const part of parts) {
    if (`${text}${part}${SEPARATOR}…`.length > width) break
    text += `${part}${SEPARATOR}`
  }
  return `${text}…`
}

function sinkTable({ journal, sinks, fullQueue }: Moment, paint: Paint): Piece[][] {
  const head = [''.padEnd(LABEL), 'state'.padEnd(LAMP), 'events'.padStart(NUMBER), 'queued'.padStart(NUMBER + 1)]
  const rows = sinks.map(({ label, state, delivered, queued, latency }): Piece[] => {
    const filled = fullQueue === 0 ? 0 : Math.round(Math.min(1, queued / fullQueue) * QUEUE_BAR)
    const bar = '█'.repeat(queued === 0 ? 0 : Math.max(1, filled))
    const numbers = count(delivered).padStart(NUMBER) + count(queued).padStart(NUMBER + 1)
    return [[label.padEnd(LABEL)], lampOf(state, paint), [`${numbers}${times(latency)}  `], [bar, paint.warn]]
  })
  const written = `${count(journal.events).padStart(NUMBER)}${' '.repeat(NUMBER + 1)}${times(journal.latency)}`
  return [
    [[`${head.join('')}${'p50'.padStart(TIME)}${'p99'.padStart(TIME)}`, paint.faint]],
    [['journal'.padEnd(LABEL)], lampOf(journal.state, paint), [written]],
    ...rows,
  ]
}

function times(latency: Latency | undefined): string {
  if (latency === undefined) return ' '.repeat(2 * TIME)
  return latencyText(latency.p50Ms).padStart(TIME) + latencyText(latency.p99Ms).padStart(TIME)
}

function lampOf(state: SinkView['state'] | 'blocked', paint: Paint): Piece {
  const text = `${state === 'up' ? '●' : '○'} ${state}`.padEnd(LAMP)
  if (state === 'up') return [text, paint.good]
  return [text, state === 'down' || state === 'blocked' ? paint.bad : paint.warn]
}

/** Two lines each: who and where, and what a person is told. Room that is not needed yet is kept. */
function events(seen: readonly SeenEvent[], most: number, paint: Paint): Piece[][] {
  const lines = seen.slice(seen.length - Math.min(seen.length, most)).flatMap((event): Piece[][] => {
    const { callsign, type, lat, lon, ceM, remarks } = event
    const error = ceM >= COT_UNKNOWN ? '' : `±${rounded(ceM)} m`
    const place = `${lat.toFixed(5)} ${lon.toFixed(5)}`.padEnd(22)
    const name = cut(shown(callsign), 22).padEnd(24)
    return [
      [[name, paint.strong], [`${cut(shown(type), 13).padEnd(14)}${place}${error}`]],
      [[`  ${shown(remarks)}`, paint.faint]],
    ]
  })
  return [...lines, ...Array.from({ length: 2 * most - lines.length }, () => [])]
}

/** `00:14`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`
}

/** `2.1 ms`, `340 ms`, `5.1 s`; a dash when there is nothing to tell. */
export function latencyText(ms: number): string {
  if (ms === 0) return '-'
  return ms < 1_000 ? `${rounded(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

/** Two figures are all that an estimate deserves. */
const rounded = (value: number): string => (value < 9.95 ? value.toFixed(1) : count(value))

/** No longer than this; what is cut off is shown to be. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`
