/** Drafts, and directories that go away, for the tests of the store. */
import { hash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { CotEvent } from '../../src/cot/event.ts'
import type { DeadLetter } from '../../src/port/deadletter.ts'
import type { AppendResult, CursorOptions, EventDraft, LetterDraft } from '../../src/port/journal.ts'

export const T0 = Date.UTC(2025, 5, 1)

export function eventOf(id: string, source: string, staleMs: number): CotEvent {
  return {
    uid: `sightline.${source}.d.${id}`,
    type: 'a-u-G',
    how: 'm-i',
    timeMs: T0,
    startMs: T0,
    staleMs,
    lat: 31.6,
    lon: -110.4,
    haeM: 1369.2,
    ceM: 12.25,
    leM: 5.5,
    detail: {
      callsign: `person ${id}`,
      remarks: 'person 93 % · ±12 m (90 %) · tower-3',
      sightline: { source, id, class: 'person', flag: 'GREEN', method: 'ray-level', basis: '90', assumedError: false },
    },
  }
}

export function letterOf(over: Partial<DeadLetter> = {}): DeadLetter {
  return {
    code: 'bad-field',
    reason: 'class is missing',
    field: 'class',
    stage: 'validate',
    source: 'cam',
    trace: 'trace',
    attempt: 1,
    timeMs: T0,
    subject: 'detections.cam',
    original: Buffer.from('{"id":"x"}'),
    ...over,
  }
}

export interface DraftShape {
  readonly source?: string
  /** Other content under the same key. */
  readonly content?: string
  /** Bytes that pad the detection. */
  readonly padding?: number
  readonly staleMs?: number
  readonly publishedMs?: number
}

export function draftOf(id: string, shape: DraftShape = {}): EventDraft {
  const { source = 'cam', content = 'a', padding = 0, staleMs = T0 + 120_000, publishedMs = T0 } = shape
  const detection = Buffer.from(JSON.stringify({ id, source, content, padding: 'x'.repeat(padding) }))
  return {
    kind: 'event',
    source,
    id,
    contentHash: hash('md5', detection, 'buffer'),
    detection,
    event: eventOf(id, source, staleMs),
    trace: `trace-${id}`,
    publishedMs,
    receivedMs: publishedMs + 5,
    conflict: () => letterOf({ code: 'id-conflict', detectionId: id, original: detection }),
  }
}

export const poisonOf = (origin: string, original = 'poison'): LetterDraft => ({
  kind: 'dead',
  letter: letterOf({ original: Buffer.from(original) }),
  origin,
})

/** Drafts whose ids are the numbers from `first` to `last`. */
export function draftsOf(first: number, last: number, shape: DraftShape = {}): EventDraft[] {
  const drafts: EventDraft[] = []
  for (let i = first; i <= last; i++) drafts.push(draftOf(String(i), shape))
  return drafts
}

export const seqsOf = (results: readonly AppendResult[]): (number | string)[] =>
  results.map((result) => (result.kind === 'appended' ? result.seq : result.kind))

export function cursorOf(name: string, over: Partial<CursorOptions> = {}): CursorOptions {
  return { name, from: 'start', whenFull: 'block', maxPendingMs: 1e12, maxPendingBytes: 1e12, ...over }
}

const made: string[] = []

/** A fresh directory under the system's temporary one. */
export function newDirectory(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sightline-store-'))
  made.push(dir)
  return dir
}

export function removeDirectories(): void {
  for (const dir of made.splice(0)) fs.rmSync(dir, { recursive: true, force: true })
}

/** Bytes that are surely free, for stores whose disk does not matter. */
export const plentyOfSpace = async (): Promise<number> => 2 ** 40
