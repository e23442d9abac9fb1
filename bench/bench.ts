/** What a bench is: a name, the numbers it answers, and one round of taking them. */

/** `per-second` counts detections unless the bench says otherwise. */
export type Unit = 'per-second' | 'ms' | 'us' | 'bytes' | 'cpu-seconds' | 'count'

/** A number of another bench. */
export interface Against {
  readonly bench: string
  readonly metric: string
}

export interface MetricSpec {
  readonly unit: Unit
  /** In words, for the table. */
  readonly label: string
  /** Which way is good; absent where neither is. */
  readonly better?: 'higher' | 'lower'
  /** Numbers of the same round that this one is set against, the one that bounds it first. */
  readonly against?: readonly Against[]
  /** What the project asks of this number, in its unit. */
  readonly asked?: number
}

export type Kind = 'scenario' | 'ceiling' | 'micro'

/** One round: numbers by the names in {@link Bench.metrics}. What could not be measured on this system is absent. */
export type Sample = Readonly<Record<string, number>>

export interface RoundContext {
  /** Write a CPU profile of the service. */
  readonly profile: boolean
  /** Tells a person what is being done. */
  say(what: string): void
  /** Tells how far it is, 0 to 1. */
  at(share: number): void
  /** Gives the file of a CPU profile, which is gone when the call returns. */
  profiled(file: string): void
}

export interface Bench {
  /** Unique; `throughput`, `steady-500`. */
  readonly name: string
  /** Name by which it is asked for; several benches may share one. */
  readonly group: string
  readonly kind: Kind
  /** One sentence. */
  readonly about: string
  /** What the numbers depend on, such as the count of detections: only like is compared with like. */
  readonly load: Readonly<Record<string, number>>
  readonly metrics: Readonly<Record<string, MetricSpec>>
  /** @throws BrokenRun when what was measured proves nothing */
  round(context: RoundContext): Promise<Sample>
}
