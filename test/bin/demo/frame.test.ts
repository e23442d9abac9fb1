/** The live view fits its terminal, stands still, and is plain text where no colours are wanted. */
import { describe, expect, it } from 'vitest'
import { frame, type Moment } from '../../../bin/demo/frame.ts'
import { COLOURS, NO_COLOURS, paintFor } from '../../../bin/demo/paint.ts'
import { Screen } from '../../../bin/demo/screen.ts'

const LATENCY = { count: 12, p50Ms: 2.34, p99Ms: 4_321 }
const SIZE = { columns: 80, rows: 24 }
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of exactly these
const ESCAPES = /\x1b\[[0-9;]*m/g

const QUIET: Moment = {
  seed: 7,
  elapsedS: 0,
  durationS: 30,
  phase: 'playing',
  outage: { from: 0.4, to: 0.57 },
  counts: {
    published: 0,
    bySource: {},
    repeated: 0,
    located: 0,
    bearings: 0,
    onCot: 0,
    onTak: 0,
    againOnCot: 0,
    againOnTak: 0,
    refused: {},
    unreadable: {},
    letters: 0,
    strangers: 0,
  },
  duplicates: 0,
  perSecond: 0,
  open: 0,
  journal: { state: 'up', events: 0, latency: { count: 0, p50Ms: 0, p99Ms: 0 } },
  sinks: [
    { label: 'CoT subjects', state: 'up', delivered: 0, queued: 0, latency: LATENCY },
    { label: 'TAK receiver', state: 'opening', delivered: 0, queued: 0, latency: undefined },
  ],
  fullQueue: 500,
  note: { text: '', mood: 'faint' },
  events: [],
}

const CROWDED: Moment = {
  ...QUIET,
  elapsedS: 1e6,
  phase: 'delivering',
  counts: {
    ...QUIET.counts,
    published: 123_456_789,
    bySource: { 'sim-drone': 1e8, 'sim-tower': 1e7, 'sim-satellite': 1e6, 'sim-another-one': 1 },
    letters: 99_999,
    refused: { 'above-horizon': 11_111, 'pixel-outside-image': 22_222, 'camera-below-surface': 5 },
    unreadable: { 'ambiguous-place': 33_333, 'source-mismatch': 33_333 },
  },
  perSecond: 2_000,
  sinks: [
    { label: 'CoT subjects', state: 'up', delivered: 9_999_999, queued: 0, latency: LATENCY },
    { label: 'TAK receiver', state: 'down', delivered: 9_999_999, queued: 1e6, latency: LATENCY },
  ],
  note: { text: 'x'.repeat(300), mood: 'warn' },
  events: Array.from({ length: 9 }, () => ({
    callsign: `SIM ${'engine '.repeat(20)}\x1b[31m`,
    type: 'a-u-G-E-V-U-and-much-more-than-that',
    lat: -89.999999,
    lon: -179.999999,
    ceM: 123_456,
    remarks: `${'remarks '.repeat(60)}\n\x07`,
  })),
}

describe('the live view', () => {
  it('is never wider or higher than the terminal, whatever happens', () => {
    for (const size of [SIZE, { columns: 60, rows: 30 }, { columns: 200, rows: 12 }]) {
      for (const moment of [QUIET, CROWDED]) {
        const lines = frame(moment, size, NO_COLOURS)
        expect(lines.length).toBeLessThan(size.rows)
        for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(Math.min(80, size.columns))
      }
    }
  })

  it('has as many lines whether much happens or nothing', () => {
    expect(frame(CROWDED, SIZE, NO_COLOURS)).toHaveLength(frame(QUIET, SIZE, NO_COLOURS).length)
  })

  it('says the same with colours as without', () => {
    const painted = frame(CROWDED, SIZE, COLOURS)
    expect(painted.join('\n')).toMatch(ESCAPES)
    expect(painted.map((line) => line.replace(ESCAPES, ''))).toEqual(frame(CROWDED, SIZE, NO_COLOURS))
  })

  it('lets nothing through that came from outside to steer the terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what steers a terminal
    expect(frame(CROWDED, SIZE, NO_COLOURS).join('')).not.toMatch(/[\x00-\x1f\x7f]/)
  })

  it('shows a sink that is down with its queue', () => {
    const line = frame(CROWDED, SIZE, NO_COLOURS).find((each) => each.includes('TAK receiver'))
    expect(line).toMatch(/○ down .* 1,000,000 .*█+$/)
    const quiet = frame(QUIET, SIZE, NO_COLOURS).find((each) => each.includes('CoT subjects'))
    expect(quiet).toMatch(/● up/)
    expect(quiet).not.toContain('█')
  })
})

describe('colours', () => {
  it('are used on a terminal only, and not where NO_COLOR is set', () => {
    expect(paintFor({ isTTY: true }, {})).toBe(COLOURS)
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(NO_COLOURS)
    expect(paintFor({ isTTY: true }, { TERM: 'dumb' })).toBe(NO_COLOURS)
    expect(paintFor({}, {})).toBe(NO_COLOURS)
  })
})

describe('the screen', () => {
  it('draws each frame over the one before and gives the cursor back at the end', () => {
    const written: string[] = []
    const canvas = {
      isTTY: true as const,
      columns: 80,
      rows: 24,
      write: (text: string | Uint8Array) => written.push(String(text)) > 0,
    }
    const screen = new Screen(canvas)
    screen.draw(['one', 'two'])
    screen.draw(['three', 'four'])
    screen.close()
    screen.close()
    screen.draw(['late'])
    expect(written[0]).toBe('\x1b[?25l')
    expect(written[1]).not.toContain('A')
    expect(written[2]).toContain('\x1b[2A')
    expect(written.slice(3)).toEqual(['\x1b[?25h'])
  })
})
