/** The real service as a child process: started, watched from outside, killed with -9, stopped, started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Health } from '../../src/http/health.ts'
import { type Runtime, readRuntime } from '../../streams/runtime.ts'
import { until } from './until.ts'

const PROGRAM = join(import.meta.dirname, 'service-program.ts')

export type Environment = Readonly<Record<string, string>>

export class ServiceProcess {
  readonly dataDir: string
  readonly #env: Environment
  readonly #ownsData: boolean
  #child: ChildProcess | undefined
  #lines = ''

  /** @param env settings by their environment names; data directory and HTTP address are given unless named */
  constructor(env: Environment) {
    this.#ownsData = env.SIGHTLINE_DATA_DIR === undefined
    this.dataDir = env.SIGHTLINE_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'sightline-service-'))
    this.#env = { SIGHTLINE_HTTP: '127.0.0.1:0', ...env, SIGHTLINE_DATA_DIR: this.dataDir }
  }

  static async start(env: Environment): Promise<ServiceProcess> {
    const service = new ServiceProcess(env)
    await service.start()
    return service
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the service is not running')
    return this.#child.pid
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Everything it logged so far, over all its lives. */
  get log(): string {
    return this.#lines
  }

  get runtime(): Runtime {
    const runtime = readRuntime(this.dataDir)
    if (runtime === undefined) throw new Error(`no service runs on ${this.dataDir}:\n${this.#lines.slice(-4_000)}`)
    return runtime
  }

  /**
   * Starts the process without waiting for anything.
   * @param changes to the environment, for this life only
   */
  launch(changes: Environment = {}): ChildProcess {
    const child = spawn(process.execPath, [PROGRAM], {
      env: { PATH: process.env.PATH, ...this.#env, ...changes },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#lines += chunk.toString()
    })
    this.#child = child
    return child
  }

  /** Starts it and waits until it is up. */
  async start(changes: Environment = {}): Promise<void> {
    const child = this.launch(changes)
    await until(
      () => {
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`the service left with ${child.exitCode ?? child.signalCode}:\n${this.#lines.slice(-4_000)}`)
        }
        return readRuntime(this.dataDir)?.pid === child.pid
      },
      'the service is up',
      30_000,
    )
  }

  /** Ends it with -9 and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to stop; answers its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Waits until it left by itself; answers exit code or signal. */
  async left(): Promise<number | NodeJS.Signals | null> {
    const child = this.#child
    if (child === undefined) return null
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode ?? child.signalCode
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill()
    if (this.#ownsData) rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** What the health endpoint says. */
  async health(): Promise<Health> {
    return (await (await fetch(`${this.runtime.http}/api/v1/health`)).json()) as Health
  }

  /** What the health endpoint says about one sink. */
  async sink(name: string): Promise<Health['components']['sinks'][string]> {
    const view = (await this.health()).components.sinks[name]
    if (view === undefined) throw new Error(`there is no sink ${name}`)
    return view
  }

  /** The number of a metric's series whose labels contain these; 0 when there is none. */
  async metric(name: string, labels: Environment = {}): Promise<number> {
    const page = await (await fetch(`${this.runtime.http}/metrics`)).text()
    const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`)
    const line = page
      .split('\n')
      .find(
        (each) => (each.startsWith(`${name}{`) || each.startsWith(`${name} `)) && wanted.every((w) => each.includes(w)),
      )
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
  }

  /** Memory only this process holds, bytes; what the store maps from disk is not in it. */
  rssAnon(): number {
    const row = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))
    return Number(row?.[1] ?? 0) * 1_024
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    }
    return child.exitCode
  }
}
