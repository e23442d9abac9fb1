/**
 * The bare loop: pulls from JetStream, publishes to JetStream, acknowledges when that is stored. It does no work.
 *
 * It is made of the service's own source and publish window, and is what the service would be if validating, locating,
 * journalling and TAK cost nothing. What may be under way is what the service lets in; nothing else holds it back.
 */
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { PublishWindow } from '../../src/nats/publish-window.ts'
import { JetStreamSource } from '../../src/nats/source.ts'
import { DETECTIONS } from '../../src/nats/streams.ts'
import { systemClock } from '../../src/port/clock.ts'
import type { Delivery } from '../../src/port/delivery.ts'
import { silentLog } from '../../test/support/silent.ts'
import { monotonicMs } from '../load/monotonic.ts'
import { type CeilingAnswer, timing } from './task.ts'

/** The service's own default. */
const CREDITS = 4_096
const PULL_BYTES = 8 * 2 ** 20
const ANSWER_MS = 20_000

/** What goes out for a delivery that came in. */
export type Forward = (delivery: Delivery) => {
  readonly subject: string
  readonly payload: Uint8Array
  readonly headers: MsgHdrs
}

/** The message as it came, under the headers that are the least a publish window sends: none. */
export function asItCame(): Forward {
  const none = headers()
  return ({ data }) => ({ subject: 'cot.a.u.G', payload: data, headers: none })
}

/** Bytes and headers as large as the service's events. */
export function asLargeAsAnEvent(event: Uint8Array): Forward {
  return (delivery) => {
    const lines = headers()
    lines.set('Nats-Msg-Id', `${delivery.trace}`)
    lines.set('Sightline-Detection-Id', `b-${delivery.streamSeq}`)
    lines.set('Sightline-Source', delivery.source)
    lines.set('Sightline-Trace', delivery.trace)
    return { subject: 'cot.a.u.G', payload: event, headers: lines }
  }
}

/** Relays so many messages; without `forward` it only pulls and acknowledges them. */
export async function relay(link: BrokerConnection, count: number, forward?: Forward): Promise<CeilingAnswer> {
  let done = 0
  let inside = 0
  let finish: () => void = () => {}
  let fail: (because: Error) => void = () => {}
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const settled = (delivery: Delivery) => {
    delivery.settle({ kind: 'ack' })
    inside -= 1
    done += 1
    if (done === count) finish()
    else ask()
  }
  const window = new PublishWindow<Delivery>(link, ANSWER_MS, systemClock, {
    onStored: settled,
    onRefused: (_, { description }) => fail(new Error(`the broker refused: ${description}`)),
    onOverdue: () => fail(new Error(`the broker did not answer within ${ANSWER_MS} ms`)),
  })
  const arrived = (delivery: Delivery) => {
    inside += 1
    if (forward === undefined) return settled(delivery)
    const { subject, payload, headers } = forward(delivery)
    window.publish(subject, payload, headers, delivery)
  }
  const source = new JetStreamSource(
    link,
    { onDelivery: arrived, onIdle: () => ask() },
    { stream: DETECTIONS, consumer: 'sightline', log: silentLog, onFault: ({ reason }) => fail(new Error(reason)) },
  )
  const ask = () => {
    const free = CREDITS - inside - source.outstanding
    if (free >= CREDITS / 8) source.pull(free, PULL_BYTES)
  }
  const answer = await timing(monotonicMs, async () => {
    ask()
    await finished
    // The last acknowledgements are on their way until the broker has answered what came after them.
    await link.nc.flush()
  })
  window.close()
  await source.stop()
  return answer
}
