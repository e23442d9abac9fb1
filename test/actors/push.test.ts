/** Guarantees of the push actor, over a real journal and a far end that a test plays by hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Actor } from '../../actors/kernel/actor.ts'
import { PushBehavior, type PushRequest } from '../../actors/push/push.ts'
import { SinkStatus } from '../../actors/push/status.ts'
import { type Answer, fault } from '../../src/fault/fault.ts'
import { systemClock } from '../../src/port/clock.ts'
import type { Cursor, EventDraft, Journal, JournalEntry } from '../../src/port/journal.ts'
import type { LinkHandlers, SinkDriver, SinkLink } from '../../src/port/sink.ts'
import { openJournal } from '../../src/store/journal.ts'
import { sampleEntry } from '../support/sample-entries.ts'
import { silentLog, silentObserver } from '../support/silent.ts'
import { until } from '../support/until.ts'

/** A sink whose every answer is given by the test. */
class PlayedSink implements SinkDriver, SinkLink {
  readonly name = 'played'
  readonly kind = 'http'
  readonly target = 'nowhere'
  readonly window: number
  readonly probes: boolean
  ready = true
  opens = 0
  refuses = false
  /** What was sent on the present link, in order. */
  sent: JournalEntry[] = []
  handlers!: LinkHandlers
  #onReady = (): void => {}

  constructor(window = 8, probes = false) {
    this.window = window
    this.probes = probes
  }

  async open(handlers: LinkHandlers): Promise<SinkLink> {
    this.opens += 1
    if (this.refuses) throw new Error('refused')
    this.handlers = handlers
    this.sent = []
    return this
  }

  send(entries: readonly JournalEntry[]): void {
    this.sent.push(...entries)
  }

  onReady(listener: () => void): void {
    this.#onReady = listener
  }

  becomeReady(): void {
    this.ready = true
    this.#onReady()
  }

  async finish(): Promise<void> {}

  abort(): void {}

  get seqs(): number[] {
    return this.sent.map((entry) => entry.seq)
  }
}

let dir: string
let journal: Journal
let cursor: Cursor
let actor: Actor<PushRequest, Answer<void>>

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sightline-push-'))
  journal = await openJournal({ dir, minFreeBytes: 0 })
})
afterEach(async () => {
  await actor?.stop()
  await journal.close()
  rmSync(dir, { recursive: true })
})

async function append(from: number, to: number): Promise<void> {
  const drafts = Array.from({ length: to - from + 1 }, (_, i): EventDraft => {
    const { event, source, detection, trace, publishedMs, receivedMs } = sampleEntry(from + i)
    const contentHash = new Uint8Array(16).fill((from + i) % 251)
    const conflict = () => {
      throw new Error('no conflicts here')
    }
    return {
      kind: 'event',
      source,
      id: `e${from + i}`,
      contentHash,
      detection,
      event,
      trace,
      publishedMs,
      receivedMs,
      conflict,
    }
  })
  await journal.append(drafts)
}

async function push(sink: PlayedSink, maxFailures = 3): Promise<SinkStatus> {
  cursor = journal.cursor({
    name: 'played',
    from: 'start',
    whenFull: 'drop',
    maxPendingMs: 1e12,
    maxPendingBytes: 1e12,
  })
  const status = new SinkStatus(sink, cursor, silentObserver, systemClock)
  const create = () =>
    new PushBehavior({
      driver: sink,
      journal,
      cursor,
      status,
      backoff: { minMs: 1, maxMs: 5 },
      maxFailures,
      onSettled: () => {},
      observer: silentObserver,
      log: silentLog,
      clock: systemClock,
    })
  actor = new Actor({ name: 'push', mailbox: 8, concurrency: 8, clock: systemClock, create })
  await actor.start()
  await until(() => sink.opens > 0, 'the sink was opened')
  return status
}

const turn = () => new Promise(setImmediate)

