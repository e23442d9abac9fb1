/** Proof of life, without sockets: what pings and pongs prove, and what silence means. */
import { describe, expect, it } from 'vitest'
import { type Confirm, PROOF_LIMITS, type ProofLimits } from '../../src/tak/options.ts'
import { type Peer, ProofOfLife } from '../../src/tak/proof.ts'

interface Rig {
  readonly proof: ProofOfLife
  readonly settled: { readonly seq: number; readonly outcome: string }[]
}

function rig(confirm: Confirm, known: Peer = 'unknown', limits: Partial<ProofLimits> = {}, window = 2_000): Rig {
  const settled: Rig['settled'][number][] = []
  const proof = new ProofOfLife(confirm, { ...PROOF_LIMITS, ...limits }, window, known, 0, (seq, outcome) =>
    settled.push({ seq, outcome }),
  )
  return { proof, settled }
}

function write(proof: ProofOfLife, from: number, to: number, now: number): void {
  for (let seq = from; seq <= to; seq++) proof.wrote(seq, 900, now)
}

describe('a pong', () => {
  it('confirms what was written before its ping, in order, and nothing after', () => {
    const { proof, settled } = rig('auto')
    write(proof, 1, 3, 0)
    proof.pinged(10)
    write(proof, 4, 5, 20)
    proof.ponged(30)
    expect(settled).toEqual([1, 2, 3].map((seq) => ({ seq, outcome: 'confirmed' })))
    expect(proof.inDoubt).toBe(2)
  })

  it('answers the oldest ping, so that one lost on the way makes proof late, never early', () => {
    const { proof, settled } = rig('auto')
    proof.pinged(0)
    write(proof, 1, 2, 1)
    proof.pinged(2)
    proof.ponged(3)
    expect(settled).toEqual([])
    proof.ponged(4)
    expect(settled).toHaveLength(2)
  })

  it('that nobody asked for proves nothing', () => {
    const { proof, settled } = rig('auto')
    write(proof, 1, 2, 0)
    proof.ponged(1)
    expect(settled).toEqual([])
    expect(proof.peer).toBe('unknown')
  })
})

describe('a ping is asked for', () => {
  it('a second after the first unproven event', () => {
    const { proof } = rig('auto')
    write(proof, 1, 1, 100)
    expect(proof.asks(1_099)).toBe(false)
    expect(proof.asks(1_100)).toBe(true)
    proof.pinged(1_100)
    expect(proof.asks(9_999)).toBe(false)
  })

  it('after a thousand events, after 64 KiB, and when the window is full', () => {
    const count = rig('auto', 'unknown', { proofBytes: 1e9 })
    write(count.proof, 1, 999, 0)
    expect(count.proof.asks(0)).toBe(false)
    write(count.proof, 1_000, 1_000, 0)
    expect(count.proof.asks(0)).toBe(true)

    const bytes = rig('auto')
    write(bytes.proof, 1, 72, 0)
    expect(bytes.proof.asks(0)).toBe(false)
    write(bytes.proof, 73, 73, 0)
    expect(bytes.proof.asks(0)).toBe(true)

    const full = rig('auto', 'unknown', {}, 3)
    write(full.proof, 1, 1, 0)
    full.proof.pinged(0)
    write(full.proof, 2, 3, 0)
    expect(full.proof.asks(0)).toBe(true)
  })

  it('again while one is unanswered, and after hearing nothing for 15 s', () => {
    const { proof } = rig('auto', 'answers')
    expect(proof.due(14_999, false)).toBe('nothing')
    expect(proof.due(15_000, false)).toBe('ping')
    proof.pinged(15_000)
    expect(proof.due(19_000, false)).toBe('nothing')
    expect(proof.due(19_500, false)).toBe('ping')
  })

  it('at most 64 times without an answer', () => {
    const { proof } = rig('pong', 'answers')
    let sent = 0
    for (let seq = 1; seq <= 200; seq++) {
      proof.wrote(seq, 100_000, 0)
      if (!proof.asks(0)) continue
      proof.pinged(0)
      sent++
    }
    expect(sent).toBe(64)
    expect(proof.due(20_000, false)).toBe('nothing')
  })
})

