/** Producers that publish with acknowledgement and never wait for it: the rate is theirs, whatever the broker does. */
import { headers } from '@nats-io/transport-node'
import { PublishWindow } from '../../src/nats/publish-window.ts'
import { systemClock } from '../../src/port/clock.ts'
import { BrokenRun } from '../broken-run.ts'
import { detection, idOf } from './detections.ts'
import { type Rig, SOURCE } from './rig.ts'

const ANSWER_MS = 10_000

export class Senders {
  readonly #windows: readonly PublishWindow<number>[]
  readonly #none = headers()
  #stored = 0
  #refused = ''

  private constructor(open: (senders: Senders) => PublishWindow<number>[]) {
    this.#windows = open(this)
  }

  /** So many producers with a connection each, which take turns. */
  static async connect(rig: Rig, users: number): Promise<Senders> {
    const links = await Promise.all(Array.from({ length: users }, (_, user) => rig.connect(`user-${user}`)))
    return new Senders((senders) =>
      links.map(
        (link) =>
          new PublishWindow<number>(link, ANSWER_MS, systemClock, {
            onStored: () => {
              senders.#stored += 1
            },
            onRefused: (n, { description }) => {
              senders.#refused = `${idOf(n)}: ${description}`
            },
            onOverdue: () => {
              senders.#refused = `no answer within ${ANSWER_MS} ms`
            },
          }),
      ),
    )
  }

  /** Publishes detection number n. */
  send(n: number): void {
    const window = this.#windows[n % this.#windows.length]
    window?.publish(`detections.${SOURCE}`, Buffer.from(detection(n)), this.#none, n)
  }

  /** Ends them. @throws BrokenRun unless the broker has acknowledged so many */
  close(sent: number): void {
    for (const window of this.#windows) window.close()
    if (this.#refused !== '' || this.#stored !== sent)
      throw new BrokenRun(`the broker stored ${this.#stored} of ${sent} detections ${this.#refused}`)
  }
}
