/**
 * Makes the streams and the consumer, or changes them where the server allows it, and reads them back.
 *
 * Invariant: when it resolves, the server itself said that everything is as wanted. Old servers take settings they do
 * not know without a word, so being told "created" proves nothing.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConsumerInfo,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamInfo,
} from '@nats-io/jetstream'
import { FaultError, fault } from '../fault/fault.ts'
import type { BrokerConnection } from './connection.ts'
import { isOlder, OLDEST_BROKER } from './locate.ts'
import {
  DETECTIONS,
  type Difference,
  differences,
  type StreamSettings,
  type WantedConsumer,
  type WantedStream,
  wantedConsumer,
  wantedStreams,
} from './streams.ts'

/** What was done, each named as `stream COT` or `consumer sightline`, and what is worth a person's attention. */
export interface Provisioned {
  readonly created: readonly string[]
  readonly changed: readonly string[]
  readonly warnings: readonly string[]
}

/** JetStream's own numbers for "there is none". */
const NOT_FOUND = new Set([10014, 10059])
/** JetStream is still coming up: temporarily unavailable, or without a leader. */
const NOT_YET = new Set([10008, 10118])
const SUBJECTS_OVERLAP = 10065
const NO_STORAGE = 10047
/** Settings no server changes on something that exists. */
const FIXED = new Set(['retention', 'storage', 'ack_policy', 'deliver_policy', 'replay_policy'])
/** A detection message may be 1 MiB, and its dead letter carries it with headers. */
const WANTED_PAYLOAD = 1024 * 1024 + 64 * 1024

/**
 * Provisions DETECTIONS, COT, DEADLETTERS and the durable consumer. Does nothing when all is as wanted already.
 * @param patienceMs how long to wait for a JetStream that is still coming up
 * @throws FaultError `broker-config` with a sentence for each difference that stays, or `broker-unreachable`
 */
export async function provision(
  link: BrokerConnection,
  settings: StreamSettings,
  patienceMs = 15_000,
): Promise<Provisioned> {
  if (link.connected && link.nc.info?.jetstream !== true) {
    throw config(
      `The broker at ${link.server} runs without JetStream: start it with -js, or with the nats.conf of this project`,
    )
  }
  const work: Work = {
    created: [],
    changed: [],
    jsm: await jetstreamManager(link.nc, { checkAPI: false, timeout: 2_000 }),
  }
  const deadline = performance.now() + patienceMs
  for (const stream of wantedStreams(settings)) await whenReady(deadline, link, () => ensureStream(work, stream))
  await whenReady(deadline, link, () => ensureConsumer(work, wantedConsumer(settings)))
  return { created: work.created, changed: work.changed, warnings: warnings(link) }
}

interface Work {
  readonly jsm: JetStreamManager
  readonly created: string[]
  readonly changed: string[]
}

async function ensureStream({ jsm, created, changed }: Work, wanted: WantedStream): Promise<void> {
  const name = `stream ${wanted.name}`
  const before = await found<StreamInfo>(() => jsm.streams.info(wanted.name))
  if (before === undefined) {
    await accepted(name, () => jsm.streams.add(wanted), jsm, wanted.subjects)
    created.push(name)
  } else {
    const wrong = differences(wanted, before.config)
    if (wrong.length === 0) return
    refuseFixed(name, wrong, `nats stream rm ${wanted.name}`)
    await accepted(name, () => jsm.streams.update(wanted.name, wanted), jsm, wanted.subjects)
    changed.push(name)
  }
  const after = await jsm.streams.info(wanted.name)
  refuseDifferent(name, differences(wanted, after.config))
}

