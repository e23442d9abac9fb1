/** Publishing alone: 300-byte messages into a stream, acknowledged, as many at once as the CoT sink has under way. */
import { headers } from '@nats-io/transport-node'
import type { BrokerConnection } from '../../src/nats/connection.ts'
import { PublishWindow } from '../../src/nats/publish-window.ts'
import { systemClock } from '../../src/port/clock.ts'
import { detection } from '../load/detections.ts'
import { monotonicMs } from '../load/monotonic.ts'
import { type CeilingAnswer, timing } from './task.ts'

const WINDOW = 512
const ANSWER_MS = 20_000

export async function publishAlone(link: BrokerConnection, count: number): Promise<CeilingAnswer> {
  const payload = Buffer.from(detection(1))
  const none = headers()
  let sent = 0
  let stored = 0
  let finish: () => void = () => {}
  let fail: (because: Error) => void = () => {}
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  const window = new PublishWindow<number>(link, ANSWER_MS, systemClock, {
    onStored: () => {
      stored += 1
      if (stored === count) finish()
      else refill()
    },
    onRefused: (_, { description }) => fail(new Error(`the broker refused: ${description}`)),
    onOverdue: () => fail(new Error(`the broker did not answer within ${ANSWER_MS} ms`)),
  })
  const refill = () => {
    while (sent < count && window.size < WINDOW) window.publish('cot.a.u.G', payload, none, sent++)
  }
  const answer = await timing(monotonicMs, () => {
    refill()
    return finished
  })
  window.close()
  return answer
}
