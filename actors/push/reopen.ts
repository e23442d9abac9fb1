/** Opens a link to a sink, trying again with growing pauses for as long as it takes: a typed retry in Effect. */
import { Effect, Schedule } from 'effect'
import { type Fault, faultFrom } from '../../src/fault/fault.ts'
import type { LinkHandlers, SinkDriver, SinkLink } from '../../src/port/sink.ts'
import type { Backoff } from '../kernel/backoff.ts'

/** Between attempts after our identity was refused: a retry storm would only lock the account. */
const AUTH_PAUSE_MS = 30_000

/**
 * Resolves with an open link. Rejects only when the signal ends it.
 * @param onFailure told of every attempt that failed
 */
export function openWithRetry(
  driver: SinkDriver,
  handlers: LinkHandlers,
  backoff: Backoff,
  signal: AbortSignal,
  onFailure: (fault: Fault) => void,
): Promise<SinkLink> {
  const attempt = Effect.tryPromise({
    try: (attemptSignal) => driver.open(handlers, attemptSignal),
    catch: (thrown): Fault => faultFrom(thrown, 'sink-unreachable'),
  }).pipe(Effect.tapError((f) => Effect.sync(() => onFailure(f))))
  const growing = Schedule.min([Schedule.exponential(backoff.minMs), Schedule.spaced(backoff.maxMs)])
  const patient = growing.pipe(
    Schedule.jittered,
    Schedule.setInputType<Fault>(),
    Schedule.modifyDelay(({ input, duration }) => Effect.succeed(pauseAfter(input, duration, backoff.maxMs))),
  )
  return Effect.runPromise(Effect.retry(attempt, patient), { signal })
}

function pauseAfter<D>(f: Fault, pause: D, maxMs: number): D | number {
  if (f.retryAfterMs !== undefined) return f.retryAfterMs
  return f.code === 'sink-auth' ? Math.min(AUTH_PAUSE_MS, maxMs) : pause
}
