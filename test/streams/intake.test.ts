/** Guarantees of the intake: credits, order, suspects, settling. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Admitted, Intake, type IntakeOptions } from '../../streams/intake.ts'
import { Suspects } from '../../streams/suspects.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ScriptedDelivery, ScriptedSource } from '../support/scripted-source.ts'
import { silentObserver } from '../support/silent.ts'

let dir: string
let clock: ManualClock
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sightline-intake-'))
  clock = new ManualClock(0)
})
afterEach(() => rmSync(dir, { recursive: true }))

function open(options: Partial<IntakeOptions> = {}) {
  const intake = new Intake({
    credits: { detections: 64, bytes: 1_000_000 },
    soloFrom: 5,
    maxDeliveries: 20,
    ackWaitMs: 30_000,
    weigh: (data) => Number(Buffer.from(data).toString()) || 1,
    suspects: new Suspects(join(dir, 'suspects.json')),
    observer: silentObserver,
    clock,
    ...options,
  })
  const admitted: Admitted[] = []
  intake.admitted.subscribe((a) => admitted.push(a))
  const source = new ScriptedSource()
  intake.start(source)
  const deliver = (...deliveries: ScriptedDelivery[]) => source.deliver(deliveries, (d) => intake.arrived(d))
  return { intake, admitted, source, deliver }
}

const series = (from: number, count: number) => Array.from({ length: count }, (_, i) => new ScriptedDelivery(from + i))
const seqs = (admitted: Admitted[]) => admitted.map((a) => a.delivery.streamSeq)

describe('credits', () => {
  test('a stalled pipeline is never given more than the limit, and nothing more is asked for', () => {
    const { intake, admitted, source, deliver } = open()
    expect(source.outstanding).toBe(64)
    deliver(...series(1, 64))
    expect(admitted).toHaveLength(64)
    expect(source.outstanding).toBe(0)
    expect(intake.view()).toMatchObject({ inFlight: 64, inFlightPeak: 64 })
  })

  test('what was settled may be asked for again, and over any number of rounds the peak stays at the limit', () => {
    const { intake, admitted, source, deliver } = open()
    let next = 1
    for (let round = 0; round < 50; round++) {
      deliver(...series(next, source.outstanding))
      next = admitted.length + 1
      const open = admitted.filter((a) => !a.delivery.settled).slice(0, 1 + round)
      for (const each of open) intake.settle(each, { kind: 'ack' })
    }
    expect(admitted.length).toBeGreaterThan(500)
    expect(intake.view().inFlightPeak).toBeLessThanOrEqual(64)
  })

  test('a message of many detections is charged for all of them and waits for room', () => {
    const { intake, admitted, deliver } = open()
    deliver(new ScriptedDelivery(1, '40'), new ScriptedDelivery(2, '30'), new ScriptedDelivery(3, '1'))
    expect(seqs(admitted)).toEqual([1])
    intake.settle(admitted[0] as Admitted, { kind: 'ack' })
    expect(seqs(admitted)).toEqual([1, 2, 3])
    expect(intake.view().inFlight).toBe(31)
  })

  test('a message heavier than all credits passes alone', () => {
    const { intake, admitted, deliver } = open()
    deliver(new ScriptedDelivery(1), new ScriptedDelivery(2, '1000'), new ScriptedDelivery(3))
    expect(seqs(admitted)).toEqual([1])
    intake.settle(admitted[0] as Admitted, { kind: 'ack' })
    expect(seqs(admitted)).toEqual([1, 2])
    intake.settle(admitted[1] as Admitted, { kind: 'ack' })
    expect(seqs(admitted)).toEqual([1, 2, 3])
  })

  test('credits come back whole', () => {
    const { intake, admitted, deliver } = open()
    deliver(...series(1, 30))
    for (const each of admitted) intake.settle(each, { kind: 'ack' })
    expect(intake.view()).toMatchObject({ inFlight: 0, inFlightBytes: 0 })
  })
})

describe('messages that came too often', () => {
  test('from the fifth delivery a message is handed on alone, with nothing else inside', () => {
    const { intake, admitted, deliver } = open()
    deliver(new ScriptedDelivery(1), new ScriptedDelivery(2, 'x', 5), new ScriptedDelivery(3))
    expect(seqs(admitted)).toEqual([1])
    intake.settle(admitted[0] as Admitted, { kind: 'ack' })
    expect(seqs(admitted)).toEqual([1, 2])
    expect(intake.view().inFlight).toBe(1)
    intake.settle(admitted[1] as Admitted, { kind: 'ack' })
    expect(seqs(admitted)).toEqual([1, 2, 3])
  })

  test('one that was being tried alone when the process died is tried again after all that come again beside it', () => {
    const first = open()
    first.deliver(new ScriptedDelivery(7, 'x', 5), new ScriptedDelivery(8, 'x', 5))
    expect(seqs(first.admitted)).toEqual([7])
    const second = open()
    // It is the first to come: its neighbours are on their way, and must not be there when the process dies again.
    second.deliver(new ScriptedDelivery(7, 'x', 6))
    clock.advance(20_000)
    second.deliver(new ScriptedDelivery(8, 'x', 6), new ScriptedDelivery(9))
    clock.advance(20_000)
    expect(seqs(second.admitted)).toEqual([8])
    for (const at of [0, 1]) second.intake.settle(second.admitted[at] as Admitted, { kind: 'ack' })
    expect(seqs(second.admitted)).toEqual([8, 9])
    clock.advance(10_000)
    expect(seqs(second.admitted)).toEqual([8, 9, 7])
    expect(second.intake.view().inFlight).toBe(1)
  })

  test('beyond maxDeliveries a message is marked as spent and no longer tried', () => {
    const { admitted, deliver } = open()
    deliver(new ScriptedDelivery(1, '900', 21), new ScriptedDelivery(2, 'x', 20))
    expect(admitted.map((a) => [a.delivery.streamSeq, a.spent])).toEqual([[1, true]])
  })
})

describe('settling and stopping', () => {
  test('a second settlement of a delivery is a bug and is heard', () => {
    const { intake, admitted, deliver } = open()
    deliver(new ScriptedDelivery(1))
    intake.settle(admitted[0] as Admitted, { kind: 'ack' })
    expect(() => intake.settle(admitted[0] as Admitted, { kind: 'ack' })).toThrow(/twice/)
    expect(intake.view().inFlight).toBe(0)
  })

  test('work that takes long is announced to the broker, held work too', () => {
    const { deliver } = open()
    const heavy = new ScriptedDelivery(1, '64')
    const held = new ScriptedDelivery(2)
    deliver(heavy, held)
    clock.advance(10_000)
    expect([heavy.heartbeats, held.heartbeats]).toEqual([1, 1])
    clock.advance(20_000)
    expect(heavy.heartbeats).toBe(3)
  })

  test('at the stop what was not begun is handed back, and what is inside may finish', async () => {
    const { intake, admitted, source, deliver } = open()
    const inside = new ScriptedDelivery(1, '64')
    const held = new ScriptedDelivery(2)
    deliver(inside, held)
    await intake.stop()
    expect(source.stopped).toBe(true)
    expect(held.settlements).toEqual([{ kind: 'nak', delayMs: 0 }])
    let drained = false
    const done = intake.drained().then(() => {
      drained = true
    })
    await new Promise(setImmediate)
    expect(drained).toBe(false)
    intake.settle(admitted[0] as Admitted, { kind: 'ack' })
    await done
    expect(inside.settlements).toEqual([{ kind: 'ack' }])
  })
})
