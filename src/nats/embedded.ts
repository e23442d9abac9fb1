/**
 * The broker as a child process of ours: started on the project's nats.conf, its lines in our log, stopped with us.
 *
 * Invariants: when `start` resolves, our own child (told by its server name) accepts connections; every end that
 * `stop` did not ask for is told to `onExit` once. Starting it again is the caller's business, and keeps port and store.
 * It runs in a process group of its own: Ctrl-C in a terminal must reach it last, after what it holds is drained.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Fault, FaultError, fault } from '../fault/fault.ts'
import type { Log } from '../port/log.ts'
import { greeting } from './greeting.ts'
import { pidFileText, stopOrphan } from './orphan.ts'

export interface EmbeddedOptions {
  /** The nats-server program; see `locateBroker`. */
  readonly binary: string
  readonly conf: string
  /** Directory of the broker's data and pid file; made when missing. */
  readonly dataDir: string
  /** `free`: one that nobody uses, the same again after a restart. */
  readonly port: number | 'free'
  readonly log: Log
  /** Called when the broker ends without having been asked to. */
  readonly onExit: (because: Fault) => void
  /** How the port is set, for the message when it is taken; `nats.port (SIGHTLINE_NATS_PORT)`. */
  readonly portSetting?: string
  /** How long it may take until it accepts connections; recovering large streams takes time. 60,000 ms. */
  readonly startMs?: number
  /** How long it may take to stop before it is killed; 5,000 ms. */
  readonly stopMs?: number
}

const HOST = '127.0.0.1'
/** How nats-server marks its lines. */
const LINE = /^\[\d+\] \S+ \S+ \[([A-Z]+)\] ?(.*)$/
/** A free port can be taken by another between looking and starting. */
const FREE_PORT_TRIES = 5

export class EmbeddedBroker {
  readonly #options: EmbeddedOptions
  readonly #storeDir: string
  readonly #pidFile: string
  readonly #endWithUs = () => this.#child?.kill('SIGTERM')
  #child: ChildProcess | undefined
  #port: number | undefined
  #stopping = false
  #lastComplaint = ''

  constructor(options: EmbeddedOptions) {
    this.#options = options
    this.#storeDir = resolve(options.dataDir)
    this.#pidFile = join(this.#storeDir, 'broker.pid')
    this.#port = options.port === 'free' ? undefined : options.port
  }

  /** Port it listens on; undefined before the first start on a free one. */
  get port(): number | undefined {
    return this.#port
  }

  /** Where clients connect. */
  get url(): string {
    return `nats://${HOST}:${this.#port ?? 0}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Starts it and waits until it accepts connections. An orphan of an earlier run on the same data is stopped first.
   * @throws FaultError `port-taken` with both ways out, `broker-missing` when the program cannot be run,
   * `store-locked` when another live process owns the data, `broker-unreachable` when it does not come up
   */
  async start(): Promise<void> {
    if (this.#child !== undefined) throw new FaultError(fault('internal', 'the embedded broker was started twice'))
    const { log, stopMs = 5_000 } = this.#options
    mkdirSync(this.#storeDir, { recursive: true })
    await stopOrphan(this.#pidFile, this.#storeDir, stopMs, log)
    const fixed = this.#port
    for (let tries = 1; ; tries++) {
      const port = fixed ?? (await freePort())
      if (fixed !== undefined && !(await isFree(fixed))) throw this.#portTaken(fixed)
      try {
        await this.#launch(port)
        this.#port = port
        return
      } catch (error) {
        await this.stop()
        const taken = error instanceof FaultError && error.fault.code === 'port-taken'
        if (!taken || fixed !== undefined || tries === FREE_PORT_TRIES) throw error
      }
    }
  }

  /** Stops it: SIGTERM, then SIGKILL after the deadline. Resolves when it is gone; `onExit` is not called. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#stopping = true
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#options.stopMs ?? 5_000)
    await gone
    clearTimeout(kill)
  }

  async #launch(port: number): Promise<void> {
    const { binary, conf, log, startMs = 60_000 } = this.#options
    const name = `sightline-${process.pid}-${port}`
    this.#stopping = false
    this.#lastComplaint = ''
    const child = spawn(binary, ['-c', resolve(conf), '-a', HOST, '-p', `${port}`, '-n', name, '-sd', this.#storeDir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    this.#child = child
    let ready = false
    const early = new Promise<Fault>((resolve) => {
      child.once('error', (error) => {
        this.#child = undefined
        resolve(fault('broker-missing', `${binary} does not run: ${error.message}`, { cause: error }))
      })
      child.once('close', (code, signal) => {
        const because = this.#ended(port, code, signal)
        if (ready && !this.#stopping) this.#options.onExit(because)
        resolve(because)
      })
    })
    if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => this.#heard(line))
    process.once('exit', this.#endWithUs)
    if (child.pid !== undefined) writeFileSync(this.#pidFile, pidFileText({ broker: child.pid, owner: process.pid }))
    const because = await Promise.race([early, comesUp(port, name, startMs, () => this.#child === child)])
    if (because !== undefined) throw new FaultError(because)
    ready = true
    log.info({ pid: child.pid, port, storeDir: this.#storeDir }, 'the embedded broker is up')
  }

  /** Tidies up after a child that is gone and says why it went. */
  #ended(port: number, code: number | null, signal: string | null): Fault {
    this.#child = undefined
    process.off('exit', this.#endWithUs)
    rmSync(this.#pidFile, { force: true })
    if (/address already in use/i.test(this.#lastComplaint)) return this.#portTaken(port).fault
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`
    const said = this.#lastComplaint === '' ? '' : `; it said: ${this.#lastComplaint}`
    return fault('broker-unreachable', `The embedded broker ended ${how}${said}`)
  }

  #heard(line: string): void {
    const [, level = '', text = line] = LINE.exec(line) ?? []
    const fields = { from: 'nats-server' }
    if (level === 'ERR' || level === 'FTL' || level === '') {
      if (text.trim() !== '') this.#lastComplaint = text
      this.#options.log.error(fields, text)
    } else if (level === 'WRN') this.#options.log.warn(fields, text)
    else this.#options.log.debug(fields, text)
  }

  #portTaken(port: number): FaultError {
    const setting = this.#options.portSetting ?? 'nats.port (SIGHTLINE_NATS_PORT)'
    return new FaultError(
      fault(
        'port-taken',
        `Port ${port} on ${HOST}, where the embedded broker should listen, is taken. Either set another port with ${setting}, ` +
          `or use the broker that is running there: SIGHTLINE_NATS_URL=nats://${HOST}:${port}`,
      ),
    )
  }
}

/** Resolves with nothing when the server of this name greets on the port, or with a fault when it does not in time. */
async function comesUp(
  port: number,
  name: string,
  withinMs: number,
  isThere: () => boolean,
): Promise<Fault | undefined> {
  const deadline = performance.now() + withinMs
  while (isThere() && performance.now() < deadline) {
    const hello = await greeting(HOST, port, 1_000)
    if (hello?.server_name === name) return undefined
    await sleep(20)
  }
  return fault(
    'broker-unreachable',
    `The embedded broker did not accept connections on port ${port} within ${withinMs} ms`,
  )
}

function listening(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, HOST, () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : undefined))
    })
  })
}

async function isFree(port: number): Promise<boolean> {
  return (await listening(port)) !== undefined
}

async function freePort(): Promise<number> {
  const port = await listening(0)
  if (port === undefined) throw new FaultError(fault('port-taken', `No free port could be had on ${HOST}`))
  return port
}
