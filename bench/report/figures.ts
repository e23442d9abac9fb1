/** Measured numbers as people read them, each with its unit. */
import { bytes, count, figure } from '../../bin/figures.ts'
import type { Unit } from '../bench.ts'

export function inUnit(value: number, unit: Unit | 'share'): string {
  switch (unit) {
    case 'per-second':
      return `${count(value)}/s`
    case 'ms':
      return `${figure(value)} ms`
    case 'us':
      return `${figure(value)} us`
    case 'bytes':
      return bytes(value)
    case 'cpu-seconds':
      return `${value.toFixed(4)} s`
    case 'count':
      return count(value)
    case 'share':
      return value.toFixed(2)
  }
}

/** `12 %`; below one, with a decimal. */
export function percent(share: number): string {
  const value = share * 100
  return `${Math.abs(value) < 1 && value !== 0 ? value.toFixed(1) : value.toFixed(0)} %`
}
