/** Guarantees of the supervision kernel. */
import { describe, expect, test } from 'vitest'
import { Actor, type Behavior } from '../../actors/kernel/actor.ts'
import { backoffMs } from '../../actors/kernel/backoff.ts'
import { Supervisor, type SupervisorOptions } from '../../actors/kernel/supervisor.ts'
import { type Fault, FaultError, fault } from '../../src/fault/fault.ts'
import { systemClock } from '../../src/port/clock.ts'

const clock = systemClock
const quick = { minMs: 1, maxMs: 5 }

function supervise(options: Partial<SupervisorOptions> = {}): Supervisor {
  return new Supervisor({
    name: 'root',
    strategy: 'one-for-one',
    intensity: { maxRestarts: 3, withinMs: 60_000 },
    backoff: quick,
    clock,
    ...options,
  })
}

/** Doubles numbers; crashes on negative ones; counts its incarnations. */
function doubling(started: number[] = []): () => Behavior<number, number> {
  return () => {
    started.push(started.length + 1)
    return {
      receive(n) {
        if (n < 0) throw new Error('negative')
        return n * 2
      },
    }
  }
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error) => (error as FaultError).fault.code,
  )

describe('an actor', () => {
  test('answers each message in order, one at a time', async () => {
    const seen: number[] = []
    let inside = 0
    const actor = new Actor<number, number>({
      name: 'slow',
      mailbox: 10,
      clock,
      create: () => ({
        async receive(n) {
          inside += 1
          expect(inside).toBe(1)
          await new Promise(setImmediate)
          seen.push(n)
          inside -= 1
          return n
        },
      }),
    })
    await actor.start()
    await Promise.all([1, 2, 3, 4].map((n) => actor.ask(n)))
    expect(seen).toEqual([1, 2, 3, 4])
  })

  test('never works on more messages at once than its concurrency', async () => {
    let inside = 0
    let peak = 0
    const actor = new Actor<number, number>({
      name: 'wide',
      mailbox: 50,
      concurrency: 3,
      clock,
      create: () => ({
        async receive(n) {
          inside += 1
          peak = Math.max(peak, inside)
          await new Promise(setImmediate)
          inside -= 1
          return n
        },
      }),
    })
    await actor.start()
    await Promise.all(Array.from({ length: 40 }, (_, n) => actor.ask(n)))
    expect(peak).toBe(3)
  })

  test('refuses work beyond its mailbox, by name', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const actor = new Actor<number, number>({
      name: 'stuck',
      mailbox: 2,
      clock,
      create: () => ({ receive: (n) => gate.then(() => n) }),
    })
    await actor.start()
    const accepted = [actor.ask(1), actor.ask(2), actor.ask(3)]
    expect(await codeOf(actor.ask(4))).toBe('stage-overloaded')
    release()
    expect(await Promise.all(accepted)).toEqual([1, 2, 3])
  })

  test('that does not answer in time is a crash, and its late answer is ignored', async () => {
    const failures: Fault[] = []
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const actor = new Actor<number, number>({
      name: 'late',
      mailbox: 5,
      deadlineMs: 10,
      clock,
      create: () => ({ receive: (n) => gate.then(() => n) }),
    })
    actor.onFailure = (f) => failures.push(f)
    await actor.start()
    expect(await codeOf(actor.ask(1))).toBe('stage-deadline')
    release()
    await new Promise(setImmediate)
    expect(failures.map((f) => f.code)).toEqual(['stage-deadline'])
  })

  test('that is stopped refuses what waits and what comes', async () => {
    const actor = new Actor<number, number>({
      name: 'ending',
      mailbox: 5,
      clock,
      create: () => ({ receive: () => new Promise(() => {}) }),
    })
    await actor.start()
    const waiting = [codeOf(actor.ask(1)), codeOf(actor.ask(2))]
    await actor.stop()
    expect(await Promise.all(waiting)).toEqual(['shutting-down', 'shutting-down'])
    expect(await codeOf(actor.ask(3))).toBe('shutting-down')
  })
})

