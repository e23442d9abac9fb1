/** The recording TAK server in a process of its own, so that it can be killed with -9. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { TakEvent, TakRecorderOptions } from './tak-recorder.ts'

export class TakProcess {
  port = 0
  readonly #options: TakRecorderOptions
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sightline-tak-'))
  #child: ChildProcess | undefined

  private constructor(options: TakRecorderOptions) {
    this.#options = options
  }

  static async start(options: TakRecorderOptions = {}): Promise<TakProcess> {
    const made = new TakProcess(options)
    await made.startAgain()
    return made
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'tcp' : 'tls'}://127.0.0.1:${this.port}`
  }

  /** Starts it, on the port it had before. */
  async startAgain(): Promise<void> {
    const options = { ...this.#options, port: this.port, file: this.#file }
    const program = path.join(import.meta.dirname, 'tak-recorder.ts')
    const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    this.port = (JSON.parse(line) as { port: number }).port
  }

  /** Ends it without giving it a chance to do anything. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Everything it has received so far, over all its lives. */
  received(): TakEvent[] {
    if (!fs.existsSync(this.#file)) return []
    // A kill may leave half a line; what it stood for was never confirmed.
    const lines = fs.readFileSync(this.#file, 'utf8').split('\n')
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as TakEvent)
  }

  async stop(): Promise<void> {
    await this.kill()
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }

  get #file(): string {
    return path.join(this.#folder, 'received.jsonl')
  }
}
