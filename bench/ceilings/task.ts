/** What a ceiling is given, and what it answers. */

export type CeilingName = 'bare-loop' | 'bare-loop-cot' | 'pull-ack' | 'publish' | 'journal' | 'tcp'

export interface CeilingTask {
  readonly name: CeilingName
  readonly count: number
  /** Broker, where one is needed. */
  readonly nats: string
  /** Port of the TAK sink, where one is needed. */
  readonly sinkPort: number
  /** Directory for a journal, where one is needed. */
  readonly dir: string
}

/** Monotonic milliseconds, and the processor time used between them. `endMs` is absent where only the far end knows it. */
export interface CeilingAnswer {
  readonly startMs: number
  readonly endMs?: number
  readonly cpuSeconds: number
}

/** Takes the time of a piece of work that resolves at its end. */
export async function timing(now: () => number, work: () => Promise<void>): Promise<Required<CeilingAnswer>> {
  const before = process.cpuUsage()
  const startMs = now()
  await work()
  const endMs = now()
  const { user, system } = process.cpuUsage(before)
  return { startMs, endMs, cpuSeconds: (user + system) / 1e6 }
}
