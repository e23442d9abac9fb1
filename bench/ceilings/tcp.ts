/** A bare TCP writer: finished events to the TAK sink, as fast as the socket takes them, without asking for proof. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeXml } from '../../src/cot/xml.ts'
import { detection } from '../load/detections.ts'
import { monotonicMs } from '../load/monotonic.ts'
import { stages } from '../load/stages.ts'
import type { CeilingAnswer } from './task.ts'

/** Events handed to the socket in one go. */
const BURST = 512

export async function writeAlone(port: number, count: number): Promise<CeilingAnswer> {
  const { through } = stages()
  const frames = Array.from({ length: count }, (_, n) => encodeXml(through(Buffer.from(detection(n))).event))
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const before = process.cpuUsage()
  const startMs = monotonicMs()
  for (let from = 0; from < count; from += BURST) {
    socket.cork()
    for (let n = from; n < Math.min(count, from + BURST); n++) socket.write(frames[n] as Uint8Array)
    socket.uncork()
    if (socket.writableNeedDrain) await once(socket, 'drain')
  }
  const { user, system } = process.cpuUsage(before)
  socket.end()
  await once(socket, 'finish')
  return { startMs, cpuSeconds: (user + system) / 1e6 }
}
