/** Stores written by earlier releases open, read the same, and go on; those of later ones are refused. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { META, openEnvironment, SCHEMA_VERSION, type Table } from '../../src/store/environment.ts'
import { readEvent, writeEvent } from '../../src/store/event-codec.ts'
import { FrameReader, FrameWriter } from '../../src/store/frame.ts'
import { openJournal, openReadOnly } from '../../src/store/journal.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { everyField, plainDraft } from './fixture-drafts.ts'
import { cursorOf, draftOf, newDirectory, plentyOfSpace, removeDirectories, seqsOf, T0 } from './sample.ts'

const fixtures = fileURLToPath(new URL('../fixtures/store', import.meta.url))
const recordFile = path.join(fixtures, 'v1-event.hex')

afterEach(removeDirectories)

function copyOf(name: string): string {
  const dir = newDirectory()
  fs.copyFileSync(path.join(fixtures, name), path.join(dir, 'journal.mdb'))
  return dir
}

describe('a record of version 1', () => {
  const bytes = Buffer.from(fs.readFileSync(recordFile, 'utf8').trim(), 'hex')

  it('is read as the event that was written', () => {
    const { event, source, id, trace, traceparent } = readEvent(new FrameReader(), bytes)
    expect({ event, source, id, trace, traceparent }).toEqual({
      event: everyField.event,
      source: everyField.source,
      id: everyField.id,
      trace: everyField.trace,
      traceparent: everyField.traceparent,
    })
  })

  it('is still written the same, byte for byte', () => {
    const { source, id, contentHash, trace, traceparent, publishedMs, receivedMs, detection, event } = everyField
    const record = { source, id, contentHash, trace, traceparent, publishedMs, receivedMs, detection, event }
    const frame = writeEvent(new FrameWriter(), { seq: 1, offset: 0, journalledMs: T0, ...record })
    expect(frame.toString('hex')).toBe(bytes.toString('hex'))
  })
})

describe('a store of version 1', () => {
  it('is whole', async () => {
    const report = await verifyStore(copyOf('v1.mdb'))
    expect(report).toMatchObject({ ok: true, events: 10, letters: 3, sinks: 2, seenKeys: 12, headSeq: 10, tailSeq: 1 })
  })

  it('opens, with its events, letters, cursors, outcomes and remembered keys, and goes on', async () => {
    const journal = await openJournal({ dir: copyOf('v1.mdb'), freeSpace: plentyOfSpace, dedupeWindowMs: 1e14 })
    const entries = journal.read(1, 100, 1e9)
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(entries[0]?.event).toEqual(everyField.event)
    expect(entries[4]?.event).toEqual(plainDraft(5).event)
    expect(Buffer.from(entries[4]?.detection ?? []).equals(plainDraft(5).detection)).toBe(true)
    expect(entries[9]?.journalledMs).toBe(T0)
    const letters = journal.letters.list({}, 10)
    expect(letters.map((letter) => [letter.seq, letter.code, letter.sink, letter.journalSeq])).toEqual([
      [1, 'id-conflict', undefined, undefined],
      [2, 'bad-field', undefined, undefined],
      [3, 'sink-rejected', 'http', 4],
    ])
    const tak = journal.cursor(cursorOf('tak', { from: 'head' }))
    expect([tak.low, tak.isSettled(4), tak.isSettled(5)]).toEqual([3, false, true])
    expect(journal.outcomes(4)).toMatchObject([{ sink: 'http', outcome: 'rejected' }])
    const results = await journal.append([plainDraft(4), everyField, draftOf('new')])
    expect(seqsOf(results)).toEqual(['duplicate', 'duplicate', 11])
    await journal.close()
  })

  it('can be looked at without being opened for writing', async () => {
    const dir = copyOf('v1.mdb')
    const store = await openReadOnly(dir)
    expect(store.stats()).toMatchObject({ headSeq: 10, tailSeq: 1, deadLetters: 3 })
    expect(store.letters.count()).toBe(3)
    expect(store.letters.list({ code: 'sink-rejected' }, 5).map((letter) => letter.seq)).toEqual([3])
    expect(store.letters.get(2)?.original).toEqual(Buffer.from('not json'))
    expect(store.sinks().map((sink) => sink.name)).toEqual(['tak', 'http'])
    await store.close()
  })
})

describe('a store of a later release', () => {
  it('is refused by name, by the service, the reader and the verification', async () => {
    const dir = copyOf('v1.mdb')
    const { env } = openEnvironment(dir, 2 ** 26, false)
    const newer = Buffer.alloc(4)
    newer.writeUInt32LE(SCHEMA_VERSION + 1)
    const meta = env.meta as Table<number> & { putSync(key: number, value: Uint8Array, version: number): boolean }
    meta.putSync(META.schema, newer, 1)
    await env.close()
    await expect(openJournal({ dir, freeSpace: plentyOfSpace })).rejects.toThrow(/store-schema.*schema 2/)
    await expect(openReadOnly(dir)).rejects.toThrow('store-schema')
    await expect(verifyStore(dir)).rejects.toThrow('store-schema')
    // Refusing gives the directory back.
    expect(fs.existsSync(path.join(dir, 'journal.lock'))).toBe(false)
  })
})

describe('what is no store', () => {
  it('is refused as damaged, and left as it is', async () => {
    const dir = newDirectory()
    const file = path.join(dir, 'journal.mdb')
    fs.writeFileSync(file, Buffer.alloc(100_000, 7))
    await expect(openJournal({ dir, freeSpace: plentyOfSpace })).rejects.toThrow('store-damaged')
    expect(fs.readFileSync(file).equals(Buffer.alloc(100_000, 7))).toBe(true)
    await expect(openReadOnly(newDirectory())).rejects.toThrow('There is no store')
  })

  it('is not a file whose state and log disagree either', async () => {
    const dir = copyOf('v1.mdb')
    const { env, state } = openEnvironment(dir, 2 ** 26, false)
    const log = env.log as Table<number> & { removeSync(key: number): boolean }
    log.removeSync(state.head)
    await env.close()
    await expect(openJournal({ dir, freeSpace: plentyOfSpace })).rejects.toThrow('the last event is 9 instead of 10')
  })
})
