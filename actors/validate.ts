/** Reads messages: bytes in, checked detections or named faults out, element by element. */
import { type MessageReading, readMessage } from '../src/domain/message.ts'
import type { Delivery } from '../src/port/delivery.ts'
import type { Behavior } from './kernel/actor.ts'

export interface ValidateOptions {
  /** Longest time an observation may lie ahead of its arrival, milliseconds. */
  readonly maxAheadMs: number
}

/** Answers one reading per delivery, in order. */
export function validateBehavior(options: ValidateOptions): Behavior<readonly Delivery[], MessageReading[]> {
  return {
    receive: (deliveries) =>
      deliveries.map((delivery) =>
        readMessage(delivery.data, {
          source: delivery.source,
          receivedMs: delivery.receivedMs,
          maxAheadMs: options.maxAheadMs,
        }),
      ),
  }
}
