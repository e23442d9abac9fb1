/** The measuring TAK server, seen from the bench: where it listens, how far it is, and when each event arrived. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SinkWord } from './tak-sink.ts'

const PROGRAM = join(import.meta.dirname, 'tak-sink.ts')

type Arrivals = Extract<SinkWord, { readonly kind: 'arrivals' }>

export class SinkProcess {
  readonly #child: ChildProcess
  port = 0
  /** Different events, and all of them with those that came again. */
  distinct = 0
  total = 0
  /** When the last new event was complete, monotonic milliseconds. */
  lastMs = 0
  #onArrivals: ((arrivals: Arrivals) => void) | undefined

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (word: SinkWord) => this.#heard(word))
  }

  static async start(): Promise<SinkProcess> {
    const child = fork(PROGRAM, [], { execArgv: [], serialization: 'advanced' })
    const made = new SinkProcess(child)
    await once(child, 'message')
    return made
  }

  get url(): string {
    return `tcp://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** When each number first came, and how often. */
  arrivals(): Promise<Arrivals> {
    return new Promise((resolve) => {
      this.#onArrivals = resolve
      this.#child.send({ kind: 'arrivals' })
    })
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const left = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await left
  }

  #heard(word: SinkWord): void {
    if (word.kind === 'listening') this.port = word.port
    else if (word.kind === 'arrivals') this.#onArrivals?.(word)
    else {
      this.distinct = word.distinct
      this.total = word.total
      this.lastMs = word.lastMs
    }
  }
}
