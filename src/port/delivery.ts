/** One message on its way in, with the token that settles it. */

/**
 * How a delivery ends, exactly once:
 * `ack` (journalled), `nak` (transient: deliver again after the delay), `term` (poison, after its dead letters are written).
 */
export type Settlement =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak'; readonly delayMs: number }
  | { readonly kind: 'term' }

export interface Delivery {
  readonly subject: string
  /** The token after `detections.`: the authority on who sent it. */
  readonly source: string
  readonly data: Uint8Array
  /** Trace id: from `Sightline-Trace` or `traceparent` when it came with one, else made on arrival. */
  readonly trace: string
  readonly traceparent?: string
  /** 1 on the first delivery. */
  readonly attempt: number
  /** Sequence in the input stream: names the message for ever. */
  readonly streamSeq: number
  /** When the broker stored it and when it reached us, milliseconds since the Unix epoch. */
  readonly publishedMs: number
  readonly receivedMs: number
  /** Settles the delivery. A second call is a bug and throws. */
  settle(how: Settlement): void
  readonly settled: boolean
  /** Tells the broker that work goes on, so that it does not deliver again. */
  working(): void
}

/** Where deliveries come from. It sends nothing that was not asked for. */
export interface DeliverySource {
  /** Asks for at most this many messages and bytes; what comes is handed to `onDelivery`. Never call with less than 1. */
  pull(maxMessages: number, maxBytes: number): void
  /** Asked for and not yet come or given up. */
  readonly outstanding: number
  /** Bytes that may still come for what is outstanding. */
  readonly outstandingBytes: number
  /** Stops asking; deliveries that still arrive are handed over as before. Resolves when none can come any more. */
  stop(): Promise<void>
}

export interface SourceHandlers {
  onDelivery(delivery: Delivery): void
  /** The outstanding count went down without a delivery (expired, refused for size, reconnected). */
  onIdle(): void
}