describe('sending', () => {
  test('never more than the window is unsettled, and settling makes room in order', async () => {
    await append(1, 30)
    const sink = new PlayedSink(8)
    await push(sink)
    await until(() => sink.sent.length === 8, 'the window is full')
    sink.handlers.settled(2, 'delivered')
    sink.handlers.settled(1, 'delivered')
    await turn()
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(cursor.low).toBe(2)
  })

  test('a sink that is not ready is sent nothing until it says so', async () => {
    const sink = new PlayedSink()
    sink.ready = false
    await push(sink)
    await append(1, 5)
    await turn()
    expect(sink.sent).toEqual([])
    sink.becomeReady()
    expect(sink.seqs).toEqual([1, 2, 3, 4, 5])
  })

  test('what is journalled later follows by itself', async () => {
    const sink = new PlayedSink()
    await push(sink)
    await append(1, 2)
    await until(() => sink.sent.length === 2, 'the first two were sent')
    await append(3, 4)
    await until(() => sink.sent.length === 4, 'the next two were sent')
  })

  test('one event that stays unsettled lets others pass, but only as far as the cursor reaches', async () => {
    for (let n = 0; n < 11; n++) await append(n * 1_000 + 1, n * 1_000 + 1_000)
    const sink = new PlayedSink(64)
    await push(sink)
    await until(() => sink.sent.length === 64, 'the window is full')
    for (let settled = 1; settled < sink.sent.length; settled++) {
      sink.handlers.settled((sink.sent[settled] as JournalEntry).seq, 'delivered')
      if (settled === sink.sent.length - 1) await turn()
    }
    expect(cursor.low).toBe(0)
    expect(sink.sent.at(-1)?.seq).toBeLessThanOrEqual(cursor.reach)
    sink.handlers.settled(1, 'delivered')
    await until(() => (sink.sent.at(-1)?.seq ?? 0) > 10_000, 'it goes on once the first is settled')
  })
})

describe('a lost link', () => {
  test('sends again everything unsettled and nothing that was settled', async () => {
    await append(1, 6)
    const sink = new PlayedSink()
    const status = await push(sink)
    await until(() => sink.sent.length === 6, 'all were sent')
    sink.handlers.settled(1, 'confirmed')
    sink.handlers.settled(4, 'confirmed')
    sink.handlers.lost(fault('sink-lost'))
    expect(status.view()).toMatchObject({ state: 'down', inFlight: 0 })
    await until(() => sink.opens === 2 && sink.sent.length > 0, 'it was opened again')
    expect(sink.seqs).toEqual([2, 3, 5, 6])
  })

  test('is not heard any more: what it says late settles nothing', async () => {
    await append(1, 3)
    const sink = new PlayedSink()
    await push(sink)
    await until(() => sink.sent.length === 3, 'all were sent')
    const old = sink.handlers
    old.lost(fault('sink-lost'))
    await until(() => sink.opens === 2 && sink.sent.length === 3, 'it was opened again')
    old.settled(1, 'delivered')
    old.rejected(2, fault('sink-rejected'))
    await turn()
    expect(cursor.low).toBe(0)
    expect(journal.letters.count()).toBe(0)
  })

  test('of a sink that has to be probed sends one event first, and the rest once it was settled', async () => {
    await append(1, 6)
    const sink = new PlayedSink(8, true)
    const status = await push(sink)
    await until(() => sink.sent.length === 6, 'all were sent')
    sink.handlers.lost(fault('sink-lost'))
    await until(() => sink.opens === 2 && sink.sent.length > 0, 'it was opened again')
    await turn()
    expect(sink.seqs).toEqual([1])
    expect(status.view().state).toBe('down')
    sink.handlers.settled(1, 'delivered')
    await until(() => sink.sent.length === 6, 'the rest followed')
    expect(status.view().state).toBe('up')
  })

  test('is opened again for as long as it takes', async () => {
    const sink = new PlayedSink()
    const status = await push(sink)
    await append(1, 1)
    sink.refuses = true
    sink.handlers.lost(fault('sink-lost'))
    await until(() => sink.opens > 6, 'it was tried again and again')
    expect(status.view()).toMatchObject({ state: 'down', pending: 1 })
    sink.refuses = false
    await until(() => sink.sent.length === 1, 'it was sent at last')
  })
})

