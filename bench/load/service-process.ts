/** The service under measurement: a process of its own with a data directory of its own, its log in a file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Runtime, readRuntime } from '../../streams/runtime.ts'
import { until } from '../../test/support/until.ts'
import { BrokenRun } from '../broken-run.ts'
import { CAMERA_SETTINGS } from './detections.ts'
import { discard, scratch } from './scratch.ts'

const PROGRAM = join(import.meta.dirname, 'service-program.ts')
/** Microseconds between two looks of the profiler. */
const PROFILE_INTERVAL_US = 500

/** Lines of its log that a broken run shows. */
const LAST_LINES = 20

export interface ServiceStart {
  /** Settings by their environment names. */
  readonly env: Readonly<Record<string, string>>
  /** Write a CPU profile. */
  readonly profile?: boolean
  /** More options for Node. */
  readonly nodeOptions?: readonly string[]
}

export class ServiceProcess {
  readonly #dir = scratch('service')
  readonly #child: ChildProcess

  private constructor({ env, profile = false, nodeOptions = [] }: ServiceStart) {
    const config = join(this.#dir, 'bench.yaml')
    writeFileSync(config, CAMERA_SETTINGS)
    const log = openSync(join(this.#dir, 'log'), 'w')
    const profiler = [`--cpu-prof`, `--cpu-prof-dir=${this.#dir}`, `--cpu-prof-interval=${PROFILE_INTERVAL_US}`]
    this.#child = spawn(process.execPath, [...nodeOptions, ...(profile ? profiler : []), PROGRAM], {
      env: {
        PATH: process.env.PATH,
        SIGHTLINE_HTTP: '127.0.0.1:0',
        SIGHTLINE_CONFIG: config,
        SIGHTLINE_DATA_DIR: join(this.#dir, 'data'),
        ...env,
      },
      stdio: ['ignore', 'ignore', log],
    })
    closeSync(log)
    // A bench that is ended at once must not leave it behind.
    const endWithUs = () => this.#child.kill('SIGKILL')
    process.once('exit', endWithUs)
    this.#child.once('exit', () => process.off('exit', endWithUs))
  }

  /** Starts the process; it is not up yet. */
  static launch(start: ServiceStart): ServiceProcess {
    return new ServiceProcess(start)
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** The last things it logged that were more than news, such as a stack trace or a fault. */
  get lastWords(): string {
    const lines = readFileSync(join(this.#dir, 'log'), 'utf8').trimEnd().split('\n')
    return lines
      .filter((line) => !line.startsWith('{"level":"info"'))
      .slice(-LAST_LINES)
      .join('\n')
  }

  /** @throws BrokenRun when it left by itself */
  assertRunning(): void {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) return
    throw new BrokenRun(`the service left with ${exitCode ?? signalCode}:\n${this.lastWords}`)
  }

  async up(): Promise<void> {
    await until(
      () => {
        this.assertRunning()
        return this.#runtime?.pid === this.pid
      },
      'the service is up',
      30_000,
    )
  }

  /** The metrics page, in Prometheus' text format. */
  async metrics(): Promise<string> {
    return (await fetch(`${this.#runtime?.http}/metrics`)).text()
  }

  /** Asks it to stop; answers the file of its CPU profile, where one was asked for. */
  async stop(): Promise<string | undefined> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) {
      const left = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await left
    }
    const name = readdirSync(this.#dir).find((file) => file.endsWith('.cpuprofile'))
    return name === undefined ? undefined : join(this.#dir, name)
  }

  /** Ends it and removes all it wrote. */
  async dispose(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) {
      const left = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await left
    }
    discard(this.#dir)
  }

  get #runtime(): Runtime | undefined {
    return readRuntime(join(this.#dir, 'data'))
  }
}
