/**
 * Conservation, number by number: what was published is on a CoT subject once and at the sink, or dead, or a duplicate.
 *
 * A rate of events that were lost is no rate, so every scenario ends here, outside of the time that is measured.
 */
import { jetstream } from '@nats-io/jetstream'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { COT, DEADLETTERS } from '../../src/nats/streams.ts'
import { BrokenRun } from '../broken-run.ts'
import { numberInBytes, numberInId } from '../load/detections.ts'
import type { Rig } from '../load/rig.ts'

export interface Expected {
  /** Numbers run from 0 to this, exclusive. */
  readonly numbers: number
  /** True for a number that must end as a dead letter; none by default. */
  readonly dies?: (n: number) => boolean
  /** Repeats that were published beside the first ones; 0 by default. */
  readonly repeats?: number
}

/** What became of everything. */
export interface Account {
  readonly published: number
  readonly onSubjects: number
  readonly dead: number
  readonly duplicates: number
  /** Events that the sink was sent again: allowed, and worth knowing. */
  readonly sentAgain: number
}

/** What was found at the end, by number where that can be. */
export interface Found {
  readonly onSubjects: ArrayLike<number>
  readonly dead: ArrayLike<number>
  readonly atSink: ArrayLike<number>
  readonly duplicates: number
  /** Messages that nobody has settled. */
  readonly left: number
}

/** @throws BrokenRun naming what does not add up */
export async function account(rig: Rig, expected: Expected): Promise<Account> {
  const { numbers, repeats = 0 } = expected
  const onSubjects = await timesSeen(rig.link, COT, numbers, (id) => numberInId(id))
  const dead = await timesSeen(rig.link, DEADLETTERS, numbers, (_, data) => numberInBytes(data))
  const { times: atSink } = await rig.sink.arrivals()
  const duplicates = await duplicatesSeen(rig)
  const { detections: left } = await rig.stored()
  const wrong = discrepancies(expected, { onSubjects, dead, atSink, duplicates, left })
  if (wrong.length > 0) throw new BrokenRun(`it does not add up: ${wrong.join('; ')}`)
  return {
    published: numbers + repeats,
    onSubjects: sum(onSubjects),
    dead: sum(dead),
    duplicates,
    sentAgain: rig.sink.total - rig.sink.distinct,
  }
}

/** What does not add up, in words; empty when everything does. */
export function discrepancies({ numbers, dies = () => false, repeats = 0 }: Expected, found: Found): string[] {
  const wrong: string[] = []
  const times = (counts: ArrayLike<number>, n: number): number => counts[n] ?? 0
  const blame = (what: string, holds: (n: number) => boolean): void => {
    const bad = numbersWhere(numbers, (n) => !holds(n))
    if (bad.length > 0) wrong.push(`${bad.length} ${what} (first: ${bad.slice(0, 5).join(', ')})`)
  }
  const { onSubjects, dead, atSink, duplicates, left } = found
  blame('neither on a CoT subject nor dead', (n) => times(onSubjects, n) + times(dead, n) > 0)
  blame('on a CoT subject more than once', (n) => times(onSubjects, n) <= 1)
  blame('dead more than once', (n) => times(dead, n) <= 1)
  blame('dead though good, or on a CoT subject though bad', (n) => times(dies(n) ? onSubjects : dead, n) === 0)
  blame('on a CoT subject and not at the sink', (n) => times(onSubjects, n) === 0 || times(atSink, n) > 0)
  blame('at the sink and not on a CoT subject', (n) => times(atSink, n) === 0 || times(onSubjects, n) > 0)
  if (duplicates !== repeats) wrong.push(`${duplicates} duplicates counted where ${repeats} were published`)
  if (left !== 0) wrong.push(`${left} messages still in the input stream`)
  return wrong
}

/** How often each number is in a stream. */
async function timesSeen(
  link: BrokerConnection,
  stream: string,
  numbers: number,
  numberOf: (id: string, data: Uint8Array) => number | undefined,
): Promise<Uint16Array> {
  const seen = new Uint16Array(numbers)
  const headersOnly = stream === COT
  const consumer = await jetstream(link.nc).consumers.get(stream, { headers_only: headersOnly })
  const { num_pending: count } = await consumer.info()
  if (count === 0) return seen
  const messages = await consumer.consume({ max_messages: 5_000 })
  for await (const message of messages) {
    const n = numberOf(message.headers?.get('Sightline-Detection-Id') ?? '', message.data)
    if (n === undefined || n >= numbers) throw new BrokenRun(`stream ${stream} holds something nobody published`)
    seen[n] = (seen[n] as number) + 1
    if (message.info.pending === 0) break
  }
  await messages.close()
  return seen
}

/** The service's own count, from its metrics page. */
async function duplicatesSeen(rig: Rig): Promise<number> {
  const page = (await rig.service?.metrics()) ?? ''
  const rows = page.matchAll(/^detection_ingestion_total\{[^}]*status="duplicate"[^}]*\} (\d+)$/gm)
  return sum([...rows].map((row) => Number(row[1])))
}

function numbersWhere(count: number, holds: (n: number) => boolean): number[] {
  const found: number[] = []
  for (let n = 0; n < count; n++) if (holds(n)) found.push(n)
  return found
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
