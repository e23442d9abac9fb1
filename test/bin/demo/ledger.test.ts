/** The demo's account names whatever is missing or is not what it had to be. */
import { describe, expect, it } from 'vitest'
import { Ledger } from '../../../bin/demo/ledger.ts'
import type { Fate, SimulatedDetection } from '../../../examples/simulator/scenario.ts'
import type { FaultCode } from '../../../src/fault/table.ts'

const SOURCE = 'sim-drone'
const PLACE = { kind: 'place' } as const

function detection(id: string, expect: Fate, code?: FaultCode): SimulatedDetection {
  const made = { subject: `detections.${SOURCE}`, source: SOURCE, id, payload: {}, atMs: 0, expect } as const
  return code === undefined ? made : { ...made, code }
}

function ledgerWith(...detections: SimulatedDetection[]): Ledger {
  const ledger = new Ledger()
  for (const each of detections) ledger.published(each, 0)
  return ledger
}

describe('a detection is accounted for', () => {
  it('when it came out on its subject and at the receiver, in either order', () => {
    const ledger = ledgerWith(detection('a', 'located'), detection('b', 'located'))
    ledger.onCot(SOURCE, 'a', PLACE)
    expect(ledger.open).toBe(2)
    ledger.onTak(SOURCE, 'a')
    ledger.onTak(SOURCE, 'b')
    expect(ledger.open).toBe(1)
    ledger.onCot(SOURCE, 'b', PLACE)
    expect(ledger.open).toBe(0)
    expect(ledger.problems(0)).toEqual([])
  })

  it('when it is in the dead letters under the code it had to have', () => {
    const ledger = ledgerWith(detection('a', 'refused', 'above-horizon'), detection('b', 'dead', 'bad-field'))
    ledger.dead(SOURCE, 'a', 'above-horizon', 'geolocate')
    ledger.dead(SOURCE, 'b', 'bad-field', 'validate')
    expect(ledger.open).toBe(0)
    expect(ledger.problems(0)).toEqual([])
    expect(ledger.counts).toMatchObject({ refused: { 'above-horizon': 1 }, unreadable: { 'bad-field': 1 }, letters: 2 })
  })

  it('when it repeats another one, of which nothing more comes out', () => {
    const ledger = ledgerWith(detection('a', 'located'), detection('a', 'duplicate'))
    ledger.onCot(SOURCE, 'a', PLACE)
    ledger.onTak(SOURCE, 'a')
    expect(ledger.open).toBe(0)
    expect(ledger.counts).toMatchObject({ published: 2, repeated: 1, onCot: 1, onTak: 1 })
  })
})

describe('what is wrong is named', () => {
  const wrong = (ledger: Ledger) => ledger.problems(0).join()

  it('when nothing came of a detection', () => {
    expect(wrong(ledgerWith(detection('gone', 'located')))).toContain('sim-drone gone: on no CoT subject')
    expect(wrong(ledgerWith(detection('gone', 'dead', 'bad-time')))).toContain('had to be refused as bad-time')
  })

  it('when it reached only one of the two far ends', () => {
    const ledger = ledgerWith(detection('a', 'located'), detection('b', 'located'))
    ledger.onCot(SOURCE, 'a', PLACE)
    ledger.onTak(SOURCE, 'b')
    expect(ledger.open).toBe(2)
    expect(ledger.problems(0)).toEqual([
      'sim-drone a: on its CoT subject, but not at the TAK receiver',
      'sim-drone b: at the TAK receiver, but on no CoT subject',
    ])
  })

  it('when it was given another fate than it had to have', () => {
    const ledger = ledgerWith(
      detection('code', 'dead', 'bad-field'),
      detection('refused', 'located'),
      detection('placed', 'bearing', 'above-horizon'),
      detection('let-through', 'refused', 'above-horizon'),
      detection('no-place', 'located'),
      detection('reason', 'bearing', 'above-horizon'),
    )
    ledger.dead(SOURCE, 'code', 'bad-time', 'validate')
    ledger.dead(SOURCE, 'refused', 'grazing', 'geolocate')
    for (const id of ['placed', 'let-through']) ledger.onCot(SOURCE, id, PLACE)
    for (const id of ['no-place', 'reason']) ledger.onCot(SOURCE, id, { kind: 'bearing', because: 'grazing' })
    for (const id of ['placed', 'let-through', 'no-place', 'reason']) ledger.onTak(SOURCE, id)
    expect(ledger.open).toBe(0)
    expect(ledger.problems(0)).toHaveLength(6)
  })

  it('but not for what the broker never acknowledged, as long as nothing of it came out', () => {
    const ledger = ledgerWith(detection('half', 'located'), detection('unsent', 'located'))
    ledger.onCot(SOURCE, 'half', PLACE)
    expect(ledger.problems(1)).toEqual(['sim-drone half: on its CoT subject, but not at the TAK receiver'])
  })
})

describe('what comes more than once', () => {
  it('counts once, and the rest is counted apart', () => {
    const ledger = ledgerWith(detection('a', 'located'))
    expect(ledger.onCot(SOURCE, 'a', PLACE)).toBeDefined()
    expect(ledger.onCot(SOURCE, 'a', PLACE)).toBeUndefined()
    ledger.onTak(SOURCE, 'a')
    ledger.onTak(SOURCE, 'a')
    expect(ledger.counts).toMatchObject({ onCot: 1, onTak: 1, againOnCot: 1, againOnTak: 1, located: 1 })
  })

  it('is told apart from what was never published', () => {
    const ledger = ledgerWith(detection('a', 'located'))
    expect(ledger.onCot('another', 'a', PLACE)).toBeUndefined()
    expect(ledger.counts).toMatchObject({ strangers: 1, onCot: 0 })
  })
})
