/** Two keys under one hash are both remembered, wherever they meet. */
import { afterEach, describe, expect, it } from 'vitest'
import { type Environment, openEnvironment, type Write } from '../../src/store/environment.ts'
import { FrameWriter } from '../../src/store/frame.ts'
import { type KeyHash, SEEN, SeenKeys, seededHash } from '../../src/store/seen.ts'
import { type StoreState, writeState } from '../../src/store/state-codec.ts'
import { silentLog } from '../support/silent.ts'
import { newDirectory, removeDirectories, T0 } from './sample.ts'

const everythingCollides: KeyHash = () => ({ high: 0xffffffff, low: 7 })
const A = Buffer.alloc(16, 1)
const B = Buffer.alloc(16, 2)

class Shelf {
  readonly env: Environment
  readonly state: StoreState
  readonly seen: SeenKeys
  readonly frames = new FrameWriter()

  constructor(hash: KeyHash) {
    const { env, state } = openEnvironment(newDirectory(), 2 ** 26, false)
    this.env = env
    this.state = state
    this.seen = new SeenKeys(env.seen, state, { windowMs: 1e9, maxBytes: 1e9, log: silentLog, hash })
    this.seen.rotate(T0)
  }

  /** Remembers ids as if each were its own event, and returns what is to be committed. */
  note(...ids: string[]) {
    const writes: Write[] = []
    const keys = ids.map((id, i) => {
      this.seen.find(SEEN.event, 'cam', id, A)
      return this.seen.remember(this.frames, i + 1, A, writes)
    })
    return { writes, keys }
  }

  async commit(writes: Write[]): Promise<void> {
    const { written, flushed } = this.env.commit(writes, writeState(this.frames, this.state), ++this.state.commit)
    expect(await written).toBe(true)
    await flushed
  }

  holds(id: string, contentHash = A) {
    return this.seen.find(SEEN.event, 'cam', id, contentHash)
  }
}

let shelf: Shelf

afterEach(async () => {
  await shelf.env.close()
  removeDirectories()
})

describe('keys under one hash', () => {
  it('are told apart and all found, in one transaction, on disk, and across buckets', async () => {
    shelf = new Shelf(everythingCollides)
    const first = shelf.note('a', 'b', 'c')
    expect(shelf.holds('b')).toEqual({ ref: 2, same: true })
    expect(shelf.holds('b', B)).toEqual({ ref: 2, same: false })
    expect(shelf.holds('d')).toBeUndefined()
    await shelf.commit(first.writes)
    shelf.seen.settle(first.keys)
    const second = shelf.note('d')
    shelf.seen.rotate(T0 + 5e8)
    const third = shelf.note('e')
    await shelf.commit([...second.writes, ...third.writes])
    shelf.seen.settle([...second.keys, ...third.keys])
    for (const id of ['a', 'b', 'c', 'd', 'e']) expect(shelf.holds(id), id).toMatchObject({ same: true })
    expect(shelf.holds('f')).toBeUndefined()
  })

  it('are replaced one by one', async () => {
    shelf = new Shelf(everythingCollides)
    const first = shelf.note('a', 'b')
    await shelf.commit(first.writes)
    shelf.seen.settle(first.keys)
    const writes: Write[] = []
    shelf.holds('a', B)
    const key = shelf.seen.remember(shelf.frames, 9, B, writes)
    expect(shelf.holds('a', B)).toEqual({ ref: 9, same: true })
    await shelf.commit(writes)
    shelf.seen.settle([key])
    expect(shelf.holds('a', B)).toEqual({ ref: 9, same: true })
    expect(shelf.holds('b')).toEqual({ ref: 2, same: true })
  })

  it('are forgotten in memory when their transaction is given up', () => {
    shelf = new Shelf(everythingCollides)
    const { keys } = shelf.note('a', 'b')
    shelf.seen.settle(keys)
    expect(shelf.holds('a')).toBeUndefined()
    expect(shelf.holds('b')).toBeUndefined()
  })
})

describe('the hash', () => {
  it('spreads like keys over both halves and depends on the secret', () => {
    shelf = new Shelf(seededHash)
    const highs = new Set<number>()
    const lows = new Set<number>()
    const pairs = new Set<string>()
    for (let i = 0; i < 50_000; i++) {
      const key = Buffer.from(`cam\0frame-${i}`)
      const { high, low } = seededHash(key, key.length, 1, 2)
      highs.add(high)
      lows.add(low)
      pairs.add(`${high} ${low}`)
    }
    expect(pairs.size).toBe(50_000)
    // 32 bits each: a few birthdays are expected, hundreds are not.
    expect(highs.size).toBeGreaterThan(49_900)
    expect(lows.size).toBeGreaterThan(49_900)
    const key = Buffer.from('cam\0a')
    expect(seededHash(key, key.length, 1, 2)).not.toEqual(seededHash(key, key.length, 3, 2))
  })
})