describe('an event that fails', () => {
  test('comes again by itself while others pass, and is dead-lettered after so many failures', async () => {
    await append(1, 1)
    const sink = new PlayedSink(4)
    const status = await push(sink, 3)
    const exhausted = () => journal.letters.list({}, 1).length > 0
    for (let looked = 0, appended = 1; !exhausted(); looked++) {
      await until(() => sink.sent.length > looked || exhausted(), 'one more was sent, or the letter written')
      const seq = sink.sent[looked]?.seq
      if (seq === 1) {
        sink.handlers.retry(1, fault('sink-failing', 'answered 500'))
        appended += 1
        await append(appended, appended)
      } else if (seq !== undefined) sink.handlers.settled(seq, 'delivered')
    }
    const [letter] = journal.letters.list({}, 10)
    expect(letter).toMatchObject({ code: 'push-exhausted', sink: 'played', stage: 'push', journalSeq: 1 })
    await until(() => cursor.low >= 1, 'the cursor moved past it')
    expect(status.view().rejected).toBe(1)
  })

  test('while nothing else passes is never dead-lettered: the sink is held and tried one event at a time', async () => {
    await append(1, 8)
    const sink = new PlayedSink(8)
    const status = await push(sink, 3)
    await until(() => sink.sent.length === 8, 'all were sent')
    for (const seq of [1, 2, 3, 4, 5, 6, 7, 8]) sink.handlers.retry(seq, fault('sink-failing'))
    let looked = 8
    for (let tries = 0; tries < 40; tries++) {
      await until(() => sink.sent.length > looked, 'one more try')
      expect(sink.sent.length).toBe(looked + 1)
      sink.handlers.retry((sink.sent[looked] as JournalEntry).seq, fault('sink-failing'))
      looked += 1
    }
    expect(journal.letters.count()).toBe(0)
    expect(status.view().state).toBe('down')
    await until(() => sink.sent.length > looked, 'one more try')
    sink.handlers.settled((sink.sent[looked] as JournalEntry).seq, 'delivered')
    await until(() => sink.sent.length >= looked + 8, 'the others come again')
    expect(status.view().state).toBe('up')
  })

  test('that the sink rejects is dead-lettered at once, and the cursor moves only after the letter is on disk', async () => {
    await append(1, 2)
    const sink = new PlayedSink()
    await push(sink)
    await until(() => sink.sent.length === 2, 'both were sent')
    sink.handlers.rejected(1, fault('sink-rejected', 'answered 400'))
    expect(cursor.low).toBe(0)
    await until(() => cursor.low === 1, 'the cursor moved')
    expect(journal.letters.list({}, 10)).toMatchObject([{ code: 'sink-rejected', reason: 'answered 400' }])
  })
})

describe('an event offered again by a person', () => {
  test('goes to the sink once more and is answered when it was taken', async () => {
    await append(1, 1)
    const sink = new PlayedSink()
    await push(sink)
    await until(() => sink.sent.length === 1, 'it was sent')
    sink.handlers.rejected(1, fault('sink-rejected'))
    await until(() => cursor.low === 1, 'it was rejected')
    const answer = actor.ask({ kind: 'offer', seq: 1 })
    await until(() => sink.sent.length === 2, 'it was sent again')
    sink.handlers.settled(1, 'delivered')
    expect(await answer).toEqual({ ok: true, value: undefined })
    expect(journal.letters.count()).toBe(1)
  })

  test('and rejected again is answered so, without a second dead letter', async () => {
    await append(1, 1)
    const sink = new PlayedSink()
    await push(sink)
    await until(() => sink.sent.length === 1, 'it was sent')
    sink.handlers.settled(1, 'delivered')
    const answer = actor.ask({ kind: 'offer', seq: 1 })
    await until(() => sink.sent.length === 2, 'it was sent again')
    sink.handlers.rejected(1, fault('sink-rejected', 'still no'))
    expect(await answer).toMatchObject({ ok: false, fault: { reason: 'still no' } })
    expect(journal.letters.count()).toBe(0)
  })

  test('that is no longer in the journal is refused by name', async () => {
    const sink = new PlayedSink()
    await push(sink)
    expect(await actor.ask({ kind: 'offer', seq: 99 })).toMatchObject({ ok: false, fault: { code: 'bad-field' } })
  })
})
