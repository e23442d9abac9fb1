/** The live view in its two forms: redrawn in place on a terminal, a plain line now and then elsewhere. */
import { count } from '../figures.ts'
import { clock, frame, latencyText, type Moment } from './frame.ts'
import type { Paint } from './paint.ts'
import { type Canvas, Screen } from './screen.ts'

export interface LiveView {
  /** Milliseconds between two showings. */
  readonly everyMs: number
  show(moment: Moment): void
  /** What has just happened; the view on a terminal shows it in the moment's note. */
  news(elapsedS: number, line: string): void
  /** The end: on a terminal the last moment stays, elsewhere the summary says it all. */
  close(last: Moment | undefined): void
}

const REDRAW_MS = 250
const PLAIN_MS = 2_000

export function screenView(canvas: Canvas, paint: Paint): LiveView {
  const screen = new Screen(canvas)
  return {
    everyMs: REDRAW_MS,
    show: (moment) => screen.draw(frame(moment, screen.size, paint)),
    news: () => undefined,
    close: (last) => {
      if (last !== undefined) screen.draw(frame(last, screen.size, paint))
      screen.close()
    },
  }
}

export function plainView(say: (line: string) => void): LiveView {
  return {
    everyMs: PLAIN_MS,
    show: (moment) => say(plainLine(moment)),
    news: (elapsedS, line) => say(`${clock(elapsedS)}  ${line}`),
    close: () => undefined,
  }
}

/** One moment in one line. */
export function plainLine({ elapsedS, counts, sinks, duplicates }: Moment): string {
  const places = sinks.map(({ label, state, delivered, queued, latency }) => {
    const trouble = state === 'up' && queued === 0 ? '' : `, ${state}, ${count(queued)} queued`
    const p99 = latency === undefined ? '' : `, p99 ${latencyText(latency.p99Ms)}`
    return `${label} ${count(delivered)}${trouble || p99}`
  })
  const all = [
    `published ${count(counts.published)}`,
    `located ${count(counts.located)}`,
    `bearings ${count(counts.bearings)}`,
    `refused ${count(counts.letters)}`,
    `duplicates ${count(duplicates)}`,
    ...places,
  ]
  return `${clock(elapsedS)}  ${all.join(' · ')}`
}
