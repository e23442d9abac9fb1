/**
 * What every sink driver owes its push actor, as tests: a driver that passes them can be driven without knowing what it is.
 *
 * A far end is set up by the driver's own test; the sentences are the same for all.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/port/journal.ts'
import type { SinkDriver, SinkLink } from '../../src/port/sink.ts'
import { LinkLog } from './link-log.ts'
import { sampleEntries } from './sample-entries.ts'
import { until } from './until.ts'

/** The far end of a sink, as a conformance test sees it. */
export interface FarEnd {
  driver(): SinkDriver
  /** `uid` and sequence of every event it has taken, in order of arrival; duplicates included. */
  received(): readonly { readonly uid: string; readonly seq: number }[]
  /** Takes connections, and answers nothing. */
  hang(): void
  /** Breaks every connection and takes no new one, until {@link back}. */
  vanish(): Promise<void>
  back(): Promise<void>
  stop(): Promise<void>
}

export interface Conformance {
  readonly name: string
  /** True where `settled` must mean that the far end has the event. */
  readonly proves: boolean
  start(): Promise<FarEnd>
}

interface Rig {
  readonly far: FarEnd
  readonly driver: SinkDriver
  open(): Promise<{ link: SinkLink; log: LinkLog }>
}

export function describeSink({ name, proves, start }: Conformance): void {
  describe(`${name} as a sink`, () => {
    const ends: (() => unknown)[] = []
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end()
    })

    async function rig(): Promise<Rig> {
      const far = await start()
      ends.push(() => far.stop())
      const driver = far.driver()
      const open = async () => {
        const log = new LinkLog()
        const link = await driver.open(log, new AbortController().signal)
        ends.push(() => link.abort())
        ends.push(() => expect(log.breaches).toEqual([]))
        return { link, log }
      }
      return { far, driver, open }
    }

    it('settles each event it was sent, exactly once, and the far end has every one', async () => {
      const { far, open } = await rig()
      const { link, log } = await open()
      const entries = sampleEntries(1, 300)
      for (let at = 0; at < entries.length; at += 50) link.send(entries.slice(at, at + 50))
      await log.untilSettled(300)
      expect(log.settledSeqs.toSorted(ascending)).toEqual(entries.map(({ seq }) => seq))
      expect(seqsOf(far)).toEqual(new Set(entries.map(({ seq }) => seq)))
    })

    it('brings events of one uid in order', async () => {
      const { far, open } = await rig()
      const { link, log } = await open()
      link.send(sampleEntries(1, 300, 9))
      await log.untilSettled(300)
      for (let track = 0; track < 9; track++) {
        const seqs = far.received().flatMap(({ uid, seq }) => (uid === `sample.${track}` ? [seq] : []))
        expect(seqs).toEqual(seqs.toSorted(ascending))
      }
    })

    it('leaves every event settled, handed back, or in doubt when the far end vanishes; none is lost, none rejected', async () => {
      const { far, driver, open } = await rig()
      const pending = new Map<number, JournalEntry>(sampleEntries(1, 400, 40).map((entry) => [entry.seq, entry]))
      for (let round = 0; pending.size > 0; round++) {
        const { link, log } = await open()
        const batch = [...pending.values()].slice(0, driver.probes && round > 0 ? 1 : driver.window)
        link.send(batch)
        if (round === 0) {
          await until(() => far.received().length >= 30, 'some have arrived')
          await far.vanish()
          await until(() => log.losses.length > 0 || log.retries.length > 0, 'the loss is noticed')
          link.abort()
          await far.back()
        } else {
          await until(() => log.settledSeqs.length + log.losses.length > 0, 'something ends')
          if (driver.probes) link.send([...pending.values()].slice(1))
          if (log.losses.length === 0) await log.untilSettled(pending.size)
        }
        if (proves) for (const seq of log.settledSeqs) expect(seqsOf(far).has(seq)).toBe(true)
        for (const seq of log.settledSeqs) pending.delete(seq)
        expect(log.rejections).toEqual([])
      }
      expect(seqsOf(far).size).toBe(400)
    })

    it('settles nothing that a far end which takes and does not answer may never have got', async () => {
      const { far, open } = await rig()
      far.hang()
      const { link, log } = await open()
      link.send(sampleEntries(1, 50))
      await until(() => log.losses.length > 0 || log.retries.length > 0, 'it is given up, or handed back')
      if (proves) expect(log.settledSeqs).toEqual([])
      expect(log.rejections).toEqual([])
    })

    it('finishes by settling what it can, then closes, and tells nothing more', async () => {
      const { far, open } = await rig()
      const { link, log } = await open()
      link.send(sampleEntries(1, 60))
      await link.finish(5_000)
      expect(log.settledSeqs).toHaveLength(60)
      expect(seqsOf(far).size).toBe(60)
      expect(link.ready).toBe(false)
      expect(log.losses).toEqual([])
    })

    it('finishes by its deadline when the far end does not answer', async () => {
      const { far, open } = await rig()
      far.hang()
      const { link, log } = await open()
      link.send(sampleEntries(1, 5))
      await link.finish(50)
      const told = [log.settledSeqs.length, log.retries.length, log.losses.length]
      await link.finish(50)
      link.abort()
      expect([log.settledSeqs.length, log.retries.length, log.losses.length]).toEqual(told)
      expect(log.losses).toEqual([])
    })

    it('ends at once when aborted, before, during and after finishing, and takes no more', async () => {
      const { open } = await rig()
      const { link, log } = await open()
      link.send(sampleEntries(1, 20))
      const finishing = link.finish(5_000)
      link.abort()
      await finishing
      const settled = log.settledSeqs.length
      link.send(sampleEntries(21, 30))
      link.abort()
      expect(link.ready).toBe(false)
      expect(log.settledSeqs).toHaveLength(settled)
      expect([log.losses, log.retries, log.rejections]).toEqual([[], [], []])
    })

    it('rejects an event that cannot be encoded, and goes on with its neighbours', async () => {
      const { open } = await rig()
      const { link, log } = await open()
      const [first, poisoned, last] = sampleEntries(1, 3) as [JournalEntry, JournalEntry, JournalEntry]
      link.send([first, { ...poisoned, event: { ...poisoned.event, timeMs: Number.NaN } }, last])
      await log.untilSettled(2)
      expect(log.rejections.map(({ seq }) => seq)).toEqual([2])
    })

    it('shows where it goes, and a window', async () => {
      const { driver } = await rig()
      expect(driver.target).toMatch(/^\w+:\/\/127\.0\.0\.1:\d+/)
      expect(driver.window).toBeGreaterThan(0)
    })
  })
}

const ascending = (a: number, b: number) => a - b
const seqsOf = (far: FarEnd) => new Set(far.received().map(({ seq }) => seq))
