/** Counts every detection at the end: what the broker holds on CoT subjects and in dead letters, id by id. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { type BrokerConnection, connectBroker } from '../../src/nats/connection.ts'
import { readHeader } from '../../src/nats/header-text.ts'
import { publishAll } from '../../src/nats/publisher.ts'
import { silentLog } from './silent.ts'

export interface Stored {
  readonly subject: string
  readonly id: string
  readonly data: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export class Oracle {
  readonly link: BrokerConnection

  private constructor(link: BrokerConnection) {
    this.link = link
  }

  static async at(url: string): Promise<Oracle> {
    return new Oracle(
      await connectBroker({
        url,
        name: 'oracle',
        instance: `oracle-${process.pid}`,
        log: silentLog,
        reconnectWaitMs: 50,
      }),
    )
  }

  /** Publishes detections on `detections.<source>`; resolves when the broker has stored all of them. */
  async publish(source: string, payloads: Iterable<string | Uint8Array>): Promise<number> {
    const subject = `detections.${source}`
    const messages = (function* () {
      for (const payload of payloads) yield { subject, payload: Buffer.from(payload as Uint8Array) }
    })()
    return (await publishAll(this.link, messages)).acked
  }

  /** Publishes so many a second, in bursts of a twentieth of that; resolves when all are stored. */
  async publishSteadily(source: string, perSecond: number, payloads: readonly string[]): Promise<void> {
    const burst = Math.max(1, Math.round(perSecond / 20))
    const start = performance.now()
    for (let at = 0; at < payloads.length; at += burst) {
      await this.publish(source, payloads.slice(at, at + burst))
      await sleep(Math.max(0, start + ((at + burst) / perSecond) * 1_000 - performance.now()))
    }
  }

  /** Everything stored in a stream, in order. */
  async all(stream: 'COT' | 'DEADLETTERS'): Promise<Stored[]> {
    const manager = await jetstreamManager(this.link.nc)
    const { state } = await manager.streams.info(stream)
    const stored: Stored[] = []
    if (state.messages === 0) return stored
    const consumer = await jetstream(this.link.nc).consumers.get(stream)
    const messages = await consumer.consume({ max_messages: 1_000 })
    for await (const message of messages) {
      const headers = Object.fromEntries(
        [...(message.headers?.keys() ?? [])].map((key) => [key, readHeader(message.headers?.get(key) ?? '')]),
      )
      stored.push({
        subject: message.subject,
        id: headers['Sightline-Detection-Id'] ?? '',
        data: message.data,
        headers,
      })
      if (message.info.pending === 0) break
    }
    await messages.close()
    return stored
  }

  async count(stream: 'DETECTIONS' | 'COT' | 'DEADLETTERS'): Promise<number> {
    const manager = await jetstreamManager(this.link.nc)
    return (await manager.streams.info(stream)).state.messages
  }

  /** What the input consumer still has to hand out, and what it waits to be settled. */
  async backlog(): Promise<{ pending: number; unsettled: number }> {
    const manager = await jetstreamManager(this.link.nc)
    const info = await manager.consumers.info('DETECTIONS', 'sightline')
    return { pending: info.num_pending, unsettled: info.num_ack_pending }
  }

  async close(): Promise<void> {
    await this.link.close()
  }
}
