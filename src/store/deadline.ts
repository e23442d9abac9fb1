/** Waits for a transaction to be on disk, but not for ever: after a failed commit the flush never settles. */
import { FaultError, fault } from '../fault/fault.ts'
import type { Clock } from '../port/clock.ts'
import { storeFault } from './breakage.ts'
import type { CommitTicket } from './environment.ts'

/** The deadline is counted in steps: a process that was stopped for a minute finds one step gone, not all of them. */
const STEPS = 10

/** What LMDB said, which hides behind the error of the write promise. */
async function causeOf(thrown: unknown): Promise<unknown> {
  const hidden = (thrown as { commitError?: Promise<unknown> } | undefined)?.commitError
  if (hidden === undefined) return thrown
  try {
    await hidden
    return thrown
  } catch (cause) {
    return cause
  }
}

async function onDisk(ticket: CommitTicket): Promise<void> {
  // A rejection of the flush while the write is waited for must not go unhandled.
  ticket.flushed.catch(() => {})
  let written: boolean
  try {
    written = await ticket.written
  } catch (thrown) {
    const cause = await causeOf(thrown)
    throw new FaultError(storeFault(cause, 'store-commit', 'A transaction failed'))
  }
  if (!written) {
    const reason = 'A transaction was refused: the one before it failed, or another process writes to the store.'
    throw new FaultError(fault('store-commit', reason))
  }
  try {
    await ticket.flushed
  } catch (cause) {
    throw new FaultError(storeFault(cause, 'store-commit', 'A transaction could not be flushed'))
  }
}

/**
 * Resolves once the transaction is on disk.
 * @throws FaultError `store-commit` when it failed, was refused, or took longer than the deadline.
 */
export function flushedWithin(ticket: CommitTicket, deadlineMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = STEPS
    let settled = false
    let cancel = clock.after(deadlineMs / STEPS, step)
    function step(): void {
      left--
      if (left === 0) {
        reject(new FaultError(fault('store-commit', `A transaction was not flushed within ${deadlineMs} ms.`)))
        return
      }
      // The event loop turns between two steps, so what is on disk by now is heard of first.
      setImmediate(() => {
        if (!settled) cancel = clock.after(deadlineMs / STEPS, step)
      })
    }
    const stop = (): void => {
      settled = true
      cancel()
    }
    onDisk(ticket).then(
      () => {
        stop()
        resolve()
      },
      (thrown) => {
        stop()
        reject(thrown)
      },
    )
  })
}
