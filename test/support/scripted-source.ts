/** A delivery source that gives what a test puts into it, and remembers every question and every settlement. */
import type { Delivery, DeliverySource, Settlement } from '../../src/port/delivery.ts'

export class ScriptedDelivery implements Delivery {
  readonly subject: string
  readonly trace: string
  readonly publishedMs = 0
  readonly receivedMs = 0
  readonly settlements: Settlement[] = []
  heartbeats = 0
  readonly source: string
  readonly data: Uint8Array
  readonly streamSeq: number
  readonly attempt: number

  constructor(streamSeq: number, data = 'x', attempt = 1, source = 'cam') {
    this.source = source
    this.subject = `detections.${source}`
    this.data = Buffer.from(data)
    this.streamSeq = streamSeq
    this.attempt = attempt
    this.trace = `t${streamSeq}`
  }

  get settled(): boolean {
    return this.settlements.length > 0
  }

  settle(how: Settlement): void {
    if (this.settled) throw new Error(`delivery ${this.streamSeq} was settled twice`)
    this.settlements.push(how)
  }

  working(): void {
    this.heartbeats += 1
  }
}

export class ScriptedSource implements DeliverySource {
  outstanding = 0
  outstandingBytes = 0
  readonly pulls: { messages: number; bytes: number }[] = []
  stopped = false

  pull(messages: number, bytes: number): void {
    this.pulls.push({ messages, bytes })
    this.outstanding += messages
  }

  /** What a broker does with a question: hands over at most what was asked for. */
  deliver(deliveries: readonly Delivery[], to: (delivery: Delivery) => void): void {
    for (const delivery of deliveries) {
      if (this.outstanding === 0) throw new Error('delivered more than was asked for')
      this.outstanding -= 1
      to(delivery)
    }
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.outstanding = 0
  }
}