describe('a peer that never answers', () => {
  const muted = () => {
    const made = rig('auto')
    write(made.proof, 1, 700, 0)
    made.proof.flushed(700)
    for (const at of [0, 3_400, 6_800]) {
      made.proof.pinged(at)
      made.proof.pingFlushed(at)
    }
    return made
  }

  it('is not judged before three pings and ten seconds, and then counts as written', () => {
    const { proof, settled } = muted()
    proof.due(9_999, false)
    expect(settled).toEqual([])
    proof.due(10_000, false)
    expect(proof.peer).toBe('mute')
    expect(settled).toHaveLength(700)
    expect(settled[0]).toEqual({ seq: 1, outcome: 'written' })
  })

  it('is not judged by pings that the socket never took', () => {
    const { proof } = rig('auto')
    for (const at of [0, 3_400, 6_800, 10_200]) proof.pinged(at)
    proof.due(60_000, true)
    expect(proof.peer).toBe('unknown')
  })

  it('has the last 500 events and the last two seconds held back, for the next connection', () => {
    const { proof, settled } = muted()
    proof.due(10_000, false)
    settled.length = 0
    write(proof, 701, 1_300, 20_000)
    proof.flushed(1_300)
    proof.due(20_100, false)
    expect(settled).toHaveLength(100)
    proof.due(22_000, false)
    expect(settled).toHaveLength(600)
  })

  it('settles nothing the socket has not taken, and nothing while the socket is stalled', () => {
    const { proof, settled } = muted()
    proof.due(10_000, false)
    settled.length = 0
    write(proof, 701, 710, 20_000)
    proof.due(30_000, false)
    expect(settled).toEqual([])
    proof.flushed(705)
    proof.due(30_000, true)
    expect(settled).toEqual([])
    proof.due(30_000, false)
    expect(settled).toHaveLength(5)
  })

  it('is never given up for its silence', () => {
    const { proof } = muted()
    expect(['ping', 'nothing']).toContain(proof.due(10_000, false))
    expect(proof.due(3_600_000, false)).toBe('ping')
  })

  it('is held to its pongs from the first one on', () => {
    const { proof, settled } = muted()
    proof.due(10_000, false)
    settled.length = 0
    write(proof, 701, 702, 11_000)
    proof.flushed(702)
    proof.ponged(11_500)
    expect(proof.peer).toBe('answers')
    proof.due(20_000, false)
    expect(settled).toEqual([])
  })

  it('that answers after its pings went uncounted is counted anew on another connection', () => {
    const { proof, settled } = muted()
    proof.due(10_000, false)
    settled.length = 0
    for (let i = 0; i < 70; i++) proof.pinged(20_000 + i * 15_000)
    write(proof, 701, 701, 2_000_000)
    proof.ponged(2_000_000)
    expect(settled).toEqual([])
    expect(proof.due(2_000_001, false)).toBe('recount')
  })
})

describe('a peer that is held to its pongs', () => {
  it('is given up after 25 s without a word and with a ping outstanding', () => {
    const { proof } = rig('auto', 'answers')
    proof.heard(0)
    expect(proof.due(24_000, false)).toBe('ping')
    proof.pinged(15_000)
    expect(proof.due(24_999, false)).not.toBe('gone')
    expect(proof.due(25_000, false)).toBe('gone')
  })

  it('is not blamed for a pause of our own: the ping gets its time', () => {
    const { proof } = rig('auto', 'answers')
    proof.pinged(100_000)
    expect(proof.due(101_000, false)).toBe('nothing')
    expect(proof.due(110_000, false)).toBe('gone')
  })

  it('is given up when it talks but does not answer', () => {
    const { proof } = rig('pong')
    proof.pinged(0)
    for (let at = 0; at < 50_000; at += 1_000) {
      proof.heard(at)
      expect(proof.due(at, false)).not.toBe('gone')
    }
    expect(proof.due(50_000, false)).toBe('gone')
  })

  it('keeps a slow line as long as pongs trickle in', () => {
    const { proof } = rig('auto', 'answers')
    for (let i = 0; i < 40; i++) {
      write(proof, i * 73 + 1, (i + 1) * 73, 0)
      if (i < 20) proof.pinged(0)
      if (i > 10) {
        proof.heard(i * 20_000)
        proof.ponged(i * 20_000)
        if (i >= 20) proof.pinged(i * 20_000)
      }
      if (i > 10) expect(proof.due(i * 20_000 + 19_000, false)).not.toBe('gone')
    }
  })
})

describe('confirm', () => {
  it('pong settles nothing without a pong, however long it takes', () => {
    const { proof, settled } = rig('pong')
    write(proof, 1, 5, 0)
    proof.flushed(5)
    proof.pinged(0)
    proof.pingFlushed(0)
    expect(proof.due(20_000, false)).toBe('ping')
    expect(proof.due(25_000, false)).toBe('gone')
    expect(settled).toEqual([])
  })

  it('written settles what the socket has taken, at once', () => {
    const { proof, settled } = rig('written')
    write(proof, 1, 5, 0)
    proof.flushed(3)
    expect(settled.map(({ seq, outcome }) => `${seq} ${outcome}`)).toEqual(['1 written', '2 written', '3 written'])
    expect(proof.asks(60_000)).toBe(false)
  })
})

describe('the window', () => {
  it('is a bound: more in doubt is a bug and throws', () => {
    const { proof } = rig('auto', 'unknown', {}, 10)
    write(proof, 1, 10, 0)
    expect(() => proof.wrote(11, 1, 0)).toThrow(/more than 10/)
  })
})
