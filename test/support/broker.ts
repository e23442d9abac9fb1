/** Real nats-server processes for tests: free ports, temporary stores, killed with -9 and started again on the same ones. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectSocket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { locateBroker } from '../../src/nats/locate.ts'

/** The project's own configuration: what users run is what is tested. */
export const PROJECT_CONF = new URL('../../nats.conf', import.meta.url).pathname

export interface BrokerStart {
  /** Configuration file; the project's by default. */
  readonly conf?: string
  /** Port; a free one by default. */
  readonly port?: number
  /** Store directory; a temporary one, removed by {@link TestBroker.stop}, by default. */
  readonly storeDir?: string
  /** More arguments for nats-server, such as `['--user', 'u', '--pass', 'p']`. */
  readonly args?: readonly string[]
}

export class TestBroker {
  readonly port: number
  readonly storeDir: string
  readonly #start: BrokerStart
  readonly #ownsStore: boolean
  #child: ChildProcess | undefined
  #log = ''

  constructor(start: BrokerStart, port: number, storeDir: string) {
    this.#start = start
    this.port = port
    this.storeDir = storeDir
    this.#ownsStore = start.storeDir === undefined
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  /** Process id of the running server. */
  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error('the test broker is not running')
    return pid
  }

  /** What the server printed so far. */
  get log(): string {
    return this.#log
  }

  /** Starts the server on its port and store; resolves when it accepts connections. */
  async start(): Promise<void> {
    const args = ['-c', this.#start.conf ?? PROJECT_CONF, '-a', '127.0.0.1', '-p', `${this.port}`, '-sd', this.storeDir]
    const child = spawn(locateBroker(), [...args, ...(this.#start.args ?? [])], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    // A test file that forgets to stop its broker, or fails before it can, must not leave it behind.
    const endWithUs = () => child.kill('SIGKILL')
    process.once('exit', endWithUs)
    child.once('exit', () => process.off('exit', endWithUs))
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString()
    })
    await accepts(this.port, () => {
      if (child.exitCode !== null) throw new Error(`nats-server left with ${child.exitCode}:\n${this.#log}`)
    })
  }

  /** Kills the server with -9, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Starts the server again on the same port and store; kills it first if it still runs. */
  async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Freezes the server: connections stay open and nothing is answered, as behind a dead network. Resolves once it is. */
  async pause(): Promise<void> {
    process.kill(this.pid, 'SIGSTOP')
    // The signal is on its way when kill returns; an answer may still slip out before it arrives.
    while (!execFileSync('ps', ['-o', 'state=', '-p', `${this.pid}`], { encoding: 'utf8' }).startsWith('T'))
      await sleep(2)
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT')
  }

  /** Stops the server and removes its temporary store. */
  async stop(): Promise<void> {
    await this.#end('SIGKILL')
    if (this.#ownsStore) await rm(this.storeDir, { recursive: true, force: true })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const left = once(child, 'exit')
    child.kill(signal)
    await left
  }
}

/** Starts a real nats-server; stop it in `afterEach` or `afterAll`. */
export async function startBroker(start: BrokerStart = {}): Promise<TestBroker> {
  const port = start.port ?? (await freePort())
  const storeDir = start.storeDir ?? (await mkdtemp(join(tmpdir(), 'sightline-broker-')))
  const broker = new TestBroker(start, port, storeDir)
  await broker.start()
  return broker
}

/** A port on loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

async function accepts(port: number, alive: () => void): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    alive()
    if (await greets(port)) return
    if (Date.now() > deadline) throw new Error(`nats-server did not accept connections on ${port} in 10 s`)
    await sleep(15)
  }
}

/** True when something on the port sends the first line of the NATS protocol. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1')
    const answer = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.setTimeout(1_000, () => answer(false))
    socket.on('data', (chunk) => answer(chunk.toString().startsWith('INFO ')))
    socket.on('error', () => answer(false))
    socket.on('close', () => answer(false))
  })
}
