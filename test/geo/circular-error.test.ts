/** The circle holds the share it says, for every shape of ellipse. */
import { describe, expect, it } from 'vitest'
import { CE50, CE90, type CircleShare, circleFactor, circleRadiusM, LE50, LE90 } from '../../src/geo/circular-error.ts'
import { fixture, known } from './cases.ts'

interface FactorRow {
  readonly ratio: number
  readonly ce3935: number
  readonly ce50: number
  readonly ce68: number
  readonly ce90: number
  readonly ce95: number
}
const factors = fixture<{ table: FactorRow[]; scalar: Record<string, number> }>('ce-factors.json')

/** Share of a normal error with sigmas 1 and `ratio` within `radius`, by the midpoint rule in polar coordinates. */
function share(ratio: number, radius: number): number {
  const steps = 4000
  let sum = 0
  for (let i = 0; i < steps; i++) {
    const angle = ((i + 0.5) / steps) * 2 * Math.PI
    const q = Math.cos(angle) ** 2 + (Math.sin(angle) / ratio) ** 2
    sum += (1 - Math.exp((-radius * radius * q) / 2)) / q
  }
  return sum / steps / ratio
}

describe('the circle factors', () => {
  const columns: [CircleShare, keyof FactorRow][] = [
    ['sigma1', 'ce3935'],
    ['ce50', 'ce50'],
    ['ce68', 'ce68'],
    ['ce90', 'ce90'],
    ['ce95', 'ce95'],
  ]
  for (const [name, column] of columns) {
    it(`are the quadrature's at every kept shape: ${name}`, () => {
      for (const row of factors.table) expect(circleFactor(name, row.ratio)).toBeCloseTo(row[column], 9)
    })
  }

  it('hold their share between the kept shapes', () => {
    const shares: [CircleShare, number][] = [
      ['sigma1', 1 - Math.exp(-0.5)],
      ['ce50', 0.5],
      ['ce90', 0.9],
      ['ce95', 0.95],
    ]
    for (let ratio = 0.12; ratio < 1; ratio += 0.05) {
      for (const [name, p] of shares) expect(Math.abs(share(ratio, circleFactor(name, ratio)) - p)).toBeLessThan(3e-4)
    }
  })

  it('meet the scalars of a round error and of a line', () => {
    expect(CE90).toBeCloseTo(known(factors.scalar.ce90_circular), 9)
    expect(CE50).toBeCloseTo(known(factors.scalar.ce50_circular), 9)
    expect(LE90).toBeCloseTo(known(factors.scalar.le90), 9)
    expect(LE50).toBeCloseTo(known(factors.scalar.le50), 9)
  })

  it('give no error no radius and NaN for NaN', () => {
    expect(circleRadiusM('ce90', 0, 0)).toBe(0)
    expect(circleRadiusM('ce90', Number.NaN, 1)).toBeNaN()
    expect(circleRadiusM('ce90', 10, 10)).toBeCloseTo(21.4597, 3)
  })
})
