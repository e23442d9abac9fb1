/** Lines that could be as many as detections, held to a budget; what was left out is counted and said. */

import type { Fault } from '../fault/fault.ts'
import type { Stage } from '../fault/table.ts'
import type { Clock } from '../port/clock.ts'
import type { Log, LogFields } from '../port/log.ts'

/** Lines of one kind, held to a budget. */
export interface BudgetedLines {
  /** True when a line would be written now: saves making one that is left out, which is counted. */
  admit(): boolean
  /** Writes a line that was admitted. Fields that end in `_ms` are rounded to what the clocks can tell. */
  write(fields: LogFields): void
  /** Says how many were left out since the last line. */
  close(): void
}

const SECOND_MS = 1000

/** At most `perSecond` lines of this message in any second on the clock. */
export function createBudgetedLines(log: Log, clock: Clock, message: string, perSecond: number): BudgetedLines {
  let secondMs = clock.monotonic()
  let written = 0
  let suppressed = 0
  let cancel: (() => void) | undefined

  const report = () => {
    cancel?.()
    cancel = undefined
    if (suppressed === 0) return
    log.info({ suppressed }, `${message}: lines left out`)
    suppressed = 0
  }

  return {
    admit() {
      const now = clock.monotonic()
      if (now - secondMs >= SECOND_MS) {
        secondMs = now
        written = 0
        report()
      }
      if (written < perSecond) {
        written += 1
        return true
      }
      suppressed += 1
      cancel ??= clock.after(SECOND_MS, report)
      return false
    },
    write: (fields) => log.info(rounded(fields), message),
    close: report,
  }
}

/** Microseconds are as fine as these clocks are. */
function rounded(fields: LogFields): LogFields {
  const entries = Object.entries(fields)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, key.endsWith('_ms') ? Math.round(Number(value) * 1000) / 1000 : value]),
  )
}

export interface FaultLines {
  /** The first of its kind is written at once; the rest of the window is counted and said at its end. */
  fault(scope: Stage | string, fault: Fault, count?: number, fields?: LogFields): void
  close(): void
}

const MOST_KINDS = 500

/** `scope` and fault code together are a kind. */
export function createFaultLines(log: Log, clock: Clock, windowMs = 10_000): FaultLines {
  const open = new Map<string, { repeated: number; readonly end: () => void; readonly cancel: () => void }>()

  return {
    fault(scope, fault, count = 1, fields = {}) {
      const kind = `${scope} ${fault.code}`
      const known = open.get(kind)
      if (known) {
        known.repeated += count
        return
      }
      if (open.size >= MOST_KINDS) return
      const { code, reason, field } = fault
      const more = count > 1 ? { count } : {}
      log.warn({ scope, code, reason, ...(field !== undefined && { field }), ...more, ...fields }, 'fault')
      const end = () => {
        open.delete(kind)
        if (entry.repeated > 0) log.warn({ scope, code, repeated: entry.repeated, windowMs }, 'fault again')
      }
      const entry = { repeated: 0, end, cancel: clock.after(windowMs, end) }
      open.set(kind, entry)
    },
    close() {
      for (const { cancel, end } of [...open.values()]) {
        cancel()
        end()
      }
    },
  }
}
