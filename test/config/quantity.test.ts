/** Durations and sizes are read as people write them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/config/nearest.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/quantity.ts'

describe('durations and sizes', () => {
  it.each([
    ['250', 250],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5 s', 1500],
    ['10m', 600_000],
    ['10min', 600_000],
    ['72h', 259_200_000],
    ['14D', 1_209_600_000],
  ])('read %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each([
    ['512', 512],
    ['64KiB', 65_536],
    ['1GB', 1e9],
    ['4GiB', 2 ** 32],
    ['0.5MiB', 524_288],
  ])('read %s', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  it.each(['', 's', '1 fortnight', '1e3', '0x10', '1s2', 'Infinity', '1constructor', '--1'])('refuse %s', (text) => {
    expect(parseDuration(text)).toBeUndefined()
    expect(parseSize(text)).toBeUndefined()
  })

  it('read back what they write', () => {
    fc.assert(fc.property(fc.nat(2 ** 40), (ms) => parseDuration(formatDuration(ms)) === ms))
    fc.assert(fc.property(fc.nat(2 ** 45), (bytes) => parseSize(formatSize(bytes)) === bytes))
  })
})

describe('the nearest name', () => {
  it('is found for typing errors and not for strangers', () => {
    const known = ['nats', 'intake', 'batch', 'maxPendingMs']
    expect(nearest('natz', known)).toBe('nats')
    expect(nearest('intkae', known)).toBe('intake')
    expect(nearest('maxpendingms', known)).toBe('maxPendingMs')
    expect(nearest('telescope', known)).toBeUndefined()
  })
})
