/** The writer groups what waits, overlaps two transactions at most, answers in order, and breaks loudly and for good. */
import { describe, expect, it } from 'vitest'
import type { Fault } from '../../src/fault/fault.ts'
import type { CommitTicket, Committer } from '../../src/store/environment.ts'
import { type Prepared, type Request, Writer, type WriterHost } from '../../src/store/writer.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'
import { draftsOf, T0 } from './sample.ts'

const DEADLINE_MS = 1_000

/** A transaction whose end the test decides. */
class Held implements CommitTicket {
  readonly #written = Promise.withResolvers<boolean>()
  readonly #flushed = Promise.withResolvers<void>()
  readonly written = this.#written.promise
  readonly flushed = this.#flushed.promise

  write(done = true): void {
    this.#written.resolve(done)
  }

  flush(): void {
    this.#flushed.resolve()
  }

  finish(): void {
    this.write()
    this.flush()
  }

  failWrite(why: Error): void {
    this.#written.reject(why)
  }

  failFlush(why: Error): void {
    this.write()
    this.#flushed.reject(why)
  }
}

class Bench implements WriterHost, Committer {
  readonly clock = new ManualClock(T0)
  readonly writer = new Writer(this, this, this.clock, DEADLINE_MS)
  readonly tickets: Held[] = []
  readonly groups: number[] = []
  readonly broken: Fault[] = []
  readonly published: number[] = []
  blocked = false

  prepare(requests: readonly Request[]): Prepared {
    const number = this.groups.push(requests.length)
    return {
      writes: [],
      needed: requests.some((request) => request.drafts.length > 0),
      state: new Uint8Array(),
      number,
      publish: () => {
        this.published.push(number)
        for (const request of requests) request.resolve({ results: [], removed: 0 })
      },
      fail: (thrown) => {
        for (const request of requests) request.reject(thrown)
      },
    }
  }

  isBlocked(): boolean {
    return this.blocked
  }

  hasDuties(): boolean {
    return false
  }

  onBroken(because: Fault): void {
    this.broken.push(because)
  }

  commit(): CommitTicket {
    const ticket = new Held()
    this.tickets.push(ticket)
    return ticket
  }

  /** Submits one draft and notes how it ends. */
  submit(urgent = false): { state: string } {
    const noted = { state: 'waiting' }
    this.writer.submit(draftsOf(1, 1), [], urgent).then(
      () => {
        noted.state = 'done'
      },
      (thrown: { fault: Fault }) => {
        noted.state = thrown.fault.code
      },
    )
    return noted
  }

  ticket(index: number): Held {
    const ticket = this.tickets[index]
    if (ticket === undefined) throw new Error(`There is no transaction ${index}.`)
    return ticket
  }
}

const turn = (): Promise<void> => new Promise(setImmediate)

describe('group commit', () => {
  it('starts at once, overlaps two, and takes everything that waits with the next', async () => {
    const bench = new Bench()
    bench.submit()
    await turn()
    bench.submit()
    await turn()
    for (let i = 0; i < 5; i++) bench.submit()
    await turn()
    expect(bench.groups).toEqual([1, 1])
    bench.ticket(0).finish()
    await turn()
    expect(bench.groups).toEqual([1, 1, 5])
  })

  it('gathers what is asked for within one turn', async () => {
    const bench = new Bench()
    for (let i = 0; i < 4; i++) bench.submit()
    await turn()
    expect(bench.groups).toEqual([4])
  })

  it('answers only when a transaction is flushed, and in order even when a later one is flushed first', async () => {
    const bench = new Bench()
    const first = bench.submit()
    await turn()
    const second = bench.submit()
    await turn()
    bench.ticket(1).finish()
    bench.ticket(0).write()
    await turn()
    expect([first.state, second.state]).toEqual(['waiting', 'waiting'])
    bench.ticket(0).flush()
    await turn()
    expect([first.state, second.state]).toEqual(['done', 'done'])
    expect(bench.published).toEqual([1, 2])
  })

  it('makes a request without writes wait for those before it', async () => {
    const bench = new Bench()
    bench.submit()
    await turn()
    let empty = false
    bench.writer.submit([], [], false).then(() => {
      empty = true
    })
    await turn()
    expect([bench.tickets.length, empty]).toEqual([1, false])
    bench.ticket(0).finish()
    await turn()
    expect(empty).toBe(true)
  })

  it('holds appends back while blocked, but not what is urgent', async () => {
    const bench = new Bench()
    bench.blocked = true
    const append = bench.submit()
    const urgent = bench.submit(true)
    await turn()
    bench.ticket(0).finish()
    await turn()
    expect([append.state, urgent.state]).toEqual(['waiting', 'done'])
    bench.blocked = false
    bench.writer.wake()
    await turn()
    bench.ticket(1).finish()
    await turn()
    expect(append.state).toBe('done')
  })
})

describe('a transaction that fails', () => {
  const endings: [string, (bench: Bench) => void, RegExp][] = [
    ['is rejected', (bench) => bench.ticket(0).failWrite(new Error('disk gone')), /disk gone/],
    ['is refused', (bench) => bench.ticket(0).write(false), /refused/],
    ['cannot be flushed', (bench) => bench.ticket(0).failFlush(new Error('no sync')), /no sync/],
  ]

  it.each(endings)(
    'breaks the store when it %s: everyone is told no, and nothing later is taken',
    async (...ending) => {
      const bench = new Bench()
      const first = bench.submit()
      await turn()
      const second = bench.submit()
      await turn()
      const queued = bench.submit()
      await turn()
      ending[1](bench)
      bench.ticket(1).finish()
      await until(() => bench.broken.length > 0, 'the store is broken')
      await turn()
      expect([first.state, second.state, queued.state]).toEqual(['store-commit', 'store-commit', 'store-commit'])
      expect(bench.broken.map((fault) => fault.code)).toEqual(['store-commit'])
      expect(bench.broken[0]?.reason).toMatch(ending[2])
      expect(bench.published).toEqual([])
      const later = bench.submit()
      await turn()
      expect(later.state).toBe('store-commit')
      expect(bench.tickets).toHaveLength(2)
    },
  )

  it('names what LMDB hides behind its error', async () => {
    const bench = new Bench()
    bench.submit()
    await turn()
    const hidden = Promise.reject(new Error('Input/output error'))
    hidden.catch(() => {})
    bench.ticket(0).failWrite(Object.assign(new Error('Commit failed'), { commitError: hidden }))
    await until(() => bench.broken.length > 0, 'the store is broken')
    expect(bench.broken[0]?.reason).toContain('Input/output error')
  })

  it('counts as failed when it is written but never flushed', async () => {
    const bench = new Bench()
    const first = bench.submit()
    await turn()
    bench.ticket(0).write()
    for (let i = 0; i < 10; i++) {
      expect(bench.broken).toEqual([])
      bench.clock.advance(DEADLINE_MS / 10)
      await turn()
    }
    expect(first.state).toBe('store-commit')
    expect(bench.broken[0]?.reason).toContain('1000 ms')
  })

  it('is not given up because the process was stopped for a while', async () => {
    const bench = new Bench()
    const first = bench.submit()
    await turn()
    // All timers are overdue at once, as after SIGSTOP or a sleeping laptop.
    bench.clock.advance(60_000)
    bench.ticket(0).finish()
    await turn()
    expect([first.state, bench.broken]).toEqual(['done', []])
    expect(bench.clock.pending).toBe(0)
  })
})
