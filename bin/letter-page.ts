/** Dead letters for people: as rows of a table, and one on a page of its own. */
import { FAULTS } from '../src/fault/table.ts'
import type { LetterPage, LetterRow } from '../streams/requests.ts'
import { bytes, count } from './figures.ts'
import { shown } from './print.ts'
import { table } from './table.ts'

export type { LetterPage, LetterRow }

const REASON_CHARS = 120

export function letterTable(letters: readonly LetterRow[]): string[] {
  const head = ['SEQ', 'TIME', 'STAGE', 'SOURCE', 'ID', 'CODE', 'BYTES', 'REASON']
  const rows = letters.map(({ seq, time, stage, source, id, code, bytes: size, reason }) => [
    String(seq),
    time,
    stage,
    shown(source, 64),
    shown(id ?? '-', 40),
    code,
    count(size),
    shown(reason, REASON_CHARS),
  ])
  return table('rlllllrl', head, rows)
}

/** Headers, what can be done, an empty line, then the bytes. */
export function letterPage(page: LetterPage): string[] {
  const { meaning, remedy } = FAULTS[page.code as keyof typeof FAULTS] ?? { meaning: '', remedy: '' }
  const about: Readonly<Record<string, string | number | undefined>> = {
    Number: page.seq,
    Code: page.code,
    Reason: shown(page.reason),
    Field: page.field === undefined ? undefined : shown(page.field),
    Means: meaning,
    'What to do': remedy,
    Stage: page.stage,
    Sink: page.sink,
    Source: shown(page.source),
    Detection: page.id === undefined ? undefined : shown(page.id),
    Time: page.time,
    Attempt: page.attempt,
    Subject: shown(page.subject),
    Trace: shown(page.trace),
    Bytes: page.bytes,
    Frame: page.envelope === undefined ? undefined : shown(page.envelope),
  }
  const width = Math.max(...Object.keys(about).map((name) => name.length))
  const lines = Object.entries(about).flatMap(([name, value]) =>
    value === undefined ? [] : [`${`${name}:`.padEnd(width + 1)} ${value}`],
  )
  const original = Buffer.from(page.original, page.encoding)
  const cut = page.cut ? [`(cut after ${bytes(original.length)}; --raw gives all of it)`] : []
  return [...lines, '', ...(page.encoding === 'utf8' ? textLines(page.original) : hexLines(original)), ...cut]
}

/** Line by line, so that a producer's own layout stays. */
const textLines = (text: string): string[] => text.split('\n').map((line) => shown(line, Number.POSITIVE_INFINITY))

function hexLines(data: Buffer): string[] {
  const lines: string[] = []
  for (let at = 0; at < data.length; at += 16) {
    const row = data.subarray(at, at + 16)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${row.toString('latin1').replace(/[^ -~]/g, '.')}`,
    )
  }
  return lines
}

/** `12 dead letters: camera-unknown 10, bad-json 2`. */
export function tally(letters: readonly LetterRow[]): string {
  const byCode = new Map<string, number>()
  for (const { code } of letters) byCode.set(code, (byCode.get(code) ?? 0) + 1)
  const parts = [...byCode].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${count(times)}`)
  return `${count(letters.length)} dead letters: ${parts.join(', ')}`
}
