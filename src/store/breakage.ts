/** What an error out of the store means: that its file is damaged, or that a transaction did not take place. */
import { type Fault, fault, faultFrom } from '../fault/fault.ts'
import type { FaultCode } from '../fault/table.ts'
import { FrameError } from './frame.ts'

/** How LMDB says that a page is not what the tree promised. A full or failing disk is called otherwise. */
const DAMAGE = /\bMDB_(CORRUPTED|PAGE_NOTFOUND|CURSOR_FULL|INVALID)\b/

/**
 * The fault behind an error: `store-damaged` for what no working disk gives back, else the code given.
 * @param what the beginning of the sentence, such as `Event 12 cannot be read`
 */
export function storeFault(thrown: unknown, otherwise: FaultCode, what: string): Fault {
  const because = thrown instanceof Error ? thrown.message : String(thrown)
  if (thrown instanceof FrameError || DAMAGE.test(because)) {
    return fault('store-damaged', `${what}: ${because}.`, { cause: thrown })
  }
  const other = faultFrom(thrown, otherwise)
  return other.cause === thrown ? { ...other, reason: `${what}: ${because}.` } : other
}
