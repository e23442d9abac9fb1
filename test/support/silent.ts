/** An observer and a log that take everything and keep nothing. */
import type { Log } from '../../src/port/log.ts'
import type { Observer } from '../../src/port/observer.ts'

export const silentObserver: Observer = {
  ingested() {},
  stage() {},
  located() {},
  faulted() {},
  redelivered() {},
  pushed() {},
  sinkState() {},
  restarted() {},
  unknownClass() {},
  skew() {},
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