async function ensureConsumer({ jsm, created, changed }: Work, wanted: WantedConsumer): Promise<void> {
  const durable = wanted.durable_name ?? ''
  const name = `consumer ${durable}`
  const before = await found<ConsumerInfo>(() => jsm.consumers.info(DETECTIONS, durable))
  if (before === undefined) {
    await accepted(name, () => jsm.consumers.add(DETECTIONS, wanted), jsm, [])
    created.push(name)
  } else {
    if (before.config.deliver_subject !== undefined) {
      throw config(
        `The ${name} pushes to ${before.config.deliver_subject}; one that is pulled from is needed. Remove it: nats consumer rm ${DETECTIONS} ${durable}`,
      )
    }
    const wrong = differences(wanted, before.config)
    if (wrong.length === 0) return
    refuseFixed(name, wrong, `nats consumer rm ${DETECTIONS} ${durable}`)
    await accepted(name, () => jsm.consumers.update(DETECTIONS, durable, wanted), jsm, [])
    changed.push(name)
  }
  const after = await jsm.consumers.info(DETECTIONS, durable)
  refuseDifferent(name, differences(wanted, after.config))
}

/** The answer, or undefined where there is no such stream or consumer. */
async function found<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof JetStreamApiError && NOT_FOUND.has(error.code)) return undefined
    throw error
  }
}

/** Runs a change and turns the server's refusal into a sentence a person can act on. */
async function accepted(
  name: string,
  change: () => Promise<unknown>,
  jsm: JetStreamManager,
  subjects: readonly string[],
): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || NOT_YET.has(error.code)) throw error
    if (error.code === SUBJECTS_OVERLAP) {
      const other = await jsm.streams.find(subjects[0] ?? '').catch(() => 'another stream')
      throw config(
        `The ${name} cannot be made: ${other} already takes ${subjects.join(', ')}. Remove that stream or change its subjects`,
      )
    }
    if (error.code === NO_STORAGE) {
      throw config(
        `The ${name} cannot be made: the byte limits of the streams are more than the broker may store. Lower them, or raise max_file_store in nats.conf`,
      )
    }
    throw config(`The server refuses the ${name}: ${error.message}`)
  }
}

function refuseFixed(name: string, wrong: readonly Difference[], removal: string): void {
  const fixed = wrong.filter((each) => FIXED.has(each.setting))
  if (fixed.length > 0)
    throw config(
      `${sentences(name, fixed)} This cannot be changed in place; if nothing in it is needed any more: ${removal}`,
    )
}

function refuseDifferent(name: string, wrong: readonly Difference[]): void {
  if (wrong.length > 0)
    throw config(`${sentences(name, wrong)} The server took the setting and did not keep it; it may be too old`)
}

function sentences(name: string, wrong: readonly Difference[]): string {
  return wrong
    .map(
      ({ setting, wanted, found: has }) => `The ${name} has ${setting} ${shown(has)}, and ${shown(wanted)} is needed.`,
    )
    .join(' ')
}

function shown(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value)
}

function config(reason: string): FaultError {
  return new FaultError(fault('broker-config', reason))
}

function warnings(link: BrokerConnection): string[] {
  const found: string[] = []
  if (isOlder(link.version, OLDEST_BROKER)) {
    found.push(`The broker is ${link.version}; what is older than ${OLDEST_BROKER} was never tried`)
  }
  if (link.maxPayload < WANTED_PAYLOAD) {
    found.push(
      `The broker takes messages up to ${link.maxPayload} bytes: copies of large dead letters will be cut; set max_payload: 4MB`,
    )
  }
  return found
}

/** Repeats what fails only because the broker is still coming up. */
async function whenReady(deadline: number, link: BrokerConnection, work: () => Promise<void>): Promise<void> {
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    try {
      await work()
      return
    } catch (error) {
      if (error instanceof FaultError) throw error
      const known = error instanceof JetStreamApiError
      if (known && !NOT_YET.has(error.code)) throw config(`JetStream refuses: ${error.message}`)
      if (performance.now() + pauseMs > deadline) {
        const because = error instanceof Error ? error.message : String(error)
        throw new FaultError(fault('broker-unreachable', `JetStream at ${link.server} does not answer (${because})`))
      }
    }
    await sleep(pauseMs)
  }
}
