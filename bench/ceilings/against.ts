/** Names the ceilings that a rate is set against. */
import type { Against } from '../bench.ts'
import type { CeilingName } from './task.ts'

export function againstRates(...names: readonly CeilingName[]): Against[] {
  return names.map((bench) => ({ bench, metric: 'rate' }))
}
