/**
 * Messages that a crashed broker keeps although they were acknowledged.
 *
 * Measured on nats-server 2.9.10: after `kill -9` the consumer's state can be newer than the stream's, so that a
 * work-queue stream holds messages below the consumer's acknowledgement floor. Nobody is ever given them again, they
 * are never removed, and in time they fill a stream that refuses what is new. A consumer made anew is given everything
 * that is there; what was journalled before is recognised as a duplicate, so this is safe where a purge would trust
 * the broker's word about a crash.
 */
import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream'
import type { BrokerConnection } from './connection.ts'

const CONSUMER_NOT_FOUND = 10014

/** Sequence of the first message that was acknowledged and is still kept; undefined when there is none. */
export async function residueAt(link: BrokerConnection, stream: string, consumer: string): Promise<number | undefined> {
  const manager = await jetstreamManager(link.nc, { checkAPI: false, timeout: 5_000 })
  // The consumer is asked first: what it has settled by then, a healthy stream no longer holds.
  const { ack_floor: floor } = await manager.consumers.info(stream, consumer)
  const { state } = await manager.streams.info(stream)
  return state.messages > 0 && state.first_seq <= floor.stream_seq ? state.first_seq : undefined
}

/** Removes the consumer, so that the next one made is given everything the stream holds. */
export async function forgetConsumer(link: BrokerConnection, stream: string, consumer: string): Promise<void> {
  const manager = await jetstreamManager(link.nc, { checkAPI: false, timeout: 5_000 })
  await manager.consumers.delete(stream, consumer).catch((error: unknown) => {
    if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_NOT_FOUND) throw error
  })
}
