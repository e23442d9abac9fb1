/** A TAK server that is killed and comes back: whatever was in flight, it ends up with every event. */
import { afterEach, describe, expect, it } from 'vitest'
import { FaultError } from '../../src/fault/fault.ts'
import type { JournalEntry } from '../../src/port/journal.ts'
import type { SinkDriver } from '../../src/port/sink.ts'
import { takDriver } from '../../src/tak/driver.ts'
import * as certificates from '../support/certificates.ts'
import { LinkLog } from '../support/link-log.ts'
import { sampleEntries, sampleXml, seqOfTime } from '../support/sample-entries.ts'
import { silentLog } from '../support/silent.ts'
import { TakProcess } from '../support/tak-process.ts'
import type { TakRecorderOptions } from '../support/tak-recorder.ts'
import { until } from '../support/until.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Sends everything in order, window by window, over as many links as it takes; resolves when all is settled. */
async function deliver(
  driver: SinkDriver,
  entries: readonly JournalEntry[],
  onRefused: () => void,
): Promise<{ links: number }> {
  const pending = new Map(entries.map((entry) => [entry.seq, entry]))
  for (let links = 0; ; ) {
    const log = new LinkLog()
    const link = await driver.open(log, new AbortController().signal).catch((thrown: unknown) => {
      if (thrown instanceof FaultError) return undefined
      throw thrown
    })
    if (link === undefined) {
      onRefused()
      await new Promise((resolve) => setTimeout(resolve, 50))
      continue
    }
    links++
    const waiting = [...pending.values()]
    let sent = 0
    let settled = 0
    while (log.losses.length === 0 && settled < waiting.length) {
      const room = Math.min(driver.window - (sent - settled), 40)
      if (link.ready && room > 0 && sent < waiting.length) {
        link.send(waiting.slice(sent, sent + room))
        sent = Math.min(sent + room, waiting.length)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
      settled = log.settledSeqs.length
    }
    expect(log.breaches).toEqual([])
    for (const seq of log.settledSeqs) pending.delete(seq)
    link.abort()
    if (pending.size === 0) return { links }
  }
}

describe.each([
  ['TCP', {}],
  ['TLS', { tls: { ...certificates.serverIdentity(), ca: certificates.authority().cert } }],
] as [string, TakRecorderOptions][])('over %s, a server killed with -9 and started again', (_, options) => {
  it('has every event in the end, and none more than twice', async () => {
    const tak = await TakProcess.start(options)
    ends.push(() => tak.stop())
    const driver = takDriver({
      name: 'tak',
      url: tak.url,
      selfUid: 'sightline-test',
      encode: (entry) => sampleXml(entry, 900),
      log: silentLog,
      proofMs: 100,
      tls: { ca: certificates.authority().cert, ...certificates.clientIdentity() },
    })
    const entries = sampleEntries(1, 3_000, 50)
    let refusals = 0
    const delivery = deliver(driver, entries, () => refusals++)
    await until(() => tak.received().length > 500, 'it is in full flow')
    await tak.kill()
    await until(() => refusals >= 3, 'the outage is felt')
    await tak.startAgain()
    expect((await delivery).links).toBe(2)

    const times = new Map<number, number>()
    for (const { time } of tak.received()) times.set(seqOfTime(time), (times.get(seqOfTime(time)) ?? 0) + 1)
    expect(times.size).toBe(3_000)
    expect(Math.max(...times.values())).toBeLessThanOrEqual(2)
  })
})
