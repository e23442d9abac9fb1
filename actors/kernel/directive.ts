/** What a supervisor does about a fault of one of its children. */
import { classOf, type Fault } from '../../src/fault/fault.ts'
import type { FaultCode } from '../../src/fault/table.ts'

/** `resume`: go on with the state as it is; `restart`: anew after a back-off; `stop`: for good; `escalate`: the parent decides. */
export type Directive = 'resume' | 'restart' | 'stop' | 'escalate'

export type DirectiveRule = (fault: Fault) => Directive

/** Faults that no restart inside this process can mend. */
const BEYOND_US: ReadonlySet<FaultCode> = new Set([
  'store-commit',
  'store-damaged',
  'store-schema',
  'store-locked',
  'broker-closed',
  'broker-config',
])

/** The rule of the house: user-data faults are no reason to do anything; broken resources restart; a broken store or broker escalates. */
export const standardDirective: DirectiveRule = (fault) => {
  if (BEYOND_US.has(fault.code)) return 'escalate'
  return classOf(fault) === 'dead' || classOf(fault) === 'drop' ? 'resume' : 'restart'
}