describe('a supervisor', () => {
  test('restarts a crashed actor; the message that crashed it is rejected, those behind it are answered', async () => {
    const started: number[] = []
    const root = supervise()
    const actor = root.add(new Actor({ name: 'a', mailbox: 10, clock, create: doubling(started) }))
    await root.start()
    const bad = codeOf(actor.ask(-1))
    const good = actor.ask(21)
    expect(await bad).toBe('actor-crashed')
    expect(await good).toBe(42)
    expect(started).toEqual([1, 2])
    expect(actor.view().restarts).toBe(1)
    await root.stop()
  })

  test('escalates when restarts exceed the intensity, and starts nothing after that', async () => {
    const escalated: Fault[] = []
    const root = supervise({ intensity: { maxRestarts: 2, withinMs: 60_000 } })
    root.onFailure = (f) => escalated.push(f)
    const started: number[] = []
    const actor = root.add(new Actor({ name: 'a', mailbox: 10, clock, create: doubling(started) }))
    await root.start()
    for (let i = 0; i < 3; i++) {
      await codeOf(actor.ask(-1))
      await root.settled()
    }
    await root.settled()
    expect(escalated.map((f) => f.code)).toEqual(['actor-crashed'])
    expect(started).toHaveLength(3)
    expect(root.view().state).toBe('failed')
    await root.stop()
  })

  test('counts a start that fails like a crash', async () => {
    const escalated: Fault[] = []
    let starts = 0
    const root = supervise({ intensity: { maxRestarts: 3, withinMs: 60_000 } })
    const over = new Promise<void>((resolve) => {
      root.onFailure = (f) => {
        escalated.push(f)
        resolve()
      }
    })
    const actor = root.add(
      new Actor<number, number>({
        name: 'a',
        mailbox: 1,
        clock,
        create: () => ({
          start() {
            starts += 1
            if (starts > 1) throw new FaultError(fault('broker-unreachable'))
          },
          receive() {
            throw new Error('once')
          },
        }),
      }),
    )
    await root.start()
    await codeOf(actor.ask(1))
    await over
    expect(starts).toBe(4)
    expect(escalated[0]?.code).toBe('broker-unreachable')
    await root.stop()
  })

  test('with all-for-one restarts every child, in order, after stopping them in reverse', async () => {
    const steps: string[] = []
    const root = supervise({ strategy: 'all-for-one' })
    const make = (name: string): Actor<number, number> =>
      root.add(
        new Actor<number, number>({
          name,
          mailbox: 5,
          clock,
          create: () => ({
            start: () => void steps.push(`+${name}`),
            stop: () => void steps.push(`-${name}`),
            receive() {
              throw new Error('boom')
            },
          }),
        }),
      )
    const [, b] = [make('a'), make('b'), make('c')]
    await root.start()
    await codeOf(b.ask(1))
    await root.settled()
    expect(steps).toEqual(['+a', '+b', '+c', '-c', '-b', '-a', '+a', '+b', '+c'])
    await root.stop()
  })

  test('with rest-for-one leaves those started before alone', async () => {
    const steps: string[] = []
    const root = supervise({ strategy: 'rest-for-one' })
    const make = (name: string): Actor<number, number> =>
      root.add(
        new Actor<number, number>({
          name,
          mailbox: 5,
          clock,
          create: () => ({
            start: () => void steps.push(`+${name}`),
            receive() {
              throw new Error('boom')
            },
          }),
        }),
      )
    const [, b] = [make('a'), make('b'), make('c')]
    await root.start()
    await codeOf(b.ask(1))
    await root.settled()
    expect(steps).toEqual(['+a', '+b', '+c', '+b', '+c'])
    await root.stop()
  })

  test('escalates at once what no restart can mend', async () => {
    const escalated: Fault[] = []
    const root = supervise()
    root.onFailure = (f) => escalated.push(f)
    const actor = root.add(
      new Actor<number, number>({
        name: 'journal',
        mailbox: 1,
        clock,
        create: () => ({
          receive() {
            throw new FaultError(fault('store-commit'))
          },
        }),
      }),
    )
    await root.start()
    expect(await codeOf(actor.ask(1))).toBe('store-commit')
    expect(escalated.map((f) => f.code)).toEqual(['store-commit'])
    await root.stop()
  })

  test('hands an escalated fault of a nested supervisor to its parent, which restarts the branch', async () => {
    const started: number[] = []
    const root = supervise()
    const branch = root.add(supervise({ name: 'branch', intensity: { maxRestarts: 1, withinMs: 60_000 } }))
    const actor = branch.add(new Actor({ name: 'a', mailbox: 10, clock, create: doubling(started) }))
    await root.start()
    await codeOf(actor.ask(-1))
    await branch.settled()
    await codeOf(actor.ask(-1))
    await branch.settled()
    await root.settled()
    expect(await actor.ask(4)).toBe(8)
    expect(root.view().children[0]?.state).toBe('running')
    await root.stop()
  })
})

describe('back-off', () => {
  test('doubles up to its ceiling and jitters between half and whole', () => {
    const backoff = { minMs: 100, maxMs: 1_000 }
    expect(backoffMs(backoff, 1, () => 0)).toBe(50)
    expect(backoffMs(backoff, 1, () => 1)).toBe(100)
    expect(backoffMs(backoff, 4, () => 1)).toBe(800)
    expect(backoffMs(backoff, 60, () => 1)).toBe(1_000)
  })
})
