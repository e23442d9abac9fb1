/** Connections to test brokers, all closed by one call. */
import { type BrokerConnection, type BrokerOptions, connectBroker } from '../../src/nats/connection.ts'
import { LogRecorder } from './log-recorder.ts'

export class Links {
  readonly log = new LogRecorder()
  readonly #open: BrokerConnection[] = []

  /** Connects; reconnects quickly, so that tests of lost connections take little time. */
  async connect(url: string, options: Partial<BrokerOptions> = {}): Promise<BrokerConnection> {
    const link = await connectBroker({
      url,
      name: 'sightline test',
      instance: 'test',
      log: this.log,
      reconnectWaitMs: 40,
      patienceMs: 5_000,
      ...options,
    })
    this.#open.push(link)
    return link
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((link) => link.close()))
  }
}
