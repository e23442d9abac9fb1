/** A log for commands: what warns is a plain line for a person, the rest is said only when asked for. */
import type { Log, LogFields } from '../src/port/log.ts'

/** @param say writes one line; a progress bar on the same terminal brings its own */
export function stderrLog(debug: boolean, say: (line: string) => void): Log {
  const line = (fields: LogFields, message: string) => {
    const known = debug && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ''
    say(`sightline: ${message}${known}`)
  }
  const quiet = debug ? line : () => undefined
  const log: Log = { debug: quiet, info: quiet, warn: line, error: line, child: () => log }
  return log
}
