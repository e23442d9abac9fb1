/**
 * One detection in, its CoT event out, from Node with NATS's own client.
 *
 *   npm start                                         in one terminal
 *   npx node examples/node/publish-and-watch.ts       in another; NATS_URL says where, when not on this machine
 *
 * Leaves with 0 when the event came, and with 1 when it did not come within ten seconds.
 */
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const WAIT_MS = 10_000

const connection = await connect({ servers: process.env.NATS_URL ?? 'nats://127.0.0.1:4222' })

// Subscribed before anything is published: a plain subscription gets only what comes after it.
const events = connection.subscribe('cot.>')
await connection.flush()

const detection = {
  id: `node-${Date.now().toString(36)}-${process.pid}`,
  time: new Date().toISOString(),
  class: 'truck',
  confidence: 0.87,
  trackId: '12',
  position: { lat: 37.4126, lon: -119.8714, accuracy: { horizontalM: 8, basis: 'ce90' } },
}

// Through JetStream, which answers once the detection is stored; a plain publish would not tell.
const ack = await jetstream(connection).publish('detections.node-example', JSON.stringify(detection))
console.error(`stored as number ${ack.seq} of ${ack.stream}`)

const timer = setTimeout(() => events.unsubscribe(), WAIT_MS)
let found = false
for await (const event of events) {
  if (event.headers?.get('Sightline-Detection-Id') !== detection.id) continue
  console.log(event.string())
  found = true
  break
}
clearTimeout(timer)
await connection.drain()
if (!found) {
  console.error(`no event for ${detection.id} within ${WAIT_MS / 1_000} s: is Sightline running? Look at deadletters.>`)
  process.exitCode = 1
}
