/** Runs the real command line as a person would: through the launcher, as a process of its own, on a data directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectBroker } from '../../src/nats/connection.ts'
import { request } from '../../src/nats/requests.ts'
import { readRuntime } from '../../streams/runtime.ts'
import { silentLog } from '../support/silent.ts'

const LAUNCHER = path.resolve(import.meta.dirname, '../../bin/sightline.js')
const OURS = /^(SIGHTLINE_|PYTAK_|COT_|TAK_)/

export type Environment = Readonly<Record<string, string>>

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What `up --json` says. */
export interface Announcement {
  readonly pid: number
  readonly version: string
  readonly dataDir: string
  readonly nats: string
  readonly embedded: boolean
  readonly http: string
  readonly sinks: readonly { readonly name: string; readonly kind: string; readonly target: string }[]
}

/** Something started and not yet ended. */
export class Running {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<Outcome>

  constructor(child: ChildProcess) {
    this.child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = once(child, 'close').then(([code]) => ({ code, stdout: this.stdout, stderr: this.stderr }))
  }

  /** Resolves when the text is there; rejects when the process ends without it. */
  async says(on: 'stdout' | 'stderr', wanted: string | RegExp): Promise<void> {
    const there = () => (typeof wanted === 'string' ? this[on].includes(wanted) : wanted.test(this[on]))
    const over = this.ended.then(() => true)
    while (!there()) {
      const stream = this.child[on]
      const more = stream === null ? over : Promise.race([once(stream, 'data').then(() => false), over])
      if ((await more) && !there()) throw new Error(`it ended without saying ${wanted}:\n${this.stdout}${this.stderr}`)
    }
  }
}

/** A data directory with an environment in which commands use it, and nothing of the machine's own settings. */
export class Workplace {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'sightline-cli-'))
  readonly #env: Environment
  readonly #running = new Set<Running>()

  constructor(env: Environment = {}) {
    this.#env = env
  }

  file(name: string): string {
    return path.join(this.dir, name)
  }

  get dataDir(): string {
    return this.file('data')
  }

  start(args: readonly string[], env: Environment = {}): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name))
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd: this.dir,
      env: {
        ...Object.fromEntries(inherited),
        SIGHTLINE_DATA_DIR: this.dataDir,
        SIGHTLINE_NATS_PORT: '0',
        SIGHTLINE_HTTP: '127.0.0.1:0',
        ...this.#env,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const running = new Running(child)
    this.#running.add(running)
    void running.ended.then(() => this.#running.delete(running))
    return running
  }

  /** Runs a command to its end, with the input on its standard input. */
  run(
    args: readonly string[],
    options: { readonly input?: string; readonly env?: Environment } = {},
  ): Promise<Outcome> {
    const running = this.start(args, options.env)
    running.child.stdin?.end(options.input ?? '')
    return running.ended
  }

  /** Runs a command that must answer with JSON and end well. */
  async ask<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json'])
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** Starts the service and resolves when it is up. */
  async up(env: Environment = {}): Promise<{ readonly service: Running; readonly about: Announcement }> {
    const service = this.start(['up', '--json'], env)
    await service.says('stdout', /^\}$/m)
    return { service, about: JSON.parse(service.stdout) as Announcement }
  }

  /** Ends everything that still runs, and removes the directory. */
  async close(): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGTERM')
    await Promise.all([...this.#running].map((running) => Promise.race([running.ended, killedAfter(running, 10_000)])))
    rmSync(this.dir, { recursive: true, force: true })
  }
}

async function killedAfter({ child, ended }: Running, ms: number): Promise<void> {
  await sleep(ms, undefined, { ref: false })
  child.kill('SIGKILL')
  await ended
}

/** A detection with a given position. */
export function detection(id: string, more: object = {}): object {
  return {
    id,
    source: 'test',
    time: '2025-06-01T12:00:00.000Z',
    class: 'person',
    position: { lat: 48.2, lon: 16.4, accuracy: { horizontalM: 25, basis: 'ce90' } },
    ...more,
  }
}

export const jsonLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')

/** How many detections ended which way. */
export type Counts = Readonly<Record<'accepted' | 'duplicate' | 'dead', number>>

/** What the service has counted since it started. */
export async function counted(place: Workplace): Promise<Counts> {
  return await onServiceDesk(place, (ask) => ask())
}

/** What the service has counted, once so many detections have ended one way or another. */
export async function settled(place: Workplace, total: number): Promise<Counts> {
  return await onServiceDesk(place, async (ask) => {
    const deadline = Date.now() + 20_000
    for (;;) {
      const counts = await ask()
      if (counts.accepted + counts.duplicate + counts.dead >= total) return counts
      if (Date.now() > deadline) throw new Error(`only ${JSON.stringify(counts)} of ${total} are settled`)
      await sleep(20)
    }
  })
}

/** Asks the service without the command line, which has its own tests and takes longer. */
async function onServiceDesk<T>(place: Workplace, work: (ask: () => Promise<Counts>) => Promise<T>): Promise<T> {
  const runtime = readRuntime(place.dataDir)
  if (runtime === undefined) throw new Error('no service runs here')
  const link = await connectBroker({ url: runtime.nats, name: 'test', instance: 'test', log: silentLog })
  try {
    return await work(async () => {
      const view = await request(link, `sightline.status.${runtime.instance}`, undefined, 5_000)
      return (view as { counts: Counts }).counts
    })
  } finally {
    await link.close()
  }
}
