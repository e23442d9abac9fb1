/** The loopback TAK receiver as a child process: started, killed with -9, and started again on the same port. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { FaultError, fault } from '../../src/fault/fault.ts'
import type { ReceiverLine } from './receiver.ts'

export interface ReceiverListener {
  /** An event came, for the first time or again; `atMs` is the time of day at the receiver. */
  onEvent(source: string, id: string, atMs: number): void
  /** Something came that is no event of ours. */
  onStrange(reason: string): void
}

/** The same name with the ending that this file has: `.ts`, or `.js` where it was built. */
const PROGRAM = join(import.meta.dirname, `receiver${extname(import.meta.filename)}`)
/** Of what it says on standard error only the end is kept. */
const COMPLAINT_CHARS = 2_000

export class ReceiverProcess {
  readonly #listener: ReceiverListener
  #child: ChildProcessWithoutNullStreams | undefined
  #port = 0

  constructor(listener: ReceiverListener) {
    this.#listener = listener
  }

  get url(): string {
    return `tcp://127.0.0.1:${this.#port}`
  }

  /** Process id; undefined while it is dead. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Starts it, on the port it had before if it had one, and waits until it listens.
   * @throws FaultError `internal` with what it complained of
   */
  async start(): Promise<void> {
    // In a group of its own: Ctrl-C in a terminal is for the demo, which still has something to deliver here.
    const child = spawn(process.execPath, [PROGRAM, String(this.#port)], { detached: true, env: {} })
    this.#child = child
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-COMPLAINT_CHARS)
    })
    const listens = new Promise<void>((resolve) => {
      createInterface(child.stdout).on('line', (text) => {
        const line = JSON.parse(text) as ReceiverLine
        if ('atMs' in line) this.#listener.onEvent(line.source, line.id, line.atMs)
        else if ('strange' in line) this.#listener.onStrange(line.strange)
        else {
          this.#port = line.port
          resolve()
        }
      })
    })
    const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
      throw new FaultError(fault('internal', `The TAK receiver ended (${code ?? signal}): ${complaint.trim()}`))
    })
    await Promise.race([listens, ended])
    // It is killed on purpose later on.
    ended.catch(() => undefined)
  }

  /** Ends it without giving it a chance to do anything. Resolves when everything it said has been heard. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }
}
