/** Journal entries for tests of sinks: complete, tiny, and told apart by sequence and uid. */
import type { CotEvent } from '../../src/cot/event.ts'
import type { JournalEntry } from '../../src/port/journal.ts'

const T0 = Date.parse('2024-07-24T16:00:00Z')
const NOTHING = new Uint8Array(0)

function sampleEvent(seq: number, uid: string): CotEvent {
  return {
    uid,
    type: 'a-u-G',
    how: 'm-s',
    timeMs: T0 + seq,
    startMs: T0 + seq,
    staleMs: T0 + seq + 120_000,
    lat: 31.6,
    lon: -110.4,
    haeM: 1_400,
    ceM: 10,
    leM: 10,
    detail: {
      callsign: `SIM ${seq}`,
      remarks: 'sample',
      sightline: {
        source: 'sample',
        id: `s-${seq}`,
        class: 'person',
        flag: 'GREEN',
        method: 'given',
        basis: '90',
        assumedError: false,
      },
    },
  }
}

/** An entry whose uid is a track of its own unless one is given. Its time tells its sequence. */
export function sampleEntry(seq: number, uid = `sample.${seq}`): JournalEntry {
  return {
    seq,
    source: 'sample',
    id: `s-${seq}`,
    event: sampleEvent(seq, uid),
    trace: `trace-${seq}`,
    publishedMs: T0 + seq,
    receivedMs: T0 + seq,
    journalledMs: T0 + seq,
    bytes: 300,
    detection: NOTHING,
  }
}

/** Entries with sequences `from` up to and with `to`; their uids cycle through so many tracks. */
export function sampleEntries(from: number, to: number, tracks = Number.POSITIVE_INFINITY): JournalEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const seq = from + i
    return sampleEntry(seq, tracks === Number.POSITIVE_INFINITY ? undefined : `sample.${seq % tracks}`)
  })
}

/** The entry as an event, padded to about so many bytes. */
export function sampleXml({ event }: JournalEntry, bytes = 0): Uint8Array {
  const time = new Date(event.timeMs).toISOString()
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<event version="2.0" uid="${event.uid}" type="${event.type}" how="${event.how}" time="${time}" start="${time}" stale="${new Date(event.staleMs).toISOString()}"><point lat="${event.lat}" lon="${event.lon}" hae="${event.haeM}" ce="${event.ceM}" le="${event.leM}"/><detail><contact callsign="${event.detail.callsign}"/><remarks>`
  const tail = '</remarks></detail></event>'
  return Buffer.from(head + 'x'.repeat(Math.max(0, bytes - head.length - tail.length)) + tail)
}

/** The sequence a time in an event of {@link sampleXml} stands for. */
export const seqOfTime = (time: string) => Date.parse(time) - T0
